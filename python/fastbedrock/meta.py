"""``client.meta``: the region, endpoint, configuration and model of a client."""

from __future__ import annotations

from fastbedrock import _botocore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._client.identity import IdentityProvider
    from fastbedrock._core import Engine
    from fastbedrock._events.emitter import Emitter
    from fastbedrock._events.hooks import Hooks
    from fastbedrock._model import ServiceModel
    from fastbedrock.config import Config

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
        engine: Engine,
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
        from fastbedrock._model import service_model

        model = service_model(self._model_key)
        theirs = _botocore.loaded_class("botocore.model", "ServiceModel")
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
