"""The docstrings of the operations, written from the service model."""

from __future__ import annotations

from fastbedrock._model import ListShape, MapShape, StringShape, StructureShape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastbedrock._model import OperationModel, Shape


def docstring(operation: OperationModel) -> str:
    """The docstring of a client's method, from the facts of its model."""
    service = operation.service_model.full_name
    lines = [
        f"Call {operation.name} of {service}.",
        "",
        f"{operation.http['method']} {operation.http['requestUri']}",
        "",
        "Parameters (by name only):",
        *_parameters(operation.input_shape),
        "",
        "Returns a dict:",
        *_results(operation),
        "    ResponseMetadata (dict): RequestId, HTTPStatusCode, HTTPHeaders, RetryAttempts",
        "",
        "Raises, of client.exceptions:",
        *(f"    {shape.name}" for shape in operation.error_shapes),
        "    ClientError: any other error response; the base class of those above",
        "",
        "Raises, of fastbedrock.exceptions:",
        "    ParamValidationError: a parameter is invalid; nothing was sent",
        "    BotoCoreError: no response (no credentials, no connection, a timeout); the base class",
        "        of all errors except ClientError",
    ]
    return "\n".join(lines)


def waiter_docstring(delay: float, max_attempts: int, operation: OperationModel) -> str:
    """The docstring of a waiter's ``wait()``; the delay is in seconds."""
    service = operation.service_model.full_name
    lines = [
        f"Call {operation.name} of {service} until its response is the one to wait for.",
        "",
        "Parameters (by name only):",
        *_parameters(operation.input_shape),
        "    WaiterConfig (dict of Delay, MaxAttempts): optional; the seconds between two calls",
        f"        ({delay} by default), and the most calls ({max_attempts} by default)",
        "",
        "Returns None.",
        "",
        "Raises, of fastbedrock.exceptions:",
        "    WaiterError: the wait has failed, the service responded with an unexpected error, or",
        "        there were no calls left; last_response is the last response",
        "    ParamValidationError: a parameter is invalid; nothing was sent",
        "    BotoCoreError: no response to one of the calls; the base class of those above",
    ]
    return "\n".join(lines)


def _parameters(shape: StructureShape | None) -> Iterator[str]:
    if shape is None:
        return
    for name, member in shape.members.items():
        kind = "bytes or a file-like object" if member.type_name == "blob" else _kind(member)
        notes = ["required" if name in shape.required_members else "optional"]
        if limits := _limits(member):
            notes.append(limits)
        if member.metadata.get("idempotencyToken"):
            notes.append("generated if not given")
        yield f"    {name} ({kind}): {'; '.join(notes)}"


def _results(operation: OperationModel) -> Iterator[str]:
    shape, stream = operation.output_shape, operation.get_event_stream_output()
    if shape is None:
        return
    for name, member in shape.members.items():
        if stream is not None and name == shape.event_stream_name:
            kind = f"EventStream of {', '.join(stream.members)}"
        elif operation.has_streaming_output and name == shape.serialization["payload"]:
            kind = "StreamingBody"
        else:
            kind = _kind(member)
        yield f"    {name} ({kind})"


def _kind(shape: Shape, nested: bool = False) -> str:
    """The Python type of a shape, with the members of a structure unless it is nested deeper."""
    if isinstance(shape, StructureShape):
        if shape.is_document_type:
            return "any JSON value"
        names = ", ".join(shape.members)
        if nested or not names:
            return "dict"
        return f"dict, one of {names}" if shape.is_tagged_union else f"dict of {names}"
    if isinstance(shape, ListShape):
        return f"list of {_kind(shape.member, nested)}"
    if isinstance(shape, MapShape):
        return f"dict of str to {_kind(shape.value, nested=True)}"
    if isinstance(shape, StringShape) and shape.enum:
        return " | ".join(map(repr, shape.enum))
    return _SCALARS[shape.type_name]


_SCALARS = {
    "string": "str",
    "character": "str",
    "integer": "int",
    "long": "int",
    "float": "float",
    "double": "float",
    "boolean": "bool",
    "blob": "bytes",
    "timestamp": "datetime",
}
_UNITS = {"string": " characters", "list": " items", "map": " entries", "blob": " bytes"}


def _limits(shape: Shape) -> str:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    unit = _UNITS.get(shape.type_name, "")
    if least is not None and most is not None:
        return f"{least} to {most}{unit}"
    if most is not None:
        return f"at most {most}{unit}"
    return f"at least {least}{unit}" if least else ""
