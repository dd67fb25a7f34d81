"""The base class of the asynchronous clients, and their methods, which are coroutine functions."""

from __future__ import annotations

import asyncio
from sys import modules

# exceptions is imported early: the first error may be that the process has no file descriptors
# left, and then no module could be read.
from fastbedrock import exceptions  # noqa: F401
from fastbedrock._client import ClientCore
from fastbedrock._client.async_identity import ask
from fastbedrock._client.synchronous import Operation
from fastbedrock._replaced import (
    ASYNC_API_CALL,
    are_sockets_replaced,
    bound,
    do_others_take_part,
    is_aiohttp_mocked,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Any, TypeVar

    from fastbedrock._asyncio.paginate import AsyncPaginator
    from fastbedrock._asyncio.waiter import AsyncWaiter

    AsyncClient = TypeVar("AsyncClient", bound="AsyncBaseClient")


class AsyncBaseClient(ClientCore):
    """What the asynchronous clients of all services have in common; see
    :func:`fastbedrock.async_client`.

    A client can be made without an event loop, and used from several loops: one after another, or
    each in its own thread. At the end of ``async with``, the client aborts the calls and streams
    that are still in flight and closes its connections.
    """

    _BOTOCORE_CLASS = ("aiobotocore.client", "AioBaseClient")
    _IS_ASYNC = True

    async def _make_api_call(
        self, operation_name: str, api_params: dict[str, Any]
    ) -> dict[str, Any]:
        if "aiobotocore.client" in modules:
            patch = ASYNC_API_CALL.patch()
            if patch is not None:
                # It ends in aiobotocore's own function, and that in _call (see botocore_call.py).
                response: dict[str, Any] = await bound(patch, self)(operation_name, api_params)
                return response
        return await self._call(operation_name, api_params)

    async def _call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        hooks = self.meta._hooks
        if (
            (hooks is not None and hooks.emitter.concerns_calls)
            or ("botocore.endpoint" in modules and do_others_take_part(self))
            or is_aiohttp_mocked()
        ):
            called: dict[str, Any] = await self.meta._hooked().call(
                self, operation_name, api_params
            )
            return called
        if are_sockets_replaced():
            from fastbedrock._python_network import check

            await asyncio.to_thread(check, self.meta.endpoint_url)
        provider = self._identity_provider
        if provider is None:
            response = await self._engine.call_async(operation_name, api_params)
        else:
            prepared = self._engine.prepare(operation_name, api_params)
            identity = await ask(provider)
            response = await self._engine.call_prepared_async(prepared, identity)
        if type(response) is dict:
            return response
        # A large body, which is decoded on another thread.
        decoded: dict[str, Any] = await asyncio.to_thread(response)
        return decoded

    async def generate_presigned_url(
        self,
        ClientMethod: str,
        Params: dict[str, Any] | None = None,
        ExpiresIn: int = 3600,
        HttpMethod: str | None = None,
    ) -> str:
        """A URL that makes a call without keys; see the method of the synchronous client."""
        from fastbedrock._client.identity import identity_provider, signing_identity
        from fastbedrock._client.presign import UnsignedUrl, provided_params

        params = await provided_params(self, ClientMethod, Params)
        url = UnsignedUrl(self, ClientMethod, params, ExpiresIn, HttpMethod)
        if url.signer is None:
            return url.unsigned()
        provider = identity_provider(url.signer, self._options)
        if provider is not None:
            return url.signed(await ask(provider))
        # The lookup may use the network.
        return url.signed(await asyncio.to_thread(signing_identity, url.signer, self._options))

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
        return self._function(client, args, params)

    if not TYPE_CHECKING:

        def __getattr__(self, name):  # e.g. __code__, whose flags mark a coroutine function
            return getattr(self._function, name)


def _coroutine_function(
    operation_name: str, method_name: str
) -> Callable[..., Coroutine[Any, Any, dict[str, Any]]]:
    async def operation(
        client: AsyncBaseClient, args: tuple[Any, ...], params: dict[str, Any]
    ) -> dict[str, Any]:
        if args:
            raise TypeError(f"{method_name}() only accepts keyword arguments.")
        return await client._make_api_call(operation_name, params)

    operation.__name__ = method_name
    return operation
