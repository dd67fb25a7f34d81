"""What a client has if its events have handlers."""

from __future__ import annotations

from weakref import ref

from fastbedrock import _core
from fastbedrock._events import builtins, call
from fastbedrock._events.drivers import AsyncDriver, Driver
from fastbedrock._events.emitter import Emitter, event_service, first_response, run
from fastbedrock._events.endpoint import Endpoint
from fastbedrock._events.signer import RequestSigner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._client.base import ClientCore, ClientMeta
    from fastbedrock._client.identity import IdentityProvider


class Hooks:
    """The emitter of a client, and what its events show: signer, endpoint, model, configuration.

    Arguments:
        meta: the client's.
        others: handlers of the client's session, or of a client that this one is a copy of.
    """

    def __init__(self, meta: ClientMeta, others: Emitter | None = None) -> None:
        self._meta = ref(meta)
        self.engine: _core.Engine = meta._engine
        self.options: dict[str, Any] = meta._options
        self.model_key: str = meta._model_key
        self.provider: IdentityProvider | None = meta._identity_provider
        self.is_async: bool = meta._is_async
        self.driver = AsyncDriver() if self.is_async else Driver()
        settings = self.engine.settings
        self.user_agent: str = settings["user_agent"]
        service_id, _, _ = _core.outline(self.model_key)
        # The service in the names of events.
        self.service_id = event_service(service_id)
        if others is None:
            others = Emitter()
            builtins.register_for_session(others)
        self.emitter = others.copy_for(self.service_id, self)
        if not others.is_of_client:
            mode: str = settings["retries"]["mode"]
            builtins.register_for_client(self.emitter, self.service_id, mode)
        from fastbedrock._model import service_model

        model = service_model(self.model_key)
        self.endpoint = Endpoint(self, model.endpoint_prefix)
        self.signer = RequestSigner(self, model.signing_name, self.options)
        self._identity_source: Any = None
        #: Handlers of other packages among botocore's built-in ones that were registered here.
        self.builtin_handlers: list[Any] = []

    @property
    def meta(self) -> ClientMeta:
        meta = self._meta()
        if meta is None:
            raise ReferenceError("the client of these events does not exist any more")
        return meta

    async def emit(self, event_name: str, call: Any = None, /, **kwargs: Any) -> Any:
        """Call all handlers of an event; returns the first response that is not None.

        ``call`` is the state of the call, for the built-in handlers.
        """
        return first_response(await self.emitter.call_handlers(event_name, kwargs, call=call))

    async def emit_until_response(self, event_name: str, /, **kwargs: Any) -> Any:
        """Call handlers of an event until one responds; returns the response, or None."""
        responses = await self.emitter.call_handlers(event_name, kwargs, stops=True)
        return responses[-1][1] if responses else None

    def identity_source(self) -> tuple[_core.Engine, IdentityProvider | None]:
        """The engine and the provider that know the access keys."""
        if self.signer.resolved_version == "v4":
            return self.engine, self.provider
        if self._identity_source is None:
            from fastbedrock._client.identity import identity_provider

            # A handler has chosen SigV4 for a client with another scheme.
            options = {**self.options, "signature_version": "v4"}
            options.pop("api_key", None)
            engine = _core.Engine(self.model_key, options)
            self._identity_source = engine, identity_provider(engine, options)
        source: tuple[_core.Engine, IdentityProvider | None] = self._identity_source
        return source

    def attribute(self, client: Any, name: str) -> Any:
        """What handlers of ``getattr`` give for an attribute that the client does not have."""
        event_name = f"getattr.{self.service_id}.{name}"
        handlers = self.emitter.handlers(event_name)
        given = (handler(client=client, event_name=event_name) for handler in handlers)
        return next((value for value in given if value is not None), None)

    def call(self, client: ClientCore, operation_name: str, api_params: dict[str, Any]) -> Any:
        """Make a call: the response, or in an asynchronous client a coroutine."""
        steps = call.make_call(self, client, operation_name, api_params)
        return steps if self.is_async else run(steps)
