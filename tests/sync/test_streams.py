"""Event streams of synchronous calls: threads, ends, timeouts, references."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.exceptions
import pytest

import fastbedrock
from frames import event
from linux import needs_proc
from manual_server import ManualServer
from programs import DEADLINE, is_asleep, wait_for

LINUX = needs_proc


def delta(number: int) -> bytes:
    return event("contentBlockDelta", b'{"delta":{"text":"%d"}}' % number)


def texts(events: Any) -> list[int]:
    return [int(each["contentBlockDelta"]["delta"]["text"]) for each in events]


def text(one: Any) -> int:
    return texts([one])[0]


@pytest.fixture
def feed() -> Iterator[ManualServer]:
    with ManualServer() as feed:
        yield feed


def stream_of(feed: ManualServer, **config: Any) -> Any:
    client = fastbedrock.client(
        "bedrock-runtime", config=fastbedrock.Config(**config), **feed.settings
    )
    return client.converse_stream(modelId="m", messages=[])["stream"]


def in_thread(work: Any) -> tuple[threading.Thread, list[Any]]:
    """A started thread, and a list that receives what ``work`` returns or raises."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, results


def test_every_event_may_be_read_on_another_thread(feed: ManualServer) -> None:
    events = iter(stream_of(feed))
    taken = []
    for number in range(40):
        thread, results = in_thread(lambda: next(events))
        feed.send(delta(number))
        thread.join(DEADLINE)
        taken += results
    assert texts(taken) == list(range(40))


def test_threads_that_iterate_together_share_the_events(feed: ManualServer) -> None:
    stream = stream_of(feed)
    readers = [in_thread(lambda: texts(stream)) for _ in range(4)]
    for number in range(200):
        feed.send(delta(number))
    feed.finish()
    for thread, _ in readers:
        thread.join(DEADLINE)
    shares = [share for _, results in readers for share in results]
    assert sorted(number for share in shares for number in share) == list(range(200))
    assert all(share == sorted(share) for share in shares)


@LINUX
def test_close_wakes_the_threads_that_wait(feed: ManualServer) -> None:
    stream = stream_of(feed)
    readers = [in_thread(lambda: next(iter(stream), "end")) for _ in range(3)]
    for thread, _ in readers:
        wait_for(lambda thread=thread: is_asleep(thread.native_id))
    before = time.monotonic()
    stream.close()
    for thread, results in readers:
        thread.join(DEADLINE)
        assert results == ["end"]
    assert time.monotonic() - before < 0.2
    feed.wait_for_end()
    assert list(stream) == []


def test_close_aborts_the_request_while_nobody_reads(feed: ManualServer) -> None:
    stream = stream_of(feed)
    feed.send(delta(1) + delta(2))
    events = iter(stream)
    next(events)
    stream.close()
    stream.close()
    feed.wait_for_end()
    assert list(events) == list(stream) == []


def test_close_from_many_threads_at_once_always_ends_the_connection() -> None:
    for _ in range(20):
        with ManualServer() as feed:
            stream = stream_of(feed)
            reader, results = in_thread(lambda stream=stream: texts(stream))
            feed.send(delta(0))
            closers = [in_thread(stream.close)[0] for _ in range(3)]
            for thread in (reader, *closers):
                thread.join(DEADLINE)
            assert results[0] in ([], [0])
            feed.wait_for_end()


def test_leaving_the_context_closes(feed: ManualServer) -> None:
    with stream_of(feed) as stream:
        feed.send(delta(1))
        assert text(next(iter(stream))) == 1
    feed.wait_for_end()


def test_iterating_again_after_break_continues(feed: ManualServer) -> None:
    stream = stream_of(feed)
    for number in range(4):
        feed.send(delta(number))
    feed.finish()
    for one in stream:
        assert text(one) == 0
        break
    events = iter(stream)
    assert text(next(events)) == 1
    assert texts(stream) == [2, 3]
    assert list(events) == list(stream) == []


def test_an_iterator_keeps_its_stream_open_and_alive(feed: ManualServer) -> None:
    events = iter(stream_of(feed))
    gc.collect()
    feed.send(delta(1))
    assert text(next(events)) == 1
    assert feed.is_open()
    del events
    feed.wait_for_end()


def test_a_cycle_through_a_stream_is_collected(feed: ManualServer) -> None:
    class Owner:
        stream: Any

    stream, owner = stream_of(feed), Owner()
    stream.owner, owner.stream = owner, stream
    references = [weakref.ref(stream), weakref.ref(owner)]
    del stream, owner
    assert feed.is_open()
    gc.collect()
    assert [reference() for reference in references] == [None, None]
    feed.wait_for_end()


def test_get_initial_response_is_boto3s() -> None:
    found = []
    for library in (boto3, fastbedrock):
        with ManualServer() as feed:
            stream = library.client("bedrock-runtime", **feed.settings).converse_stream(
                modelId="m", messages=[{"role": "user", "content": [{"text": "Hello"}]}]
            )["stream"]
            feed.send(delta(1) + delta(2))
            feed.finish()
            with pytest.raises(botocore.eventstream.NoInitialResponseError) as raised:
                stream.get_initial_response()
            found.append((str(raised.value), texts(stream)))
    assert found[0] == found[1] == (found[0][0], [2])


def test_an_initial_response_is_boto3s() -> None:
    found = []
    for library in (boto3, fastbedrock):
        with ManualServer() as feed:
            stream = library.client("bedrock-runtime", **feed.settings).converse_stream(
                modelId="m", messages=[{"role": "user", "content": [{"text": "Hello"}]}]
            )["stream"]
            feed.send(event("initial-response", b'{"a":1}') + delta(1))
            feed.finish()
            first = stream.get_initial_response()
            found.append((first.headers, first.payload, first.to_response_dict(), texts(stream)))
    assert found[0] == found[1]
    assert found[0][2]["body"] == b'{"a":1}'


def test_an_end_inside_a_frame_raises_after_the_complete_events(feed: ManualServer) -> None:
    stream = stream_of(feed)
    feed.send(delta(1) + delta(2) + delta(3)[:-1])
    feed.finish()
    events = iter(stream)
    assert [text(next(events)) for _ in range(2)] == [1, 2]
    with pytest.raises(botocore.exceptions.ResponseStreamingError):
        next(events)
    assert list(events) == list(stream) == []


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_connection_that_breaks_raises_after_the_complete_events(
    feed: ManualServer, end: str
) -> None:
    events = iter(stream_of(feed))
    feed.send(delta(1))
    assert text(next(events)) == 1
    getattr(feed, end)()
    with pytest.raises(botocore.exceptions.ResponseStreamingError):
        next(events)
    assert list(events) == []


def test_a_silent_server_is_a_read_timeout_and_a_slow_reader_is_not(feed: ManualServer) -> None:
    stream = stream_of(feed, read_timeout=0.2)
    events = iter(stream)
    feed.send(delta(1) + delta(2))
    assert text(next(events)) == 1
    # The consumer takes longer than the read timeout, which limits the server only.
    time.sleep(0.3)
    assert text(next(events)) == 2
    feed.send(delta(3))
    time.sleep(0.3)
    assert text(next(events)) == 3
    before = time.monotonic()
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        next(events)
    assert 0.2 <= time.monotonic() - before < 1
    feed.wait_for_end()
    assert list(stream) == []


@LINUX
def test_a_signal_handler_cannot_read_what_its_thread_reads(feed: ManualServer) -> None:
    stream = stream_of(feed)
    main, inside = threading.get_native_id(), []

    def handler(*_: Any) -> None:
        try:
            inside.append(next(iter(stream)))
        except botocore.exceptions.ResponseStreamingError as error:
            inside.append(error)
        feed.send(delta(1))

    def interrupt() -> None:
        wait_for(lambda: is_asleep(main))
        os.kill(os.getpid(), signal.SIGUSR1)

    previous = signal.signal(signal.SIGUSR1, handler)
    try:
        thread, _ = in_thread(interrupt)
        assert text(next(iter(stream))) == 1
        thread.join(DEADLINE)
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert "is being read on this thread already" in str(inside[0])
