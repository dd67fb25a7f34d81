"""Every operation of every Bedrock service: requests, responses, streams and errors are boto3's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from random import Random
from typing import Any

import pytest
from botocore.model import OperationModel

import generators
import reference
from differential import Pair
from fastbedrock import _core
from scripted_server import Reply

# The runtime has tests of its own, with more cases.
SERVICES = [name for name in _core.service_names() if name != "bedrock-runtime"]


@pytest.fixture(scope="module", params=SERVICES)
def family(candidate: type, request: pytest.FixtureRequest) -> Iterator[Pair]:
    with Pair(candidate, request.param) as both:
        yield both


def valid_params(seed: int, operation: OperationModel) -> dict[str, Any]:
    return generators.valid_params(Random(seed), operation) if operation.input_shape else {}


def invalid_params(seed: int, operation: OperationModel) -> dict[str, Any]:
    return generators.invalid_params(Random(seed), operation) if operation.input_shape else {}


def success_reply(rng: Random, operation: OperationModel, odd: float) -> Reply:
    """A response with the members that the model says, or with odd ones."""
    if operation.output_shape is None:
        return Reply(rng.choice((200, 202, 204)), (), b"", framing="length")
    headers = generators.output_headers(rng, operation)
    if operation.has_event_stream_output:
        body = b"".join(generators.event_frames(rng, operation))
    elif operation.has_streaming_output:
        body = rng.randbytes(rng.choice((0, 1, 1000)))
    else:
        body = generators.output_body(rng, operation, odd)
    return Reply(rng.choice((200, 200, 201, 202)), headers, body)


def test_no_operation_is_left_out() -> None:
    counts = {name: len(reference.operations(name)) for name in _core.service_names()}
    assert set(counts) == {
        "bedrock",
        "bedrock-agent",
        "bedrock-agent-runtime",
        "bedrock-agentcore",
        "bedrock-agentcore-control",
        "bedrock-data-automation",
        "bedrock-runtime",
    }
    for name, count in counts.items():
        _, _, operations = _core.outline(name)
        assert sum(not bidirectional for _, _, bidirectional in operations) == count


def test_calls_are_the_same(family: Pair, cases: int) -> None:
    for operation in reference.operations(family.service):
        for seed in range(cases // 333):
            rng = Random(seed)
            reply = success_reply(rng, operation, odd=rng.choice((0, 0.02, 0.2)))
            family.agree(
                operation.name,
                partial(valid_params, seed, operation),
                reply,
                note=f"{operation} seed {seed}",
            )


def test_invalid_parameters_are_reported_the_same_and_not_sent(family: Pair, cases: int) -> None:
    for operation in reference.operations(family.service):
        for seed in range(cases // 1000):
            found = family.agree(
                operation.name,
                partial(invalid_params, seed, operation),
                success_reply(Random(seed), operation, odd=0),
                note=f"{operation} seed {seed}",
            )
            if "raised" in found:
                assert not family.candidate.server.requests


def test_errors_are_the_same(family: Pair, cases: int) -> None:
    for operation in reference.operations(family.service):
        for seed in range(cases // 1000):
            family.agree(
                operation.name,
                partial(valid_params, seed, operation),
                Reply(*generators.error_response(Random(seed), operation)),
                note=f"{operation} seed {seed}",
            )


def test_modelled_errors_are_raised_as_their_classes(family: Pair) -> None:
    operation = next(each for each in reference.operations(family.service) if each.error_shapes)
    for shape in operation.service_model.error_shapes:
        status = shape.metadata.get("error", {}).get("httpStatusCode", 400)
        body = json.dumps({"message": "m"}).encode()
        found = family.agree(
            operation.name,
            partial(valid_params, 1, operation),
            Reply(status, [("x-amzn-ErrorType", shape.name)], body),
            note=f"{shape}",
        )
        assert found["raised"] == shape.name


def test_a_trace_id_among_the_parameters_precedes_lambdas(
    candidate: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "function")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1")
    params = {"agentRuntimeArn": "arn", "payload": b"{}", "traceId": "own"}
    with Pair(candidate, "bedrock-agentcore") as pair:
        pair.agree("InvokeAgentRuntime", params, Reply(body=b""))
        [request] = pair.candidate.server.requests
    assert request.header("x-amzn-trace-id") == "own"


def test_success_without_a_body_is_the_same(family: Pair) -> None:
    for operation, status in zip(reference.operations(family.service), cycle((200, 202, 204))):
        reply = Reply(status, (), b"", framing="length")
        params = partial(valid_params, 2, operation)
        family.agree(operation.name, params, reply, note=f"{operation} {status}")
