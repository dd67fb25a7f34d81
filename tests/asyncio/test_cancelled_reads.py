"""A cancelled reader loses nothing that had come; a cancelled loop ends its request."""

from __future__ import annotations

import asyncio

import pytest

from asynchronous import (
    HELLO,
    INVOKE,
    WithoutReaders,
    connect,
    every_loop,
    new_in_3_11,
    run,
    until,
)
from fastbedrock.exceptions import ResponseStreamingError
from servers import Reply
from streamed import STREAM, answering, listed, numbered, numbers


class BeforeTheTask(asyncio.SelectorEventLoop):
    """Does something between a wake-up and the task that it is for."""

    interfere = None

    def add_reader(self, descriptor, callback, *arguments):
        def drained():
            if self.interfere is not None:
                self.interfere()
            callback(*arguments)

        return super().add_reader(descriptor, drained)


class BeforeTheNextRound(WithoutReaders):
    """The same, where the task goes on in the loop's next round."""

    interfere = None

    def call_soon_threadsafe(self, callback, *arguments, **options):
        def delivered():
            callback(*arguments)
            if self.interfere is not None:
                self.interfere()

        return super().call_soon_threadsafe(delivered, **options)


interfering = pytest.mark.parametrize("new_loop", [BeforeTheTask, BeforeTheNextRound])


def cancelled_at_each_wake_up(loop, read):
    """What the reads bring until the end, and how many were cancelled when it had come."""

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
def test_an_event_that_had_come_when_its_reader_was_cancelled_is_the_next_ones(new_loop):
    frames = numbered(20)
    head = len(Reply(**STREAM).message())
    places = range(head, head + sum(map(len, frames)), len(frames[0]) + 3)
    reply = {**STREAM, "body": b"".join(frames), "splits": places, "chunks": len(frames[0])}
    loop = new_loop()

    async def main(client):
        events = aiter((await client.converse_stream(**HELLO))["stream"])

        async def read():
            return await anext(events)

        return await cancelled_at_each_wake_up(loop, read)

    with answering(**reply, pause=0.01) as (client, _):
        found, cancelled = run(main(client), lambda: loop)
    assert numbers(found) == list(range(20))
    assert cancelled > 5


@interfering
def test_bytes_that_had_come_when_their_reader_was_cancelled_are_the_next_ones(new_loop):
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
    with answering(body=body, splits=splits, pause=0.01) as (client, _):
        found, cancelled = run(main(client), lambda: loop)
    assert b"".join(found) == body
    assert cancelled > 5


@interfering
def test_a_stream_cancelled_when_its_answer_had_come_is_ended(local_bedrock, new_loop):
    """Nobody ever saw the response: its stream must not stay open, nor hold its turn."""
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
    # With the traceback, the frames and what is in them.
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
def test_a_cancelled_loop_ends_its_request_though_the_response_is_at_hand(
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
def test_events_that_had_come_when_their_loop_was_cancelled_can_still_be_read(new_loop):
    loop = new_loop()
    head = len(Reply(**STREAM).message()) - 5
    # All in one piece; the end never comes.
    reply = {**STREAM, "body": b"".join(numbered(20)), "splits": [head], "cut": -5}

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

    with answering(**reply, pause=0.2) as (client, _):
        assert numbers(run(main(client), lambda: loop)) == list(range(20))


def test_an_iteration_that_somebody_holds_outlives_its_cancelled_waits(local_bedrock):
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


def test_a_cancelled_loop_ends_nothing_that_somebody_else_waits_for(local_bedrock):
    local_bedrock.fault("stall", after=1, seconds=0.3)

    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        first = aiter(stream)
        await anext(first)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(first), 0.01)
        second = asyncio.create_task(listed(stream))
        await asyncio.sleep(0)
        del first
        return await second

    assert "metadata" in run(main())[-1]
