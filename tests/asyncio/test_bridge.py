"""How values get from the runtime to an event loop: without the GIL, in batches, or at once."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import sys
import threading
import time
import weakref

import pytest

import fastbedrock
from differential import SETTINGS
from event_loops import (
    INVOKE,
    LOOPS,
    WithoutReaders,
    connect,
    every_loop,
    run,
    until,
    wait_for_yielded,
)
from fastbedrock import _core
from linux import descriptors, threads
from programs import DEADLINE, HELLO, wait_for
from scripted_server import Reply, Server, in_order


class CountingLoop(asyncio.SelectorEventLoop):
    """An event loop that counts how often descriptors other than its own wake it."""

    def __init__(self):
        super().__init__()
        self.drains = 0
        self.drain = None

    def add_reader(self, descriptor, callback, *arguments):
        def counted():
            self.drains += 1
            callback(*arguments)

        self.drain = callback
        return super().add_reader(descriptor, counted)


def test_calls_proceed_while_another_thread_holds_the_gil(local_bedrock):
    local_bedrock.fault("slow_first_byte", seconds=0.01)

    async def main():
        client = connect(local_bedrock)
        calls = asyncio.gather(*(client.converse(**HELLO) for _ in range(10)))
        await asyncio.sleep(0)
        before = local_bedrock.counters["requests"]
        hold_the_gil(until=time.perf_counter() + 0.5)
        after = local_bedrock.counters["requests"]
        await calls
        return before, after

    before, after = run(main())
    assert before == {}
    assert after == {"Converse": {"200": 10}}


def hold_the_gil(until):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        while time.perf_counter() < until:
            pass
    finally:
        sys.setswitchinterval(interval)


def test_retries_and_streams_proceed_while_the_gil_is_held(local_bedrock):
    local_bedrock.fault("error", code="InternalServerException", calls=[1])
    local_bedrock.configure(tokens_per_second=1000)

    async def main():
        call = asyncio.create_task(connect(local_bedrock).converse_stream(**HELLO))
        await asyncio.sleep(0)
        hold_the_gil(until=time.perf_counter() + 1)
        assert local_bedrock.counters["requests"] == {"ConverseStream": {"200": 1, "500": 1}}
        return [event async for event in (await call)["stream"]]

    assert "metadata" in run(main())[-1]
    assert local_bedrock.counters["streams_aborted"] == 0
    assert _core.runtime_attaches() == 0


def test_one_wake_up_serves_many_calls(local_bedrock):
    loop = CountingLoop()

    async def main():
        client = connect(local_bedrock)
        calls = [asyncio.create_task(client.converse(**HELLO)) for _ in range(50)]
        await asyncio.sleep(0)
        wait_for(lambda: local_bedrock.counters["requests"].get("Converse") == {"200": 50})
        time.sleep(0.1)  # the responses arrive while the loop is blocked
        for call in calls:
            await call

    run(main(), lambda: loop)
    assert loop.drains == 1


@pytest.mark.parametrize("operation", ["converse_stream", "invoke_model"])
def test_buffered_values_cost_no_iteration_of_the_loop(local_bedrock, operation):
    """A time slice is 5 ms, which may pass at any moment on a busy machine: the least of five."""

    async def main():
        turns = []
        client = connect(local_bedrock)
        if operation == "invoke_model":
            body = (await client.invoke_model(**INVOKE))["body"].iter_chunks(10)
        else:
            body = (await client.converse_stream(**HELLO))["stream"]
        await asyncio.sleep(0.1)  # everything arrives
        asyncio.get_running_loop().call_soon(turns.append, 1)
        assert len([piece async for piece in body]) > 3
        return len(turns)

    assert min(run(main()) for _ in range(5)) == 0


@every_loop
def test_calls_and_streams_work_on_every_kind_of_loop(local_bedrock, new_loop):
    local_bedrock.configure(first_token_seconds=0.01, tokens_per_second=500)

    async def one(client):
        response = await client.converse_stream(**HELLO)
        return [event async for event in response["stream"]]

    async def main():
        client = connect(local_bedrock)
        return await asyncio.gather(*(one(client) for _ in range(20)))

    streams = run(main(), new_loop)
    assert all("metadata" in events[-1] for events in streams)


def test_without_a_running_loop_nothing_is_sent(local_bedrock):
    coroutine = connect(local_bedrock).converse(**HELLO)
    with pytest.raises(RuntimeError, match="no running event loop"):
        coroutine.send(None)
    run(connect(local_bedrock).converse(**HELLO))
    assert local_bedrock.counters["requests_started"] == 1


def test_a_coroutine_cannot_be_awaited_twice(local_bedrock):
    local_bedrock.fault("stall", after=0)

    async def main():
        client = connect(local_bedrock)
        coroutine = client._engine.call_async("Converse", HELLO)
        first = asyncio.ensure_future(coroutine)
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="being awaited already"):
            await coroutine
        first.cancel()
        await asyncio.wait([first])
        assert first.cancelled()
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await coroutine

    run(main())


async def step(coroutine):
    """Resume a coroutine as a task does; returns what the coroutine yields to wait for."""
    return coroutine.send(None)


@pytest.mark.parametrize("closed", [False, True])
def test_a_wait_cannot_move_to_another_loop(local_bedrock, closed):
    local_bedrock.fault("stall", after=0)
    one, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    with contextlib.closing(one), contextlib.closing(other):
        client = connect(local_bedrock)
        stream = one.run_until_complete(client.converse_stream(**HELLO))["stream"]
        reading = anext(aiter(stream))
        one.run_until_complete(step(reading))
        if closed:
            one.close()
        with pytest.raises(RuntimeError, match="another coroutine is already waiting"):
            other.run_until_complete(step(reading))
        reading.close()
        stream.close()
        with pytest.raises(StopAsyncIteration):
            other.run_until_complete(anext(aiter(stream)))


def test_a_wait_that_was_woken_cannot_move_to_another_loop():
    body = b"x" * 5000
    one, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    with (
        contextlib.closing(one),
        contextlib.closing(other),
        Server(in_order(Reply(body=body, splits=[2000, 4000], pause=0.3))) as server,
    ):
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        response = one.run_until_complete(client.invoke_model(**INVOKE))
        reading = response["body"].raw_stream.read(5000)
        waiter = one.run_until_complete(step(reading))
        one.run_until_complete(asyncio.wait_for(wait_for_yielded(waiter), DEADLINE))
        with pytest.raises(RuntimeError, match="first awaited in another event loop"):
            other.run_until_complete(step(reading))


@pytest.mark.parametrize(
    ("kind", "count"),
    [("asyncio", 1000), ("uvloop", 200), ("without readers", 200)],
)
def test_loops_leave_nothing_behind(local_bedrock, kind, count):
    if kind == "uvloop":
        pytest.importorskip("uvloop")
    client = connect(local_bedrock)

    async def main():
        await asyncio.gather(client.converse(**HELLO), client.converse(**HELLO))

    def once():
        loop = LOOPS[kind]()
        loop.run_until_complete(asyncio.wait_for(main(), DEADLINE))
        loop.close()

    for _ in range(3):
        once()
    before = descriptors(), threads()
    for _ in range(count):
        once()
    gc.collect()
    # A few more connections may be open than before.
    wait_for(lambda: descriptors() <= before[0] + 10 and threads() <= before[1])


@pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning")
@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, WithoutReaders])
def test_loops_that_are_never_closed_leave_nothing_behind(local_bedrock, new_loop):
    client = connect(local_bedrock)
    run(client.converse(**HELLO))
    before = descriptors(), threads()
    for _ in range(20):
        new_loop().run_until_complete(client.converse(**HELLO))

    def is_gone():
        gc.collect()
        return (descriptors(), threads()) <= before

    wait_for(is_gone)


@every_loop
def test_closing_a_loop_ends_its_calls(local_bedrock, new_loop):
    local_bedrock.fault("slow_first_byte", seconds=60)
    loop = new_loop()
    loop.set_exception_handler(lambda *_: None)
    client = connect(local_bedrock)

    async def main():
        calls = [asyncio.ensure_future(client.converse(**HELLO)) for _ in range(10)]
        await until(lambda: local_bedrock.counters["requests_started"] == 10)
        return [weakref.ref(call) for call in calls]

    calls = loop.run_until_complete(main())
    loop.close()
    del loop
    gc.collect()
    assert [call() for call in calls] == [None] * 10
    wait_for(lambda: local_bedrock.counters["connections_open"] == 0)


def test_an_empty_wake_up_does_not_block(local_bedrock):
    loop = CountingLoop()
    run(connect(local_bedrock).converse(**HELLO), lambda: loop)
    loop = CountingLoop()

    async def main():
        await connect(local_bedrock).converse(**HELLO)
        drain = threading.Thread(target=loop.drain, daemon=True)
        drain.start()
        drain.join(5)
        return drain.is_alive()

    assert not run(main(), lambda: loop)


def test_the_loop_does_not_keep_the_context_of_its_first_waiter(local_bedrock):
    variable = contextvars.ContextVar("variable")

    class Request:
        pass

    async def handle():
        request = Request()
        variable.set(request)
        await connect(local_bedrock).converse(**HELLO)
        return weakref.ref(request)

    async def main():
        reference = await asyncio.create_task(handle())
        await asyncio.sleep(0)
        gc.collect()
        return reference()

    assert run(main()) is None
