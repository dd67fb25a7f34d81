"""Bodies and event streams of asynchronous responses: reading, ends, cancellation, closing."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref

import pytest

import fastbedrock
from event_loops import INVOKE, connect, every_loop, run, until
from fastbedrock.exceptions import (
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from programs import HELLO
from scripted_server import Reply
from streaming_replies import STREAM, clients_of, collected, event_numbers, numbered_events

TEXT = b"first\nsecond\r\n\nlast " * 300
TWO_WAIT = "another coroutine is already waiting for this stream or body"


READS = {
    "at once": (lambda body: body.read(), lambda body: body.read()),
    "in parts": (
        lambda body: [body.read(7), body.read(0), body.read(10_000), body.read(5)],
        lambda body: in_turn(body.read, 7, 0, 10_000, 5),
    ),
    "negative": (lambda body: body.read(-1), lambda body: body.read(-1)),
    "lines": (lambda body: list(body.iter_lines(11)), lambda body: collected(body.iter_lines(11))),
    "lines with ends": (
        lambda body: list(body.iter_lines(keepends=True)),
        lambda body: collected(body.iter_lines(keepends=True)),
    ),
    "chunks": (
        lambda body: list(body.iter_chunks(999)),
        lambda body: collected(body.iter_chunks(999)),
    ),
    "itself": (lambda body: list(body), lambda body: collected(body)),
    "next": (
        lambda body: [next(body), body.next()],
        lambda body: in_turn(lambda f: f(), body.__anext__, body.anext),
    ),
    "position": (lambda body: (body.read(9), body.tell())[1], lambda body: position(body)),
    "into": (lambda body: into(body), lambda body: into_later(body)),
}


async def in_turn(function, *arguments):
    return [await function(argument) for argument in arguments]


async def position(body):
    await body.read(9)
    return body.tell()


def into(body):
    buffer = bytearray(20)
    return body.readinto(buffer), bytes(buffer)


async def into_later(body):
    buffer = bytearray(20)
    return await body.readinto(buffer), bytes(buffer)


@pytest.mark.parametrize("way", READS)
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_reads_as_the_synchronous_one(way, framing):
    sync_read, async_read = READS[way]

    async def main(client):
        return await async_read((await client.invoke_model(**INVOKE))["body"])

    with clients_of(body=TEXT, framing=framing, chunks=501) as (client, sync):
        assert run(main(client)) == sync_read(sync.invoke_model(**INVOKE)["body"])


def test_lines_are_split_as_by_aiobotocore():
    async def main(client):
        return await (await client.invoke_model(**INVOKE))["body"].readlines()

    with clients_of(body=TEXT) as (client, _):
        assert run(main(client)) == TEXT.splitlines()


def test_a_closed_body_cannot_be_read():
    async def main(client):
        async with (await client.invoke_model(**INVOKE))["body"] as body:
            assert body.readable()
            assert await body.read(3) == TEXT[:3]
        assert not body.readable()
        for amount in (3, None):
            with pytest.raises(IncompleteReadError):
                await body.read(amount)
        for close in (body.close, body.raw_stream.close):
            close()
        await body.aclose()

    with clients_of(body=TEXT) as (client, _):
        run(main(client))


def test_a_body_that_ends_early_raises():
    async def main(client):
        body = (await client.invoke_model(**INVOKE))["body"]
        assert await body.read(5) == TEXT[:5]
        assert len(await body.read(len(TEXT))) < len(TEXT) - 5
        with pytest.raises(IncompleteReadError):
            await body.read(1)
        body = (await client.invoke_model(**INVOKE))["body"]
        with pytest.raises(ResponseStreamingError):
            await body.read()

    with clients_of(body=TEXT, cut=1000, then="close") as (client, _):
        run(main(client))


@every_loop
def test_a_cancelled_read_leaves_its_bytes_to_the_next_read(new_loop):
    async def main(client):
        body = (await client.invoke_model(**INVOKE))["body"]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(body.read(), 0.05)
        assert body.tell() == 0
        return await body.read()

    with clients_of(body=TEXT, splits=[len(TEXT) // 2], pause=0.3) as (client, _):
        assert run(main(client), new_loop) == TEXT


@every_loop
def test_a_cancelled_wait_for_an_event_loses_no_event(new_loop):
    frames = numbered_events(20)
    # One frame per write, and writes so far apart that waits are cancelled between them.
    places = [len(Reply(**STREAM).message())]
    body = b"".join(frames)

    async def main(client):
        events = aiter((await client.converse_stream(**HELLO))["stream"])
        found, given_up = [], 0
        while True:
            try:
                found.append(await asyncio.wait_for(anext(events), 0.003))
            except asyncio.TimeoutError:
                given_up += 1
            except StopAsyncIteration:
                return found, given_up

    splits = range(places[0], places[0] + len(body), len(frames[0]) + 3)
    with clients_of(**STREAM, body=body, splits=splits, pause=0.01, chunks=len(frames[0])) as (
        client,
        _,
    ):
        found, given_up = run(main(client), new_loop)
    assert event_numbers(found) == list(range(20))
    assert given_up > 5


def test_a_second_iteration_continues_after_the_last_event():
    async def main(client):
        stream = (await client.converse_stream(**HELLO))["stream"]
        found = []
        for stop in (2, 5, 99):
            async for each in stream:
                found.append(each)
                if len(found) == stop:
                    break
        assert [each async for each in stream] == []
        return found

    with clients_of(**STREAM, body=b"".join(numbered_events(9))) as (client, _):
        assert event_numbers(run(main(client))) == list(range(9))


def test_an_error_ends_the_iteration():
    async def main(client):
        events = aiter((await client.converse_stream(**HELLO))["stream"])
        assert event_numbers([await anext(events)]) == [0]
        with pytest.raises(ResponseStreamingError):
            await anext(events)
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    with clients_of(**STREAM, body=b"".join(numbered_events(2))[:-3]) as (client, _):
        run(main(client))


def test_a_silent_server_is_a_read_timeout_of_streams_and_bodies(local_bedrock):
    local_bedrock.fault("stall", after=2)

    async def main():
        client = connect(local_bedrock, config=fastbedrock.Config(read_timeout=0.5))
        events = aiter((await client.converse_stream(**HELLO))["stream"])
        assert [await anext(events) for _ in range(2)]
        with pytest.raises(ReadTimeoutError):
            await anext(events)
        body = (await client.invoke_model(**INVOKE))["body"]
        assert len(await body.read(2)) == 2
        with pytest.raises(ReadTimeoutError):
            await body.read(1)
        await until(lambda: local_bedrock.counters["connections_open"] == 0)

    run(main())


def test_there_is_no_initial_response():
    async def main(client):
        stream = (await client.converse_stream(**HELLO))["stream"]
        with pytest.raises(fastbedrock.exceptions.NoInitialResponseError):
            await stream.get_initial_response()
        return [each async for each in stream]

    with clients_of(**STREAM, body=b"".join(numbered_events(3))) as (client, _):
        assert event_numbers(run(main(client))) == [1, 2]


def closing(stream):
    stream.close()


async def aclosing(stream):
    await stream.aclose()


async def leaving(stream):
    async with stream as entered:
        assert entered is stream


async def leaving_aclosing(stream):
    async with contextlib.aclosing(stream):
        pass


@every_loop
@pytest.mark.parametrize("close", [closing, aclosing, leaving, leaving_aclosing])
def test_closing_a_stream_ends_a_waiting_iteration(local_bedrock, close, new_loop):
    local_bedrock.fault("stall", after=2)

    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        waiting = asyncio.create_task(collected(stream))
        await until(lambda: local_bedrock.counters["bytes_sent"] > 0)
        await asyncio.sleep(0.02)
        if (pending := close(stream)) is not None:
            await pending
        assert len(await waiting) == 2
        assert "ended" in repr(stream)
        await until(lambda: local_bedrock.counters["connections_open"] == 0)

    run(main(), new_loop)
    assert local_bedrock.counters["streams_aborted"] == 1


def test_closing_from_another_thread_ends_a_waiting_iteration(local_bedrock):
    local_bedrock.fault("stall", after=2)

    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        threading.Timer(0.05, stream.close).start()
        return await collected(stream)

    assert len(run(main())) == 2


def test_streams_of_a_closed_client_raise_after_their_buffered_events(local_bedrock):
    local_bedrock.fault("stall", after=2)

    async def main():
        client = connect(local_bedrock)
        stream = (await client.converse_stream(**HELLO))["stream"]
        await asyncio.sleep(0.05)
        await client.close()
        events = aiter(stream)
        found = [await anext(events), await anext(events)]
        with pytest.raises(ConnectionClosedError, match="the client was closed") as raised:
            await anext(events)
        assert raised.value.kwargs["endpoint_url"] == local_bedrock.endpoint_url
        return found

    assert len(run(main())) == 2


@every_loop
def test_two_coroutines_cannot_wait_for_one_body(local_bedrock, new_loop):
    local_bedrock.fault("stall", after=1)

    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        events = aiter(stream)
        await anext(events)
        first = asyncio.create_task(collected(events))
        await asyncio.sleep(0)
        for second in (anext(events), anext(aiter(stream)), stream.get_initial_response()):
            with pytest.raises(RuntimeError, match=TWO_WAIT):
                await second
            with pytest.raises(RuntimeError, match=TWO_WAIT):
                await asyncio.create_task(anext(aiter(stream)))
        assert not first.done()
        stream.close()
        assert await first == []

    run(main(), new_loop)


def test_two_coroutines_cannot_read_one_body_at_once():
    async def main(client):
        body = (await client.invoke_model(**INVOKE))["body"]
        first = asyncio.create_task(body.read())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match=TWO_WAIT):
            await body.read(1)
        reading = body.raw_stream.read(1)
        assert await first == TEXT
        return await reading

    with clients_of(body=TEXT, splits=[500], pause=0.2) as (client, _):
        assert run(main(client)) == b""


def test_attributes_can_be_set_and_bodies_take_weak_references():
    async def main(client):
        body = (await client.invoke_model(**INVOKE))["body"]
        for each in (body, body.raw_stream):
            each.note = "mine"
            assert weakref.ref(each)().note == "mine"
        await body.read()

    with clients_of(body=TEXT) as (client, _):
        run(main(client))


def test_a_body_larger_than_the_buffer_is_complete():
    whole = bytes(range(256)) * (5 * 4096)

    async def main(client):
        return await (await client.invoke_model(**INVOKE))["body"].read()

    with clients_of(body=whole) as (client, _):
        assert run(main(client)) == whole
