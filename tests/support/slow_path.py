"""Comparing the slow path to botocore: requests, responses and events."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import reference
from comparison import difference
from fastbedrock import _core
from fastbedrock._slow import events, parse

# A generated idempotency token.
TOKEN = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# Exceptions that escape botocore's parser if a response violates the model.
ESCAPING = (
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    OverflowError,
    RecursionError,
    RuntimeError,
)


def request_outcome(call: Callable[[str, dict[str, Any]], Any], operation: str, params: Any) -> Any:
    """The request, or the class name and text of the exception."""
    try:
        target, headers, body = call(operation, params)
    except Exception as error:
        return type(error).__name__, str(error)
    target = TOKEN.sub(b"<token>", target.encode()).decode()
    headers = [(name, TOKEN.sub(b"<token>", value.encode()).decode()) for name, value in headers]
    return target, headers, body and TOKEN.sub(b"<token>", body)


def comparable_request(
    labels: Any, query: Any, headers: Any, body: bytes | None
) -> tuple[Any, ...]:
    """The parts of a request, with its JSON parsed and without the values of generated tokens."""
    body = TOKEN.sub(b"<token>", body or b"")
    texts = [
        [(name, TOKEN.sub(b"<token>", value.encode()).decode()) for name, value in pairs]
        for pairs in (labels, query, headers)
    ]
    try:
        return *texts, json.loads(body)
    except ValueError:
        return *texts, body


def expected_response(model: Any, status: int, headers: Any, body: bytes) -> Any:
    """botocore's response, or ``ResponseParserError`` if the response must be refused."""
    try:
        found = reference.response(model, status, headers, body)
    except (*ESCAPING, reference.parsers.ResponseParserError):
        return "ResponseParserError"
    streamed = model.has_event_stream_output or model.has_streaming_output
    if status < 300 and body and not streamed:
        try:
            json.loads(body.decode())
        except ValueError:
            return "ResponseParserError"
    return found


def response_metadata(
    status: int, headers: Any = (), protocol: str = "rest-json"
) -> dict[str, Any]:
    """The metadata that botocore's parser makes: without the number of attempts."""
    raw = [(name, value.encode("latin-1")) for name, value in headers]
    metadata = _core.response_metadata(protocol == "json", status, raw)
    del metadata["RetryAttempts"]
    return metadata


def actual_response(model: Any, status: int, headers: Any, body: bytes) -> Any:
    function = parse.success if status < 300 else parse.error
    service, protocol = model.service_model.service_name, model.service_model.resolved_protocol
    try:
        metadata = response_metadata(status, headers, protocol)
        return function(service, model.name, metadata, body)
    except Exception as error:
        assert str(error).startswith("Invalid service response: ")
        return type(error).__name__


def assert_same_response(model: Any, status: int, headers: Any, body: bytes, note: str = "") -> Any:
    expected = expected_response(model, status, headers, body)
    assert difference(expected, actual_response(model, status, headers, body)) is None, note
    return expected


def expected_events(model: Any, frames: list[bytes]) -> list[Any]:
    """botocore's events, followed by a description of what it raises, if anything."""
    found: list[Any] = []
    try:
        for event in reference.events(model, frames):
            found.append(event)
    except (*ESCAPING, reference.parsers.ResponseParserError):
        found.append("ResponseParserError")
    except Exception as error:
        found.append((type(error).__name__, str(error), error.response, error.operation_name))
    return found


def actual_events(model: Any, frames: list[bytes]) -> list[Any]:
    found: list[Any] = []
    try:
        for headers, payload in reference.messages(frames):
            event = events.event(model.service_model.service_name, model.name, headers, payload)
            if event is not None:
                found.append(event)
    except Exception as error:
        if type(error).__name__ == "ResponseParserError":
            assert str(error).startswith("Invalid service response: ")
            found.append("ResponseParserError")
        else:
            found.append((type(error).__name__, str(error), error.response, error.operation_name))
    return found


def assert_same_events(model: Any, frames: list[bytes], note: str = "") -> list[Any]:
    expected = expected_events(model, frames)
    assert difference(expected, actual_events(model, frames)) is None, note
    return expected
