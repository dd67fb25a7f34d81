"""Open streams take little memory each, and none once they are gone."""

from __future__ import annotations

import pytest

from fastbedrock.local import LocalBedrock
from linux import needs_proc
from programs import Program

pytestmark = [
    needs_proc,
    pytest.mark.usefixtures("descriptors_for_many"),
]

PROGRAM = """
import asyncio, gc, os
import fastbedrock
from event_loops import until
from linux import descriptors
from programs import HELLO, arguments, say

given = arguments()
client = fastbedrock.async_client("bedrock-runtime", **given["client"])

def memory():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

async def begin():
    stream = (await client.converse_stream(**HELLO))["stream"]
    async for _ in stream:
        return stream

async def wait(stream):
    async for _ in stream:
        raise AssertionError("an unexpected event")

async def open_streams(count):
    # One after another, to measure the open streams and not the peak while opening all at once.
    return [await begin() for _ in range(count)]

async def close():
    await client.close()
    await until(lambda: descriptors() < 100)

async def main():
    await open_streams(20)
    await close()
    before = memory()
    streams = await open_streams(given["count"])
    idle = memory() - before
    waits = [asyncio.create_task(wait(stream)) for stream in streams]
    await asyncio.sleep(0.1)
    waited_for = memory() - before
    await close()
    await asyncio.gather(*waits, return_exceptions=True)
    del waits
    again = []
    for _ in range(4):
        del streams
        gc.collect()
        streams = await open_streams(given["count"])
        again.append(memory() - before)
        await close()
    say(idle=idle, waited_for=waited_for, again=again)

asyncio.run(main())
"""
COUNT = 1000
# In bytes. Optimised, a stream takes 3 KB; if it kept the buffers of a request, it would take 18.
AT_MOST_EACH = 12 * 1024


def test_a_thousand_idle_streams(local_bedrock: LocalBedrock) -> None:
    local_bedrock.fault("stall", after=1)
    client = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    with Program(PROGRAM, {"client": client, "count": COUNT}) as program:
        facts = program.next()
        assert (program.end(), program.errors) == (0, "")
    assert facts["idle"] < COUNT * AT_MOST_EACH
    assert facts["waited_for"] < COUNT * AT_MOST_EACH
    # Freed memory is used again, though not at once.
    assert min(facts["again"]) < facts["waited_for"] * 1.5
