"""Running asynchronous clients of a local Bedrock on every kind of event loop."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import fastbedrock
from fastbedrock import _core
from fastbedrock.local import LocalBedrock
from programs import DEADLINE

INVOKE: dict[str, Any] = {
    "modelId": "amazon.titan-text-express-v1",
    "body": b'{"inputText": "Hello"}',
}


# The longest time from cancelling a request to its end on the socket, in seconds.
PROMPTLY = 0.05

new_in_3_11 = pytest.mark.skipif(sys.version_info < (3, 11), reason="new in Python 3.11")


class WithoutReaders(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors, like Windows' Proactor."""

    def add_reader(self, *_: Any) -> None:
        raise NotImplementedError


def _uvloop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": _uvloop,
    "without readers": WithoutReaders,
}
no_uvloop = pytest.mark.skipif(
    importlib.util.find_spec("uvloop") is None, reason="uvloop is not installed"
)
every_loop = pytest.mark.parametrize(
    "new_loop",
    [
        pytest.param(make, id=name, marks=[no_uvloop] if name == "uvloop" else [])
        for name, make in LOOPS.items()
    ],
)


def run(
    coroutine: Coroutine[Any, Any, Any],
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> Any:
    """Run a coroutine on a new loop, and close the loop as ``asyncio.run`` does."""
    loop = new_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(coroutine, DEADLINE))
    finally:
        assert _core.runtime_attaches() == 0, "a thread of the runtime took the GIL"
        loop.run_until_complete(_end_the_rest())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def wait_for_yielded(waiter: Any) -> None:
    """Wait, as a task does, for what a coroutine has yielded."""
    waiter._asyncio_future_blocking = False
    done = asyncio.get_running_loop().create_future()
    waiter.add_done_callback(done.set_result)
    await done


def call_on_new_loop(
    method: Callable[..., Coroutine[Any, Any, Any]], params: dict[str, Any]
) -> Any:
    """Make one call on a new loop. Other processes import this function by its name."""
    return asyncio.run(method(**params))


async def _end_the_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def connect(server: LocalBedrock, **options: Any) -> Any:
    """An asynchronous client of the server."""
    return fastbedrock.async_client(
        "bedrock-runtime", endpoint_url=server.endpoint_url, **{**server.credentials, **options}
    )


async def until(condition: Callable[[], Any], within: float = DEADLINE) -> float:
    """Poll until the condition holds, e.g. of a server's counters; returns the seconds it took."""
    start = time.perf_counter()
    while not condition():
        assert time.perf_counter() - start < within, f"not within {within} s"
        await asyncio.sleep(0.0005)
    return time.perf_counter() - start
