"""Errors have boto3's class, text and response, with and without retries."""

from __future__ import annotations

import json
import time
from functools import partial
from random import Random

import pytest

import generators
import reference
from differential import Pair
from scripted_server import Reply

# Also run with boto3 that is accelerated in place.
IN_PLACE = True

OPERATIONS = reference.operations()
CONVERSE = {"modelId": "m"}


def valid_params(seed: int, operation: object) -> dict:
    return generators.valid_params(Random(seed), operation)


HTML = b"<html>no</html>"


def error_reply(status: int, code: str, message: str = "m", **more: object) -> Reply:
    body = json.dumps({"message": message, **more}).encode()
    return Reply(status, [("x-amzn-ErrorType", code), ("x-amzn-RequestId", "id")], body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda model: model.name)
def test_errors_are_the_same(pair, operation, cases):
    for seed in range(cases // 10):
        rng = Random(seed)
        params = partial(valid_params, seed, operation)
        reply = Reply(*generators.error_response(rng, operation))
        pair.agree(operation.name, params, reply, note=f"seed {seed}")


@pytest.mark.parametrize("shape", reference.operation("InvokeModel").service_model.error_shapes)
def test_every_modelled_error_is_raised_as_its_class(pair, shape):
    status = shape.metadata["error"]["httpStatusCode"]
    found = pair.agree(
        "InvokeModel", {"modelId": "m", "body": b""}, error_reply(status, shape.name)
    )
    assert found["raised"] == shape.name


@pytest.mark.parametrize(
    "reply",
    [
        error_reply(400, "X#Y:z#q"),
        error_reply(400, "ValidationException", originalStatusCode=1),
        error_reply(424, "ModelErrorException", originalStatusCode="424", resourceName="r"),
        error_reply(403, "ExpiredTokenException"),
        Reply(400, (), b'{"code": 5}'),
        Reply(400, (), b'{"Message": "M", "__type": "a.b#ThrottlingException"}'),
        Reply(400, (), b'{"message": "no code"}'),
        Reply(500, (), HTML),
        Reply(404, (), HTML),
        Reply(300, (), b"{}"),
        Reply(301, [("Location", "http://127.0.0.1:9/")], b""),
        Reply(307, [("Location", "/elsewhere")], HTML),
        Reply(503, (), b""),
        Reply(599, (), b""),
        Reply(400, (), b"\xff"),
        Reply(400, (), b"[]"),
        Reply(400, [("x-amzn-query-error", "Old;Sender")], b'{"__type": "New"}'),
    ],
    ids=lambda reply: f"{reply.status} {reply.body!r}",
)
@pytest.mark.parametrize("operation", ["Converse", "ConverseStream", "InvokeModel"])
def test_odd_errors_are_the_same(pair, operation, reply):
    pair.agree(operation, CONVERSE, reply)


# Ends the connection, so that the next call opens a new one. On a used connection, a request may be
# sent again without counting as an attempt.
LAST = Reply(framing="close")


def test_a_connection_that_closes_without_a_response_is_the_same(pair):
    pair.agree("Converse", CONVERSE, LAST)
    found = pair.agree("Converse", CONVERSE, Reply(cut=0, then="close"))
    assert found["raised"] == "ConnectionClosedError"


def test_a_port_without_a_listener_is_the_same(candidate):
    with Pair(candidate) as pair:
        for stage in (pair.reference, pair.candidate):
            stage.server.close()
        found = pair.agree("Converse", CONVERSE)
        assert found["raised"] == "EndpointConnectionError"


def test_a_silent_server_is_a_read_timeout(candidate):
    with Pair(candidate, read_timeout=0.2) as pair:
        started = time.monotonic()
        found = pair.agree("Converse", CONVERSE, Reply(delay=0.6))
        assert found["raised"] == "ReadTimeoutError"
        assert time.monotonic() - started < 5


@pytest.fixture(scope="module")
def retrying(candidate):
    with Pair(candidate, retries={"mode": "standard", "total_max_attempts": 3}) as both:
        yield both


SUCCESS = Reply(body=b'{"stopReason": "end_turn"}')
SOON = [("x-amz-retry-after", "1")]


@pytest.mark.parametrize(
    ("replies", "attempts"),
    [
        ([SUCCESS], 1),
        ([error_reply(500, "InternalServerException"), SUCCESS], 2),
        ([Reply(503, SOON, b""), Reply(502, SOON, HTML), SUCCESS], 3),
        ([error_reply(429, "ModelNotReadyException"), SUCCESS], 2),
        ([error_reply(400, "ValidationException"), SUCCESS], 1),
        ([error_reply(424, "ModelErrorException"), SUCCESS], 1),
        ([Reply(504, (), b"")] * 3, 3),
        (
            [
                error_reply(500, "InternalServerException"),
                error_reply(403, "AccessDeniedException"),
            ],
            2,
        ),
        ([Reply(cut=0, then="close"), SUCCESS], 2),
    ],
    ids=lambda value: " ".join(str(r.status) for r in value) if isinstance(value, list) else "in",
)
def test_attempts_and_their_metadata_are_the_same(retrying, replies, attempts):
    retrying.agree("Converse", CONVERSE, LAST)
    retrying.agree("Converse", CONVERSE, *replies)
    assert len(retrying.reference.server.requests) == attempts


def test_last_allowed_attempt_is_marked_even_if_it_succeeds(retrying):
    replies = [Reply(500, SOON, b""), Reply(500, SOON, b""), SUCCESS]
    metadata = retrying.agree("Converse", CONVERSE, *replies)["ResponseMetadata"]
    assert metadata["RetryAttempts"] == 2
    assert metadata["MaxAttemptsReached"] is True


def test_the_error_of_a_single_attempt_says_that_it_was_the_last(pair):
    text = pair.agree("Converse", CONVERSE, error_reply(400, "ValidationException"))["text"]
    assert "(reached max retries: 0)" in text
