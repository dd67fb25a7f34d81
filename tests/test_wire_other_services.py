"""Another service is another model file: the slow path needs nothing else to speak it."""

from __future__ import annotations

from random import Random

import pytest
from botocore.exceptions import EventStreamError

import reference
import shapes
import slow_requests
import test_wire_events
import test_wire_requests
import test_wire_responses
from fastbedrock import exceptions
from fastbedrock._wire import model
from test_models_current import load_tool

SERVICES = ("bedrock", "bedrock-agent", "bedrock-agent-runtime")
OPERATIONS = [operation for service in SERVICES for operation in reference.operations(service)]


@pytest.fixture(autouse=True)
def _services_known(described, monkeypatch):
    for name, service in described.items():
        monkeypatch.setitem(model._services, name, service)
    # The classes of a service's errors come with its build.
    monkeypatch.setattr(
        exceptions,
        "event_stream_error",
        lambda parsed, service_name, operation_name: EventStreamError(parsed, operation_name),
    )


@pytest.fixture(scope="module")
def described():
    tool = load_tool()
    return {name: model.Service(tool.text(name)) for name in SERVICES}


def sample(rng: Random, cases: int, operations: list) -> list:
    return [rng.choice(operations) for _ in range(cases)]


@pytest.mark.parametrize("make", [shapes.valid_params, shapes.invalid_params])
def test_requests_and_reports_are_the_same(make, cases):
    for seed, operation in enumerate(sample(Random(1), cases, OPERATIONS)):
        service = operation.service_model.service_name
        expected, actual = (
            test_wire_requests.outcome(call, operation.name, make(Random(seed), operation))
            for call in (
                lambda *call, service=service: reference.request(*call, service),
                lambda *call, service=service: slow_requests.request(service, *call),
            )
        )
        assert actual == expected, f"seed {seed}: {operation}"


@pytest.mark.parametrize("body", [b'{"rules": [{"id": "r"}]}', b"{}", b"", b"null", b"[]", b"{"])
def test_structure_as_the_payload_is_parsed_the_same(body):
    operation = reference.operation("ExportAutomatedReasoningPolicyVersion", "bedrock")
    found = test_wire_responses.assert_same(operation, 200, [], body)
    assert found == "ResponseParserError" or "policyDefinition" in found


@pytest.mark.parametrize("odd", [0, 0.1])
def test_responses_are_parsed_the_same(odd, cases):
    for seed, operation in enumerate(sample(Random(2), cases, OPERATIONS)):
        rng = Random(seed)
        body = b""
        if not (operation.has_event_stream_output or operation.has_streaming_output):
            body = shapes.output_body(rng, operation, odd)
        headers = shapes.output_headers(rng, operation)
        note = f"seed {seed}: {operation} {body!r}"
        test_wire_responses.assert_same(operation, 200, headers, body, note)


def test_errors_are_parsed_the_same(cases):
    for seed, operation in enumerate(sample(Random(3), cases, OPERATIONS)):
        answer = shapes.error_response(Random(seed), operation)
        test_wire_responses.assert_same(operation, *answer, f"seed {seed}: {operation} {answer}")


def test_streams_yield_the_same_events(cases):
    streaming = [operation for operation in OPERATIONS if operation.has_event_stream_output]
    for seed, operation in enumerate(sample(Random(4), cases, streaming)):
        frames = shapes.event_frames(Random(seed), operation)
        test_wire_events.assert_same(operation, frames, f"seed {seed}: {operation}")
