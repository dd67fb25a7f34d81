"""Another service needs nothing but its model file to work with the slow path."""

from __future__ import annotations

from random import Random

import pytest
from botocore.exceptions import EventStreamError

import botocore_models
import generators
import reference
import slow_requests
from fastbedrock import _model, errorfactory
from slow_path import assert_same_events, assert_same_response, request_outcome

SERVICES = (
    "bedrock",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-agentcore",
    "bedrock-agentcore-control",
    "bedrock-data-automation",
    "bedrock-data-automation-runtime",
    # Members and headers that no service of the family has.
    "connect",
    "kms",
    "medialive",
    "polly",
    "sqs",
)
OPERATIONS = [
    operation
    for service in SERVICES
    for operation in reference.operations(service)
    if operation.input_shape and operation.output_shape
]


@pytest.fixture(autouse=True)
def _services_known(described, monkeypatch):
    for name, service in described.items():
        monkeypatch.setitem(_model._models, name, service)
    # Some of these services have no error classes in this build.
    monkeypatch.setattr(
        errorfactory,
        "event_stream_error",
        lambda parsed, service_name, operation_name: EventStreamError(parsed, operation_name),
    )


@pytest.fixture(scope="module")
def described():
    return {name: botocore_models.slow_path_model(name) for name in SERVICES}


def sample(rng: Random, cases: int, operations: list) -> list:
    return [rng.choice(operations) for _ in range(cases)]


@pytest.mark.parametrize("make", [generators.valid_params, generators.invalid_params])
def test_requests_and_reports_are_the_same(make, cases):
    for seed, operation in enumerate(sample(Random(1), cases, OPERATIONS)):
        service = operation.service_model.service_name
        expected, actual = (
            request_outcome(call, operation.name, make(Random(seed), operation))
            for call in (
                lambda *call, service=service: reference.request(*call, service),
                lambda *call, service=service: slow_requests.request(service, *call),
            )
        )
        assert actual == expected, f"seed {seed}: {operation}"


@pytest.mark.parametrize("body", [b'{"rules": [{"id": "r"}]}', b"{}", b"", b"null", b"[]", b"{"])
def test_structure_as_the_payload_is_parsed_the_same(body):
    operation = reference.operation("ExportAutomatedReasoningPolicyVersion", "bedrock")
    found = assert_same_response(operation, 200, [], body)
    assert found == "ResponseParserError" or "policyDefinition" in found


@pytest.mark.parametrize("odd", [0, 0.1])
def test_responses_are_parsed_the_same(odd, cases):
    for seed, operation in enumerate(sample(Random(2), cases, OPERATIONS)):
        rng = Random(seed)
        body = b""
        if not (operation.has_event_stream_output or operation.has_streaming_output):
            body = generators.output_body(rng, operation, odd)
        headers = generators.output_headers(rng, operation)
        note = f"seed {seed}: {operation} {body!r}"
        assert_same_response(operation, 200, headers, body, note)


def test_errors_are_parsed_the_same(cases):
    for seed, operation in enumerate(sample(Random(3), cases, OPERATIONS)):
        answer = generators.error_response(Random(seed), operation)
        assert_same_response(operation, *answer, f"seed {seed}: {operation} {answer}")


def test_streams_yield_the_same_events(cases):
    streaming = [operation for operation in OPERATIONS if operation.has_event_stream_output]
    for seed, operation in enumerate(sample(Random(4), cases, streaming)):
        frames = generators.event_frames(Random(seed), operation)
        assert_same_events(operation, frames, f"seed {seed}: {operation}")
