"""The clients: one class for each service, with a method for each of its operations."""

from __future__ import annotations

from sys import modules

from fastbedrock import _core
from fastbedrock._botocore import Claim
from fastbedrock._operation import Operation
from fastbedrock.meta import ClientMeta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, TypeVar

    from fastbedrock._credentials import Credentials, Source
    from fastbedrock._model import ServiceModel
    from fastbedrock.config import Config
    from fastbedrock.errorfactory import BaseClientExceptions
    from fastbedrock.paginate import Paginator

    _Dict = dict[str, Any]
    Client = TypeVar("Client", bound="BaseClient")
else:
    _Dict = dict


class Options(_Dict):
    """The options of an engine. They can hold secrets, so only their names are shown."""

    def __repr__(self) -> str:
        return f"<Options {', '.join(self)}>"


class ClientCore:
    """What synchronous and asynchronous clients have in common."""

    _SERVICE_NAME = ""
    _PY_TO_OP_NAME: dict[str, str] = {}

    def __init__(self, options: Options) -> None:
        self._options = options
        self._engine = _core.Engine(self._SERVICE_NAME, options)
        self._engine.log_settings()
        self._source: Source | None = None
        if self._engine.external is not None:
            from fastbedrock._credentials import source_of

            self._source = source_of(self._engine, options)
        # Whether somebody is asked in Python before each call.
        self._asks = self._source is not None or self._engine.asks_for_codes
        self.meta = ClientMeta(self._engine, options, self._SERVICE_NAME, self._PY_TO_OP_NAME)

    @property
    def exceptions(self) -> BaseClientExceptions:
        """The classes of the service's errors, e.g. ``client.exceptions.ThrottlingException``."""
        from fastbedrock.errorfactory import client_exceptions

        return client_exceptions(self._SERVICE_NAME)

    @property
    def waiter_names(self) -> list[str]:
        """Names for :meth:`get_waiter`: none, as in boto3."""
        return []

    def get_waiter(self, waiter_name: str) -> Any:
        """Raise ValueError: the Bedrock services have no waiters."""
        raise ValueError(f"Waiter does not exist: {waiter_name}")

    def can_paginate(self, operation_name: str) -> bool:
        """Whether :meth:`get_paginator` knows a method, e.g. ``"list_async_invokes"``.

        Raises KeyError for a name that is no operation.
        """
        from fastbedrock._model import service_model

        operation = self._PY_TO_OP_NAME[operation_name]
        return operation in service_model(self._SERVICE_NAME).paginators

    def _paginator(self, operation_name: str, base: type[Any]) -> Any:
        from fastbedrock._model import service_model
        from fastbedrock.exceptions import OperationNotPageableError
        from fastbedrock.paginate import paginator_class

        if not self.can_paginate(operation_name):
            raise OperationNotPageableError(operation_name=operation_name)
        model = service_model(self._SERVICE_NAME)
        operation = self._PY_TO_OP_NAME[operation_name]
        cls = paginator_class(type(self).__name__, operation, base)
        method = getattr(self, operation_name)
        return cls(method, model.paginators[operation], model.operation_model(operation))

    @property
    def _client_config(self) -> Config:
        return self.meta.config

    @property
    def _service_model(self) -> ServiceModel:
        return self.meta.service_model

    def _get_credentials(self) -> Credentials | None:
        from fastbedrock._credentials import credentials_of

        return credentials_of(self._engine, self._source)

    if not TYPE_CHECKING:  # or every name would pass the type checker

        def __getattr__(self, name):
            from fastbedrock._siblings import missing_attribute

            raise missing_attribute(type(self).__name__, self._PY_TO_OP_NAME, name)

    def __reduce__(self) -> tuple[Any, ...]:
        if "auth_token" in self._options:
            text = (
                f"a {type(self).__name__} cannot be pickled if its Session has a botocore_session"
            )
            raise TypeError(text)
        return self._restore, (self._SERVICE_NAME, dict(self._options))

    def __copy__(self) -> ClientCore:
        return self._restore(self._SERVICE_NAME, self._options)

    def __deepcopy__(self, memo: dict[int, Any]) -> ClientCore:
        # Shares what the options refer to: credentials may hold locks.
        return self._restore(self._SERVICE_NAME, self._options)

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} in {self.meta.region_name}>"

    @staticmethod
    def _restore(service_name: str, options: dict[str, Any]) -> ClientCore:
        raise NotImplementedError


class BaseClient(Claim, ClientCore):
    """What the clients of all services have in common; made by :func:`fastbedrock.client`.

    A client is safe to use from several threads, survives a fork, and pickles and copies by its
    configuration. As a context manager it closes its idle connections at the end.
    """

    _BOTOCORE_CLASS = ("botocore.client", "BaseClient")

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        # Every call comes through here under botocore's name: it is what instrumentations wrap.
        if not (self._asks or "gevent" in modules or "eventlet" in modules):
            return self._engine.call(operation_name, api_params)
        return self._call_prepared(self._engine.prepare(operation_name, api_params))

    def _call_prepared(self, prepared: _core.PreparedCall) -> dict[str, Any]:
        identity = wait = None
        if self._source is not None:
            identity = self._source.ask()
        elif self._asks:
            from fastbedrock import _mfa

            _mfa.ask(self._engine)
        if "gevent" in modules or "eventlet" in modules:
            from fastbedrock import _green

            wait = _green.waiting()
        if wait is None:
            return self._engine.call_prepared(prepared, identity)
        return _green.call(self._engine, prepared, identity, wait)

    def get_paginator(self, operation_name: str) -> Paginator:
        """A paginator for a method, e.g. ``client.get_paginator("list_async_invokes")``.

        Raises OperationNotPageableError for an operation without pages and KeyError for a name
        that is no operation.
        """
        from fastbedrock.paginate import Paginator

        paginator: Paginator = self._paginator(operation_name, Paginator)
        return paginator

    def close(self) -> None:
        """Close the idle connections. The client stays usable."""
        self._engine.close()

    def __enter__(self: Client) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @staticmethod
    def _restore(service_name: str, options: dict[str, Any]) -> BaseClient:
        client: BaseClient = client_class(service_name)(Options(options))
        return client


if TYPE_CHECKING:

    class BedrockRuntime(BaseClient):
        """The client of ``bedrock-runtime``, as type checkers see it."""

        def apply_guardrail(self, **params: Any) -> dict[str, Any]: ...
        def converse(self, **params: Any) -> dict[str, Any]: ...
        def converse_stream(self, **params: Any) -> dict[str, Any]: ...
        def count_tokens(self, **params: Any) -> dict[str, Any]: ...
        def get_async_invoke(self, **params: Any) -> dict[str, Any]: ...
        def invoke_guardrail_checks(self, **params: Any) -> dict[str, Any]: ...
        def invoke_model(self, **params: Any) -> dict[str, Any]: ...
        def invoke_model_with_response_stream(self, **params: Any) -> dict[str, Any]: ...
        def list_async_invokes(self, **params: Any) -> dict[str, Any]: ...
        def start_async_invoke(self, **params: Any) -> dict[str, Any]: ...


_classes: dict[str, type[Any]] = {}


def client_class(service_name: str) -> type[Any]:
    """The class of a service's clients, named as botocore names it, e.g. ``BedrockRuntime``.

    Raises UnknownServiceError for a service that this build has no model of.
    """
    if service_name not in _classes:
        cls = create_class(service_name, "", BaseClient, Operation)
        cls.__doc__ = "A client of one service; made by :func:`fastbedrock.client`."
        _classes.setdefault(service_name, cls)
    return _classes[service_name]


def create_class(
    service_name: str, prefix: str, base: type[Any], method: Callable[[str, str, str], Any]
) -> type[Any]:
    """A subclass of ``base`` with ``method(service, operation, name)`` for each operation.

    Raises UnknownServiceError for a service that this build has no model of.
    """
    if service_name not in _core.service_names():
        from fastbedrock._siblings import unknown_service

        raise unknown_service(service_name)
    service_id, _, operations = _core.outline(service_name)
    members: dict[str, Any] = {
        "__module__": "fastbedrock",
        "_SERVICE_NAME": service_name,
        "_PY_TO_OP_NAME": {name: operation for name, operation, _ in operations},
    }
    for name, operation, bidirectional in operations:
        if not bidirectional:
            members[name] = method(service_name, operation, name)
    return type(prefix + service_id.replace(" ", ""), (base,), members)


def class_named(name: str) -> type[Any] | None:
    """The client class with that name, or None."""
    for service_name in _core.service_names():
        service_id, _, _ = _core.outline(service_name)
        if name == service_id.replace(" ", ""):
            return client_class(service_name)
        if name == "Async" + service_id.replace(" ", ""):
            from fastbedrock._async_client import async_client_class

            return async_client_class(service_name)
    return None
