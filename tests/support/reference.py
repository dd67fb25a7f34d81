"""Asks botocore, in process, what it sends for a call and how it reads a response."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore import UNSIGNED, parsers
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.eventstream import EventStream, EventStreamBuffer
from botocore.model import OperationModel
from urllib3 import HTTPHeaderDict
from urllib3.util.url import _encode_target

# Headers that botocore's serializer does not write.
UNMODELLED = {"user-agent", "content-length", "amz-sdk-invocation-id", "amz-sdk-request"}

Headers = list[tuple[str, str]]


@functools.cache
def session() -> botocore.session.Session:
    return botocore.session.Session()


@functools.cache
def operation(name: str, service: str = "bedrock-runtime") -> OperationModel:
    return session().get_service_model(service).operation_model(name)


@functools.cache
def operations(service: str = "bedrock-runtime") -> tuple[OperationModel, ...]:
    """Every operation for which a client has a method."""
    model = session().get_service_model(service)
    every = [operation(name, service) for name in model.operation_names]
    return tuple(each for each in every if not each.has_event_stream_input)


class _Recorder:
    """A client that records its requests instead of sending them."""

    def __init__(self, service: str) -> None:
        self.sent: Any = None
        self.client = session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url="http://endpoint",
            config=Config(signature_version=UNSIGNED),
        )
        self.client.meta.events.register("before-send", self._keep)

    def _keep(self, request: Any, **_: Any) -> AWSResponse:
        self.sent = request
        response = AWSResponse(request.url, 200, {}, raw=None)
        response._content = b"{}"
        return response


@functools.cache
def _recorder(service: str) -> _Recorder:
    return _Recorder(service)


def request(
    operation_name: str, params: dict[str, Any], service: str = "bedrock-runtime"
) -> tuple[str, Headers, bytes | None]:
    """What a client sends: path with query, modelled headers, body. Raises the client's errors."""
    recorder = _recorder(service)
    # This is the client's way from arguments to a request.
    recorder.client._make_api_call(operation_name, dict(params))
    sent = recorder.sent
    url = urlsplit(sent.url)
    target = _encode_target(url.path + (f"?{url.query}" if url.query else ""))
    headers = [
        (name, value.decode() if isinstance(value, bytes) else value)
        for name, value in sent.headers.items()
        if name.lower() not in UNMODELLED
    ]
    body = sent.body
    if hasattr(body, "read"):
        body = body.read()
    return target, headers, bytes(body) if body else None


def response(model: OperationModel, status: int, headers: Headers, body: bytes) -> dict[str, Any]:
    """The parsed response or error response, without the stream or streaming body."""
    joined = HTTPHeaderDict()
    for name, value in headers:
        joined.add(name, value)
    answer = {
        "status_code": status,
        "headers": HeadersDict(joined),
        "body": body,
        "context": {"operation_name": model.name},
    }
    parser = parsers.create_parser(model.service_model.resolved_protocol)
    parsed = parser.parse(answer, model.output_shape)
    if status >= 300:
        Endpoint._add_modeled_error_fields(None, answer, parsed, model, parser)
    if model.has_event_stream_output or (status < 300 and model.has_streaming_output):
        parsed.pop(model.output_shape.serialization["payload"], None)
    return parsed


def events(model: OperationModel, frames: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    """The events that iterating over a stream yields."""

    class Body:
        def stream(self) -> Iterable[bytes]:
            return iter(frames)

    parser = parsers.create_parser(model.service_model.resolved_protocol)
    name = model.output_shape.serialization["payload"]
    shape = model.output_shape.members[name]
    return EventStream(Body(), shape, parser._event_stream_parser, model.name)


def messages(frames: Iterable[bytes]) -> list[tuple[dict[str, Any], bytes]]:
    """The headers and the payload of every frame."""
    buffer = EventStreamBuffer()
    found = []
    for frame in frames:
        buffer.add_data(frame)
        found += [(message.headers, message.payload) for message in buffer]
    return found
