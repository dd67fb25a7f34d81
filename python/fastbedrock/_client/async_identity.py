"""The identity of an asynchronous call, from code that may block or be a coroutine function."""

from __future__ import annotations

import asyncio
import inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._client.identity import IdentityProvider
    from fastbedrock._core import Identity


async def ask(provider: IdentityProvider) -> Identity:
    """The identity for one call. Code that may block runs on another thread than the loop's."""
    given = provider.given
    if provider.is_callable:
        given = await ask_function(provider.given)
    given = await frozen(given)
    if provider.may_refresh(given):
        return await asyncio.to_thread(provider.identity_of, given)
    return provider.identity_of(given)


async def frozen(given: Any) -> Any:
    """aiobotocore's credentials and tokens, which coroutines freeze; others as they are."""
    for name in ("get_frozen_credentials", "get_frozen_token"):
        freeze = getattr(given, name, None)
        if inspect.iscoroutinefunction(freeze):
            return await freeze()
    return given


async def ask_function(function: Callable[[], Any]) -> Any:
    """What a function or a coroutine function of the user returns."""
    if inspect.iscoroutinefunction(function):
        given = await function()
    else:
        given = await asyncio.to_thread(function)
    return await given if inspect.isawaitable(given) else given
