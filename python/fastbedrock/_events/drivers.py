"""How the steps of a call wait: a synchronous call blocks its thread, an asynchronous one awaits.

Every step is a coroutine. Those of the synchronous driver never wait, so ``emitter.run`` can run
them.
"""

from __future__ import annotations

import time
from io import BytesIO
from sys import modules

from fastbedrock import _core
from fastbedrock._events.response import content_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from fastbedrock._events.hooks import Hooks

    # The arguments of CallAttempts.send, and what it returns.
    _Request: TypeAlias = tuple[str, str, list[tuple[str, str | bytes]], bytes, Any, bool]
    _Response: TypeAlias = tuple[int, list[tuple[str, str]], Any]


class Driver:
    """The steps of a synchronous call."""

    async def ask(self, function: Callable[[], Any]) -> Any:
        """Call a function that may block."""
        return function()

    async def identity(self, hooks: Hooks, given: Any) -> _core.Identity | None:
        """The identity to sign with, or None if there is none.

        ``given`` are credentials in place of the client's own; False for none.
        """
        if given is not None:
            return _frozen(given)
        engine, provider = hooks.identity_source()
        if provider is not None:
            return provider.ask()
        from fastbedrock._client.identity import look_up

        return _identity_of(look_up(engine, None))

    async def send(self, attempts: _core.CallAttempts, request: _Request) -> _Response:
        """Send one request."""
        if "gevent" in modules or "eventlet" in modules:
            from fastbedrock import _green

            wait = _green.waiting()
            if wait is not None:
                return _green.send(attempts.send_pending(*request), wait)
        return attempts.send(*request)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def parse(self, parse: Callable[[], dict[str, Any]], body: Any) -> dict[str, Any]:
        """Parse a response with this body."""
        return parse()

    def streaming_body(self, raw: Any, length: str | None) -> Any:
        """The body of a streaming response, as callers read it."""
        from fastbedrock.response import StreamingBody

        return StreamingBody(raw, length)


class AsyncDriver(Driver):
    """The steps of an asynchronous call."""

    async def ask(self, function: Callable[[], Any]) -> Any:
        from fastbedrock._client.async_identity import ask_function

        return await ask_function(function)

    async def identity(self, hooks: Hooks, given: Any) -> _core.Identity | None:
        if given is not None:
            import asyncio

            from fastbedrock._client.async_identity import frozen

            return await asyncio.to_thread(_frozen, await frozen(given))
        engine, provider = hooks.identity_source()
        if provider is not None:
            from fastbedrock._client.async_identity import ask

            return await ask(provider)
        return _identity_of(await engine.credentials_async())

    async def send(self, attempts: _core.CallAttempts, request: _Request) -> _Response:
        response: _Response = await attempts.send_async(*request)
        return response

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    async def parse(self, parse: Callable[[], dict[str, Any]], body: Any) -> dict[str, Any]:
        if not isinstance(body, bytes) or len(body) < _core.DECODE_ELSEWHERE:
            return parse()
        import asyncio

        return await asyncio.to_thread(parse)

    def streaming_body(self, raw: Any, length: str | None) -> Any:
        from fastbedrock._asyncio.response import AsyncStreamingBody

        is_own = isinstance(raw, _core.AsyncRawBody)
        body: Any = raw if is_own else _GivenBody(raw)
        return AsyncStreamingBody(body, length)


class _GivenBody:
    """The raw body of a response that a handler has given, for an AsyncStreamingBody."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._rest: BytesIO | None = None

    def _file(self) -> BytesIO:
        if self._rest is None:
            self._rest = BytesIO(content_of(self._raw))
        return self._rest

    async def read(self, amt: int | None = None) -> bytes:
        return self._file().read(amt)

    def at_eof(self) -> bool:
        file = self._file()
        return file.tell() == len(file.getbuffer())

    def close(self) -> None:
        self._rest = BytesIO()


def _identity_of(found: Any) -> _core.Identity | None:
    if not found:
        return None
    return _core.Identity(found["access_key"], found["secret_key"], found["token"])


def _frozen(given: Any) -> _core.Identity | None:
    if not given:
        return None
    frozen = given.get_frozen_credentials() if hasattr(given, "get_frozen_credentials") else given
    return _core.Identity(frozen.access_key, frozen.secret_key, frozen.token)
