"""Every operation of every Bedrock service: requests, responses and errors are boto3's.

The tests of single features use the runtime's operations, with more cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from random import Random
from typing import Any

import pytest
from botocore.model import OperationModel

import family as bedrock
import generators
import reference
from differential import Pair
from fastbedrock import _core
from scripted_server import Reply


@pytest.fixture(scope="module", params=bedrock.SERVICES)
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
    assert sorted(_core.service_names()) == bedrock.SERVICES
    covered = {(each.service_model.service_name, each.name) for each in bedrock.operations()}
    modelled, two_way = set(), set()
    for service in bedrock.SERVICES:
        _, _, operations = _core.outline(service)
        assert [name for _, name, _ in operations] == [
            *reference.session().get_service_model(service).operation_names
        ]
        modelled |= {(service, name) for _, name, _ in operations}
        two_way |= {(service, name) for _, name, bidirectional in operations if bidirectional}
    assert len(modelled) == 548
    # boto3 has no method for it either.
    assert two_way == {("bedrock-runtime", "InvokeModelWithBidirectionalStream")}
    assert covered == modelled - two_way


def test_no_service_has_rules_of_its_own_for_legacy_retries() -> None:
    rules = reference.session().get_component("data_loader").load_data("_retry")["retry"]
    assert not {*rules} & {*bedrock.SERVICES}


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
        headers = [("x-amzn-ErrorType", shape.name)]
        if operation.service_model.resolved_protocol == "json":
            headers, body = [], json.dumps({"__type": f"a.b#{shape.name}", "message": "m"}).encode()
        found = family.agree(
            operation.name,
            partial(valid_params, 1, operation),
            Reply(status, headers, body),
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
