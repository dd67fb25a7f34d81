"""The asynchronous clients: one class for each service, with a coroutine function per operation."""

from __future__ import annotations

import asyncio
import inspect

# exceptions: now, because the first error may be that no descriptor is left to open a file with.
from fastbedrock import _core, exceptions  # noqa: F401
from fastbedrock._client import ClientCore, Options, create_class
from fastbedrock._operation import Operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Any, TypeVar

    from fastbedrock._async_paginate import AsyncPaginator
    from fastbedrock._credentials import Source

    AsyncClient = TypeVar("AsyncClient", bound="AsyncBaseClient")


class AsyncBaseClient(ClientCore):
    """What the asynchronous clients of all services have in common; see
    :func:`fastbedrock.async_client`.

    Making one needs no event loop; it may be used from several loops, one after another or in
    threads of their own. As an asynchronous context manager it closes at the end: what is in
    flight is aborted.
    """

    async def _make_api_call(
        self, operation_name: str, api_params: dict[str, Any]
    ) -> dict[str, Any]:
        source = self._source
        if source is None:
            response = await self._engine.call_async(operation_name, api_params)
        else:
            prepared = self._engine.prepare(operation_name, api_params)
            identity = await _ask(source)
            response = await self._engine.call_prepared_async(prepared, identity)
        if type(response) is dict:
            return response
        # A large body, not decoded yet.
        decoded: dict[str, Any] = await asyncio.to_thread(response)
        return decoded

    def get_paginator(self, operation_name: str) -> AsyncPaginator:
        """A paginator for a method, e.g. ``client.get_paginator("list_async_invokes")``.

        Raises OperationNotPageableError for an operation without pages and KeyError for a name
        that is no operation.
        """
        from fastbedrock._async_paginate import AsyncPaginator

        paginator: AsyncPaginator = self._paginator(operation_name, AsyncPaginator)
        return paginator

    async def close(self) -> None:
        """Abort what is in flight and close the idle connections. The client stays usable."""
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

    @staticmethod
    def _restore(service_name: str, options: dict[str, Any]) -> AsyncBaseClient:
        client: AsyncBaseClient = async_client_class(service_name)(Options(options))
        return client


if TYPE_CHECKING:

    class AsyncBedrockRuntime(AsyncBaseClient):
        """The asynchronous client of ``bedrock-runtime``, as type checkers see it."""

        async def apply_guardrail(self, **params: Any) -> dict[str, Any]: ...
        async def converse(self, **params: Any) -> dict[str, Any]: ...
        async def converse_stream(self, **params: Any) -> dict[str, Any]: ...
        async def count_tokens(self, **params: Any) -> dict[str, Any]: ...
        async def get_async_invoke(self, **params: Any) -> dict[str, Any]: ...
        async def invoke_guardrail_checks(self, **params: Any) -> dict[str, Any]: ...
        async def invoke_model(self, **params: Any) -> dict[str, Any]: ...
        async def invoke_model_with_response_stream(self, **params: Any) -> dict[str, Any]: ...
        async def list_async_invokes(self, **params: Any) -> dict[str, Any]: ...
        async def start_async_invoke(self, **params: Any) -> dict[str, Any]: ...


async def _ask(source: Source) -> _core.Identity:
    """The identity for one call. Whatever may block is done off the loop's thread."""
    given = source.given
    if source.is_callable:
        if inspect.iscoroutinefunction(source.given):
            given = await source.given()
        else:
            given = await asyncio.to_thread(source.given)
        if inspect.isawaitable(given):
            given = await given
    if source.may_refresh(given):
        return await asyncio.to_thread(source.identity_of, given)
    return source.identity_of(given)


class AsyncOperation(Operation):
    # A method that is a coroutine function, otherwise as the synchronous one.

    __doc__ = Operation.__dict__["__doc__"]  # a class has one of its own, even if it is None

    def __init__(self, service_name: str, operation_name: str, method_name: str) -> None:
        super().__init__(service_name, operation_name, method_name)
        # A function of its own for each, because coroutines are shown with its name.
        self._function = _coroutine_function(operation_name, method_name)

    def __set_name__(self, owner: type[Any], name: str) -> None:
        super().__set_name__(owner, name)
        self._function.__qualname__ = self.__qualname__

    def __call__(  # type: ignore[override]
        self, client: AsyncBaseClient, /, *args: Any, **params: Any
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        return self._function(client, *args, **params)

    if not TYPE_CHECKING:

        def __getattr__(self, name):  # __code__, which says that it is a coroutine function
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


_classes: dict[str, type[Any]] = {}


def async_client_class(service_name: str) -> type[Any]:
    """The class of a service's asynchronous clients, e.g. ``AsyncBedrockRuntime``.

    Raises UnknownServiceError for a service that this build has no model of.
    """
    if service_name not in _classes:
        cls = create_class(service_name, "Async", AsyncBaseClient, AsyncOperation)
        cls.__doc__ = (
            "An asynchronous client of one service; made by :func:`fastbedrock.async_client`."
        )
        _classes.setdefault(service_name, cls)
    return _classes[service_name]
