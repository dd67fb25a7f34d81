"""Records what handlers of botocore's events see, in a form in which clients can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import botocore.client
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.endpoint import Endpoint
from botocore.eventstream import EventStream
from botocore.response import StreamingBody
from botocore.signers import RequestSigner

CALL_EVENTS = (
    "provide-client-params",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "before-parse",
    "response-received",
    "needs-retry",
    "after-call",
    "after-call-error",
)
# Values that differ from call to call, or between the clients on purpose.
MASKS = [
    (re.compile(r"127\.0\.0\.1:\d+"), "SERVER"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"\d{8}T\d{6}Z"), "TIME"),
    (re.compile(r"/\d{8}/"), "/DAY/"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), "UUID"),
]
# What the clients' User-Agents begin with.
USER_AGENT = re.compile(r"^(Boto3|fastbedrock)/")

# Parameters of endpoint rules that no Bedrock service has.
UNKNOWN_BUILTINS = {
    "AWS::STS::UseGlobalEndpoint",
    "AWS::S3::UseGlobalEndpoint",
    "AWS::S3::Accelerate",
    "AWS::S3::ForcePathStyle",
    "AWS::S3::UseArnRegion",
    "AWS::S3Control::UseArnRegion",
    "AWS::S3::DisableMultiRegionAccessPoints",
    "AWS::S3::DisableS3ExpressSessionAuth",
    "AWS::Auth::AccountId",
    "AWS::Auth::AccountIdEndpointMode",
}

Record = tuple[str, str, dict[str, Any]]


class Recorder:
    """Records every event of a client's calls.

    A handler is registered at each place that an event has: by the event, by the service and by
    the operation, and first, in the middle and last. ``is_async`` makes them coroutine functions.
    """

    def __init__(self, client: Any, is_async: bool = False) -> None:
        self.records: list[Record] = []
        events = client.meta.events
        service = client.meta.service_model.service_id.hyphenize()
        for event in CALL_EVENTS:
            for scope in (event, f"{event}.{service}", f"{event}.{service}.*"):
                for order in ("register_first", "register", "register_last"):
                    place = f"{scope} {order}"
                    getattr(events, order)(scope, self._handler(place, is_async))

    def _handler(self, place: str, is_async: bool) -> Callable[..., Any]:
        def handler(event_name: str, **kwargs: Any) -> None:
            seen = {name: description(value) for name, value in kwargs.items()}
            self.records.append((event_name, place, seen))

        async def coroutine_function(**kwargs: Any) -> None:
            handler(**kwargs)

        return coroutine_function if is_async else handler


def description(value: Any) -> Any:
    """A value as data that can be compared."""
    if isinstance(value, (AWSRequest, AWSPreparedRequest)):
        return {
            "kind": "AWSRequest" if isinstance(value, AWSRequest) else "AWSPreparedRequest",
            "method": value.method,
            "url": description(value.url),
            "headers": headers(value.headers, of_request=True),
            "has HTTPHeaders": isinstance(value.headers, HTTPHeaders),
            "body": description(value.body),
            "stream_output": value.stream_output,
            "context": description(value.context),
        }
    if isinstance(value, AWSResponse):
        streams = value._content is None
        return {
            "status_code": value.status_code,
            "url": description(value.url),
            "headers": headers(value.headers),
            "content": "not read" if streams else description(value.content),
        }
    if type(value).__name__ in ("AsyncEventStream", "AsyncStreamingBody"):
        return type(value).__name__.removeprefix("Async")
    for kind in (Endpoint, RequestSigner, EventStream, StreamingBody):
        if isinstance(value, kind):
            return kind.__name__
    if isinstance(value, botocore.client.BaseClient):
        return "client"
    if isinstance(value, Mapping):
        return {
            str(getattr(key, "value", key)): _item(key, item)
            for key, item in value.items()
            if key != "headers" and str(getattr(key, "value", key)) not in UNKNOWN_BUILTINS
        } | ({"headers": headers(value["headers"])} if "headers" in value else {})
    if isinstance(value, (list, tuple)):
        return [description(item) for item in value]
    if isinstance(value, str):
        for pattern, mask in MASKS:
            value = pattern.sub(mask, value)
        return "USER AGENT" if USER_AGENT.match(value) else value
    if isinstance(value, BaseException):
        return f"raised {type(value).__name__}"
    if isinstance(value, bytes):
        try:
            return {"json": json.loads(value)}
        except ValueError:
            return value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    # Raw bodies, models and markers.
    return getattr(value, "name", None) or "an object"


def _item(key: Any, item: Any) -> Any:
    if key == "client_config":
        return "…"
    described = description(item)
    if key == "body" and described in ("EventStream", "an object"):
        return "a raw body"
    return described


def headers(given: Mapping[str, Any], of_request: bool = False) -> dict[str, Any]:
    """Headers as a dict. Names of a response's headers are compared in lower case."""
    found = {}
    for name, value in given.items():
        if of_request and name.lower() == "content-length":
            value = "LENGTH"
        is_bytes = isinstance(value, bytes)
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        shown = description(text)
        found[name if of_request else name.lower()] = f"bytes {shown}" if is_bytes else shown
    return found
