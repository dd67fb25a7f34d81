"""The slow path on real traffic: recorded requests and answers, compared with botocore."""

from __future__ import annotations

import json

import pytest

import recorded
import reference
import slow_requests
import test_wire_events
import test_wire_requests
import test_wire_responses
from fastbedrock._wire import model
from test_models_current import load_tool


@pytest.fixture(params=["bedrock-runtime", "bedrock-agent-runtime"])
def service(request, monkeypatch):
    described = model.Service(load_tool().text(request.param))
    monkeypatch.setitem(model._services, request.param, described)
    return request.param


def test_recorded_requests_are_made_again(service):
    made = 0
    for call in recorded.interactions(service):
        expected, actual = (
            test_wire_requests.outcome(prepare, call.operation.name, call.params)
            for prepare in (
                lambda *args: reference.request(*args, service),
                lambda *args: slow_requests.request(service, *args),
            )
        )
        assert actual == expected, call.name
        if actual[0].startswith("/"):
            made += 1
            sent = actual[2] or b"{}"
            assert sent == call.body or json.loads(sent) == json.loads(call.body), call.name
    assert made > len(recorded.interactions(service)) * 0.9


def test_recorded_answers_are_read_the_same(service):
    yielded = 0
    for call in recorded.interactions(service):
        headers, body = call.reply.headers, call.reply.body
        streams = call.operation.has_event_stream_output
        if call.reply.status < 300 and (streams or call.operation.has_streaming_output):
            test_wire_responses.assert_same(call.operation, 200, headers, b"", call.name)
            if streams:
                yielded += len(test_wire_events.assert_same(call.operation, [body], call.name))
        else:
            status = call.reply.status
            test_wire_responses.assert_same(call.operation, status, headers, body, call.name)
    assert yielded > 20
