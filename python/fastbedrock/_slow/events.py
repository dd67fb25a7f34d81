"""One frame of an event stream to the dict that iterating over the stream yields."""

from __future__ import annotations

from typing import Any

from fastbedrock._model import Shape, StructureShape, service_model

from . import values


class InitialResponse:
    """The first frame of a stream that begins with an ``initial-response``, as botocore has it."""

    def __init__(self, headers: dict[str, object], payload: bytes) -> None:
        self.headers = headers
        self.payload = payload

    def to_response_dict(self, status_code: int = 200) -> dict[str, Any]:
        """The dict that botocore's parsers take."""
        return {"status_code": status_code, "headers": self.headers, "body": self.payload}


def event(
    service_name: str, operation_name: str, headers: dict[str, object], payload: bytes
) -> dict[str, Any] | None:
    """The event in a frame, or None for a type that the model does not have.

    ``headers`` are the frame's own. A payload that is not JSON makes an empty event. Raises
    EventStreamError (as the modelled class, if there is one) for the frame of an exception or
    an error, ResponseParserError for a payload that is not what the model says.
    """
    stream = service_model(service_name).operation_model(operation_name).get_event_stream_output()
    if stream is None:
        raise ValueError(f"{operation_name} answers with no event stream")
    if headers.get(":message-type") in ("error", "exception"):
        from fastbedrock.errorfactory import event_stream_error

        raise event_stream_error(
            {"Error": _error(stream, headers, payload)}, service_name, operation_name
        )
    name, shape = _member(stream, headers.get(":event-type"))
    if shape is None:
        return None
    return {name: _event(shape, headers, payload)}


def _event(shape: StructureShape, headers: dict[str, object], payload: bytes) -> dict[str, Any]:
    if not shape.serialization.get("event"):
        # An exception's shape in the frame of an ordinary event: botocore does not read it.
        return {}
    found: dict[str, Any] = {}
    members = shape.members.items()
    for name, member in members:
        if member.serialization.get("eventheader") and name in headers:
            found[name] = _header(headers[name], member)
    for name, member in members:
        if member.serialization.get("eventpayload"):
            return {**found, name: _payload(payload, member)}
    body = values.load_leniently(payload)
    return {**found, **values.structure(body, shape, values.AS_SENT)}


def _header(value: Any, shape: Shape) -> Any:
    if shape.type_name == "timestamp":
        # Frames have milliseconds, timestamps elsewhere have seconds.
        return values.scalar(value / 1000, shape, values.AS_SENT)
    return value


def _payload(payload: bytes, shape: Shape) -> Any:
    if shape.type_name == "blob":
        return payload
    if shape.type_name == "string":
        return values.text(payload)
    return values.value(values.load_leniently(payload), shape, values.AS_SENT)


def _error(stream: StructureShape, headers: dict[str, object], payload: bytes) -> dict[str, Any]:
    code, shape = _member(stream, headers.get(":exception-type"))
    if shape is None:
        return {
            "Code": headers.get(":error-code", ""),
            "Message": headers.get(":error-message", ""),
        }
    body = values.structure(values.load_leniently(payload), shape, values.AS_SENT)
    return {"Code": code, "Message": body.get("Message", body.get("message", ""))}


def _member(stream: StructureShape, name: object) -> tuple[str, StructureShape | None]:
    """The member that a frame's header names. A header may have a value that is no string."""
    shape = stream.members.get(name) if isinstance(name, str) else None
    return (str(name), shape) if isinstance(shape, StructureShape) else ("", None)
