"""Which path the calls of a client of botocore take, and why.

The fast path is for calls in which nothing but botocore itself has a say. What was found is kept
in the client. It holds as long as the parts of the client are the same objects, and no handler was
registered or unregistered.
"""

from __future__ import annotations

import asyncio
import logging
from operator import itemgetter
from os import environ
from weakref import ref

from botocore.history import get_global_history_recorder
from botocore.hooks import EventAliaser

from fastbedrock._in_place import hooks, settings
from fastbedrock._in_place.call_path import NO_CLIENT, CallPath
from fastbedrock._in_place.handlers import foreign_handler
from fastbedrock._in_place.model import NotOurs, model_key
from fastbedrock._in_place.route import Route, build_route, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock import _core

_logger = logging.getLogger("fastbedrock")
# Who lets botocore log what it does wants to read it.
_botocore_logger = logging.getLogger("botocore.endpoint")
_history = get_global_history_recorder()

# Without encoding the name anew, which takes 1 µs.
_variables: Any = getattr(environ, "_data", environ)

# Where the state is in the `_cache` that each client of botocore has.
_KEY = "fastbedrock"


_of_client = itemgetter(
    "_endpoint",
    "_request_signer",
    "_serializer",
    "_response_parser",
    "_ruleset_resolver",
    "_exceptions_factory",
    "_user_agent_creator",
    "meta",
)
_of_signer = itemgetter("_region_name", "_signing_name", "_signature_version")
_of_session = itemgetter("_verify", "_timeout", "_proxy_config", "_cert_file")


class _State:
    """What was found out about a client, and what it was found out from."""

    def __init__(self, client: Any, parts: tuple[Any, ...], found: tuple[Any, ...]) -> None:
        self._client = ref(client)
        self.parts = parts
        self.hooks = found
        self.reason: str | None = None
        self.engines: list[tuple[dict[str, Any], _core.Engine]] = []
        self.token_variable: Any = ""
        self.model_key = ""
        self.emitter: Any = None
        self.routes = _Routes(self, None, False)

    def is_of(self, client: Any) -> bool:
        return self._client() is client


class _Routes:
    """The routes of a client's operations, as long as no handler is registered or unregistered.

    A route that one thread looks for while another registers a handler stays in the routes that
    are dropped then.
    """

    def __init__(self, state: _State, lookup_cache: Any, has_token: bool) -> None:
        self.state = state
        # Of the emitter: registering and unregistering replace it.
        self.lookup_cache = lookup_cache
        self.has_token = has_token
        # By operation: the route, or why there is none.
        self.found: dict[str, Route | str] = {}


def route(client: Any, operation_name: str, api_params: Any) -> Route | None:
    """The way of a call to the engine, or None for botocore's own path."""
    found = _known_route(client, operation_name, api_params)
    if isinstance(found, _Routes):
        looked_up = run(_route(found.state, client, operation_name))
        return _remembered(found, client, operation_name, looked_up)
    return found


async def route_async(client: Any, operation_name: str, api_params: Any) -> Route | None:
    """:func:`route` for a client of aiobotocore."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # another kind of event loop
        return None
    found = _known_route(client, operation_name, api_params)
    if isinstance(found, _Routes):
        looked_up = await _route(found.state, client, operation_name)
        return _remembered(found, client, operation_name, looked_up)
    return found


def path_of(client: Any) -> CallPath:
    """The path of the calls of a client, as far as it does not depend on the operation."""
    state = _state(client)
    if state is None:
        return CallPath(NO_CLIENT)
    reason = state.reason or _of_process()
    if reason is None:
        service = client.meta.service_model.service_id.hyphenize()
        operations = client.meta.service_model.operation_names
        found = (foreign_handler(state.emitter, service, name) for name in operations)
        reason = next(filter(None, found), None)
    return CallPath(reason)


def close(client: Any) -> None:
    """Close the connections of the client's engines."""
    state = getattr(client, "__dict__", {}).get("_cache", {}).get(_KEY)
    if state is not None:
        for _, engine in state.engines:
            engine.close()


def _known_route(client: Any, operation_name: str, api_params: Any) -> Route | _Routes | None:
    """The route; None for botocore's own path; the routes if it has yet to be found for them."""
    state = _state(client)
    if state is None or state.reason is not None or type(api_params) is not dict:
        return None
    if _botocore_logger.isEnabledFor(10) or _history._enabled:
        return None
    has_token = state.token_variable in _variables
    lookup_cache, routes = state.emitter._lookup_cache, state.routes
    if lookup_cache is not routes.lookup_cache or has_token != routes.has_token:
        routes = state.routes = _Routes(state, lookup_cache, has_token)
    found = routes.found.get(operation_name, routes)
    return None if isinstance(found, str) else found


def _of_process() -> str | None:
    if _botocore_logger.isEnabledFor(10):
        return "the logger botocore is at DEBUG"
    return "botocore's history is recorded" if _history._enabled else None


def _state(client: Any) -> _State | None:
    """What is known of the client now; None if it is not a client of botocore."""
    try:
        own = client.__dict__
        endpoint, signer, meta = own["_endpoint"], own["_request_signer"], own["meta"]
        session, events = endpoint.http_session, meta.events
        # The numbers grow if a method of an object is replaced by one of its own.
        parts = (
            *_of_client(own),
            len(own),
            events,
            len(events.__dict__),
            events._emitter,
            len(events._emitter.__dict__),
            endpoint._event_emitter,
            len(endpoint.__dict__),
            *_of_signer(signer.__dict__),
            len(signer.__dict__),
            *_of_session(session.__dict__),
            len(session.__dict__),
            getattr(session, "_sessions", None),
        )
        found = hooks.hooks(client, endpoint, signer, session, events)
        known = own["_cache"].get(_KEY)
    except (AttributeError, KeyError, TypeError):
        return _odd(client)
    if (
        known is not None
        and known.is_of(client)
        and hooks.are_same(known.parts, parts)
        and hooks.are_same(known.hooks, found)
    ):
        return known  # type: ignore[no-any-return]
    state = _State(client, parts, found)
    if known is not None:
        state.engines = known.engines
    try:
        state.reason = _reason(state, client)
    except NotOurs as reason:
        state.reason = str(reason)
    except Exception as error:  # a version of botocore with other parts
        state.reason = f"{type(error).__name__}: {error}"
    if known is None or known.reason != state.reason:
        _logger.debug("%s: calls take the %r", _name(client), CallPath(state.reason))
    own["_cache"][_KEY] = state
    return state


def _odd(client: Any) -> _State | None:
    """The state of a client with parts that are not botocore's."""
    if not isinstance(getattr(client, "__dict__", {}).get("_cache"), dict):
        return None
    state = _State(client, (), ())
    state.reason = "parts of the client are not botocore's own"
    return state


def _reason(state: _State, client: Any) -> str | None:
    """Why all calls of the client take botocore's own path; None if they do not."""
    from fastbedrock._client import ClientCore

    if isinstance(client, ClientCore):
        return "it is a client of fastbedrock"
    for name, part in _parts(client):
        if part is not None and not _is_botocores(type(part)):
            return f"{name} is a {type(part).__module__}.{type(part).__qualname__}"
        own = next(
            (each for each in getattr(part, "__dict__", ()) if hasattr(type(part), each)), None
        )
        if own is not None:
            return f"{name} has a {own} of its own"
    if type(client.meta.events) is not EventAliaser:
        return "meta.events is not botocore's"
    for name in hooks.METHODS:
        if name in vars(client):
            return f"the client has a {name} of its own"
    if client._endpoint._event_emitter is not client.meta.events:
        return "_endpoint has an emitter of its own"
    place = hooks.replaced(state.hooks)
    if place is not None:
        return f"{place} has been replaced"
    state.emitter = client.meta.events._emitter
    name = client._request_signer._signing_name
    variable = f"AWS_BEARER_TOKEN_{name.replace('-', '_').replace(' ', '_').upper()}"
    state.token_variable = variable if _variables is environ else environ.encodekey(variable)
    settings.check(client)
    state.model_key = model_key(client.meta.service_model)
    return None


def _parts(client: Any) -> list[tuple[str, Any]]:
    names = (
        "_endpoint",
        "_request_signer",
        "_serializer",
        "_response_parser",
        "_ruleset_resolver",
        "_exceptions_factory",
        "_user_agent_creator",
    )
    endpoint, events = client._endpoint, client.meta.events
    return [
        *((name, vars(client).get(name)) for name in names),
        ("_endpoint.http_session", endpoint.http_session),
        ("_endpoint._response_parser_factory", endpoint._response_parser_factory),
        ("meta.events", events),
        ("the emitter of meta.events", events._emitter),
    ]


def _is_botocores(cls: type[Any]) -> bool:
    return cls.__module__.startswith(("botocore.", "aiobotocore."))


async def _route(state: _State, client: Any, operation_name: str) -> Route | str:
    service = client.meta.service_model.service_id.hyphenize()
    reason = foreign_handler(state.emitter, service, operation_name)
    if reason is not None:
        return reason
    try:
        return await build_route(client, operation_name, state.model_key, state.engines)
    except NotOurs as reason:
        return str(reason)
    except Exception as error:  # botocore finds the same problem, or has none
        return f"{type(error).__name__}: {error}"


def _remembered(
    routes: _Routes, client: Any, operation_name: str, found: Route | str
) -> Route | None:
    routes.found[operation_name] = found
    if isinstance(found, str):
        _logger.debug("%s.%s takes botocore's own path: %s", _name(client), operation_name, found)
        return None
    return found


def _name(client: Any) -> str:
    return f"{type(client).__name__} in {client.meta.region_name}"
