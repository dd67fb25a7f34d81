"""The base class of the asynchronous clients, and their methods, which are coroutine functions."""

from __future__ import annotations

import asyncio
import inspect

# exceptions is imported early: the first error may be that the process has no file descriptors
# left, and then no module could be read.
from fastbedrock import exceptions  # noqa: F401
from fastbedrock._client.base import ClientCore
from fastbedrock._client.operation import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Any, TypeVar

    from fastbedrock._asyncio.paginate import AsyncPaginator
    from fastbedrock._asyncio.waiter import AsyncWaiter
    from fastbedrock._client.identity import IdentityProvider
    from fastbedrock._core import Identity

    AsyncClient = TypeVar("AsyncClient", bound="AsyncBaseClient")


class AsyncBaseClient(ClientCore):
    """What the asynchronous clients of all services have in common; see
    :func:`fastbedrock.async_client`.

    A client can be made without an event loop, and used from several loops: one after another, or
    each in its own thread. At the end of ``async with``, the client aborts the calls and streams
    that are still in flight and closes its connections.
    """

    async def _make_api_call(
        self, operation_name: str, api_params: dict[str, Any]
    ) -> dict[str, Any]:
        provider = self._identity_provider
        if provider is None:
            response = await self._engine.call_async(operation_name, api_params)
        else:
            prepared = self._engine.prepare(operation_name, api_params)
            identity = await _ask(provider)
            response = await self._engine.call_prepared_async(prepared, identity)
        if type(response) is dict:
            return response
        # A large body, which is decoded on another thread.
        decoded: dict[str, Any] = await asyncio.to_thread(response)
        return decoded

    if TYPE_CHECKING:

        def get_paginator(self, operation_name: str) -> AsyncPaginator: ...
        def get_waiter(self, waiter_name: str) -> AsyncWaiter: ...

    @staticmethod
    def _paginator_base() -> type[AsyncPaginator]:
        from fastbedrock._asyncio.paginate import AsyncPaginator

        return AsyncPaginator

    @staticmethod
    def _waiter_base() -> type[AsyncWaiter]:
        from fastbedrock._asyncio.waiter import AsyncWaiter

        return AsyncWaiter

    async def close(self) -> None:
        """Abort calls and streams, and close the connections. The client stays usable."""
        self._engine.close()

    aclose = close

    async def __aenter__(self: AsyncClient) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


async def _ask(provider: IdentityProvider) -> Identity:
    """The identity for one call. Code that may block runs on another thread than the loop's."""
    given = provider.given
    if provider.is_callable:
        if inspect.iscoroutinefunction(provider.given):
            given = await provider.given()
        else:
            given = await asyncio.to_thread(provider.given)
        if inspect.isawaitable(given):
            given = await given
    if provider.may_refresh(given):
        return await asyncio.to_thread(provider.identity_of, given)
    return provider.identity_of(given)


class AsyncOperation(Operation):
    # Like the synchronous method, but a coroutine function.

    __doc__ = Operation.__dict__["__doc__"]  # otherwise it would be None

    def __init__(self, model_key: str, operation_name: str, method_name: str) -> None:
        super().__init__(model_key, operation_name, method_name)
        # Each operation has its own function, because a coroutine shows its function's name.
        self._function = _coroutine_function(operation_name, method_name)

    def __set_name__(self, owner: type[Any], name: str) -> None:
        super().__set_name__(owner, name)
        self._function.__qualname__ = self.__qualname__

    def __call__(  # type: ignore[override]
        self, client: AsyncBaseClient, /, *args: Any, **params: Any
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        return self._function(client, *args, **params)

    if not TYPE_CHECKING:

        def __getattr__(self, name):  # e.g. __code__, whose flags mark a coroutine function
            return getattr(self._function, name)


def _coroutine_function(
    operation_name: str, method_name: str
) -> Callable[..., Coroutine[Any, Any, dict[str, Any]]]:
    async def operation(client: AsyncBaseClient, /, *args: Any, **params: Any) -> dict[str, Any]:
        if args:
            raise TypeError(f"{method_name}() only accepts keyword arguments.")
        return await client._make_api_call(operation_name, params)

    operation.__name__ = method_name
    return operation
