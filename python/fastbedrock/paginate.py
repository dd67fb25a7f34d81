"""Paginated operations, with botocore's paginator, page iterator and resume tokens.

:class:`Iteration` decides which call comes next. It makes no calls itself, so that synchronous and
asynchronous iterators share it: they take the arguments from it, make the call, and pass the page
to it.
"""

from __future__ import annotations

import base64
import json
from itertools import tee

from fastbedrock import exceptions
from fastbedrock._expressions import Path, jmespath_search

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from fastbedrock._model import OperationModel

    Page = dict[str, Any]
    Token = dict[str, Any]

# The key in botocore's resume tokens for the number of items of a page to skip.
_TRUNCATED = "boto_truncate_amount"


class Paginator:
    """Makes page iterators for one operation; made by ``client.get_paginator(name)``."""

    _ITERATOR: type[PageIterator]

    def __init__(
        self, method: Callable[..., Page], pagination_config: dict[str, Any], model: OperationModel
    ) -> None:
        self._method = method
        self._model = model
        self._input_token: list[str] = _as_list(pagination_config["input_token"])
        self._output_token = _paths(pagination_config["output_token"])
        self._more_results = next(iter(_paths(pagination_config.get("more_results"))), None)
        self._non_aggregate_keys = _paths(pagination_config.get("non_aggregate_keys"))
        self._result_keys = _paths(pagination_config.get("result_key"))
        self._limit_key: str | None = pagination_config.get("limit_key")

    @property
    def result_keys(self) -> list[Path]:
        """The paths of the items in a page."""
        return self._result_keys

    def paginate(self, **kwargs: Any) -> PageIterator:
        """Iterate over the pages of the operation.

        Takes the operation's parameters and ``PaginationConfig``, a dict of ``MaxItems`` (the most
        items in all), ``PageSize`` (items per request) and ``StartingToken`` (the ``resume_token``
        of an earlier iteration). The first request is sent when the iteration starts.

        Raises PaginationError for a PageSize if the operation has no such parameter, ValueError
        for an invalid StartingToken, and whatever the operation raises.
        """
        config = kwargs.pop("PaginationConfig", {})
        max_items = config.get("MaxItems")
        return self._ITERATOR(
            self._method,
            self._input_token,
            self._output_token,
            self._more_results,
            self._result_keys,
            self._non_aggregate_keys,
            self._limit_key,
            None if max_items is None else int(max_items),
            config.get("StartingToken"),
            self._page_size(config.get("PageSize")),
            kwargs,
        )

    def _page_size(self, size: Any) -> int | str | None:
        if size is None:
            return None
        shape = self._model.input_shape
        if self._limit_key is None or shape is None:
            raise exceptions.PaginationError(
                message="PageSize parameter is not supported for the "
                "pagination interface for this operation."
            )
        return str(size) if shape.members[self._limit_key].type_name == "string" else int(size)


class PageIterator:
    """The pages of one operation, each a response. Iterating makes the calls."""

    def __init__(
        self,
        method: Callable[..., Page],
        input_token: list[str],
        output_token: list[Path],
        more_results: Path | None,
        result_keys: list[Path],
        non_aggregate_keys: list[Path],
        limit_key: str | None,
        max_items: int | None,
        starting_token: str | None,
        page_size: int | str | None,
        op_kwargs: dict[str, Any],
    ) -> None:
        self._method = method
        self._input_token = input_token
        self._output_token = output_token
        self._more_results = more_results
        self._result_keys = result_keys
        self._non_aggregate_keys = non_aggregate_keys
        self._limit_key = limit_key
        self._max_items = max_items
        self._starting_token = starting_token
        self._page_size = page_size
        self._op_kwargs = op_kwargs
        self._resume_token: str | None = None
        self._non_aggregate_part: Page = {}

    @property
    def result_keys(self) -> list[Path]:
        """The paths of the items in a page."""
        return self._result_keys

    @property
    def resume_token(self) -> Any:
        """The StartingToken that continues where MaxItems ended the iteration, or None."""
        return self._resume_token

    @resume_token.setter
    def resume_token(self, value: Token) -> None:
        extra = [_TRUNCATED] if isinstance(value, dict) and _TRUNCATED in value else []
        if not isinstance(value, dict) or sorted(value) != sorted(self._input_token + extra):
            raise ValueError(f"Bad starting token: {value}")
        self._resume_token = base64.b64encode(json.dumps(value).encode()).decode()

    @property
    def non_aggregate_part(self) -> Page:
        """The values of the first page at the paths that the model lists as not being items."""
        return self._non_aggregate_part

    def __iter__(self) -> Iterator[Page]:
        iteration = Iteration(self)
        while True:
            page = self._method(**iteration.kwargs)
            complete = iteration.receive(page)
            yield page
            if complete or not iteration.advance(page):
                return

    def search(self, expression: str) -> Iterator[Any]:
        """Iterate over the results of a JMESPath expression in each page; lists item by item.

        Raises MissingDependencyException if the package jmespath is not installed.
        """
        find = search_function(expression)
        for page in self:
            yield from find(page)

    def result_key_iters(self) -> list[Iterator[Any]]:
        """For each result key, an iterator over its items."""
        copies = tee(self, len(self.result_keys))
        return [_items(pages, path) for pages, path in zip(copies, self.result_keys, strict=True)]

    def build_full_result(self) -> Page:
        """All pages merged into one. NextToken is set if MaxItems ended the iteration."""
        full: Page = {}
        for page in self:
            self._add(full, page)
        return self._complete(full)

    def _add(self, full: Page, page: Page) -> None:
        for path in self.result_keys:
            found = path.search(page)
            if found is None:
                continue
            before = path.search(full)
            if before is None:
                path.assign(full, found)
            elif isinstance(found, list):
                before.extend(found)
            elif isinstance(found, (int, float, str)):
                path.assign(full, before + found)

    def _complete(self, full: Page) -> Page:
        _merge(full, self.non_aggregate_part)
        if self.resume_token is not None:
            full["NextToken"] = self.resume_token
        return full

    def _first_token(self) -> tuple[Token, int]:
        """The tokens in StartingToken, and the number of items of its page to skip."""
        starting = self._starting_token
        assert starting is not None
        try:
            token = json.loads(base64.b64decode(starting.encode()).decode())
            token.pop("boto_encoded_keys", None)
            return token, token.pop(_TRUNCATED, 0)
        except (ValueError, TypeError):
            return self._plain_token(starting)

    def _plain_token(self, starting: str) -> tuple[Token, int]:
        """A token of the service itself, or an old botocore's: ``token___...___index``."""
        parts = starting.split("___")
        index = 0
        if len(parts) == len(self._input_token) + 1:
            try:
                index = int(parts.pop())
            except ValueError:
                parts = [starting]
        if len(parts) > len(self._input_token):
            raise ValueError(f"Bad starting token: {starting}")
        tokens: list[str | None] = [None if part == "None" else part for part in parts]
        tokens += [None] * (len(self._input_token) - len(parts))
        return dict(zip(self._input_token, tokens, strict=True)), index


Paginator._ITERATOR = PageIterator


def search_function(expression: str) -> Callable[[Page], list[Any]]:
    """A function that returns the results of a JMESPath expression in a page, as a list."""
    search = jmespath_search(expression, "search() on pages")

    def find(page: Page) -> list[Any]:
        found = search(page)
        return found if isinstance(found, list) else [found]

    return find


class Iteration:
    """The state of one iteration over pages: the arguments of the next call, and when to stop."""

    def __init__(self, iterator: PageIterator) -> None:
        self._iterator = iterator
        self._token: Token = dict.fromkeys(iterator._input_token)
        self._previous: Token | None = None
        self._items = 0
        self._first = True
        self.kwargs = iterator._op_kwargs
        if iterator._starting_token is not None:
            self._token = iterator._first_token()[0]
            self._set_token(iterator._first_token()[0])
        if iterator._page_size is not None and iterator._limit_key is not None:
            self.kwargs[iterator._limit_key] = iterator._page_size

    def _set_token(self, token: Token) -> None:
        for name, value in token.items():
            if value is not None and value != "None":
                self.kwargs[name] = value
            else:
                self.kwargs.pop(name, None)

    def receive(self, page: Page) -> bool:
        """Cut the page to the items that were asked for. True if MaxItems makes it the last one."""
        iterator = self._iterator
        skipped = 0
        if self._first:
            self._first = False
            if iterator._starting_token is not None:
                skipped = iterator._first_token()[1]
                _skip(page, iterator.result_keys, skipped)
            part: Page = {}
            for path in iterator._non_aggregate_keys:
                path.assign(part, path.search(page))
            iterator._non_aggregate_part = part
        primary = iterator.result_keys[0]
        items = primary.search(page)
        self._items += 0 if items is None else len(items)
        limit = iterator._max_items
        if limit is None or self._items <= limit:
            return False
        items = [] if items is None else items
        kept = len(items) - (self._items - limit)
        primary.assign(page, items[:kept])
        self._token[_TRUNCATED] = kept + skipped
        iterator.resume_token = self._token
        return True

    def advance(self, page: Page) -> bool:
        """Prepare the arguments for the next page. False if there is none."""
        iterator = self._iterator
        self._token = self._next_token(page)
        if all(value is None for value in self._token.values()):
            return False
        if iterator._max_items is not None and self._items == iterator._max_items:
            iterator.resume_token = self._token
            return False
        if self._previous == self._token:
            raise exceptions.PaginationError(
                message=f"The same next token was received twice: {self._token}"
            )
        self._set_token(self._token)
        self._previous = self._token
        return True

    def _next_token(self, page: Page) -> Token:
        more = self._iterator._more_results
        if more is not None and not more.search(page):
            return {}
        paths = zip(self._iterator._input_token, self._iterator._output_token, strict=False)
        return {name: path.search(page) or None for name, path in paths}


def _skip(page: Page, paths: list[Path], count: int) -> None:
    """Remove the items that an earlier iteration returned before it made its resume token."""
    primary, *others = paths
    items = primary.search(page)
    primary.assign(page, items[count:] if isinstance(items, (list, str)) else None)
    for path in others:
        value = path.search(page)
        if isinstance(value, (list, str)):
            path.assign(page, type(value)())
        elif not isinstance(value, (int, float)):
            path.assign(page, None)


def _items(pages: Iterator[Page], path: Path) -> Iterator[Any]:
    for page in pages:
        found = path.search(page)
        yield from () if found is None else found


def _merge(target: Page, source: Page) -> None:
    for key, value in source.items():
        if isinstance(value, dict) and key in target:
            _merge(target[key], value)
        else:
            target[key] = value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _paths(value: Any) -> list[Path]:
    return [] if value is None else [Path(expression) for expression in _as_list(value)]


def paginator_class(
    client_name: str, operation_name: str, base: type[Paginator]
) -> type[Paginator]:
    """The paginator class of an operation, with botocore's name for it."""
    name = f"{client_name}.Paginator.{operation_name}"
    doc = f"The paginator of {operation_name}: ``paginate()`` takes its parameters."
    return type(name, (base,), {"__doc__": doc, "__module__": base.__module__})
