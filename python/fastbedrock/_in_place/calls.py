"""What botocore's functions call in place of their own code."""

from __future__ import annotations

import asyncio
from sys import modules

from fastbedrock._in_place import client_state, errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock import _core
    from fastbedrock._in_place.route import Route


def stand_in_for(qualified_name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """The function to call in place of botocore's function with that name.

    ``original`` is a function with botocore's own code.
    """
    return _STAND_INS[qualified_name](original)


def _make_api_call(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_api_call(client: Any, operation_name: str, api_params: Any) -> Any:
        route = client_state.route(client, operation_name, api_params)
        if route is None:
            return original(client, operation_name, api_params)
        try:
            prepared = route.engine.prepare(operation_name, api_params)
            identity = route.identity()
        except Exception:
            # Nothing was sent: botocore finds the same problem, and reports it in its own way.
            prepared = None
        if prepared is None:
            return original(client, operation_name, api_params)
        try:
            response = _call(route.engine, prepared, identity)
        except Exception as error:
            failure = errors.of_botocore(error, client)
        else:
            return route.finish(response)
        raise failure

    return make_api_call


def _call(
    engine: _core.Engine, prepared: _core.PreparedCall, identity: _core.Identity | None
) -> dict[str, Any]:
    if "gevent" in modules or "eventlet" in modules:
        from fastbedrock import _green

        wait = _green.waiting()
        if wait is not None:
            return _green.call(engine, prepared, identity, wait)
    return engine.call_prepared(prepared, identity)


def _make_async_api_call(original: Callable[..., Any]) -> Callable[..., Any]:
    async def make_api_call(client: Any, operation_name: str, api_params: Any) -> Any:
        route = await client_state.route_async(client, operation_name, api_params)
        if route is None:
            return await original(client, operation_name, api_params)
        try:
            call = await _coroutine(route, operation_name, api_params)
        except Exception:
            call = None
        if call is None:
            return await original(client, operation_name, api_params)
        try:
            response = await call
            if type(response) is not dict:  # a large body, which is decoded on another thread
                response = await asyncio.to_thread(response)
        except Exception as error:
            failure = errors.of_botocore(error, client)
        else:
            return route.finish(response)
        raise failure

    return make_api_call


async def _coroutine(route: Route, operation_name: str, api_params: dict[str, Any]) -> Any:
    if route.is_unsigned:
        return route.engine.call_async(operation_name, api_params)
    prepared = route.engine.prepare(operation_name, api_params)
    return route.engine.call_prepared_async(prepared, await route.identity_async())


def _close(original: Callable[..., Any]) -> Callable[..., Any]:
    def close(client: Any) -> Any:
        client_state.close(client)
        return original(client)

    return close


def _close_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def close(client: Any, *exception: Any) -> Any:
        client_state.close(client)
        return await original(client, *exception)

    return close


_STAND_INS = {
    "BaseClient._make_api_call": _make_api_call,
    "BaseClient.close": _close,
    "AioBaseClient._make_api_call": _make_async_api_call,
    "AioBaseClient.close": _close_async,
    "AioBaseClient.__aexit__": _close_async,
}
