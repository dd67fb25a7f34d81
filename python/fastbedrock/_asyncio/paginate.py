"""Paginated operations on asyncio, with the interface of aiobotocore's paginator."""

from __future__ import annotations

import asyncio
from collections import deque

from fastbedrock.paginate import Iteration, PageIterator, Paginator, search_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from fastbedrock._expressions import Path
    from fastbedrock.paginate import Page


class AsyncPageIterator(PageIterator):
    """The pages of one operation for ``async for``. Iterating makes the calls."""

    def __iter__(self) -> Any:
        raise TypeError("these pages are asynchronous: use 'async for'")

    async def __aiter__(self) -> AsyncIterator[Page]:
        iteration = Iteration(self)
        while True:
            page: Page = await self._method(**iteration.kwargs)  # type: ignore[misc]
            complete = iteration.receive(page)
            yield page
            if complete or not iteration.advance(page):
                return

    async def search(self, expression: str) -> AsyncIterator[Any]:  # type: ignore[override]
        find = search_function(expression)
        async for page in self:
            for found in find(page):
                yield found

    def result_key_iters(self) -> list[AsyncIterator[Any]]:  # type: ignore[override]
        copies = _copies(self, len(self.result_keys))
        return [_items(pages, path) for pages, path in zip(copies, self.result_keys, strict=True)]

    async def build_full_result(self) -> Page:  # type: ignore[override]
        full: Page = {}
        async for page in self:
            self._add(full, page)
        return self._complete(full)


class AsyncPaginator(Paginator):
    """Makes asynchronous page iterators for one operation."""

    _ITERATOR = AsyncPageIterator

    if TYPE_CHECKING:

        def paginate(self, **kwargs: Any) -> AsyncPageIterator: ...


def _copies(pages: AsyncPageIterator, count: int) -> list[AsyncIterator[Page]]:
    """Independent iterators over one iteration of the pages, as itertools.tee makes them."""
    original = aiter(pages)
    lock = asyncio.Lock()
    buffers: list[deque[Page]] = [deque() for _ in range(count)]

    async def copy(buffer: deque[Page]) -> AsyncIterator[Page]:
        while True:
            async with lock:
                if not buffer:
                    try:
                        page = await anext(original)
                    except StopAsyncIteration:
                        return
                    for each in buffers:
                        each.append(page)
            yield buffer.popleft()

    return [copy(buffer) for buffer in buffers]


async def _items(pages: AsyncIterator[Page], path: Path) -> AsyncIterator[Any]:
    async for page in pages:
        found = path.search(page)
        for item in () if found is None else found:
            yield item
