"""The repr of streams and bodies says whether there may be more to read, in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from event_loops import INVOKE
from faces import Caller, both_faces
from fastbedrock.exceptions import ResponseStreamingError
from programs import HELLO


@pytest.fixture
def caller(face: str, local_bedrock: Any) -> Iterator[Caller]:
    with Caller(face, local_bedrock.endpoint_url, **local_bedrock.credentials) as caller:
        yield caller


def state(stream: Any) -> str:
    words = repr(stream).removeprefix("<").removesuffix(">").split()
    kind = words[0].removeprefix("Async")
    assert (kind, words[1:-1]) in [("EventStream", ["of", "ConverseStream"]), ("RawBody", [])]
    return words[-1]


def next_event(caller: Caller, stream: Any) -> Any:
    if hasattr(stream, "__aiter__"):
        return caller.finish(anext(aiter(stream), None))
    return next(iter(stream), None)


@both_faces
def test_an_event_stream_is_open_until_its_end_was_read_or_it_was_closed(caller: Caller) -> None:
    read, closed = (
        caller.finish(caller.client.converse_stream(**HELLO))["stream"] for _ in range(2)
    )
    events = 0
    while next_event(caller, read):
        assert state(read) == "open"
        events += 1
    assert events > 4
    assert state(read) == "ended"
    assert state(closed) == "open"
    closed.close()
    assert state(closed) == "ended"


@both_faces
def test_a_body_is_open_until_all_of_it_was_read_or_it_was_closed(caller: Caller) -> None:
    read, closed = (
        caller.finish(caller.client.invoke_model(**INVOKE))["body"]._raw_stream for _ in range(2)
    )
    assert len(caller.finish(read.read(2))) == 2
    assert state(read) == "open"
    assert caller.finish(read.read())
    assert state(read) == "ended"
    assert state(closed) == "open"
    closed.close()
    assert state(closed) == "ended"


@both_faces
def test_a_stream_that_broke_has_ended(caller: Caller, local_bedrock: Any) -> None:
    local_bedrock.fault("reset", at="frame", after=2)
    stream = caller.finish(caller.client.converse_stream(**HELLO))["stream"]
    assert [len(next_event(caller, stream)) for _ in range(2)] == [1, 1]
    assert state(stream) == "open"
    with pytest.raises(ResponseStreamingError):
        next_event(caller, stream)
    assert state(stream) == "ended"
