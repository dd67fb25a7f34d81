"""Backpressure: a stream buffers at most 1 MiB or 1,024 frames, then stops reading its socket."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import fastbedrock
from event_loops import INVOKE, connect, every_loop, run, until
from fastbedrock.exceptions import ConnectionClosedError
from frames import event
from linux import needs_proc
from programs import HELLO
from streaming_replies import STREAM, clients_of, numbered_events

pytestmark = needs_proc

MAX_BYTES = 1 << 20
MAX_FRAMES = 1024
# The most that one read of the socket may return.
READ = 512 * 1024


async def until_unchanged(count, seconds=0.3):
    """Wait until the count has not changed for that long, and return the count."""
    last, since = count(), asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() < since + seconds:
        await asyncio.sleep(0.01)
        if (now := count()) != last:
            last, since = now, asyncio.get_running_loop().time()
    return last


@every_loop
def test_a_stream_that_nobody_reads_stays_in_the_socket(local_bedrock, new_loop):
    words = 150_000
    local_bedrock.reply("word " * words)

    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        sent = await until_unchanged(lambda: local_bedrock.counters["bytes_sent"])
        text = ""
        async for each in stream:
            if "contentBlockDelta" in each:
                text += each["contentBlockDelta"]["delta"]["text"]
        # The kernel's buffers hold somewhat more than ours.
        assert sent < local_bedrock.counters["bytes_sent"] / 2
        return text

    assert run(main(), new_loop) == "word " * words


def test_a_slow_reader_slows_the_server_down(local_bedrock):
    """This also holds in mid-stream: each event that is read makes room for as much again."""
    local_bedrock.reply("word " * 150_000)

    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        events, sent = aiter(stream), []
        for _ in range(3):
            sent.append(await until_unchanged(lambda: local_bedrock.counters["bytes_sent"]))
            for _ in range(30_000):
                await anext(events)
        stream.close()
        return sent

    first, second, third = run(main())
    assert first < second < third
    # 30,000 events of about 200 bytes.
    assert third - second < 10_000_000


def unread_bytes(client):
    """How many bytes wait unread in the client's only socket."""
    port = urlsplit(client.meta.endpoint_url).port
    # The server's port, the state ESTABLISHED, the outgoing and the incoming queue.
    found = re.search(f":{port:04X} 01 [^:]+:([0-9A-F]+)", Path("/proc/net/tcp").read_text())
    return int(found[1], 16)


async def buffered_events(client, stream):
    """The events that the stream had buffered while nobody read it."""
    assert await until_unchanged(lambda: unread_bytes(client)) > 0
    await client.close()
    found = []
    try:
        async for each in stream:
            found.append(each)
    except ConnectionClosedError:
        return found
    raise AssertionError("all of it was in the buffer")


def test_at_most_1024_frames_are_buffered(local_bedrock):
    local_bedrock.reply("word " * 20_000)

    async def main():
        client = connect(local_bedrock)
        return await buffered_events(client, (await client.converse_stream(**HELLO))["stream"])

    assert len(run(main())) == MAX_FRAMES


@pytest.mark.parametrize("size", [100_000, 3_000_000])
def test_at_most_1_mib_and_one_read_of_the_socket_are_buffered(size):
    delta = {"delta": {"text": "x" * size}, "contentBlockIndex": 0}
    frame = event("contentBlockDelta", json.dumps(delta).encode())

    async def main(client):
        response = await client.converse_stream(**HELLO)
        return await buffered_events(client, response["stream"])

    with clients_of(**STREAM, body=frame * (100_000_000 // size // 5)) as (client, _):
        found = run(main(client))
    texts = [each["contentBlockDelta"]["delta"]["text"] for each in found]
    assert set(map(len, texts)) == {size}
    assert MAX_BYTES <= len(frame) * len(texts) < MAX_BYTES + max(len(frame), READ)


def test_at_most_1_mib_of_a_body_and_one_read_of_the_socket_are_buffered():
    body = bytes(40_000_000)

    async def main(client):
        body = (await client.invoke_model(**INVOKE))["body"]
        assert await until_unchanged(lambda: unread_bytes(client)) > 0
        await client.close()
        try:
            while await body.read(1024):
                pass
        except ConnectionClosedError:
            return body.tell()
        raise AssertionError("all of it was in the buffer")

    with clients_of(body=body) as (client, _):
        assert MAX_BYTES - 1024 < run(main(client)) < MAX_BYTES + READ


def test_a_stalled_reader_does_not_delay_others(local_bedrock):
    local_bedrock.reply("word " * 150_000)

    async def main():
        client = connect(local_bedrock)
        stalled = [(await client.converse_stream(**HELLO))["stream"] for _ in range(3)]
        await until_unchanged(lambda: local_bedrock.counters["bytes_sent"])
        local_bedrock.reply("word " * 1000)
        stream = (await client.converse_stream(**HELLO))["stream"]
        assert len([each async for each in stream]) > 1000
        for stream in stalled:
            stream.close()
        await until(lambda: local_bedrock.counters["streams_aborted"] == 3)

    run(main())


def test_a_slow_reader_causes_no_read_timeout():
    config = fastbedrock.Config(read_timeout=0.5)

    async def main(client):
        stream = (await client.converse_stream(**HELLO))["stream"]
        await asyncio.sleep(1.5)
        return len([each async for each in stream])

    # More than the buffers of both sides together hold.
    with clients_of(**STREAM, config=config, body=numbered_events(1)[0] * 150_000) as (client, _):
        assert run(main(client)) == 150_000
