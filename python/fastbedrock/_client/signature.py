"""Decorators by which functions take over arguments, which are then written once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from fastbedrock._client.factories import async_client_factory as async_client_factory
    from fastbedrock._client.factories import client_factory as client_factory

    Method = TypeVar("Method")
else:

    def client_factory(method):
        """Tell type checkers that the class of the client depends on the service's name."""
        return method

    async_client_factory = client_factory


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
