"""A cancelled reader loses nothing that had arrived; a cancelled ``async for`` ends its request."""

from __future__ import annotations

import asyncio

import pytest

from event_loops import INVOKE, WithoutReaders, connect, every_loop, new_in_3_11, run, until
from fastbedrock.exceptions import ResponseStreamingError
from programs import HELLO
from scripted_server import Reply
from streaming_replies import STREAM, clients_of, collected, event_numbers, numbered_events


class BeforeTheTaskResumes(asyncio.SelectorEventLoop):
    """An event loop that calls a function between a wake-up and the task that it resumes."""

    interfere = None

    def add_reader(self, descriptor, callback, *arguments):
        def drained():
            if self.interfere is not None:
                self.interfere()
            callback(*arguments)

        return super().add_reader(descriptor, drained)


class BeforeTheNextIteration(WithoutReaders):
    """The same for loops whose tasks resume in the next iteration."""

    interfere = None

    def call_soon_threadsafe(self, callback, *arguments, **options):
        def delivered():
            callback(*arguments)
            if self.interfere is not None:
                self.interfere()

        return super().call_soon_threadsafe(delivered, **options)


interfering = pytest.mark.parametrize("new_loop", [BeforeTheTaskResumes, BeforeTheNextIteration])


def cancelled_at_each_wake_up(loop, read):
    """All that the reads return, and how many reads were cancelled after their value arrived."""

    async def main():
        found, cancelled = [], 0
        while True:
            reading = asyncio.create_task(read())
            loop.interfere = reading.cancel
            try:
                found.append(await reading)
            except asyncio.CancelledError:
                cancelled += 1
            except (StopAsyncIteration, EOFError):
                return found, cancelled

    return main()


@interfering
def test_an_event_that_arrived_before_the_cancellation_goes_to_the_next_reader(new_loop):
    frames = numbered_events(20)
    head = len(Reply(**STREAM).message())
    places = range(head, head + sum(map(len, frames)), len(frames[0]) + 3)
    reply = {**STREAM, "body": b"".join(frames), "splits": places, "chunks": len(frames[0])}
    loop = new_loop()

    async def main(client):
        events = aiter((await client.converse_stream(**HELLO))["stream"])

        async def read():
            return await anext(events)

        return await cancelled_at_each_wake_up(loop, read)

    with clients_of(**reply, pause=0.01) as (client, _):
        found, cancelled = run(main(client), lambda: loop)
    assert event_numbers(found) == list(range(20))
    assert cancelled > 5


@interfering
def test_bytes_that_arrived_before_the_cancellation_go_to_the_next_reader(new_loop):
    body = bytes(range(200))
    loop = new_loop()

    async def main(client):
        body = (await client.invoke_model(**INVOKE))["body"]

        async def read():
            if chunk := await body.read(10):
                return chunk
            raise EOFError

        return await cancelled_at_each_wake_up(loop, read)

    head = len(Reply(body=body).message()) - len(body)
    splits = range(head + 5, head + 200, 10)
    with clients_of(body=body, splits=splits, pause=0.01) as (client, _):
        found, cancelled = run(main(client), lambda: loop)
    assert b"".join(found) == body
    assert cancelled > 5


@interfering
def test_a_call_cancelled_after_its_response_arrived_ends_its_stream(local_bedrock, new_loop):
    """No caller ever got the response, so its stream must not stay open or keep its permit."""
    local_bedrock.fault("slow_first_byte", seconds=0.1, operation="ConverseStream")
    local_bedrock.fault("stall", after=1, operation="ConverseStream")
    loop = new_loop()

    async def main():
        client = connect(local_bedrock, max_concurrency=1)
        call = asyncio.create_task(client.converse_stream(**HELLO))
        loop.interfere = call.cancel
        with pytest.raises(asyncio.CancelledError):
            await call
        loop.interfere = None
        await until(lambda: local_bedrock.counters["streams_aborted"] == 1)
        await client.converse(**HELLO)

    run(main(), lambda: loop)


async def until_cancelled(listening):
    task = asyncio.create_task(listening)
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    # Keeps the traceback, its frames and their variables.
    return task


async def until_too_late(listening):
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.1):
            await listening
    return caught


@every_loop
@pytest.mark.parametrize(
    "give_up", [until_cancelled, pytest.param(until_too_late, marks=new_in_3_11)]
)
def test_a_cancelled_async_for_ends_its_request_while_the_response_is_referenced(
    local_bedrock, give_up, new_loop
):
    local_bedrock.fault("stall", after=5)

    async def main():
        response = await connect(local_bedrock).converse_stream(**HELLO)
        seen = []

        async def listen():
            async for event in response["stream"]:
                seen.append(event)

        kept = await give_up(listen())
        await until(lambda: local_bedrock.counters["streams_aborted"] == 1)
        del kept
        assert len(seen) == 5
        with pytest.raises(ResponseStreamingError, match="its reader was cancelled"):
            await listen()
        await listen()
        assert len(seen) == 5

    run(main(), new_loop)


@interfering
def test_events_buffered_before_an_async_for_was_cancelled_can_still_be_read(new_loop):
    loop = new_loop()
    head = len(Reply(**STREAM).message()) - 5
    # All events at once; the stream never ends.
    reply = {**STREAM, "body": b"".join(numbered_events(20)), "splits": [head], "cut": -5}

    async def main(client):
        response = await client.converse_stream(**HELLO)
        found = []

        async def listen():
            async for event in response["stream"]:
                found.append(event)

        listening = asyncio.create_task(listen())
        loop.interfere = listening.cancel
        with pytest.raises(asyncio.CancelledError):
            await listening
        assert found == []
        with pytest.raises(ResponseStreamingError, match="its reader was cancelled"):
            await listen()
        return found

    with clients_of(**reply, pause=0.2) as (client, _):
        assert event_numbers(run(main(client), lambda: loop)) == list(range(20))


def test_an_iterator_that_is_referenced_outlives_its_cancelled_waits(local_bedrock):
    local_bedrock.fault("stall", after=1, seconds=0.2)

    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        events, found, given_up = aiter(stream), [], 0
        while True:
            try:
                found.append(await asyncio.wait_for(anext(events), 0.02))
            except asyncio.TimeoutError:
                given_up += 1
            except StopAsyncIteration:
                return found, given_up

    found, given_up = run(main())
    assert "metadata" in found[-1]
    assert given_up > 2


def test_a_cancelled_async_for_does_not_end_what_another_task_waits_for(local_bedrock):
    local_bedrock.fault("stall", after=1, seconds=0.3)

    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        first = aiter(stream)
        await anext(first)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(first), 0.01)
        second = asyncio.create_task(collected(stream))
        await asyncio.sleep(0)
        del first
        return await second

    assert "metadata" in run(main())[-1]
