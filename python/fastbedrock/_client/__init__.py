"""The clients. Here is what synchronous and asynchronous ones have in common, with their ``meta``.

It is in this file because every client needs it, and each further module takes 0.1 ms.
"""

from __future__ import annotations

from sys import modules

from fastbedrock import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._client.identity import Credentials, IdentityProvider
    from fastbedrock._events.emitter import Emitter
    from fastbedrock._events.hooks import Hooks
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


# Options whose value the engine works out from the environment, the profile and other options.
_RESOLVED = frozenset({"region_name", "user_agent", "retries", "signature_version"})


class ClientMeta:
    """Region, endpoint, configuration and model of a client."""

    # Set once the client's events were asked for.
    _hooks: Hooks | None = None
    _identity_provider: IdentityProvider | None = None
    _is_async = False

    def __init__(
        self,
        engine: _core.Engine,
        options: dict[str, Any],
        model_key: str,
        method_to_api_mapping: dict[str, str],
    ) -> None:
        self._engine = engine
        self._options = options
        self._model_key = model_key
        self._method_to_api_mapping = method_to_api_mapping
        self._config: Config | None = None

    @property
    def region_name(self) -> str:
        """The region that requests are signed for."""
        return self._engine.region_name

    @property
    def endpoint_url(self) -> str:
        """The URL that requests go to."""
        return self._engine.endpoint_url

    @property
    def partition(self) -> str:
        """The partition of the region, e.g. ``aws``."""
        return self._engine.partition

    @property
    def method_to_api_mapping(self) -> dict[str, str]:
        """AWS's operation name for each method name."""
        return self._method_to_api_mapping

    @property
    def config(self) -> Config:
        """The configuration in effect; also an instance of botocore's Config, if that is loaded."""
        if self._config is None:
            from fastbedrock.config import Config

            given = {name: self._options[name] for name in self._options.keys() - _RESOLVED}
            values = {**self._engine.settings, **given}
            self._config = Config(
                **{name: values[name] for name in Config.OPTION_DEFAULTS if name in values},
                retry_read_timeout=values.get("retry_read_timeout", False),
            )
        return self._config

    @property
    def service_model(self) -> ServiceModel:
        """The service model: of botocore's class if that is loaded, otherwise of one like it."""
        from fastbedrock._botocore import loaded_class
        from fastbedrock._model import service_model

        model = service_model(self._model_key)
        theirs = loaded_class("botocore.model", "ServiceModel")
        return model if theirs is None else model.as_instance_of(theirs)

    @property
    def events(self) -> Emitter:
        """The events of the client: handlers are registered here."""
        return self._hooked().emitter

    def _hooked(self, others: Emitter | None = None) -> Hooks:
        if self._hooks is None:
            from fastbedrock._events.hooks import Hooks

            # Another thread may do the same at the same time: the first one wins.
            hooks: Hooks = self.__dict__.setdefault("_hooks", Hooks(self, others))
            return hooks
        return self._hooks

    def __repr__(self) -> str:
        return f"<ClientMeta of {self._model_key.partition(chr(10))[0]} in {self.region_name}>"


class ClientCore:
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
    # The class that instances derive from for isinstance(), if its module is loaded.
    _BOTOCORE_CLASS: tuple[str, str]

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

    # To type checkers, __class__ is no property, and __getattr__ would give clients every name.
    if not TYPE_CHECKING:

        @property
        def __class__(self):
            if self._BOTOCORE_CLASS[0] not in modules:
                return type(self)
            from fastbedrock._botocore import shown_class

            return shown_class(self)

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
