"""Which operations' ordinary calls leave the fast path, and that the calls of a hot loop do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest
from botocore.model import OperationModel

import generators
import programs
import reference
from fastbedrock import _core
from ordinary_calls import ordinary_params
from scripted_server import Reply, Server, in_order

# The operations whose ordinary parameters, responses or events the slow path handles, with the
# reason. So far there is none: only odd values leave the fast path.
SLOW_PARAMETERS: dict[str, str] = {}
SLOW_RESPONSES: dict[str, str] = {}
SLOW_EVENTS: dict[str, str] = {}
SEEDS = range(12)


def fast_parameters(operation: OperationModel, rng: Random) -> Iterator[bool]:
    if operation.input_shape is not None:
        params = ordinary_params(rng, operation)
        service = operation.service_model.service_name
        yield _core.fast_request(service, operation.name, params) is not None


def fast_responses(operation: OperationModel, rng: Random) -> Iterator[bool]:
    # A streaming response has no JSON.
    if not (operation.has_streaming_output or operation.has_event_stream_output):
        shape = operation.output_shape
        body = generators.output_body(rng, operation, odd=0) if shape else b""
        headers = generators.output_headers(rng, operation) if shape else []
        raw = [(name, value.encode("latin-1")) for name, value in headers]
        service = operation.service_model.service_name
        yield _core.fast_response(service, operation.name, 200, raw, body) is not None


def fast_events(operation: OperationModel, rng: Random) -> Iterator[bool]:
    if operation.has_event_stream_output:
        frames = generators.event_frames(rng, operation, odd=0)
        service = operation.service_model.service_name
        for headers, payload in reference.messages(frames):
            if headers[":message-type"] == "event":
                event_type = headers[":event-type"]
                event = _core.fast_event(service, operation.name, event_type, payload)
                yield event is not None


@pytest.mark.parametrize(
    ("is_fast", "slow"),
    [
        (fast_parameters, SLOW_PARAMETERS),
        (fast_responses, SLOW_RESPONSES),
        (fast_events, SLOW_EVENTS),
    ],
)
def test_ordinary_calls_leave_the_fast_path_only_for_known_reasons(
    is_fast: Callable[[OperationModel, Random], Iterator[bool]], slow: dict[str, str]
) -> None:
    found = {
        f"{service} {operation.name}"
        for service in _core.service_names()
        for operation in reference.operations(service)
        if not all(each for seed in SEEDS for each in is_fast(operation, Random(seed)))
    }
    assert found == set(slow)


# Calls that programs make again and again.
HOT = [
    ("bedrock-runtime", "Converse"),
    ("bedrock-runtime", "ConverseStream"),
    ("bedrock-runtime", "InvokeModel"),
    ("bedrock-agent-runtime", "InvokeAgent"),
    ("bedrock-agent-runtime", "InvokeInlineAgent"),
    ("bedrock-agent-runtime", "InvokeFlow"),
    ("bedrock-agent-runtime", "Retrieve"),
    ("bedrock-agent-runtime", "RetrieveAndGenerate"),
    ("bedrock-agent-runtime", "RetrieveAndGenerateStream"),
    ("bedrock-agent-runtime", "Rerank"),
    ("bedrock-agentcore", "InvokeAgentRuntime"),
    ("bedrock-agentcore", "InvokeAgentRuntimeCommand"),
    ("bedrock-agentcore", "InvokeCodeInterpreter"),
    ("bedrock-agentcore", "CreateEvent"),
    ("bedrock-agentcore", "ListEvents"),
    ("bedrock-agentcore", "RetrieveMemoryRecords"),
    ("bedrock-agentcore", "ListMemoryRecords"),
    ("bedrock-agentcore", "GetAgentCard"),
    ("bedrock-agent", "ListIngestionJobs"),
    ("bedrock", "ListFoundationModels"),
    ("bedrock", "ListModelInvocationJobs"),
]
CALLS = """
import sys
from random import Random
import programs, reference
from differential import Sync
from ordinary_calls import ordinary_params
url, hot = programs.arguments()
clients = {}
for service, name in hot:
    client = clients.setdefault(service, Sync(url, {}, service))
    operation = reference.operation(name, service)
    client.call(name, ordinary_params(Random(name), operation))
programs.say(slow=[name for name in sys.modules if name.startswith("fastbedrock._slow")])
"""


def is_event(frame: bytes) -> bool:
    [(headers, _)] = reference.messages([frame])
    return headers[":message-type"] == "event"


def test_hot_calls_never_import_the_slow_path() -> None:
    replies = []
    for service, name in HOT:
        operation, rng = reference.operation(name, service), Random(name)
        if operation.has_event_stream_output:
            body = b"".join(filter(is_event, generators.event_frames(rng, operation, odd=0)))
        elif operation.has_streaming_output:
            body = b"data: 1\n\n"
        else:
            body = generators.output_body(rng, operation, odd=0)
        replies.append(Reply(200, generators.output_headers(rng, operation), body))
    with Server(in_order(*replies)) as server:
        with programs.Program(CALLS, [server.url, HOT]) as program:
            assert program.next() == {"slow": []}
