"""If the fast path returns a result, the slow path returns the same."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

import generators
import reference
from comparison import difference
from fastbedrock._core import fast_request, fast_response
from fastbedrock._slow import events, parse, serialize
from repository import ROOT
from slow_path import response_metadata

SERVICE = "bedrock-runtime"
OPERATIONS = reference.operations()
STREAMS = [each for each in OPERATIONS if each.has_event_stream_output]
IN_JSON = [each for each in OPERATIONS if not each.output_shape.serialization.get("payload")]
ODD = (0, 0.1, 0.5)
SEEDS = ROOT / "fuzz" / "seeds" / "json"
# Inserted anywhere into valid JSON, these pieces cause most errors that a parser must handle.
PIECES = [
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud83d", b"\\ude00", b"\x00"),
    *(b"null", b"true", b"NaN", b"-Infinity", b"-0", b"0", b"1e999", b"1.5E+3", b"12345678901"),
    *(b"9223372036854775808", b"1" * 400, b'"="', b'"__type"', b'{"a":1}', b" ", b"\xff", b"\xc3"),
    *("é".encode(), "🙂".encode(), b"[" * 120, b'"2024-02-29T12:34:56Z"', b"\xed\xa0\x80"),
]


def mutated(rng: Random, text: bytes) -> bytes:
    """The text with a few random changes."""
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.choice((0, 0, 1, 3, 20)))
        other = rng.randint(0, len(text))
        piece = rng.choice((rng.choice(PIECES), rng.randbytes(2), text[other : other + 10]))
        text = text[:start] + piece + text[end:]
    return text


def compare_responses(body: bytes, operation: str, event_type: str | None = None) -> bool:
    """Whether the fast path returned a result. Asserts that the slow path's is the same."""
    fast = fast_response(SERVICE, operation, body, event_type)
    if fast is None:
        return False
    if event_type is None:
        slow = parse.success(SERVICE, operation, response_metadata(200), body)
        del slow["ResponseMetadata"]
    else:
        headers = {":message-type": "event", ":event-type": event_type}
        slow = events.event(SERVICE, operation, headers, body)[event_type]
    assert difference(slow, fast) is None, body
    return True


@pytest.mark.parametrize("seed", sorted(SEEDS.iterdir()), ids=lambda path: path.name)
def test_the_fuzzers_findings_stay_fixed(cases, seed):
    line, _, body = seed.read_bytes().partition(b"\n")
    operation, *event_type = line.decode().split(" ")
    assert compare_responses(body, operation, *event_type)
    rng = Random(seed.name)
    for _ in range(cases // 4):
        compare_responses(mutated(rng, body), operation, *event_type)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("kind", ["plain", "valid", "invalid"])
def test_requests_of_both_paths_are_the_same(cases, operation, kind):
    make = generators.invalid_params if kind == "invalid" else generators.valid_params
    answered = 0
    for seed in range(cases // 4):
        params = make(Random(seed), operation)
        if kind == "plain":
            params = generators.plain(params)
        fast = fast_request(SERVICE, operation.name, params)
        if fast is not None:
            answered += 1
            slow = serialize.prepare(SERVICE, operation.name, params)
            assert difference(_parsed(*slow), _parsed(*fast)) is None, (seed, params)
    # The slow path always handles queries and timestamps.
    least = cases // 40 if kind == "plain" and operation.name != "ListAsyncInvokes" else 0
    assert answered >= least


def _parsed(labels: Any, query: Any, headers: Any, body: bytes | None) -> tuple[Any, ...]:
    try:
        return labels, query, headers, json.loads(body or b"null")
    except ValueError:
        return labels, query, headers, body


@pytest.mark.parametrize("operation", IN_JSON, ids=lambda each: each.name)
def test_responses_of_both_paths_are_the_same(cases, operation):
    answered = 0
    for seed in range(cases):
        rng = Random(seed)
        body = mutated(rng, generators.output_body(rng, operation, odd=rng.choice(ODD)))
        answered += compare_responses(body, operation.name)
    assert answered >= cases // 50


@pytest.mark.parametrize("operation", STREAMS, ids=lambda each: each.name)
def test_events_of_both_paths_are_the_same(cases, operation):
    answered = 0
    for seed in range(cases):
        rng = Random(seed)
        frames = generators.event_frames(rng, operation, odd=rng.choice(ODD))
        for headers, payload in reference.messages(frames):
            event_type = headers.get(":event-type")
            if isinstance(event_type, str):
                answered += compare_responses(mutated(rng, payload), operation.name, event_type)
    assert answered >= cases // 4
