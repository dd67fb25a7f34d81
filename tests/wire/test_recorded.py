"""The slow path on recorded traffic: requests and responses, compared with botocore."""

from __future__ import annotations

import json

import pytest

import recorded_traffic
import reference
import slow_requests
from fastbedrock._wire import model
from repository import load_tool
from slow_path import assert_same_events, assert_same_response, request_outcome


@pytest.fixture(params=["bedrock-runtime", "bedrock-agent-runtime"])
def service(request, monkeypatch):
    described = model.Service(load_tool("update_models").text(request.param))
    monkeypatch.setitem(model._services, request.param, described)
    return request.param


def test_recorded_requests_are_made_again(service):
    made = 0
    for call in recorded_traffic.interactions(service):
        expected, actual = (
            request_outcome(prepare, call.operation.name, call.params)
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
    assert made > len(recorded_traffic.interactions(service)) * 0.9


def test_recorded_responses_are_read_the_same(service):
    yielded = 0
    for call in recorded_traffic.interactions(service):
        headers, body = call.reply.headers, call.reply.body
        streams = call.operation.has_event_stream_output
        if call.reply.status < 300 and (streams or call.operation.has_streaming_output):
            assert_same_response(call.operation, 200, headers, b"", call.name)
            if streams:
                yielded += len(assert_same_events(call.operation, [body], call.name))
        else:
            status = call.reply.status
            assert_same_response(call.operation, status, headers, body, call.name)
    assert yielded > 20
