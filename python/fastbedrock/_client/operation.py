"""The methods of a client, one for each operation. Their docstrings come from the service model."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from typing import Any

    from fastbedrock._client.synchronous import BaseClient
    from fastbedrock._model import OperationModel


class Operation:
    # Behaves like a function and passes isinstance() as one, because inspect, pydoc and
    # mock.create_autospec check that. It is not a real function, so that the docstring and the
    # signature are made when they are first read: making them reads the service model.

    def __init__(self, model_key: str, operation_name: str, method_name: str) -> None:
        self._model_key = model_key
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

        def __getattr__(self, name):  # e.g. __code__ and __defaults__
            return getattr(Operation.__call__, name)

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<operation {self.__qualname__}>"

    def _model(self) -> OperationModel:
        from fastbedrock._model import service_model

        return service_model(self._model_key).operation_model(self._operation_name)

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
        from fastbedrock._client.docstring import docstring

        return docstring(self._model())


# This is types.MethodType. Importing types would take 0.4 ms.
_MethodType: Any = type(Operation.__call__.__get__(object()))
