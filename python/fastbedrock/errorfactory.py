"""The exception classes of a service's own errors: what ``client.exceptions`` holds."""

from __future__ import annotations

from fastbedrock.exceptions import ClientError, EventStreamError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from fastbedrock._model import ServiceModel


class BaseClientExceptions:
    """The modelled errors of one service as attributes, and ClientError."""

    ClientError: TypeAlias = ClientError
    _code_to_exception: dict[str, type[ClientError]] = {}

    def __init__(self, code_to_exception: dict[str, type[ClientError]]) -> None:
        self._code_to_exception = code_to_exception

    def from_code(self, error_code: Any) -> type[ClientError]:
        """The class for an error code of the service, e.g. ``ThrottlingException``.

        ClientError for a code that the service model does not have.
        """
        # In a response, the code may be of any JSON type.
        known = isinstance(error_code, str)
        return self._code_to_exception.get(error_code, ClientError) if known else ClientError

    def __getattr__(self, name: str) -> type[ClientError]:
        valid = ", ".join(cls.__name__ for cls in self._code_to_exception.values())
        raise AttributeError(
            f"{self} object has no attribute {name}. Valid exceptions are: {valid}"
        )


_exceptions: dict[str, BaseClientExceptions] = {}
_streamed: dict[type[ClientError], type[EventStreamError]] = {}


def client_exceptions(service_name: str) -> BaseClientExceptions:
    """The exceptions of a service, one object per process."""
    from fastbedrock._model import service_model

    if service_name not in _exceptions:
        _exceptions.setdefault(service_name, _create(service_model(service_name)))
    return _exceptions[service_name]


def _create(model: ServiceModel) -> BaseClientExceptions:
    members: dict[str, Any] = {"__doc__": f"The errors of {model.service_id}."}
    by_code: dict[str, type[ClientError]] = {}
    for shape in model.error_shapes:
        names = {
            "__module__": __name__,
            "__doc__": f"{shape.name} of {model.service_id}.",
            "_modelled_as": (model.service_name, shape.name),
        }
        cls = type(shape.name, (ClientError,), names)
        members[shape.name] = by_code[shape.error_code or shape.name] = cls
    name = model.service_id.replace(" ", "") + "Exceptions"
    holder: type[BaseClientExceptions] = type(name, (BaseClientExceptions,), members)
    return holder(by_code)


def event_stream_exception(
    service_name: str, operation_name: str, code: Any
) -> type[EventStreamError]:
    """The class for an exception event: ``code`` names a member of the operation's stream."""
    from fastbedrock._model import service_model

    operation = service_model(service_name).operation_model(operation_name)
    stream = operation.get_event_stream_output()
    shape = None if stream is None else stream.members.get(code)
    if shape is None or not shape.metadata.get("exception"):
        return EventStreamError
    return _as_streamed(vars(type(client_exceptions(service_name)))[shape.name])


def _as_streamed(cls: type[ClientError]) -> type[EventStreamError]:
    if cls not in _streamed:
        names = {"__module__": EventStreamError.__module__, "__doc__": cls.__doc__}
        _streamed.setdefault(cls, type("EventStreamError", (EventStreamError, cls), names))
    return _streamed[cls]


def modelled(service_name: str, shape_name: str, streamed: bool) -> type[ClientError]:
    """The class of that service and error shape, for unpickling an error."""
    cls = getattr(client_exceptions(service_name), shape_name)
    return _as_streamed(cls) if streamed else cls
