"""If the fast path returns a result, the slow path returns the same."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from botocore.model import OperationModel

import generators
import reference
from comparison import difference
from fastbedrock import _core
from fastbedrock._slow import events, parse, serialize
from ordinary_calls import ordinary_params
from repository import ROOT
from slow_path import TOKEN, comparable_request, response_metadata

SERVICES = _core.service_names()
ODD = (0, 0.02, 0.5)
SEEDS = ROOT / "fuzz" / "seeds" / "json"
MAKERS = {
    "ordinary": ordinary_params,
    "valid": generators.valid_params,
    "invalid": generators.invalid_params,
}
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


def compare_requests(operation: OperationModel, params: Any, note: str) -> bool:
    """Whether the fast path made a request. Asserts that the slow path makes the same."""
    service = operation.service_model.service_name
    fast = _core.fast_request(service, operation.name, params)
    if fast is not None:
        slow = serialize.prepare(service, operation.name, params)
        found = difference(comparable_request(*slow), comparable_request(*fast))
        assert found is None, f"{operation} {note}: {params}"
    return fast is not None


def compare_responses(
    operation: OperationModel, body: bytes, headers: list[tuple[str, str]], status: int = 200
) -> bool:
    """Whether the fast path returned a response. Asserts that the slow path's is the same."""
    service = operation.service_model.service_name
    raw = [(name, value.encode("latin-1")) for name, value in headers]
    fast = _core.fast_response(service, operation.name, status, raw, body)
    if fast is None:
        return False
    del fast["ResponseMetadata"]["RetryAttempts"]
    metadata = response_metadata(status, headers, operation.service_model.resolved_protocol)
    slow = parse.success(service, operation.name, metadata, body)
    assert difference(slow, fast) is None, f"{operation}: {headers} {body!r}"
    return True


def compare_events(operation: OperationModel, payload: bytes, event_type: str) -> bool:
    """Whether the fast path returned an event. Asserts that the slow path's is the same."""
    service = operation.service_model.service_name
    fast = _core.fast_event(service, operation.name, event_type, payload)
    if fast is None:
        return False
    headers = {":message-type": "event", ":event-type": event_type}
    slow = events.event(service, operation.name, headers, payload)
    assert difference(slow, fast) is None, f"{operation}: {payload!r}"
    return True


@pytest.mark.parametrize("seed", sorted(SEEDS.iterdir()), ids=lambda path: path.name)
def test_the_fuzzers_findings_stay_fixed(cases, seed):
    line, _, body = seed.read_bytes().partition(b"\n")
    service, name, *event_type = line.decode().split(" ")
    operation = reference.operation(name, service)

    def compare(body):
        if event_type:
            return compare_events(operation, body, *event_type)
        return compare_responses(operation, body, [])

    assert compare(body)
    rng = Random(seed.name)
    for _ in range(cases // 4):
        compare(mutated(rng, body))


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("service", SERVICES)
def test_requests_of_both_paths_are_the_same(cases, service, kind):
    operations = [each for each in reference.operations(service) if each.input_shape]
    seeds = 1 + cases * 2 // len(operations)
    answered = 0
    for operation in operations:
        for seed in range(seeds):
            params = MAKERS[kind](Random(seed), operation)
            answered += compare_requests(operation, params, f"seed {seed}")
    share = {"ordinary": 1, "valid": 0.1, "invalid": 0}[kind]
    assert answered >= share * seeds * len(operations)


def test_every_call_has_a_token_of_its_own():
    params = {"agentRuntimeArn": "arn", "payload": b"{}"}
    tokens = set()
    for _ in range(100):
        request = _core.fast_request("bedrock-agentcore", "InvokeAgentRuntime", params)
        [(name, token)] = request[2]
        assert name == "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
        assert TOKEN.fullmatch(token.encode())
        tokens.add(token)
    assert len(tokens) == 100
    assert params == {"agentRuntimeArn": "arn", "payload": b"{}"}


@pytest.mark.parametrize(
    "moment",
    [
        datetime(999, 12, 31),
        datetime(1000, 1, 1),
        datetime(1969, 12, 31, 23, 59, 59, 999999),
        datetime(2242, 3, 16, 12, 56, 31, 999999),
        datetime(2242, 3, 16, 12, 56, 32, 1),
        datetime(3058, 10, 31, 12, 26, 56, 1),
        datetime(9999, 12, 31, 23, 59, 59, 999999),
        datetime(2024, 2, 29, 1, 2, 3, 10, timezone(timedelta(hours=-5))),
        datetime(2024, 2, 29, 1, 2, 3, 10, timezone.utc),
        *(0, -1, -0.5, 1.0000005, 1.9999999, 2**33 - 1, 2**33, 2**35, 1e11, True, float("nan")),
        *("2024-02-29T12:34:56Z", "2024-02-29t12:34:56.1234567+02:00", "2016-12-31T23:59:60Z"),
        *("2024-02-29", "2999-12-31T23:59:59.123457Z", "1700000000", ""),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("service", "name", "params", "member"),
    [
        (
            "bedrock-agentcore",
            "CreateEvent",
            {"memoryId": "m" * 12, "actorId": "a", "payload": []},
            "eventTimestamp",
        ),
        ("bedrock", "ListModelInvocationJobs", {}, "submitTimeAfter"),
    ],
)
def test_timestamps_of_both_paths_are_the_same(service, name, params, member, moment):
    fast = _core.fast_request(service, name, {**params, member: moment})
    if fast is not None:
        slow = serialize.prepare(service, name, {**params, member: moment})
        assert difference(comparable_request(*slow), comparable_request(*fast)) is None


@pytest.mark.parametrize("service", SERVICES)
def test_responses_of_both_paths_are_the_same(cases, service):
    operations = [
        each
        for each in reference.operations(service)
        if each.output_shape and not each.has_streaming_output and not each.has_event_stream_output
    ]
    seeds = 1 + cases * 2 // len(operations)
    answered = 0
    for operation in operations:
        for seed in range(seeds):
            rng = Random(seed)
            body = mutated(rng, generators.output_body(rng, operation, odd=rng.choice(ODD)))
            headers = generators.output_headers(rng, operation)
            answered += compare_responses(operation, body, headers, rng.choice((200, 202)))
    assert answered >= seeds * len(operations) // 8


@pytest.mark.parametrize("service", SERVICES)
def test_events_of_both_paths_are_the_same(cases, service):
    operations = [each for each in reference.operations(service) if each.has_event_stream_output]
    answered = 0
    for operation in operations:
        for seed in range(cases // 8):
            rng = Random(seed)
            frames = generators.event_frames(rng, operation, odd=rng.choice(ODD))
            for headers, payload in reference.messages(frames):
                event_type = headers.get(":event-type")
                if isinstance(event_type, str):
                    answered += compare_events(operation, mutated(rng, payload), event_type)
    assert answered >= len(operations) * cases // 16
