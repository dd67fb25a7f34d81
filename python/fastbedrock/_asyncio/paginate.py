"""Operations page by page on asyncio, with the shapes of aiobotocore's paginator."""

from __future__ import annotations

import asyncio
from collections import deque

from fastbedrock.paginate import PageIterator, Pages, Paginator, finder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from fastbedrock.paginate import Page, Path


class AsyncPageIterator(PageIterator):
    """The pages of one operation for ``async for``. Iterating makes the calls."""

    def __iter__(self) -> Any:
        raise TypeError("these pages are asynchronous: use 'async for'")

    async def __aiter__(self) -> AsyncIterator[Page]:
        pages = Pages(self)
        while True:
            page: Page = await self._method(**pages.kwargs)  # type: ignore[misc]
            complete = pages.receive(page)
            yield page
            if complete or not pages.advance(page):
                return

    async def search(self, expression: str) -> AsyncIterator[Any]:  # type: ignore[override]
        """Iterate over what a JMESPath expression finds in each page, lists item by item.

        Raises MissingDependencyException where the package jmespath is not installed.
        """
        find = finder(expression)
        async for page in self:
            for found in find(page):
                yield found

    def result_key_iters(self) -> list[AsyncIterator[Any]]:  # type: ignore[override]
        """One asynchronous iterator over items for each result key."""
        copies = _copies(self, len(self.result_keys))
        return [_items(pages, path) for pages, path in zip(copies, self.result_keys, strict=True)]

    async def build_full_result(self) -> Page:  # type: ignore[override]
        """All pages as one: items joined, and NextToken set where MaxItems ended it."""
        full: Page = {}
        async for page in self:
            self._add(full, page)
        return self._complete(full)


class AsyncPaginator(Paginator):
    """Makes asynchronous page iterators for one operation."""

    _PAGES = AsyncPageIterator


def _copies(pages: AsyncPageIterator, count: int) -> list[AsyncIterator[Page]]:
    """As many iterators over one iteration of the pages, as itertools.tee."""
    source = aiter(pages)
    turn = asyncio.Lock()
    waiting: list[deque[Page]] = [deque() for _ in range(count)]

    async def copy(own: deque[Page]) -> AsyncIterator[Page]:
        while True:
            async with turn:
                if not own:
                    try:
                        page = await anext(source)
                    except StopAsyncIteration:
                        return
                    for each in waiting:
                        each.append(page)
            yield own.popleft()

    return [copy(own) for own in waiting]


async def _items(pages: AsyncIterator[Page], path: Path) -> AsyncIterator[Any]:
    async for page in pages:
        found = path.search(page)
        for item in () if found is None else found:
            yield item
