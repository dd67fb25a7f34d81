"""One frame of an event stream to the dict that iterating over the stream yields."""

from __future__ import annotations

from typing import Any

from . import values
from .model import Shape, service


class InitialResponse:
    """The first frame of a stream that begins with an ``initial-response``, as botocore has it."""

    def __init__(self, headers: dict[str, object], payload: bytes) -> None:
        self.headers = headers
        self.payload = payload

    def to_response_dict(self, status_code: int = 200) -> dict[str, Any]:
        """What botocore's parsers take."""
        return {"status_code": status_code, "headers": self.headers, "body": self.payload}


def event(
    service_name: str, operation_name: str, headers: dict[str, object], payload: bytes
) -> dict[str, Any] | None:
    """The event in a frame, or None where it is of a type that the model does not have.

    ``headers`` are the frame's own. A payload that is not JSON makes an empty event. Raises
    EventStreamError (as the modelled class, if there is one) for the frame of an exception or
    an error, ResponseParserError for a payload that is not what the model says.
    """
    output = service(service_name).operation(operation_name).output
    if output.payload is None:
        raise ValueError(f"{operation_name} answers with no event stream")
    stream = output.payload[1]
    if headers.get(":message-type") in ("error", "exception"):
        from fastbedrock.errorfactory import event_stream_error

        raise event_stream_error(
            {"Error": _error(stream, headers, payload)}, service_name, operation_name
        )
    name, shape = _member(stream, headers.get(":event-type"))
    if shape is None:
        return None
    if not shape.traits.get("event"):
        # An exception's shape in the frame of an ordinary event: its payload is not read.
        return {name: {}}
    return {name: values.structure(values.load_leniently(payload), shape, values.IN_EVENTS)}


def _error(stream: Shape, headers: dict[str, object], payload: bytes) -> dict[str, Any]:
    code, shape = _member(stream, headers.get(":exception-type"))
    if shape is None:
        return {
            "Code": headers.get(":error-code", ""),
            "Message": headers.get(":error-message", ""),
        }
    body = values.structure(values.load_leniently(payload), shape, values.IN_EVENTS)
    return {"Code": code, "Message": body.get("Message", body.get("message", ""))}


def _member(stream: Shape, name: object) -> tuple[str, Shape | None]:
    """A frame's header can hold any value: only a string names a member."""
    return (name, stream.members.get(name)) if isinstance(name, str) else ("", None)
