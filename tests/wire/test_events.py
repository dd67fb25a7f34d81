"""The slow path's events are those that iterating over botocore's event stream yields."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

import generators
import reference
from fastbedrock._wire import events
from frames import encode
from slow_path import assert_same_events

STREAMING = [model for model in reference.operations() if model.has_event_stream_output]


def event_of(payload: Any, event_type: str = "contentBlockDelta", **headers: Any) -> Any:
    """The event, or the error, that a single frame of a ConverseStream becomes."""
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    headers = {":event-type": event_type, ":message-type": "event"} | {
        f":{name.replace('_', '-')}": value for name, value in headers.items()
    }
    frames = [encode(headers, payload)]
    found = assert_same_events(reference.operation("ConverseStream"), frames)
    return found[0] if found else None


@pytest.mark.parametrize("model", STREAMING, ids=lambda model: model.name)
@pytest.mark.parametrize("odd", [0, 0.1, 0.4])
def test_streams_yield_the_same_events(model, odd, cases):
    yielded = 0
    for seed in range(cases):
        frames = generators.event_frames(Random(seed), model, odd)
        yielded += len(assert_same_events(model, frames, f"seed {seed}"))
    assert yielded > cases


def test_numbers_in_events_keep_their_json_type():
    found = event_of({"contentBlockIndex": 1.9, "delta": {"text": 5}})
    assert found == {"contentBlockDelta": {"delta": {"text": 5}, "contentBlockIndex": 1.9}}
    assert event_of({"contentBlockIndex": "0"})["contentBlockDelta"] == {"contentBlockIndex": "0"}


@pytest.mark.parametrize("payload", [b"", b"{", b"text", b" "])
def test_broken_json_makes_an_empty_event(payload):
    assert event_of(payload) == {"contentBlockDelta": {}}


@pytest.mark.parametrize("payload", [b"[]", b"null", b"5", b"\xff", b'{"delta": {}}'])
def test_other_malformed_payloads_are_refused(payload):
    assert event_of(payload) == "ResponseParserError"


@pytest.mark.parametrize("event_type", ["holograms", "initial-response", "", 7, b"chunk"])
def test_unknown_event_is_skipped(event_type):
    assert event_of({"a": 1}, event_type=event_type) is None


def test_exception_as_an_ordinary_event_is_empty():
    found = event_of({"message": "m"}, event_type="validationException")
    assert found == {"validationException": {}}


def test_modelled_exception_is_raised_with_its_message():
    name, text, response, operation = event_of(
        {"message": "slow down"}, message_type="exception", exception_type="throttlingException"
    )
    assert name == "EventStreamError"
    assert response == {"Error": {"Code": "throttlingException", "Message": "slow down"}}
    assert operation == "ConverseStream"
    assert text.startswith("An error occurred (throttlingException) when calling the ConverseStr")


def test_unmodelled_exception_has_an_empty_code():
    found = event_of({"message": "m"}, message_type="exception", exception_type="holoException")
    assert found[2] == {"Error": {"Code": "", "Message": ""}}


def test_an_error_frame_has_code_and_message_in_its_headers():
    found = event_of(b"", message_type="error", error_code="Broken", error_message="It broke")
    assert found[2] == {"Error": {"Code": "Broken", "Message": "It broke"}}


def test_exception_with_broken_json_has_it_as_the_message():
    found = event_of(b"oops", message_type="exception", exception_type="validationException")
    assert found[2]["Error"]["Message"] == "oops"


def test_operation_without_a_stream_has_no_events():
    with pytest.raises(ValueError, match="Converse answers with no event stream"):
        events.event("bedrock-runtime", "Converse", {}, b"")
