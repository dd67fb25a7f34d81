"""Decorators by which functions take over arguments, which are then written once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from fastbedrock._client import overloads

    Method = TypeVar("Method")


def arguments_of(method: Method) -> Callable[[Callable[..., Any]], Method]:
    """A decorator that gives a function the signature of ``method``, without its ``self``.

    Type checkers and editors read the signature from the annotations here, ``help()`` and
    ``inspect.signature`` from ``__wrapped__``. The function keeps its own docstring.
    """

    def decorate(function: Any) -> Any:
        # Signatures of bound methods leave self out. This one is never called.
        function.__wrapped__ = method.__get__(object())  # type: ignore[attr-defined]
        return function

    return decorate


if TYPE_CHECKING:
    makes_client = arguments_of(overloads.client)
    makes_async_client = arguments_of(overloads.async_client)
else:

    def makes_client(method):
        """Tell type checkers that the client's class depends on the service's name."""
        return method

    makes_async_client = makes_client
