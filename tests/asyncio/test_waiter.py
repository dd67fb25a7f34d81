"""What a coroutine yields while it waits: a Future to its task, which then resumes at once."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import time
import weakref
from functools import partial

import pytest

from event_loops import connect, every_loop, run
from programs import DEADLINE, HELLO, wait_for

# Tasks in C, in Python, and eager ones, which begin to run when they are created.
FACTORIES = {
    "C": asyncio.Task,
    "Python": asyncio.tasks._PyTask,
    "eager": getattr(asyncio, "eager_task_factory", None),
}


@pytest.mark.parametrize("kind", FACTORIES)
def test_every_kind_of_task_waits(local_bedrock, kind):
    if FACTORIES[kind] is None:
        pytest.skip("new in Python 3.12")
    make = FACTORIES[kind]
    local_bedrock.configure(first_token_seconds=0.01, tokens_per_second=500)

    def factory(loop, coroutine, **options):
        return make(coroutine, loop=loop, **options) if kind != "eager" else make(loop, coroutine)

    async def listen(client):
        return [event async for event in (await client.converse_stream(**HELLO))["stream"]]

    async def main():
        asyncio.get_running_loop().set_task_factory(factory)
        client = connect(local_bedrock)
        streams = await asyncio.gather(*(listen(client) for _ in range(5)))
        assert all("metadata" in events[-1] for events in streams)
        waiting = asyncio.ensure_future(client.converse(**HELLO))
        await asyncio.sleep(0)
        waiting.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await waiting

    run(main())


@every_loop
def test_a_task_resumes_in_its_own_context(local_bedrock, new_loop):
    local_bedrock.configure(tokens_per_second=200)
    variable = contextvars.ContextVar("variable")

    async def listen(client, number):
        variable.set(number)
        stream = (await client.converse_stream(**HELLO))["stream"]
        return {variable.get() async for _ in stream}

    async def main():
        client = connect(local_bedrock)
        return await asyncio.gather(*(listen(client, number) for number in range(5)))

    assert run(main(), new_loop) == [{number} for number in range(5)]


async def woken_together(server, on_waking, count=5):
    """Tasks of calls whose responses have arrived, so that one wake-up resumes all of them."""
    client = connect(server)

    async def call():
        await client.converse(**HELLO)
        return on_waking()

    tasks = [asyncio.create_task(call()) for _ in range(count)]
    await asyncio.sleep(0)
    wait_for(lambda: server.counters["requests"].get("Converse") == {"200": count})
    time.sleep(0.1)  # the responses arrive while the loop is blocked
    return tasks


def test_a_loop_run_inside_a_task_resumes_other_tasks_of_its_wake_up(local_bedrock):
    """As in notebooks with nest_asyncio: a task waits for others of the same wake-up."""

    async def main():
        loop, running = asyncio.get_running_loop(), []

        def run_inside():
            running.append(asyncio.current_task())
            if len(running) > 1:
                return
            # What nest_asyncio does.
            asyncio.tasks._leave_task(loop, running[0])
            others = [task for task in tasks if task is not running[0]]
            run_until_done(others)
            run_until_done([loop.create_task(connect(local_bedrock).converse(**HELLO))])
            asyncio.tasks._enter_task(loop, running[0])

        def run_until_done(tasks):
            start = time.monotonic()
            while not all(task.done() for task in tasks):
                assert time.monotonic() - start < DEADLINE
                loop._run_once()

        tasks = await woken_together(local_bedrock, run_inside)
        await asyncio.gather(*tasks)
        return len(running)

    assert run(main()) == 5


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
@every_loop
def test_after_an_interrupted_task_the_next_run_resumes_the_others(
    local_bedrock, interrupt, new_loop
):
    loop = new_loop()
    raised = []

    def raise_once():
        if not raised:
            raised.append(interrupt)
            raise interrupt
        return "went on"

    async def main():
        tasks.extend(await woken_together(local_bedrock, raise_once))
        await asyncio.sleep(DEADLINE)

    async def rest():
        return await asyncio.gather(*tasks, return_exceptions=True)

    tasks = []
    with pytest.raises(interrupt):
        loop.run_until_complete(main())
    outcomes = run(rest(), lambda: loop)
    assert [type(outcome) for outcome in outcomes].count(interrupt) == 1
    assert outcomes.count("went on") == 4


def test_tasks_that_keep_waking_each_other_do_not_starve_the_loop(local_bedrock):
    """While one task works, the response of another arrives: one wake-up must not resume all."""
    turns, seen = [], set()

    async def call(client):
        for _ in range(15):
            await client.converse(**HELLO)
            seen.add(len(turns))
            time.sleep(0.005)

    async def main():
        loop = asyncio.get_running_loop()

        def turn():
            turns.append(loop.call_soon(turn))

        client = connect(local_bedrock)
        turn()
        await asyncio.gather(*(call(client) for _ in range(6)))
        turns[-1].cancel()

    run(main())
    # In one iteration of the loop each task resumes at most once.
    assert len(seen) >= 15


def test_a_loop_in_debug_mode_names_the_slow_task(local_bedrock, caplog):
    async def main():
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = 0.05
        client = connect(local_bedrock)

        async def call():
            await client.converse(**HELLO)
            time.sleep(0.1)

        await asyncio.create_task(call(), name="the slow one")

    run(main())
    assert any("the slow one" in record.getMessage() for record in caplog.records)


def test_anyio_sees_a_pending_cancellation(local_bedrock):
    """anyio asks the object that the task waits for, if that is one of asyncio's Futures."""
    anyio = pytest.importorskip("anyio")
    local_bedrock.fault("stall", after=0)

    async def main():
        call = asyncio.create_task(connect(local_bedrock).converse(**HELLO), name="the call")
        await asyncio.sleep(0)
        call.cancel()
        found = [info for info in anyio.get_running_tasks() if info.name == "the call"]
        assert [info.has_pending_cancellation() for info in found] == [True]

    run(main())


async def waiting(server):
    """A coroutine that waits, and what it yielded."""
    server.fault("stall", after=0)
    call = connect(server)._engine.call_async("Converse", HELLO)
    return call, call.send(None)


def test_the_yielded_object_is_a_future_of_the_running_loop(local_bedrock):
    async def main():
        call, waiter = await waiting(local_bedrock)
        assert asyncio.isfuture(waiter)
        assert isinstance(waiter, asyncio.Future)
        assert waiter._asyncio_future_blocking is True
        assert waiter.get_loop() is asyncio.get_running_loop()
        assert (waiter.done(), waiter.cancelled(), repr(waiter)) == (
            False,
            False,
            "<WakeUpFuture pending>",
        )
        with pytest.raises(asyncio.InvalidStateError, match=r"Result is not set\."):
            waiter.result()
        call.close()

    run(main())


def test_its_callbacks_in_python_get_the_object_that_they_were_added_to(local_bedrock):
    async def main():
        coroutine = connect(local_bedrock).converse(**HELLO)
        waiter = coroutine.send(None)
        told = asyncio.Queue()
        for _ in range(2):
            waiter.add_done_callback(told.put_nowait)
        assert [await told.get() is waiter for _ in range(2)] == [True, True]
        coroutine.close()

    run(main())


@pytest.mark.parametrize("arguments", [(), ("enough",)])
def test_its_cancellation_calls_the_callbacks_in_the_next_iteration(local_bedrock, arguments):
    variable = contextvars.ContextVar("variable", default="outside")

    async def main():
        call, waiter = await waiting(local_bedrock)
        told = []

        def tell(found):
            told.append((found is waiter, variable.get()))

        waiter.add_done_callback(tell)
        context = contextvars.copy_context()
        context.run(variable.set, "inside")
        waiter.add_done_callback(tell, context=context)
        assert waiter.cancel(*arguments) is True
        assert waiter.cancel() is False
        waiter.add_done_callback(tell)
        assert told == []
        await asyncio.sleep(0)
        assert told == [(True, "outside"), (True, "inside"), (True, "outside")]
        assert (waiter.done(), waiter.cancelled(), repr(waiter)) == (
            True,
            True,
            "<WakeUpFuture cancelled>",
        )
        with pytest.raises(asyncio.CancelledError) as caught:
            waiter.result()
        assert caught.value.args == arguments
        call.close()

    run(main())


def test_a_cycle_through_the_yielded_object_is_collected(local_bedrock):
    async def main():
        call, waiter = await waiting(local_bedrock)
        waiter.add_done_callback(partial(id, call))
        reference = weakref.ref(call)
        del call, waiter
        gc.collect()
        assert reference() is None

    run(main())
