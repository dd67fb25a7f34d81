"""The exception classes of a service's own errors, as ``client.exceptions`` holds them."""

from __future__ import annotations

from fastbedrock import _core
from fastbedrock.exceptions import ClientError, EventStreamError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from fastbedrock._model import ServiceModel


class BaseClientExceptions:
    """The classes of one service's errors as attributes, and ClientError."""

    ClientError: TypeAlias = ClientError
    _code_to_exception: dict[str, type[ClientError]] = {}

    def __init__(self, code_to_exception: dict[str, type[ClientError]]) -> None:
        self._code_to_exception = code_to_exception

    def from_code(self, error_code: Any) -> type[ClientError]:
        """The class for an error code of the service, e.g. ``ThrottlingException``.

        The class is ClientError if the service model does not have the code.
        """
        # The code comes from a response, so it can be of any JSON type.
        known = isinstance(error_code, str)
        return self._code_to_exception.get(error_code, ClientError) if known else ClientError

    def __getattr__(self, name: str) -> type[ClientError]:
        valid = ", ".join(cls.__name__ for cls in self._code_to_exception.values())
        raise AttributeError(
            f"{self} object has no attribute {name}. Valid exceptions are: {valid}"
        )


_exceptions: dict[str, BaseClientExceptions] = {}
_streamed: dict[type[ClientError], type[EventStreamError]] = {}


def client_exceptions(model_key: str) -> BaseClientExceptions:
    """The exceptions of a model's service; one object for all clients with that model."""
    from fastbedrock._model import service_model

    if model_key not in _exceptions:
        _exceptions.setdefault(model_key, _create(service_model(model_key), model_key))
    return _exceptions[model_key]


def _create(model: ServiceModel, model_key: str) -> BaseClientExceptions:
    members: dict[str, Any] = {"__doc__": f"The errors of {model.service_id}."}
    by_code: dict[str, type[ClientError]] = {}
    for shape in model.error_shapes:
        names = {
            "__module__": __name__,
            "__doc__": f"{shape.name} of {model.service_id}.",
            "__reduce__": _reduce,
            "_model_key": model_key,
            "_shape_name": shape.name,
        }
        cls = type(shape.name, (ClientError,), names)
        members[shape.name] = by_code[shape.error_code or shape.name] = cls
    name = _core.client_class_name(model.service_id) + "Exceptions"
    holder: type[BaseClientExceptions] = type(name, (BaseClientExceptions,), members)
    return holder(by_code)


def _reduce(error: Any) -> tuple[Any, ...]:
    streamed = isinstance(error, EventStreamError)
    args = (error.response, error.operation_name)
    return _unpickled, (error._model_key, error._shape_name, streamed, *args)


def _unpickled(model_key: str, shape_name: str, streamed: bool, *args: Any) -> ClientError:
    cls = ClientError
    # A model that another process has found may be unknown in this one.
    for key in (model_key, model_key.partition("\n")[0]):
        try:
            cls = getattr(client_exceptions(key), shape_name)
            break
        except (AttributeError, ValueError):
            continue
    error: ClientError = (_as_streamed(cls) if streamed else cls)(*args)
    return error


def client_error(parsed: Mapping[str, Any], operation_name: str, model_key: str) -> ClientError:
    """The error for a parsed error response, of the class for its code if there is one."""
    code = parsed.get("Error", {}).get("Code")
    return client_exceptions(model_key).from_code(code)(parsed, operation_name)


def event_stream_error(
    parsed: Mapping[str, Any], model_key: str, operation_name: str
) -> EventStreamError:
    """The error for a parsed exception event: an EventStreamError, also of the service's class.

    The code of the error names a member of the operation's stream.
    """
    from fastbedrock._model import service_model

    operation = service_model(model_key).operation_model(operation_name)
    stream = operation.get_event_stream_output()
    code = parsed.get("Error", {}).get("Code")
    shape = None if stream is None else stream.members.get(code)
    if shape is None or not shape.metadata.get("exception"):
        return EventStreamError(parsed, operation_name)
    cls = vars(type(client_exceptions(model_key)))[shape.name]
    return _as_streamed(cls)(parsed, operation_name)


def _as_streamed(cls: type[ClientError]) -> type[EventStreamError]:
    if cls not in _streamed:
        names = {"__module__": EventStreamError.__module__, "__doc__": cls.__doc__}
        _streamed.setdefault(cls, type("EventStreamError", (EventStreamError, cls), names))
    return _streamed[cls]
