"""Operations page by page on asyncio, with the shapes of aiobotocore's paginator."""

from __future__ import annotations

from fastbedrock.paginate import PageIterator, Pages, Paginator, finder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from fastbedrock.paginate import Page


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

    def result_key_iters(self) -> Any:
        """Raise NotImplementedError: use ``async for`` over the pages."""
        raise NotImplementedError("result_key_iters is not there for asynchronous pages")

    async def build_full_result(self) -> Page:  # type: ignore[override]
        """All pages as one: items joined, and NextToken set where MaxItems ended it."""
        full: Page = {}
        async for page in self:
            self._add(full, page)
        return self._complete(full)


class AsyncPaginator(Paginator):
    """Makes asynchronous page iterators for one operation."""

    _PAGES = AsyncPageIterator
