"""What synchronous and asynchronous clients have in common."""

from __future__ import annotations

from fastbedrock import _core
from fastbedrock._botocore import BotocoreInstance
from fastbedrock.meta import ClientMeta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._client.identity import Credentials, IdentityProvider
    from fastbedrock._model import ServiceModel
    from fastbedrock.config import Config
    from fastbedrock.errorfactory import BaseClientExceptions
    from fastbedrock.paginate import Paginator
    from fastbedrock.waiter import Waiter, WaiterModel

    _Dict = dict[str, Any]
else:
    _Dict = dict


class Options(_Dict):
    """The options of an engine. They can hold secrets, so the repr shows only their names."""

    def __repr__(self) -> str:
        return f"<Options {', '.join(self)}>"


class ClientCore(BotocoreInstance):
    """What synchronous and asynchronous clients have in common.

    The class attributes come from the service model; see :mod:`fastbedrock._client.classes`.
    """

    _SERVICE_NAME = ""
    # The key of the model; see fastbedrock._search.
    _MODEL_KEY = ""
    _PY_TO_OP_NAME: dict[str, str] = {}
    _IS_ASYNC = False
    # The class that was made for the service. A copy of an instance of a user's subclass is an
    # instance of this class.
    _SERVICE_CLASS: type[ClientCore]
    _make: Callable[[str, dict[str, Any]], ClientCore]

    def __init__(self, options: Options, environment: _core.Environment | None = None) -> None:
        self._options = options
        self._engine = _core.Engine(self._MODEL_KEY, options, environment)
        self._engine.log_settings()
        self._identity_provider: IdentityProvider | None = None
        if self._engine.external is not None:
            from fastbedrock._client.identity import identity_provider

            self._identity_provider = identity_provider(self._engine, options)
        # Whether Python code must provide credentials, a token or an MFA code before each call.
        self._asks_python = self._identity_provider is not None or self._engine.asks_for_codes
        self.meta = ClientMeta(self._engine, options, self._MODEL_KEY, self._PY_TO_OP_NAME)
        self.meta._identity_provider = self._identity_provider
        self.meta._is_async = self._IS_ASYNC

    @property
    def exceptions(self) -> BaseClientExceptions:
        """The classes of the service's errors, e.g. ``client.exceptions.ThrottlingException``."""
        from fastbedrock.errorfactory import client_exceptions

        return client_exceptions(self._MODEL_KEY)

    @property
    def waiter_names(self) -> list[str]:
        """Names for :meth:`get_waiter`, e.g. ``memory_created``. Not every service has waiters."""
        return [_core.method_name(name) for name in self._waiter_model().waiter_names]

    def get_waiter(self, waiter_name: str) -> Any:
        """A waiter of the service, e.g. ``client.get_waiter("memory_created")``.

        Raises ValueError if the service has no such waiter.
        """
        from fastbedrock.waiter import create_waiter_with_client

        model = self._waiter_model()
        names = {_core.method_name(name): name for name in model.waiter_names}
        if waiter_name not in names:
            raise ValueError(f"Waiter does not exist: {waiter_name}")
        return create_waiter_with_client(names[waiter_name], model, self)

    def _waiter_model(self) -> WaiterModel:
        from fastbedrock._model import service_model
        from fastbedrock.waiter import WaiterModel

        waiters = service_model(self._MODEL_KEY).waiters
        return WaiterModel({"version": WaiterModel.SUPPORTED_VERSION, "waiters": waiters})

    @staticmethod
    def _waiter_base() -> type[Waiter]:
        from fastbedrock.waiter import Waiter

        return Waiter

    def can_paginate(self, operation_name: str) -> bool:
        """Whether :meth:`get_paginator` takes the name of a method, e.g. ``"list_async_invokes"``.

        Raises KeyError if the client has no such method.
        """
        from fastbedrock._model import service_model

        operation = self._PY_TO_OP_NAME[operation_name]
        return operation in service_model(self._MODEL_KEY).paginators

    def get_paginator(self, operation_name: str) -> Any:
        """A paginator for a method, e.g. ``client.get_paginator("list_async_invokes")``.

        Raises OperationNotPageableError if the operation has no pages, and KeyError if the client
        has no such method.
        """
        from fastbedrock._model import service_model
        from fastbedrock.exceptions import OperationNotPageableError
        from fastbedrock.paginate import paginator_class

        if not self.can_paginate(operation_name):
            raise OperationNotPageableError(operation_name=operation_name)
        model = service_model(self._MODEL_KEY)
        operation = self._PY_TO_OP_NAME[operation_name]
        cls = paginator_class(type(self).__name__, operation, self._paginator_base())
        method = getattr(self, operation_name)
        return cls(method, model.paginators[operation], model.operation_model(operation))

    @staticmethod
    def _paginator_base() -> type[Paginator]:
        from fastbedrock.paginate import Paginator

        return Paginator

    @property
    def _client_config(self) -> Config:
        return self.meta.config

    @property
    def _service_model(self) -> ServiceModel:
        return self.meta.service_model

    def _get_credentials(self) -> Credentials | None:
        from fastbedrock._client.identity import credentials_of

        return credentials_of(self._engine, self._identity_provider)

    if not TYPE_CHECKING:  # otherwise type checkers would accept every name

        def __getattr__(self, name):
            meta = self.__dict__.get("meta")
            if meta is not None and meta._hooks is not None:
                found = meta._hooks.attribute(self, name)
                if found is not None:
                    return found
            if name.startswith("_") and not name.startswith("__"):
                from fastbedrock._client.botocore_parts import part

                try:
                    return part(self, name)
                except KeyError:
                    pass
            from fastbedrock._client.hints import missing_attribute

            raise missing_attribute(type(self), name, self)

    def __reduce__(self) -> tuple[Any, ...]:
        if "auth_token" in self._options:
            text = (
                f"a {type(self).__name__} cannot be pickled if its Session has a botocore_session"
            )
            raise TypeError(text)
        # The model is looked for again where the client is unpickled.
        return self._make, (self._SERVICE_NAME, dict(self._options))

    def __copy__(self) -> ClientCore:
        copy = self._SERVICE_CLASS(Options(self._options))
        if self.meta._hooks is not None:
            copy.meta._hooked(self.meta._hooks.emitter)
        return copy

    def __deepcopy__(self, memo: dict[int, Any]) -> ClientCore:
        # Credentials may hold locks, so the copy shares what the options refer to.
        return self.__copy__()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} in {self.meta.region_name}>"
