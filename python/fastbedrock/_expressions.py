"""The expressions by which paginators and waiters find values in responses."""

from __future__ import annotations

from fastbedrock import exceptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Path:
    """A dotted path into a page, e.g. ``asyncInvokeSummaries``."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        if not is_dotted(expression):
            raise exceptions.InvalidExpressionError(expression=expression)
        self._keys = expression.split(".")

    def search(self, page: Any) -> Any:
        """The value at the path, or None."""
        for key in self._keys:
            if not isinstance(page, dict):
                return None
            page = page.get(key)
        return page

    def assign(self, page: dict[str, Any], value: Any) -> None:
        """Set the value at the path, and make the dicts that lead to it."""
        *parents, last = self._keys
        for key in parents:
            page = page.setdefault(key, {})
        page[last] = value

    def __repr__(self) -> str:
        return f"Path({self.expression!r})"


def is_dotted(expression: str) -> bool:
    """Whether a JMESPath expression is only names with dots between them."""
    return all(key.isidentifier() for key in expression.split("."))


def jmespath_search(expression: str, needed_by: str) -> Callable[[Any], Any]:
    """A function that returns the result of a JMESPath expression in a response.

    Raises MissingDependencyException, with ``needed_by`` in its text, if the package jmespath is
    not installed, and jmespath's own errors for an invalid expression.
    """
    try:
        import jmespath
    except ImportError:
        raise exceptions.MissingDependencyException(
            msg=f"{needed_by} needs the package jmespath: pip install jmespath"
        ) from None
    search: Callable[[Any], Any] = jmespath.compile(expression).search
    return search
