"""The way of an operation's calls from a client of botocore to an engine, and back."""

from __future__ import annotations

import inspect

import botocore

from fastbedrock import _core
from fastbedrock._in_place import responses, settings, timestamps
from fastbedrock._in_place.model import NotOurs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


class Route:
    """How the calls of one operation of one client are made by an engine."""

    def __init__(
        self,
        engine: _core.Engine,
        signer: Any,
        signature_version: str,
        finish: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> None:
        self.engine = engine
        #: Makes botocore's response of the engine's.
        self.finish = finish
        self._signer = signer
        self.is_unsigned = signature_version == settings.UNSIGNED
        self._is_bearer = signature_version == "bearer"
        # The last keys, with their identity.
        self._last: tuple[Any, _core.Identity | None] = None, None

    def identity(self) -> _core.Identity | None:
        """The identity of one call: what the client's signer would sign with now.

        Raises LookupError if there is none, and whatever a refresh raises.
        """
        if self.is_unsigned:
            return None
        return self._identity(_frozen(self._given()))

    async def identity_async(self) -> _core.Identity:
        """:meth:`identity` for a client of aiobotocore, which refreshes in coroutines."""
        frozen = _frozen(self._given())
        return self._identity(await frozen if inspect.isawaitable(frozen) else frozen)

    def _given(self) -> Any:
        signer = self._signer
        given = signer._auth_token if self._is_bearer else signer._credentials
        if given is None:
            raise LookupError("there are no credentials")
        return given

    def _identity(self, frozen: Any) -> _core.Identity:
        if self._is_bearer:
            return _core.Identity.bearer(frozen.token)
        keys = frozen.access_key, frozen.secret_key, frozen.token
        known, identity = self._last
        if identity is None or keys != known:
            identity = _core.Identity(*keys)
            self._last = keys, identity
        return identity


def _frozen(given: Any) -> Any:
    for name in ("get_frozen_credentials", "get_frozen_token"):
        freeze = getattr(given, name, None)
        if freeze is not None:
            return freeze()
    return given


async def build_route(
    client: Any,
    operation_name: str,
    model_key: str,
    engines: list[tuple[dict[str, Any], _core.Engine]],
) -> Route:
    """The route of an operation's calls. Sends nothing.

    ``engines`` are those of the client, each with the options that it was made from.

    Raises NotOurs if the engine cannot make the calls exactly as botocore does.
    """
    operation = client.meta.service_model.operation_model(operation_name)
    _check_operation(operation)
    url, version, region, signing_name = await _target(client, operation)
    metadata = client.meta.service_model.metadata
    if signing_name != metadata.get("signingName", metadata["endpointPrefix"]):
        raise NotOurs(f"requests are signed for {signing_name}")
    options = settings.engine_options(client, url, version, region)
    is_async = "max_concurrency" in options
    engine = next((made for known, made in engines if known == options), None)
    if engine is None:
        engine = _core.Engine(model_key, options, _core.Environment.empty(options))
        engines.append((options, engine))
    return Route(engine, client._request_signer, version, _finish(operation, url, is_async))


def _check_operation(operation: Any) -> None:
    if operation.has_event_stream_input:
        raise NotOurs("it streams in both directions")
    if operation.endpoint:
        raise NotOurs("the operation has a host of its own")
    if operation.http_checksum or operation.request_compression or operation.unsigned_payload:
        raise NotOurs("the operation has checksums, compression or an unsigned payload")
    if operation.static_context_parameters or operation.context_parameters:
        raise NotOurs("the operation's endpoint depends on its parameters")


async def _target(client: Any, operation: Any) -> tuple[str, str, str, str]:
    """URL, signature version, region and name for signatures, as botocore's own call finds them."""
    from botocore.auth import resolve_auth_scheme_preference

    preference = client.meta.config.auth_scheme_preference
    if operation.auth and preference:
        auth_type = resolve_auth_scheme_preference(preference.split(","), operation.auth)
    else:
        auth_type = operation.resolved_auth_type
    context = {
        "client_region": client.meta.region_name,
        "client_config": client.meta.config,
        "has_streaming_input": operation.has_streaming_input,
        "auth_type": auth_type,
        "unsigned_payload": operation.unsigned_payload,
        "auth_options": client.meta.service_model.metadata.get("auth"),
    }
    resolved = client._resolve_endpoint_ruleset(operation, {}, context)
    url, headers, _ = await resolved if inspect.isawaitable(resolved) else resolved
    if headers:
        raise NotOurs("the endpoint's rules ask for headers")
    signer = client._request_signer
    chosen = signer._choose_signer(operation.name, "standard", context)
    version = await chosen if inspect.isawaitable(chosen) else chosen
    if version is botocore.UNSIGNED:
        version = settings.UNSIGNED
    if version not in ("v4", "bearer", settings.UNSIGNED):
        raise NotOurs(f"requests are signed by {version}")
    signing = context.get("signing", {})
    region = signing.get("region") or signer._region_name
    return url, version, region, signing.get("signing_name") or signer._signing_name


def _finish(operation: Any, url: str, is_async: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that puts botocore's own classes into a response of the engine."""
    if is_async:
        from fastbedrock._in_place import async_responses

    in_zones = timestamps.converter(operation.output_shape)
    wrap: Callable[[Any], Any]
    if operation.has_event_stream_output:
        name = operation.output_shape.event_stream_name
        wrap = (async_responses if is_async else responses).event_streams(operation)
    elif operation.has_streaming_output:
        name = operation.output_shape.serialization["payload"]
        wrap = async_responses.streaming_bodies(url) if is_async else responses.streaming_body
    else:
        return in_zones or _unchanged

    def finish(response: dict[str, Any]) -> dict[str, Any]:
        response[name] = wrap(response[name])
        return response if in_zones is None else in_zones(response)

    return finish


def _unchanged(response: dict[str, Any]) -> dict[str, Any]:
    return response


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("the coroutine waits")
