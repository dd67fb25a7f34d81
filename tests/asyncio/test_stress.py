"""Thousands of calls and streams at once, cancelled at random, leave nothing behind."""

from __future__ import annotations

import pytest

from event_loops import LOOPS, no_uvloop
from fastbedrock.local import LocalBedrock
from linux import needs_proc
from programs import Program, wait_for

pytestmark = [
    needs_proc,
    pytest.mark.usefixtures("descriptors_for_many"),
]

PROGRAM = """
import asyncio, collections, gc, os, random, sys
import fastbedrock
from event_loops import LOOPS
from linux import descriptors, threads
from fastbedrock import _core
from programs import HELLO, arguments, say

given = arguments()
chance = random.Random(given["seed"])
config = fastbedrock.Config(retries={"mode": "standard", "total_max_attempts": 5})
client = fastbedrock.async_client("bedrock-runtime", config=config, **given["client"])
ends = collections.Counter()

async def cancelled_within(coroutine, within):
    task = asyncio.create_task(coroutine)
    try:
        await asyncio.wait([task], timeout=chance.uniform(0, within))
    finally:
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False

async def call():
    if chance.random() < 0.7:
        await client.converse(**HELLO)
        ends["answered"] += 1
    else:
        cancelled = await cancelled_within(client.converse(**HELLO), 0.02)
        ends["cancelled" if cancelled else "answered"] += 1

async def calls(count):
    async def one_after_the_other():
        while left:
            left.pop()
            await call()

    left = [None] * count
    await asyncio.gather(*(one_after_the_other() for _ in range(100)))

async def read(stream):
    events = [event async for event in stream]
    assert "metadata" in events[-1]

async def read_in_part(stream):
    left = chance.randint(1, 10)
    async for _ in stream:
        left -= 1
        if not left:
            break

async def close(stream):
    await read_in_part(stream)
    stream.close()

async def leave(stream):
    async with stream:
        await read_in_part(stream)

async def forget(stream):
    await read_in_part(stream)

async def forget_in_a_cycle(stream):
    await read_in_part(stream)
    stream.itself = stream

async def cancel(stream):
    await cancelled_within(read(stream), 0.5)

async def give_up_waits(stream):
    events = aiter(stream)
    while True:
        try:
            await asyncio.wait_for(anext(events), chance.uniform(0, 0.03))
        except asyncio.TimeoutError:
            pass
        except StopAsyncIteration:
            break

FATES = [read, close, leave, forget, forget_in_a_cycle, cancel, give_up_waits]

async def listen():
    stream = (await client.converse_stream(**HELLO))["stream"]
    fate = chance.choice(FATES)
    await fate(stream)
    ends[fate.__name__] += 1

async def stream():
    if chance.random() < 0.8:
        await listen()
    else:
        cancelled = await cancelled_within(listen(), 1)
        ends["cancelled anywhere"] += cancelled

async def round(count):
    await asyncio.gather(calls(count), *(stream() for _ in range(given["streams"])))

def measured():
    gc.collect()
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), descriptors(), threads()

async def settle():
    # The allocator returns free memory only at later allocations.
    for _ in range(20):
        await client.converse(**HELLO)
        await asyncio.sleep(0.02)
    await client.close()
    await asyncio.sleep(0.1)

async def main():
    tasks = asyncio.all_tasks()
    for _ in range(given["rounds"]):
        ends.clear()
        await round(given["calls"])
        await client.close()
        gc.collect()
        await settle()
        assert asyncio.all_tasks() == tasks
        memory, *rest = measured()
        say(ends=ends, memory=memory, rest=rest)

loop = LOOPS[given["loop"]]()
loop.run_until_complete(main())
loop.close()
assert _core.runtime_attaches() == 0
"""


def everything(server: LocalBedrock, loop: str, calls: int, streams: int) -> None:
    server.reply("word " * 15)
    server.fault("slow_tokens", tokens_per_second=60, operation="ConverseStream")
    server.fault("slow_first_byte", seconds=0.02, rate=0.2, operation="Converse")
    server.fault("error", code="InternalServerException", rate=0.01, operation="Converse")
    given = {
        "client": {"endpoint_url": server.endpoint_url, **server.credentials},
        "loop": loop,
        "calls": calls,
        "streams": streams,
        "seed": 1,
        "rounds": 8,
    }
    with Program(PROGRAM, given) as program:
        rounds = [program.next() for _ in range(given["rounds"])]
        wait_for(lambda: server.counters["connections_open"] == 0)
        assert (program.end(), program.errors) == (0, "")
    # The first half is the warm-up. What the allocator keeps varies by 12 MiB between rounds, so
    # the minimum of several rounds counts.
    half = len(rounds) // 2
    memory, rest = ([facts[name] for facts in rounds] for name in ("memory", "rest"))
    assert min(memory[half:]) - min(memory[:half]) < 8 << 20, memory
    assert all(each == rest[0] for each in rest), rest
    counters = server.counters
    # All cases occurred: calls and streams that ended, and others that were cancelled.
    assert min(counters["requests_aborted"], counters["streams_aborted"]) > streams / 10
    for facts in rounds:
        assert sum(facts["ends"].values()) == calls + streams
        assert min(facts["ends"].values()) > 0


def test_ten_thousand_calls_and_a_thousand_streams(local_bedrock: LocalBedrock) -> None:
    """In each of eight rounds."""
    everything(local_bedrock, "asyncio", calls=10_000, streams=1000)


@pytest.mark.parametrize("loop", [pytest.param("uvloop", marks=no_uvloop), "without readers"])
def test_two_thousand_calls_on_other_kinds_of_loop(local_bedrock: LocalBedrock, loop: str) -> None:
    assert loop in LOOPS
    everything(local_bedrock, loop, calls=2000, streams=200)
