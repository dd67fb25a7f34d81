"""The client classes: made from the service models, two for each model.

For type checkers, decorators tell which service's name gives which class.
"""

from __future__ import annotations

from sys import modules

from fastbedrock import _core
from fastbedrock._client import Options
from fastbedrock._client.synchronous import BaseClient, Operation
from fastbedrock._replaced import CLIENT_INIT, CREATE_METHOD, CREATE_METHODS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from fastbedrock._client import overloads
    from fastbedrock._events.emitter import Emitter

    Method = TypeVar("Method")

# By the keys of their models.
_classes: dict[str, type[Any]] = {}
_async_classes: dict[str, type[Any]] = {}
_ASYNC_PREFIX = "Async"


def make_client(service_name: str, options: dict[str, Any], handlers: Emitter | None = None) -> Any:
    """A client of the service, with the model that its options and the environment choose.

    It copies the handlers of its session's events.
    """
    options = Options(options)
    environment = _core.Environment(options)
    cls = client_class(model_key(service_name, options, environment))
    return _made(cls, options, environment, handlers)


def make_async_client(
    service_name: str, options: dict[str, Any], handlers: Emitter | None = None
) -> Any:
    """Like :func:`make_client`: an asynchronous client."""
    options = Options(options)
    environment = _core.Environment(options)
    cls = async_client_class(model_key(service_name, options, environment))
    return _made(cls, options, environment, handlers)


def _made(
    cls: type[Any], options: Options, environment: _core.Environment, handlers: Emitter | None
) -> Any:
    if "botocore.client" in modules and (CREATE_METHODS.patch() or CREATE_METHOD.patch()):
        from fastbedrock._client.created import with_patched_methods

        cls = with_patched_methods(cls)
    if handlers is None:
        client = cls(options, environment)
    else:
        from fastbedrock._events.session import changed_class

        client = changed_class(cls, handlers)(options, environment)
        client.meta._hooked(handlers)
    if cls._BOTOCORE_CLASS[0] in modules:
        patch = CLIENT_INIT.patch()
        if patch is not None:
            from fastbedrock._client.created import initialize

            initialize(patch, client)
    return client


def model_key(service_name: str, options: dict[str, Any], environment: _core.Environment) -> str:
    """The key of the model for a client of the service; see :mod:`fastbedrock._search`."""
    if not isinstance(service_name, str):
        raise unknown_service(service_name, _core.service_names())
    api_version = options.get("api_version")
    search = environment.model_search(service_name)
    is_known = service_name in _classes or service_name in _core.service_names()
    if is_known and search is None and api_version is None and "data_path" not in options:
        return service_name
    from fastbedrock._search import SearchPath
    from fastbedrock.exceptions import UnknownServiceError

    # For the list of services in an error, the user's folder counts even if it lacks this one.
    data_path, own_models, configured = search or environment.model_search() or (None, None, None)
    path = SearchPath(options.get("data_path", data_path), own_models)
    try:
        return path.find(service_name, configured if api_version is None else api_version)
    except UnknownServiceError:
        if path.versions(service_name):
            raise
        raise unknown_service(service_name, path.services()) from None


def unknown_service(service_name: object, names: list[str]) -> Exception:
    from fastbedrock._client import hints

    return hints.unknown_service(service_name, names)


def client_class(key: str) -> type[Any]:
    """The class of clients with a model, with botocore's name for it, e.g. ``BedrockRuntime``."""
    if key not in _classes:
        doc = "A client of one service; made by :func:`fastbedrock.client`."
        base = BaseClient if _is_only_model(key) else client_class(_service_of(key))
        _classes.setdefault(key, _create(key, "", doc, base, Operation))
    return _classes[key]


def async_client_class(key: str) -> type[Any]:
    """The class of asynchronous clients with a model, e.g. ``AsyncBedrockRuntime``."""
    if key not in _async_classes:
        from fastbedrock._client.asynchronous import AsyncBaseClient, AsyncOperation

        doc = "An asynchronous client of one service; made by :func:`fastbedrock.async_client`."
        base = AsyncBaseClient if _is_only_model(key) else async_client_class(_service_of(key))
        _async_classes.setdefault(key, _create(key, _ASYNC_PREFIX, doc, base, AsyncOperation))
    return _async_classes[key]


def class_named(name: str) -> type[Any] | None:
    """The client class with that name and with the model of this build, or None."""
    letters = _core.service_name_letters(name.removeprefix(_ASYNC_PREFIX))
    for service_name in _core.service_names():
        # The class name is in the model, and reading the models of other services takes time.
        if letters != service_name.replace("-", ""):
            continue
        service_id, _, _ = _core.outline(service_name)
        if name == _core.client_class_name(service_id):
            return client_class(service_name)
        if name == _ASYNC_PREFIX + _core.client_class_name(service_id):
            return async_client_class(service_name)
    return None


def _service_of(key: str) -> str:
    return key.partition("\n")[0]


def _is_only_model(key: str) -> bool:
    """Whether this build has no other model of the service."""
    service_name = _service_of(key)
    return service_name == key or service_name not in _core.service_names()


def _create(
    key: str, prefix: str, doc: str, base: type[Any], operation_class: type[Operation]
) -> type[Any]:
    """A subclass of ``base`` with a method for each operation of the model."""
    service_id, _, operations = _core.outline(key)
    members: dict[str, Any] = {
        "__module__": "fastbedrock",
        "__doc__": doc,
        "_MODEL_KEY": key,
        "_SERVICE_NAME": _service_of(key),
        "_PY_TO_OP_NAME": {method: operation for method, operation, _ in operations},
        "_make": staticmethod(make_async_client if prefix else make_client),
    }
    # The class of another model is also of this build's class, for isinstance.
    for method in base._PY_TO_OP_NAME:
        if method in vars(base):
            members[method] = _Absent(method)
    for method, operation, bidirectional in operations:
        if not bidirectional:
            members[method] = operation_class(key, operation, method)
    cls: type[Any] = type(prefix + _core.client_class_name(service_id), (base,), members)
    cls._SERVICE_CLASS = cls
    return cls


class _Absent:
    """A method that the model of this build has and another model has not."""

    def __init__(self, method_name: str) -> None:
        self._method_name = method_name

    def __get__(self, client: Any, owner: type[Any]) -> Any:
        from fastbedrock._client.hints import missing_attribute

        raise missing_attribute(owner, self._method_name)


def arguments_of(method: Method) -> Callable[[Callable[..., Any]], Method]:
    """A decorator that gives a function the signature of ``method``, without its ``self``.

    Type checkers and editors read the signature from the annotations here, ``help()`` and
    ``inspect.signature`` from ``__wrapped__``. The function keeps its own docstring.
    """

    def decorate(function: Any) -> Any:
        # Signatures of bound methods leave self out. This one is never called.
        function.__wrapped__ = method.__get__(object())  # type: ignore[attr-defined]
        return function

    return decorate


if TYPE_CHECKING:
    makes_client = arguments_of(overloads.client)
    makes_async_client = arguments_of(overloads.async_client)
else:

    def makes_client(method):
        """Tell type checkers that the client's class depends on the service's name."""
        return method

    makes_async_client = makes_client
