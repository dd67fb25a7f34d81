"""The code that stands in the decorators of botocore's and aiobotocore's ``context.py``.

See ``client.py``. botocore decorates ``_make_api_call`` by a function that makes a context for each
call, which takes 10 µs and only botocore's own path needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FunctionType
    from typing import Any


def with_current_context(func: Any = None, hook: Any = None) -> FunctionType:
    """A function like the one that botocore's decorator of this name makes."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        _ = func, hook  # a code must have the variables of the code that it stands in for
        call: Any = "the function to call"
        return call(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


def with_current_async_context(func: Any = None, hook: Any = None) -> FunctionType:
    """The same for aiobotocore."""

    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        _ = func, hook
        call: Any = "the function to call"
        return await call(*args, **kwargs)

    return wrapper  # type: ignore[return-value]
