"""A decorator for functions that take the arguments of a method, which are then written once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Concatenate, ParamSpec, TypeVar

    Arguments = ParamSpec("Arguments")
    Result = TypeVar("Result")


def arguments_of(
    method: Callable[Concatenate[Any, Arguments], Result],
) -> Callable[[Callable[..., Any]], Callable[Arguments, Result]]:
    """A decorator that gives a function the signature of ``method``, without its ``self``.

    Type checkers and editors read the signature from the annotations here, ``help()`` and
    ``inspect.signature`` from ``__wrapped__``. The function keeps its own docstring.
    """

    def decorate(function: Any) -> Any:
        # Signatures of bound methods leave self out. This one is never called.
        function.__wrapped__ = method.__get__(object())
        return function

    return decorate
