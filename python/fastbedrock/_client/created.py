"""Makes clients through patches of ``ClientCreator.create_client`` and ``BaseClient.__init__``.

Some packages (openllmetry, openinference) wrap this method, or aiobotocore's, and then change the
client that it returned. A wrapper calls botocore's own function in the end. That function runs here
on a stand-in for botocore's ClientCreator, whose methods make a client of fastbedrock.
"""

from __future__ import annotations

from fastbedrock._replaced import bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._client import ClientCore


class _NoEvents:
    def emit(self, event_name: str, **kwargs: Any) -> list[Any]:
        return []


class _NoData:
    def load_data(self, name: str) -> None:
        return None


class _NoModel:
    # Nothing that depends on the model is used here.
    metadata: dict[str, Any] = {}
    signing_name = None


class ClientCreator:
    """Stands in for botocore's ClientCreator: has what ``create_client`` uses of it."""

    _event_emitter: Any = _NoEvents()
    _loader = _NoData()
    _endpoint_resolver = _config_store = None

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make

    def _load_service_model(self, *args: Any) -> _NoModel:
        return _NoModel()

    def _load_service_endpoints_ruleset(self, *args: Any) -> None:
        return None

    def _create_client_class(self, *args: Any) -> Any:
        return self._make

    def _normalize_fips_region(self, region_name: Any, client_config: Any) -> tuple[Any, Any]:
        return region_name, client_config

    def _evaluate_client_specific_token(self, signing_name: str) -> None:
        return None

    def _get_client_args(
        self,
        service_model: Any,
        region_name: Any,
        is_secure: Any,
        endpoint_url: Any,
        verify: Any,
        credentials: Any,
        scoped_config: Any,
        client_config: Any,
        *args: Any,
    ) -> Any:
        return {
            "region_name": region_name,
            "use_ssl": is_secure,
            "endpoint_url": endpoint_url,
            "verify": verify,
            "config": client_config,
        }

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith("_register_"):
            raise AttributeError(name)
        return _nothing


class _NoAsyncEvents:
    async def emit(self, event_name: str, **kwargs: Any) -> list[Any]:
        return []


class AioClientCreator(ClientCreator):
    """The same for aiobotocore's AioClientCreator."""

    _event_emitter: Any = _NoAsyncEvents()

    async def _create_client_class(self, *args: Any) -> Callable[..., Any]:
        return self._make

    async def _get_client_args(self, *args: Any) -> Any:
        return super()._get_client_args(*args)


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Register no handlers: those of botocore are for its own way of sending requests."""


class _MethodCreator:
    """Stands in for botocore's ClientCreator while it makes the methods of a class."""

    _event_emitter = _NoEvents()

    def __getattr__(self, name: str) -> Any:
        from botocore.client import ClientCreator

        if name not in ("_create_methods", "_create_api_method"):
            raise AttributeError(name)
        return bound(vars(ClientCreator)[name], self)


def with_patched_methods(cls: type[Any]) -> type[Any]:
    """A subclass with the methods that botocore's ClientCreator, which is patched, makes."""
    from botocore.model import ServiceModel

    from fastbedrock._model import service_model

    model = service_model(cls._MODEL_KEY).as_instance_of(ServiceModel)
    made = _MethodCreator()._create_methods(model)
    names = {"__module__": cls.__module__, "__doc__": cls.__doc__}
    names["_PY_TO_OP_NAME"] = cls._PY_TO_OP_NAME
    for name, value in made.items():
        # Operations that stream in both directions are not here.
        if name not in cls._PY_TO_OP_NAME or hasattr(cls, name):
            names[name] = value
    patched: type[Any] = type(cls.__name__, (cls,), names)
    # Copies of a client have the same class.
    patched._SERVICE_CLASS = patched
    return patched


class _Initialized:
    """A client for botocore's ``__init__``, which cannot replace what the client has already."""

    def __init__(self, client: ClientCore) -> None:
        self.__dict__["_client"] = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if not hasattr(self._client, name) and name not in _BOTOCORES:
            setattr(self._client, name, value)

    def _register_handlers(self) -> None:
        """Botocore's handlers sign and name the user agent, which the engine does."""


# Attributes of botocore's clients that clients of fastbedrock do not have.
_BOTOCORES = ("_cache", "_loader", "_exceptions_factory", "_exceptions")


def initialize(patch: Any, client: Any) -> None:
    """Call what a package has put in place of ``BaseClient.__init__``, for a new client."""
    bound(patch, _Initialized(client))(
        serializer=None,
        endpoint=client._endpoint,
        response_parser=None,
        event_emitter=client.meta.events,
        request_signer=client._request_signer,
        service_model=client.meta.service_model,
        loader=None,
        client_config=client.meta.config,
        partition=client.meta.partition,
        exceptions_factory=None,
        user_agent_creator=client._user_agent_creator,
    )


def create(
    patch: Any, service_name: str, make: Callable[..., Any], *, is_async: bool, **arguments: Any
) -> Any:
    """The client that the patched ``create_client`` returns.

    Arguments:
        patch: what ``botocore.client.ClientCreator``, or aiobotocore's ``AioClientCreator`` for an
            asynchronous client, has as ``create_client``.
        make: makes the client. It gets the arguments below, which the patch may have changed.
        arguments: region_name, use_ssl, verify, endpoint_url and config of ``Session.client``.

    Raises RuntimeError if aiobotocore's patch waits for something: making a client needs no event
    loop.
    """
    creator = AioClientCreator(make) if is_async else ClientCreator(make)
    made = bound(patch, creator)(
        service_name=service_name,
        region_name=arguments["region_name"],
        is_secure=arguments["use_ssl"],
        endpoint_url=arguments["endpoint_url"],
        verify=arguments["verify"],
        credentials=None,
        scoped_config={},
        client_config=arguments["config"],
        api_version=None,
        auth_token=None,
    )
    if not is_async:
        return made
    from fastbedrock._events.emitter import run

    return run(made)
