"""The client classes: made from the service models, two for each service."""

from __future__ import annotations

from fastbedrock import _core
from fastbedrock._botocore import client_class_name, service_name_letters
from fastbedrock._client.operation import Operation
from fastbedrock._client.synchronous import BaseClient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_classes: dict[str, type[Any]] = {}
_ASYNC_PREFIX = "Async"


def client_class(service_name: str) -> type[Any]:
    """The class of a service's clients, with botocore's name for it, e.g. ``BedrockRuntime``.

    Raises UnknownServiceError if this build has no model of the service.
    """
    name = _class_name(service_name)
    if name not in _classes:
        doc = "A client of one service; made by :func:`fastbedrock.client`."
        _classes.setdefault(name, _create(service_name, name, doc, BaseClient, Operation))
    return _classes[name]


def async_client_class(service_name: str) -> type[Any]:
    """The class of a service's asynchronous clients, e.g. ``AsyncBedrockRuntime``.

    Raises UnknownServiceError if this build has no model of the service.
    """
    from fastbedrock._client.asynchronous import AsyncBaseClient, AsyncOperation

    name = _ASYNC_PREFIX + _class_name(service_name)
    if name not in _classes:
        doc = "An asynchronous client of one service; made by :func:`fastbedrock.async_client`."
        cls = _create(service_name, name, doc, AsyncBaseClient, AsyncOperation)
        _classes.setdefault(name, cls)
    return _classes[name]


def class_named(name: str) -> type[Any] | None:
    """The client class with that name, or None."""
    letters = service_name_letters(name.removeprefix(_ASYNC_PREFIX))
    for service_name in _core.service_names():
        # The class name is in the model, and parsing the models of other services takes time.
        if letters != service_name.replace("-", ""):
            continue
        if name == _class_name(service_name):
            return client_class(service_name)
        if name == _ASYNC_PREFIX + _class_name(service_name):
            return async_client_class(service_name)
    return None


def _class_name(service_name: str) -> str:
    if service_name not in _core.service_names():
        from fastbedrock._client.hints import unknown_service

        raise unknown_service(service_name)
    service_id, _, _ = _core.outline(service_name)
    return client_class_name(service_id)


def _create(
    service_name: str, name: str, doc: str, base: type[Any], operation_class: type[Operation]
) -> type[Any]:
    """A subclass of ``base`` with a method for each operation of the service."""
    _, _, operations = _core.outline(service_name)
    members: dict[str, Any] = {
        "__module__": "fastbedrock",
        "__doc__": doc,
        "_SERVICE_NAME": service_name,
        "_PY_TO_OP_NAME": {method: operation for method, operation, _ in operations},
    }
    for method, operation, bidirectional in operations:
        if not bidirectional:
            members[method] = operation_class(service_name, operation, method)
    cls: type[Any] = type(name, (base,), members)
    cls._SERVICE_CLASS = cls
    return cls
