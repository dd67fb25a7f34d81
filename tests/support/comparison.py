"""Comparing two results deeply, with types and the order of keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any


def difference(expected: Any, actual: Any) -> str | None:
    """Where and how ``actual`` first differs from ``expected``, or None if they are equal.

    The only difference allowed: ``actual`` has datetimes in ``timezone.utc``, and they must be the
    same instants as the expected ones, whose zone may be any (none means UTC).
    """
    # No recursion, because documents may be nested as deep as the recursion limit allows.
    waiting = [("", expected, actual)]
    while waiting:
        path, left, right = waiting.pop()
        if not _alike(left, right):
            return f"{path}: {left!r:.500} became {right!r:.500}"
        if isinstance(left, dict):
            waiting += [(f"{path}[{key!r}]", left[key], right[key]) for key in left]
        elif isinstance(left, (list, tuple)):
            pairs = zip(left, right, strict=True)
            waiting += [(f"{path}[{index}]", *pair) for index, pair in enumerate(pairs)]
    return None


def outcome(function: Callable[[], Any]) -> Any:
    """What the function returns, or the class name and text of the exception that it raises."""
    try:
        return function()
    except Exception as error:
        return type(error).__name__, str(error)


def _alike(left: Any, right: Any) -> bool:
    """Whether two values are the same, apart from the values inside them."""
    if isinstance(left, datetime):
        left = left if left.tzinfo else left.replace(tzinfo=timezone.utc)
        return type(right) is datetime and right.tzinfo is timezone.utc and right == left
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right)
    if isinstance(left, float):
        # NaN does not equal itself, and comparing ignores the sign of zero.
        return repr(left) == repr(right)
    return bool(left == right)
