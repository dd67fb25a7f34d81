"""Streaming bodies of synchronous calls: reading, early ends, closing, timeouts, threads."""

from __future__ import annotations

import gc
import io
import shutil
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.exceptions
import pytest

import fastbedrock
from differential import SETTINGS
from linux import needs_proc
from manual_server import ManualServer
from programs import DEADLINE, is_asleep, wait_for
from scripted_server import Reply, Server

CONTENT = b"ABCDEFGHIJ\nKLMNOPQR\nSTUVWXYZ\n"
WHOLE = {
    "length": Reply(body=CONTENT),
    "chunked": Reply(body=CONTENT, framing="chunked", chunks=7),
    "until the end": Reply(body=CONTENT, framing="close"),
    "empty": Reply(body=b""),
}
BROKEN = {
    "short": Reply(body=CONTENT, cut=-10, then="close"),
    "short of its chunks": Reply(body=CONTENT, framing="chunked", chunks=7, cut=-10, then="close"),
    "reset": Reply(body=CONTENT, cut=-10, then="reset"),
}
Step = Callable[[Any], Any]
SEQUENCES: dict[str, list[Step]] = {
    "all": [lambda body: body.read(), lambda body: body.read(), lambda body: body.read(5)],
    "pieces": [lambda body: body.read(10)] * 5,
    "beyond": [lambda body: body.read(5), lambda body: body.read(100), lambda body: body.read(5)],
    "odd amounts": [lambda body: body.read(0), lambda body: body.read(-1)],
    "into": [lambda body: body.readinto(bytearray(20))] * 3,
    "closed": [
        lambda body: body.read(5),
        lambda body: body.close(),
        lambda body: body.read(),
        lambda body: body.read(5),
        lambda body: body.close(),
    ],
    "told": [lambda body: body.read(7), lambda body: body.tell(), lambda body: body.readline()],
}


def body_of(library: Any, settings: dict[str, Any], **config: Any) -> Any:
    config = {"config": fastbedrock.Config(**config)} if config else {}
    client = library.client("bedrock-runtime", **settings, **config)
    return client.invoke_model(modelId="m", body="{}")["body"]


def outcome(step: Step, body: Any) -> Any:
    """The result, or the class of the error, or its text if botocore wrote the text."""
    try:
        return step(body)
    except botocore.exceptions.ResponseStreamingError:
        return botocore.exceptions.ResponseStreamingError
    except botocore.exceptions.IncompleteReadError as error:
        return str(error)


@pytest.mark.parametrize("steps", SEQUENCES.values(), ids=SEQUENCES)
@pytest.mark.parametrize("reply", [*WHOLE.values(), *BROKEN.values()], ids=[*WHOLE, *BROKEN])
def test_a_body_reads_as_boto3s(reply: Reply, steps: list[Step]) -> None:
    found = []
    for library in (boto3, fastbedrock):
        with Server(lambda _: reply) as server:
            body = body_of(library, {"endpoint_url": server.url, **SETTINGS})
            found.append([outcome(step, body) for step in steps])
            body.close()
    assert found[1] == found[0]


FILE_USES: dict[str, Callable[[Any], Any]] = {
    "lines": list,
    "text": lambda raw: io.TextIOWrapper(raw).read(),
    "pieces of lines": lambda raw: [raw.readline(4), raw.readline(), raw.readline(None)],
    "buffered": lambda raw: io.BufferedReader(raw).readline(),
    "copied": lambda raw: shutil.copyfileobj(raw, target := io.BytesIO()) or target.getvalue(),
    "entered": lambda raw: (raw.__enter__() is raw, raw.__exit__(None, None, None), raw.closed),
    "asked": lambda raw: (raw.readable(), raw.writable(), raw.seekable(), raw.isatty()),
    "closed": lambda raw: (raw.flush(), raw.close(), list(raw)),
}


@pytest.mark.parametrize("use", FILE_USES.values(), ids=FILE_USES)
def test_the_raw_stream_is_a_file(use: Callable[[Any], Any]) -> None:
    found = []
    for library in (boto3, fastbedrock):
        with Server(lambda _: WHOLE["length"]) as server:
            with body_of(library, {"endpoint_url": server.url, **SETTINGS}) as raw:
                found.append(use(raw))
    assert found[0] == found[1]


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_lines_of_a_truncated_body_raise(reply: Reply) -> None:
    """boto3 returns the lines of a short body, and lets urllib3's exceptions escape."""
    with Server(lambda _: reply) as server:
        body = body_of(fastbedrock, {"endpoint_url": server.url, **SETTINGS})
        with pytest.raises(botocore.exceptions.ResponseStreamingError):
            body.readlines()


def test_a_raw_stream_is_open_while_lines_are_left_of_what_was_read() -> None:
    with Server(lambda _: WHOLE["length"]) as server:
        with body_of(fastbedrock, {"endpoint_url": server.url, **SETTINGS}) as raw:
            # To find the end of the first line, it reads to the end of the body.
            assert (len(raw.readline()), repr(raw)) == (11, "<RawBody open>")
            assert (len(raw.readlines()), repr(raw)) == (2, "<RawBody ended>")


@pytest.fixture
def feed() -> Iterator[ManualServer]:
    with ManualServer("application/json", length=100) as feed:
        yield feed


def test_closing_a_partly_read_body_ends_the_connection(feed: ManualServer) -> None:
    body = body_of(fastbedrock, feed.settings)
    feed.send(b"1234567890")
    assert body.read(4) == b"1234"
    body.close()
    feed.wait_for_end()


def test_dropping_the_body_ends_the_connection(feed: ManualServer) -> None:
    body = body_of(fastbedrock, feed.settings)
    body.owner = owner = type("Owner", (), {})()
    owner.body, reference = body, weakref.ref(body)
    feed.send(b"1234567890")
    assert body.read(4) == b"1234"
    del body, owner
    assert feed.is_open()
    gc.collect()
    assert reference() is None
    feed.wait_for_end()


@needs_proc
def test_close_wakes_a_thread_that_reads(feed: ManualServer) -> None:
    body = body_of(fastbedrock, feed.settings)
    results: list[Any] = []

    def read() -> None:
        with pytest.raises(botocore.exceptions.IncompleteReadError) as raised:
            body.read()
        results.append(raised)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    wait_for(lambda: is_asleep(thread.native_id))
    before = time.monotonic()
    body.close()
    thread.join(DEADLINE)
    assert time.monotonic() - before < 0.2
    assert len(results) == 1
    feed.wait_for_end()


def test_the_read_timeout_of_a_body_can_be_changed(feed: ManualServer) -> None:
    body = body_of(fastbedrock, feed.settings, read_timeout=DEADLINE)
    feed.send(b"1234567890")
    assert body.read(10) == b"1234567890"
    body.set_socket_timeout(0.2)
    before = time.monotonic()
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        body.read(10)
    assert 0.2 <= time.monotonic() - before < 1
    feed.wait_for_end()
