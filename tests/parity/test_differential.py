"""The comparison itself: boto3 equals boto3, and every planted difference is found."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

import generators
import reference
from differential import Boto3, Boto3InUtc, ClientAndServer, Outcome, disagreement
from frames import event, exception
from scripted_server import Reply, in_order, per_connection

STREAM = {"headers": (("Content-Type", "application/vnd.amazon.eventstream"),)}
CONVERSE = {"modelId": "m", "messages": [{"role": "user", "content": [{"text": "hi"}]}]}


@pytest.fixture(scope="module")
def stages():
    with ClientAndServer(Boto3) as one, ClientAndServer(Boto3InUtc) as other:
        yield one, other


def test_boto3_agrees_with_itself(stages, cases):
    for seed in range(cases // 5):
        rng = Random(seed)
        operation = rng.choice(reference.operations())
        make = rng.choice((generators.valid_params, generators.invalid_params))
        reply = Reply(headers=generators.output_headers(rng, operation))
        if operation.has_event_stream_output:
            body = b"".join(generators.event_frames(rng, operation))
            reply = replace(reply, body=body, framing="chunked", chunks=rng.randint(1, 200))
        elif rng.random() < 0.3:
            status, headers, body = generators.error_response(rng, operation)
            reply = replace(reply, status=status, headers=headers, body=body)
        else:
            reply = replace(reply, body=generators.output_body(rng, operation))
        outcomes = [
            stage.call(operation.name, make(Random(seed), operation), reply) for stage in stages
        ]
        assert disagreement(*outcomes) is None, f"seed {seed}: {operation}"


def outcome(stages: Any, **changes: Any) -> Outcome:
    operation = changes.pop("operation", "Converse")
    params = changes.pop("params", CONVERSE)
    return stages[0].call(operation, params, Reply(**changes))


BODY = b'{"stopReason": "end_turn", "usage": {"inputTokens": 1}, "metrics": {}}'
FRAMES = [event("messageStart", b'{"role": "assistant"}'), event("messageStop", b"{}")]


@pytest.mark.parametrize(
    ("plain", "changed"),
    [
        ({}, {"params": {**CONVERSE, "modelId": "n"}}),
        ({}, {"params": {**CONVERSE, "messages": []}}),
        ({}, {"params": dict(reversed([*CONVERSE.items(), ("system", [])]))}),
        ({}, {"params": {"modelId": ""}}),
        ({}, {"operation": "ConverseStream"}),
        ({"body": BODY}, {"body": BODY.replace(b"1", b"2")}),
        ({"body": BODY}, {"body": BODY.replace(b'"end_turn"', b"5")}),
        ({"body": BODY}, {"body": b"{}"}),
        ({"body": BODY}, {"body": BODY, "headers": (("X-Other", "1"),)}),
        ({"body": BODY}, {"body": BODY, "status": 201}),
        ({"status": 400}, {"status": 401}),
        ({"status": 400}, {"status": 400, "body": b'{"message": "m"}'}),
        ({"status": 400}, {"status": 400, "body": b'{"__type": "ValidationException"}'}),
        ({"status": 400}, {"then": "reset", "cut": 0}),
    ],
)
def test_planted_difference_is_found(stages, plain, changed):
    assert disagreement(outcome(stages, **plain), outcome(stages, **plain)) is None
    assert disagreement(outcome(stages, **plain), outcome(stages, **changed)) is not None


@pytest.mark.parametrize(
    "other",
    [
        FRAMES[:1],
        FRAMES[::-1],
        [*FRAMES, exception("throttlingException", b'{"message": "m"}')],
        [*FRAMES, FRAMES[0][:-1] + b"\x00"],
        [FRAMES[0], event("messageStop", b'{"stopReason": "s"}')],
    ],
)
def test_planted_difference_in_a_stream_is_found(stages, other):
    call = {"operation": "ConverseStream", **STREAM}
    plain = outcome(stages, body=b"".join(FRAMES), **call)
    assert len(plain.result["stream"]["events"]) == 2
    assert disagreement(plain, outcome(stages, body=b"".join(FRAMES), **call)) is None
    assert disagreement(plain, outcome(stages, body=b"".join(other), **call)) is not None


@pytest.mark.parametrize("reply", [{"body": b"ab"}, {"body": b"abc", "cut": -1, "then": "close"}])
def test_planted_difference_in_a_body_is_found(stages, reply):
    call = {"operation": "InvokeModel", "params": {"modelId": "m", "body": b"{}"}}
    plain = outcome(stages, body=b"abc", **call)
    assert plain.result["body"] == b"abc"
    assert disagreement(plain, outcome(stages, **reply, **call)) is not None


def test_the_server_records_requests_and_their_connections():
    with ClientAndServer(Boto3, retries={"mode": "standard", "total_max_attempts": 2}) as stage:
        stage.call("Converse", CONVERSE, Reply(status=500), Reply(framing="close"))
        stage.server.answer = per_connection([Reply()] * 4, [Reply(), Reply()])
        for _ in range(4):
            stage.driver.call("InvokeModel", {"modelId": "é", "body": b"\x00\xff"})
        # The second connection served two requests, and then closed without a response, so that
        # the retry opened a third.
        seen = [(request.connection, request.turn) for request in stage.server.requests]
        assert seen[:2] == [(0, 0), (0, 1)]
        assert seen[2:5] == [(1, 0), (1, 1), (1, 2)]
        last = stage.server.requests[-1]
        assert last.target == "/model/%C3%A9/invoke"
        assert last.body == b"\x00\xff"
        assert last.header("content-length") == "2"


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("splits", [(), (1,), (20, 40, 90), range(1, 60)])
def test_every_framing_in_any_pieces_is_the_same_response(stages, framing, splits):
    reply = Reply(body=BODY, framing=framing, splits=splits, chunks=7)
    found = stages[0].call("Converse", CONVERSE, reply)
    assert found.result["stopReason"] == "end_turn"


def test_the_last_of_several_replies_is_repeated():
    one, two = Reply(status=201), Reply(status=202)
    answer = in_order(one, two)
    assert [answer(None) for _ in range(3)] == [one, two, two]
