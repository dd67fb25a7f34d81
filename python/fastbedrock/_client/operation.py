"""The methods of a client: one for each operation, documented from the model when asked."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from inspect import Signature
    from typing import Any

    from fastbedrock._client import BaseClient
    from fastbedrock._model import OperationModel, Shape, StructureShape


class Operation:
    # Binds, answers and claims to be a function: inspect, pydoc and mock.create_autospec tell
    # functions by isinstance. It is none because its docstring and its signature are made from
    # the service model, which is not read before somebody asks.

    def __init__(self, service_name: str, operation_name: str, method_name: str) -> None:
        self._service_name = service_name
        self._operation_name = operation_name
        self.__name__ = self.__qualname__ = method_name
        self.__module__ = "fastbedrock"

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.__qualname__ = f"{owner.__name__}.{name}"

    def __get__(self, client: BaseClient | None, owner: type[Any] | None = None) -> Any:
        return self if client is None else _MethodType(self, client)

    def __call__(self, client: BaseClient, /, *args: Any, **params: Any) -> dict[str, Any]:
        if args:
            raise TypeError(f"{self.__name__}() only accepts keyword arguments.")
        return client._make_api_call(self._operation_name, params)

    if not TYPE_CHECKING:

        @property
        def __class__(self):
            return type(Operation.__call__)

        def __getattr__(self, name):  # __code__, __defaults__ and the like
            return getattr(Operation.__call__, name)

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<operation {self.__qualname__}>"

    def _model(self) -> OperationModel:
        from fastbedrock._model import service_model

        return service_model(self._service_name).operation_model(self._operation_name)

    @property
    def __signature__(self) -> Signature:
        from inspect import Parameter, Signature

        parameters = [Parameter("self", Parameter.POSITIONAL_ONLY)]
        shape = self._model().input_shape
        if shape is not None:
            for name in shape.members:
                default = Parameter.empty if name in shape.required_members else None
                parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, default=default))
        return Signature(parameters)

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        return docstring(self._model())


# types.MethodType; importing types would take 0.4 ms.
_MethodType: Any = type(Operation.__call__.__get__(object()))


def docstring(operation: OperationModel) -> str:
    """What can be said of an operation from the facts of its model."""
    service = operation.service_model.metadata["serviceFullName"]
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
        "    ClientError: any other error answer; the base of those above",
        "",
        "Raises, of fastbedrock.exceptions:",
        "    ParamValidationError: a parameter does not fit; nothing was sent",
        "    BotoCoreError: no answer (no credentials, no connection, a timeout); the base of all",
        "        but ClientError",
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
    from fastbedrock._model import ListShape, MapShape, StringShape, StructureShape

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
