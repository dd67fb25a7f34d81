"""Requests to the local Bedrock without an AWS client, and strict checks of its responses."""

from __future__ import annotations

import base64
import binascii
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer
from botocore.model import OperationModel, Shape, StructureShape
from dateutil.parser import isoparse

from fastbedrock.local import LocalBedrock

SESSION = botocore.session.Session()
SERVICE = SESSION.get_service_model("bedrock-runtime")
CHAT = "anthropic.claude-3-haiku-20240307-v1:0"


def user(text: str) -> list[dict[str, Any]]:
    """Converse's ``messages`` for one message of the user."""
    return [{"role": "user", "content": [{"text": text}]}]


def connect(server: LocalBedrock, attempts: int = 1, read_timeout: float = 10, **arguments: Any):
    """A boto3 client of the server."""
    config = Config(
        retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=read_timeout
    )
    arguments = {**server.credentials, "verify": server.ca_bundle, **arguments}
    return boto3.client(
        "bedrock-runtime", endpoint_url=server.endpoint_url, config=config, **arguments
    )


@dataclass
class Answer:
    """A response as it was received."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def events(self) -> list[Any]:
        buffer = EventStreamBuffer()
        buffer.add_data(self.body)
        return list(buffer)


def send(
    server: LocalBedrock,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    sign: bool = True,
    credentials: dict[str, str] | None = None,
    signing_name: str = "bedrock",
    tamper: Any = None,
) -> Answer:
    """Send one request over plain HTTP; ``tamper`` may change it after it was signed."""
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = AWSRequest(method, server.endpoint_url + path, headers or {}, data)
    if sign:
        keys = credentials or server.credentials
        identity = Credentials(
            keys["aws_access_key_id"], keys["aws_secret_access_key"], keys.get("aws_session_token")
        )
        SigV4Auth(identity, signing_name, keys["region_name"]).add_auth(request)
    if tamper is not None:
        tamper(request)
    connection = http.client.HTTPConnection(urlsplit(server.endpoint_url).netloc, timeout=10)
    try:
        connection.request(method, path, request.data, dict(request.headers.items()))
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()


def call(
    server: LocalBedrock,
    operation: str,
    body: Any = None,
    service: str = "bedrock-runtime",
    **labels: str,
) -> Answer:
    """Send a request of an operation, with path labels given as keyword arguments."""
    http_traits = SESSION.get_service_model(service).operation_model(operation).http
    path = http_traits["requestUri"]
    for name, value in labels.items():
        path = path.replace("{" + name + "}", quote(value, safe="-._~"))
    return send(server, http_traits["method"], path, body)


def check_answer(operation: str, answer: Answer, service: str = "bedrock-runtime") -> None:
    """Raise AssertionError if a successful response violates the service model."""
    model: OperationModel = SESSION.get_service_model(service).operation_model(operation)
    assert answer.status == 200, answer.body
    assert len(answer.headers["x-amzn-requestid"]) == 36
    output = model.output_shape
    stream = model.get_event_stream_output()
    if stream is not None:
        assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
        for event in answer.events:
            assert event.headers[":message-type"] == "event"
            assert event.headers[":content-type"] == "application/json"
            payload = json.loads(event.payload)
            padding = payload.pop("p")
            assert "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".startswith(
                padding
            )
            check(stream.members[event.headers[":event-type"]], payload)
        return
    assert answer.headers["content-type"] == "application/json"
    if "payload" in output.serialization:
        assert answer.json
        for name, member in output.members.items():
            header = member.serialization.get("name", "").lower()
            if member.serialization.get("location") == "header" and header in answer.headers:
                check(member, answer.headers[header], name)
    else:
        check(output, answer.json)


def check(shape: Shape, value: Any, path: str = "$") -> None:
    """Raise AssertionError if a JSON value violates a shape or one of its constraints."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return
    if isinstance(shape, StructureShape):
        assert isinstance(value, dict), path
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{path}: {unknown}"
        missing = set(shape.required_members) - set(value)
        assert not missing, f"{path}: {missing}"
        if shape.is_tagged_union:
            assert len(value) == 1, f"{path}: {list(value)}"
        for name, member in value.items():
            check(shape.members[name], member, f"{path}.{name}")
    elif kind == "list":
        assert isinstance(value, list), path
        for index, item in enumerate(value):
            check(shape.member, item, f"{path}[{index}]")
    elif kind == "map":
        for name, item in value.items():
            check(shape.key, name, path)
            check(shape.value, item, f"{path}.{name}")
    elif kind == "string":
        assert isinstance(value, str), f"{path}: {value!r}"
        enum = getattr(shape, "enum", None)
        assert not enum or value in enum, f"{path}: {value!r}"
    elif kind in ("integer", "long"):
        assert type(value) is int, f"{path}: {value!r}"
    elif kind in ("float", "double"):
        assert type(value) in (int, float), f"{path}: {value!r}"
    elif kind == "boolean":
        assert type(value) is bool, f"{path}: {value!r}"
    elif kind == "timestamp":
        is_number = shape.serialization.get("timestampFormat") is None and type(value) is int
        assert is_number or isoparse(value).tzinfo, path
    elif kind == "blob":
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise AssertionError(f"{path}: {error}") from error
    else:
        raise AssertionError(f"{path}: {kind}")
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    size = value if isinstance(value, int | float) else len(value)
    assert low is None or size >= low, f"{path}: {value!r}"
    assert high is None or size <= high, f"{path}: {value!r}"
