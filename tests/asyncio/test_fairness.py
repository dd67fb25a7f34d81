"""A task that finds much data buffered, or many responses at once, lets other tasks run."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time

import pytest

from event_loops import connect, every_loop, run
from programs import HELLO
from streaming_replies import STREAM, clients_of, event_numbers, numbered_events

# How long a task works on each value, and after how much of the thread's CPU time other tasks must
# have run, in seconds. A time slice is 5 ms, so that the second bound is ample.
WORK = 0.001
SOON = 0.3


def work(seconds=WORK):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


class Ticker:
    """Measures the longest CPU time of the thread, within its block, in which no other task ran."""

    def __init__(self):
        self.longest, self.count = 0.0, 0

    async def __aenter__(self):
        self._last = time.thread_time()
        self._task = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_):
        self._tock()
        self._task.cancel()

    def _tock(self):
        now = time.thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now

    async def _tick(self):
        while True:
            await asyncio.sleep(0.002)
            self._tock()
            self.count += 1


async def events_of(client):
    stream = (await client.converse_stream(**HELLO))["stream"]
    await asyncio.sleep(0.1)  # the stream's buffer fills
    found = []
    async for event in stream:
        work()
        found.append(event)
    return found


async def chunks_of(client):
    body = (await client.invoke_model(modelId="m", body=b"{}"))["body"]
    await asyncio.sleep(0.1)
    found = b""
    async for chunk in body.iter_chunks(100):
        work()
        found += chunk
    return found


async def lines_of(client):
    body = (await client.invoke_model(modelId="m", body=b"{}"))["body"]
    await asyncio.sleep(0.1)
    found = []
    async for line in body.iter_lines(100):
        work()
        found.append(line)
    return found


COUNT = 1000
FRAMES = numbered_events(COUNT)
TEXT = (b"x" * 99 + b"\n") * COUNT
# A reply, the function that reads it, and what that function returns.
READERS = {
    "events": ({**STREAM, "body": b"".join(FRAMES)}, events_of, list(range(COUNT))),
    "chunks": ({"body": TEXT}, chunks_of, TEXT),
    "lines": ({"body": TEXT}, lines_of, [b"x" * 99] * COUNT),
}
every_reader = pytest.mark.parametrize(("reply", "read", "expected"), READERS.values(), ids=READERS)


def comparable(found):
    return event_numbers(found) if found and isinstance(found[0], dict) else found


@every_loop
@every_reader
def test_other_tasks_run_while_a_fast_stream_is_read(reply, read, expected, new_loop):
    async def main(client):
        async with Ticker() as ticker:
            found = await read(client)
        return found, ticker

    with clients_of(**reply) as (client, _):
        found, ticker = run(main(client), new_loop)
    assert comparable(found) == expected
    assert ticker.longest < SOON
    assert ticker.count > 20


@pytest.mark.parametrize("kind", ["debug", "eager"])
@every_reader
def test_other_tasks_run_on_other_kinds_of_loop(reply, read, expected, kind):
    async def main(client):
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = 60
        loop.set_debug(kind == "debug")
        if kind == "eager":
            if sys.version_info < (3, 12):
                pytest.skip("new in Python 3.12")
            loop.set_task_factory(asyncio.eager_task_factory)
        async with Ticker() as ticker:
            found = await asyncio.create_task(read(client))
        return found, ticker

    with clients_of(**reply) as (client, _):
        found, ticker = run(main(client))
    assert comparable(found) == expected
    assert ticker.longest < SOON
    assert ticker.count > 20


@every_loop
@every_reader
def test_a_timeout_ends_a_fast_stream(reply, read, expected, new_loop):
    async def main(client):
        # If the reader did not let the timeout's callback run, it would end without an error.
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(read(client), 0.3)

    with clients_of(**reply) as (client, _):
        run(main(client), new_loop)


@every_loop
def test_a_reader_that_is_cancelled_while_others_run_loses_nothing(new_loop):
    async def main(client):
        stream = (await client.converse_stream(**HELLO))["stream"]
        events, found, cancelled = aiter(stream), [], 0

        async def read():
            async for event in events:
                found.append(event)
                work(0.004)

        while True:
            reading = asyncio.create_task(read())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            reading.cancel()
            try:
                await reading
            except asyncio.CancelledError:
                cancelled += 1
            else:
                return found, cancelled

    with clients_of(**STREAM, body=b"".join(numbered_events(100))) as (client, _):
        found, cancelled = run(main(client), new_loop)
    assert event_numbers(found) == list(range(100))
    assert cancelled > 10


def test_other_tasks_run_while_a_whole_body_is_read():
    body = bytes(range(256)) * 4096 * 100

    async def main(client):
        response = await client.invoke_model(modelId="m", body=b"{}")
        async with Ticker() as ticker:
            return await response["body"].read(), ticker

    with clients_of(body=body) as (client, _):
        found, ticker = run(main(client))
    assert found == body
    assert ticker.longest < SOON


@every_loop
def test_the_readers_of_many_fast_streams_share_the_time(new_loop):
    """With one slice per task, an iteration of the loop would take the sum of all slices."""
    order = []

    async def listen(number, stream):
        found = []
        async for event in stream:
            work()
            order.append(number)
            found.append(event)
        return found

    async def main(client):
        streams = [(await client.converse_stream(**HELLO))["stream"] for _ in range(20)]
        await asyncio.sleep(0.1)
        return await asyncio.gather(*(listen(*each) for each in enumerate(streams)))

    with clients_of(**STREAM, body=b"".join(numbered_events(50))) as (client, _):
        streams = run(main(client), new_loop)
    assert [event_numbers(events) for events in streams] == [list(range(50))] * 20
    runs = [len(list(same)) for _, same in itertools.groupby(order)]
    # The first task finds the shared slice unused.
    assert max(runs[1:200]) <= 3


@every_loop
def test_other_tasks_run_between_the_responses_of_limited_calls(local_bedrock, new_loop):
    """A call keeps its permit until its response is handled, so that responses do not pile up."""

    async def main():
        client = connect(local_bedrock, max_concurrency=5)

        async def call():
            await client.converse(**HELLO)
            work(0.005)

        async with Ticker() as ticker:
            await asyncio.gather(*(call() for _ in range(200)))
        return ticker

    ticker = run(main(), new_loop)
    assert ticker.longest < SOON
    assert ticker.count > 10


async def _end(calls):
    return await asyncio.gather(*calls, return_exceptions=True)


async def _cancel(calls):
    calls[0].cancel()
    return (await _end(calls))[1:]


@pytest.mark.parametrize("end", [_end, _cancel])
@pytest.mark.parametrize("fails", [False, True])
def test_a_response_keeps_its_permit_until_its_task_resumes_or_ends(local_bedrock, fails, end):
    if fails:
        local_bedrock.fault("error", code="ValidationException")

    async def main():
        client = connect(local_bedrock, max_concurrency=1)
        calls = [asyncio.create_task(client.converse(**HELLO)) for _ in range(3)]
        await asyncio.sleep(0)
        time.sleep(0.3)  # the first response arrives while the loop is blocked
        assert local_bedrock.counters["requests_started"] == 1
        return await end(calls)

    for outcome in run(main()):
        assert isinstance(outcome, Exception if fails else dict)
    assert local_bedrock.counters["requests_started"] == 3
