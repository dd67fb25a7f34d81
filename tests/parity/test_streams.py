"""Event streams yield boto3's events, however the bytes arrive."""

from __future__ import annotations

import struct
from binascii import crc32
from functools import partial
from random import Random

import pytest

import generators
import reference
from differential import Boto3InUtc
from frames import encode, event, exception
from scripted_server import Reply

# Also run with boto3 that is accelerated in place.
IN_PLACE = True

STREAMING = [model for model in reference.operations() if model.has_event_stream_output]
HEADERS = (("Content-Type", "application/vnd.amazon.eventstream"), ("x-amzn-requestid", "id"))
CONVERSE = {"modelId": "m"}


def valid_params(seed: int, operation: object) -> dict:
    return generators.valid_params(Random(seed), operation)


DELTA = event("contentBlockDelta", b'{"delta": {"text": "h\xc3\xa9"}, "contentBlockIndex": 0}')
STOP = event("messageStop", b'{"stopReason": "end_turn"}')
THROTTLED = exception("throttlingException", b'{"message": "slow down"}')


def stream_reply(*frames: bytes, framing: str = "chunked", **how: object) -> Reply:
    return Reply(headers=HEADERS, body=b"".join(frames), framing=framing, **how)


def converse(pair, *frames: bytes, **how: object) -> dict:
    return pair.agree("ConverseStream", CONVERSE, stream_reply(*frames, **how))["stream"]


@pytest.mark.parametrize("operation", STREAMING, ids=lambda model: model.name)
@pytest.mark.parametrize("odd", [0, 0.1, 0.4])
def test_streams_are_the_same(pair, operation, odd, cases):
    for seed in range(cases // 10):
        rng = Random(seed)
        params = partial(valid_params, seed, operation)
        frames = generators.event_frames(rng, operation, odd)
        framing = rng.choice(("chunked", "chunked", "length", "close"))
        reply = stream_reply(*frames, framing=framing, chunks=rng.choice((1, 7, 64, 1 << 20)))
        pair.agree(operation.name, params, reply, note=f"seed {seed}")


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_frames_split_at_every_byte_are_read(pair, framing):
    whole = stream_reply(DELTA, STOP, framing=framing)
    replies = whole.split_everywhere()
    for at in range(len(replies)):
        # Because of the pause, two writes need two reads.
        reply = Reply(**{**vars(replies[at]), "pause": 0.001})
        found = pair.agree("ConverseStream", CONVERSE, reply, note=f"split at {at + 1}")
        assert len(found["stream"]["events"]) == 2
        assert found["stream"]["end"] is None


@pytest.mark.parametrize("size", range(1, 40))
def test_frames_in_chunks_of_any_size_are_read(pair, size):
    assert len(converse(pair, DELTA, STOP, chunks=size)["events"]) == 2


def test_exception_comes_after_the_events_before_it(pair):
    found = converse(pair, *[DELTA] * 44, THROTTLED, DELTA)
    assert len(found["events"]) == 44
    assert found["end"]["raised"] == "EventStreamError"
    assert found["end"]["response"]["Error"]["Code"] == "throttlingException"


@pytest.mark.parametrize(
    "frame",
    [
        exception("validationException", b"not JSON"),
        exception("holoException", b'{"message": "m"}'),
        exception("modelStreamErrorException", b'{"originalStatusCode": 5, "message": "m"}'),
        encode({":message-type": "error", ":error-code": "C", ":error-message": "M"}, b""),
        encode({":message-type": "exception"}, b""),
        event("contentBlockDelta", b"{broken"),
        event("contentBlockDelta", b"[]"),
        event("contentBlockDelta", b""),
        event("hologram", b"{}"),
        event("initial-response", b"{}"),
        event("throttlingException", b'{"message": "m"}'),
        event("contentBlockDelta", b'{"delta": {"text": "a", "image": {}}}'),
        event("contentBlockDelta", b'{"delta": {"hologram": 1}, "contentBlockIndex": 1.9}'),
        event("metadata", b'{"usage": {"inputTokens": "5"}, "metrics": {"latencyMs": 1.5}}'),
        encode({}, b"{}"),
        encode({":event-type": 5, ":message-type": b"event"}, b"{}"),
    ],
    ids=repr,
)
def test_odd_frames_are_treated_the_same(pair, frame):
    converse(pair, DELTA, frame, STOP)


# botocore reads a payload that is not JSON as an empty event. It raises if the payload is JSON but
# no object, or not UTF-8.
PAYLOADS = [
    b"",
    b" ",
    b"{",
    b"not JSON",
    b"'",
    b"\0",
    b"{}{}",
    b"{} x",
    b"\xef\xbb\xbf{}",
    b"[]",
    b"null",
    b"true",
    b"5",
    b'"x"',
    b"\xff",
    b'{"bytes": "\xff"}',
    b'{"delta": {"text": "\xc3("}}',
    b'{"message": "\xff"}',
    b'{"bytes": "!!!"}',
    b'{"bytes": 5}',
    b'{"bytes": null, "delta": null}',
    b'{"delta": []}',
    b'{"delta": "x"}',
    b'{"contentBlockIndex": NaN}',
    b'{"contentBlockIndex": "x"}',
    b'{"a":' + b"[" * 200 + b"]" * 200 + b"}",
    b"[" * 100_000,
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: repr(payload[:40]))
@pytest.mark.parametrize("operation", STREAMING, ids=lambda model: model.name)
def test_odd_payloads_are_treated_the_same(pair, operation, payload):
    params = partial(valid_params, 1, operation)
    stream = operation.get_event_stream_output()
    for name in [*stream.members, "hologram"]:
        for kind in (event, exception):
            frames = (DELTA, kind(name, payload), STOP)
            pair.agree(
                operation.name, params, stream_reply(*frames), note=f"{kind.__name__} {name}"
            )


@pytest.mark.parametrize("payload", [b"", b"{", b"not JSON", b"\xef\xbb\xbf{}"])
def test_an_event_that_is_not_json_is_an_empty_one(pair, payload):
    found = converse(pair, DELTA, event("contentBlockDelta", payload), STOP)
    assert found["events"][1] == {"contentBlockDelta": {}}
    assert found["end"] is None


def test_empty_stream_has_no_events(pair):
    assert converse(pair) == {"events": [], "end": None}
    assert converse(pair, framing="length") == {"events": [], "end": None}


def flawed(frame: bytes, at: int) -> bytes:
    return frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1 :]


@pytest.mark.parametrize("at", [1, 9, 20, -1])
def test_damaged_frame_is_a_checksum_mismatch_after_the_events_before_it(pair, at):
    found = converse(pair, DELTA, flawed(STOP, at % len(STOP)))
    assert len(found["events"]) == 1
    assert found["end"]["raised"] == "ChecksumMismatch"


def prelude(total: int, headers: int) -> bytes:
    fields = struct.pack("!II", total, headers)
    return fields + struct.pack("!I", crc32(fields))


@pytest.mark.parametrize(
    ("start", "error"),
    [
        (prelude(25 << 20, 0), "InvalidPayloadLength"),
        (prelude(1 << 20, 200 << 10), "InvalidHeadersLength"),
    ],
)
def test_frame_beyond_the_limits_is_refused(pair, start, error):
    assert converse(pair, DELTA, start + bytes(64))["end"]["raised"] == error


def test_frame_with_a_header_twice_is_refused(pair):
    twice = b"\x01a\x07\x00\x01b" * 2
    start = prelude(16 + len(twice), len(twice)) + twice
    frame = start + struct.pack("!I", crc32(start))
    assert converse(pair, DELTA, frame)["end"]["raised"] == "DuplicateHeader"


def test_stream_that_ends_inside_a_frame_raises_after_its_events(pair, candidate):
    if candidate is Boto3InUtc:
        pytest.skip("boto3 ends silently")
    for cut in (1, 12, len(STOP) - 1):
        reply = stream_reply(DELTA, STOP[:cut])
        found = pair.candidate.call("ConverseStream", CONVERSE, reply).result["stream"]
        expected = pair.reference.call("ConverseStream", CONVERSE, reply).result["stream"]
        assert found["events"] == expected["events"]
        assert expected["end"] is None
        assert found["end"]["raised"] == "ResponseStreamingError"


def test_stream_cut_off_by_the_server_raises_after_its_events(pair, candidate):
    if candidate is Boto3InUtc:
        pytest.skip("urllib3's exceptions escape from boto3")
    for then in ("close", "reset"):
        reply = stream_reply(DELTA, STOP, then=then, cut=-40, pause=0.05, splits=(300,))
        found = pair.candidate.call("ConverseStream", CONVERSE, reply).result["stream"]
        assert found["end"]["raised"] in ("ResponseStreamingError", "ReadTimeoutError")
        assert "HTTPClientError" in found["end"]["caught as"]


def test_large_events_are_complete(pair):
    large = b'{"delta": {"text": "%b"}}' % (b"x" * 3_000_000)
    found = converse(pair, event("contentBlockDelta", large), STOP, chunks=100_000)
    assert len(found["events"][0]["contentBlockDelta"]["delta"]["text"]) == 3_000_000
