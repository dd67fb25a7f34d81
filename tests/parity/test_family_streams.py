"""Every event stream of every Bedrock service yields boto3's events, however the bytes arrive."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from random import Random
from typing import Any

import pytest
from botocore.model import OperationModel, Shape

import family
import generators
from differential import Drained, Pair
from frames import event, exception
from scripted_server import Reply

HEADERS = (("Content-Type", "application/vnd.amazon.eventstream"), ("x-amzn-requestid", "id"))
STREAMING = family.streaming()


@pytest.fixture(scope="module")
def pair_for(candidate: type) -> Iterator[Callable[[OperationModel], Pair]]:
    """boto3 and the client under test, for the service of an operation."""
    made: list[Pair] = []

    @cache
    def make(service: str) -> Pair:
        made.append(Pair(candidate, service))
        return made[-1]

    yield lambda operation: make(operation.service_model.service_name)
    for pair in made:
        pair.close()


def valid_params(seed: int, operation: OperationModel) -> dict[str, Any]:
    return generators.valid_params(Random(seed), operation)


def drained(result: dict[str, Any]) -> dict[str, Any]:
    """The events and the end of the stream in a result."""
    [stream] = (value for value in result.values() if isinstance(value, Drained))
    return stream


def in_pieces(rng: Random, body: bytes) -> Reply:
    """The body with a random framing, written in pieces that end at random bytes.

    Because of the pauses, each piece is a read of its own.
    """
    framing = rng.choice(("chunked", "chunked", "length", "close"))
    whole = Reply(headers=HEADERS, body=body, framing=framing, chunks=rng.choice((1, 50, 1 << 20)))
    size = len(whole.message())
    splits = sorted(rng.sample(range(1, size), min(size - 1, rng.choice((0, 1, 3, 8)))))
    return Reply(**{**vars(whole), "splits": splits, "pause": 0.0005})


def streamed_members(operation: OperationModel) -> dict[str, Shape]:
    members: dict[str, Shape] = operation.get_event_stream_output().members
    return members


def test_every_stream_of_the_family_is_covered() -> None:
    assert [operation.name for operation in STREAMING] == [
        "AgenticRetrieveStream",
        "InvokeAgent",
        "InvokeFlow",
        "InvokeInlineAgent",
        "OptimizePrompt",
        "RetrieveAndGenerateStream",
        "InvokeAgentRuntimeCommand",
        "InvokeCodeInterpreter",
        "InvokeHarness",
        "ConverseStream",
        "InvokeModelWithResponseStream",
    ]


@pytest.mark.parametrize("operation", STREAMING, ids=family.named)
def test_random_events_cut_at_random_bytes_are_the_same(
    pair_for: Callable[[OperationModel], Pair], operation: OperationModel, cases: int
) -> None:
    for seed in range(cases // 40):
        rng = Random(seed)
        frames = generators.event_frames(rng, operation, odd=rng.choice((0, 0.1, 0.4)))
        pair_for(operation).agree(
            operation.name,
            partial(valid_params, seed, operation),
            in_pieces(rng, b"".join(frames)),
            note=f"seed {seed}",
        )


@pytest.mark.parametrize("operation", STREAMING, ids=family.named)
def test_every_modelled_event_is_the_same(
    pair_for: Callable[[OperationModel], Pair], operation: OperationModel, cases: int
) -> None:
    rng = Random(operation.name)
    for name, shape in streamed_members(operation).items():
        if shape.metadata.get("exception"):
            continue
        frames = [
            event(name, generators.output(rng, shape, odd=0 if number else 0.2))
            for number in range(max(2, cases // 200))
        ]
        for framed in (frames, frames[:1]):
            reply = in_pieces(rng, b"".join(framed))
            params = generators.least_params(operation)
            found = pair_for(operation).agree(operation.name, params, reply, note=name)
        assert drained(found)["events"] or drained(found)["end"]


@pytest.mark.parametrize("operation", STREAMING, ids=family.named)
def test_every_modelled_exception_is_the_same(
    pair_for: Callable[[OperationModel], Pair], operation: OperationModel
) -> None:
    rng = Random(operation.name)
    members = streamed_members(operation)
    first = next(name for name, shape in members.items() if not shape.metadata.get("exception"))
    before = event(first, generators.output(rng, members[first], odd=0))
    names = [name for name, shape in members.items() if shape.metadata.get("exception")]
    assert len(names) >= 3
    for name in names:
        for body in ({"message": "slow down"}, {"Message": "M", "unknown": 1}, {}):
            raised = exception(name, json.dumps(body).encode())
            reply = in_pieces(rng, before + raised + before)
            params = generators.least_params(operation)
            found = pair_for(operation).agree(operation.name, params, reply, note=name)
            end = drained(found)["end"]
            assert end["raised"] == "EventStreamError"
            assert end["response"]["Error"]["Code"] == name
