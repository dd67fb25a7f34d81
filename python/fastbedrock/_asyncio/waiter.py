"""Waiters on asyncio, with the interface of aiobotocore's waiter."""

from __future__ import annotations

import asyncio

from fastbedrock import exceptions
from fastbedrock.waiter import Progress, Waiter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class AsyncWaiter(Waiter):
    """Repeats a call until its response is the one to wait for; made by ``client.get_waiter``.

    ``name`` is AWS's name of the waiter, and ``config`` its entry in the model.
    """

    async def wait(self, **kwargs: Any) -> None:  # type: ignore[override]
        progress = Progress(self, kwargs)
        while not progress.receive(await self._response(progress.kwargs)):
            await asyncio.sleep(progress.delay)

    wait.__doc__ = Waiter.wait.__doc__

    async def _response(self, kwargs: dict[str, Any]) -> Any:
        try:
            return await self._operation_method(**kwargs)
        except exceptions.ClientError as error:
            return error.response
