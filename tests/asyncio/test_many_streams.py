"""While many streams are open, the runtime wakes up in batches; calls are not delayed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from pathlib import Path

import pytest

from event_loops import PROMPTLY, connect, every_loop, run, until
from fastbedrock import _wake_up
from linux import needs_proc
from programs import HELLO

pytestmark = needs_proc

STREAMS = 64
# Under load, the runtime polls its sockets once per this many seconds.
INTERVAL = 0.008
TEXT = "word " * 40


def runtime_sleeps():
    """How often the threads of the runtime have gone to sleep so far."""
    statuses = []
    for task in Path("/proc/self/task").iterdir():
        # A thread may end while this reads the table.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            statuses.append((task / "status").read_text())
    names = [re.search(r"Name:\t(.*)", status)[1] for status in statuses]
    assert "fastbedrock" in names
    return sum(
        int(re.search(r"\nvoluntary_ctxt_switches:\t(\d+)", status)[1])
        for name, status in zip(names, statuses, strict=True)
        if name == "fastbedrock"
    )


async def listen(client, begun):
    # Streams that are not opened together are not in step.
    await asyncio.sleep(random.uniform(0, 0.02))
    text = ""
    async for event in (await client.converse_stream(**HELLO))["stream"]:
        begun.add(asyncio.current_task())
        text += event.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
    return text


@pytest.fixture
def paced(local_bedrock):
    local_bedrock.reply(TEXT)
    local_bedrock.fault("slow_tokens", tokens_per_second=50, operation="ConverseStream")
    return local_bedrock


@pytest.fixture
def rounds(monkeypatch):
    """An item for each round in which a loop has resumed tasks."""
    rounds, resume_tasks = [], _wake_up.resume_tasks

    def counted(*arguments):
        rounds.append(arguments)
        resume_tasks(*arguments)

    monkeypatch.setattr(_wake_up, "resume_tasks", counted)
    return rounds


@every_loop
def test_threads_wake_up_far_less_often_than_events_arrive(paced, new_loop, rounds):
    async def main():
        client, begun = connect(paced), set()
        tasks = [asyncio.create_task(listen(client, begun)) for _ in range(STREAMS)]
        await until(lambda: len(begun) == STREAMS)
        before, start = runtime_sleeps(), time.perf_counter()
        rounds.clear()
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        # Each poll may cost two sleeps: one for the interval, one for the sockets. The runtime
        # works through what it has polled before it wakes the loop.
        polls = (time.perf_counter() - start) / INTERVAL
        assert runtime_sleeps() - before < 2 * polls + 20
        assert len(rounds) < 1.5 * polls + 20
        assert polls < STREAMS * 30 / 4
        return await asyncio.gather(*tasks)

    assert run(main(), new_loop) == [TEXT] * STREAMS


def test_a_call_that_has_waited_for_long_does_not_end_the_batching(paced):
    paced.reply(TEXT * 4)
    paced.fault("slow_first_byte", seconds=0.4, operation="Converse")

    async def main():
        client, begun = connect(paced), set()
        tasks = [asyncio.create_task(listen(client, begun)) for _ in range(STREAMS)]
        await until(lambda: len(begun) == STREAMS)
        call = asyncio.create_task(client.converse(**HELLO))
        await asyncio.sleep(0.15)
        before, start = runtime_sleeps(), time.perf_counter()
        await call
        most = 2 * (time.perf_counter() - start) / INTERVAL
        assert runtime_sleeps() - before < most + 20
        assert not any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    run(main())


def test_calls_return_and_streams_are_cancelled_promptly_meanwhile(paced):
    async def main():
        client, begun = connect(paced), set()
        tasks = [asyncio.create_task(listen(client, begun)) for _ in range(STREAMS)]
        await until(lambda: len(begun) == STREAMS)
        took = []
        for _ in range(20):
            start = time.perf_counter()
            await client.converse(**HELLO)
            took.append(time.perf_counter() - start)
        # Delayed by the batching, one call after another would take at least two intervals each.
        # Some may take longer, because the machine may be busy.
        assert sorted(took)[5] < 1.5 * INTERVAL
        took = []
        while not took or min(took) > PROMPTLY:
            assert len(took) < 10, took
            tasks.pop().cancel()
            number = len(took) + 1
            took.append(await until(lambda n=number: paced.counters["streams_aborted"] == n))
        # Many streams were open all the time.
        assert not any(task.done() for task in tasks)
        return await asyncio.gather(*tasks)

    found = run(main())
    assert found == [TEXT] * len(found)
