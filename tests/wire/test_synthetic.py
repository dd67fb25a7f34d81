"""What a model may say and no Bedrock service says today, compared with botocore."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from botocore.model import ServiceModel
from botocore.serialize import create_serializer
from botocore.utils import percent_encode_sequence
from botocore.validate import ParamValidator

import reference
import slow_requests
from fastbedrock import _model
from fastbedrock._slow import parse
from fastbedrock.exceptions import ParamValidationError
from frames import encode
from slow_path import assert_same_events, assert_same_response, response_metadata

SHAPES = {
    "String": {"type": "string"},
    "Strings": {"type": "list", "member": {"shape": "String"}},
    "Integers": {"type": "list", "member": {"shape": "Integer"}},
    "StringMap": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
    "Double": {"type": "double"},
    "Json": {"type": "string", "jsonvalue": True},
    "Integer": {"type": "integer"},
    "Boolean": {"type": "boolean"},
    "Timestamp": {"type": "timestamp"},
    "IsoTimestamp": {"type": "timestamp", "timestampFormat": "iso8601"},
    "RfcTimestamp": {"type": "timestamp", "timestampFormat": "rfc822"},
    "Nested": {
        "type": "structure",
        "members": {"inner": {"shape": "String", "locationName": "in"}},
    },
    "Input": {
        "type": "structure",
        "members": {
            "key": {"shape": "String", "location": "uri", "locationName": "Key"},
            "type": {"shape": "String", "location": "header", "locationName": "content-type"},
            "names": {"shape": "Strings", "location": "querystring", "locationName": "name"},
            "flag": {"shape": "Boolean", "location": "querystring"},
            "more": {"shape": "StringMap", "location": "querystring"},
            "ratio": {"shape": "Double", "location": "querystring"},
            "tags": {"shape": "StringMap", "location": "headers", "locationName": "x-tag-"},
            "listed": {"shape": "Strings", "location": "header", "locationName": "x-listed"},
            "counts": {"shape": "Integers", "location": "header", "locationName": "x-counts"},
            "at": {"shape": "Timestamp", "location": "header", "locationName": "x-at"},
            "yes": {"shape": "Boolean", "location": "header", "locationName": "x-yes"},
            "json": {"shape": "Json", "location": "header", "locationName": "x-json"},
            "since": {"shape": "Timestamp", "location": "querystring"},
            "until": {"shape": "RfcTimestamp", "location": "querystring"},
            "number": {"shape": "Timestamp"},
            "text": {"shape": "IsoTimestamp"},
            "nested": {"shape": "Nested", "locationName": "Nested"},
        },
    },
    "Output": {
        "type": "structure",
        "members": {
            "count": {"shape": "Integer", "location": "header", "locationName": "X-Count"},
            "status": {"shape": "Integer", "location": "statusCode"},
            "tags": {"shape": "StringMap", "location": "headers", "locationName": "x-tag-"},
            "listed": {"shape": "Strings", "location": "header", "locationName": "x-listed"},
            "json": {"shape": "Json", "location": "header", "locationName": "x-json"},
            "flag": {"shape": "Boolean", "location": "header", "locationName": "X-Flag"},
            "at": {"shape": "Timestamp", "location": "header", "locationName": "X-At"},
            "nested": {"shape": "Nested", "locationName": "Nested"},
        },
    },
    "Document": {"type": "structure", "document": True, "members": {}},
    "DocumentInput": {
        "type": "structure",
        "members": {
            "value": {"shape": "Document"},
            "flag": {"shape": "Boolean", "location": "querystring"},
        },
        "payload": "value",
    },
    "TextInput": {
        "type": "structure",
        "members": {"value": {"shape": "String"}},
        "payload": "value",
    },
    "Stream": {
        "type": "structure",
        "eventstream": True,
        "members": {"text": {"shape": "TextEvent"}, "json": {"shape": "JsonEvent"}},
    },
    "TextEvent": {
        "type": "structure",
        "event": True,
        "members": {
            "sequence": {"shape": "Integer", "eventheader": True},
            "sent": {"shape": "Timestamp", "eventheader": True},
            "value": {"shape": "String", "eventpayload": True},
        },
    },
    "JsonEvent": {
        "type": "structure",
        "event": True,
        "members": {"value": {"shape": "Nested", "eventpayload": True}},
    },
    "StreamOutput": {
        "type": "structure",
        "members": {"events": {"shape": "Stream"}},
        "payload": "events",
    },
    "Failure": {
        "type": "structure",
        "members": {
            "detail": {"shape": "String"},
            "after": {"shape": "Integer", "location": "header", "locationName": "Retry-After"},
            "status": {"shape": "Integer", "location": "statusCode"},
        },
        "exception": True,
        "error": {"code": "OtherName", "httpStatusCode": 400},
    },
}
DESCRIPTION = {
    "metadata": {
        "apiVersion": "1",
        "protocol": "rest-json",
        "endpointPrefix": "synthetic",
        "serviceId": "Synthetic",
    },
    "operations": {
        "Act": {
            "name": "Act",
            "http": {"method": "POST", "requestUri": "/act/{Key+}/end"},
            "input": {"shape": "Input"},
            "output": {"shape": "Output"},
        },
        "Document": {
            "name": "Document",
            "http": {"method": "POST", "requestUri": "/document?fixed"},
            "input": {"shape": "DocumentInput"},
            "output": {"shape": "DocumentInput"},
        },
        "Text": {
            "name": "Text",
            "http": {"method": "POST", "requestUri": "/text"},
            "input": {"shape": "TextInput"},
            "output": {"shape": "TextInput"},
        },
        "Stream": {
            "name": "Stream",
            "http": {"method": "GET", "requestUri": "/stream"},
            "output": {"shape": "StreamOutput"},
        },
    },
    "shapes": SHAPES,
}


@pytest.fixture(autouse=True)
def service(monkeypatch):
    ours = _model.ServiceModel(DESCRIPTION, "synthetic")
    monkeypatch.setitem(_model._models, "synthetic", ours)
    return ServiceModel(DESCRIPTION, "synthetic")


@pytest.fixture
def act(service):
    return service.operation_model("Act")


@pytest.mark.parametrize(
    "params",
    [
        {"key": "a/b c~*"},
        {"key": "k", "type": "text/plain", "nested": {"inner": "x"}},
        {"key": "k", "names": ["b", "a&="], "flag": True, "since": 0, "until": "2024-01-02"},
        {"key": "k", "names": [], "flag": False},
        {"key": "k", "more": {"a b": "c&"}, "ratio": 1.5, "tags": {"One": "1", "two": "2"}},
        {"key": "k", "names": ["a", "b"], "flag": True, "more": {"name": "c", "new": "d"}},
        {"key": "k", "more": {"name": "c", "flag": "d"}, "names": ["a"]},
        {"key": "k", "listed": ["a", 'b"c', "d,e"], "counts": [1, 2], "yes": True},
        {"key": "k", "listed": [], "at": datetime(2024, 1, 2, 3, 4, 5, 600000)},
        {"key": "k", "json": {"a": [1, "é"]}},
        {"key": "k", "json": {"a": {1}}},
        {"key": "k", "number": 1.5, "text": datetime(2024, 1, 2, 3, 4, 5, 6)},
    ],
)
def test_requests_are_the_same(act, params):
    assert_same_request(act, params)


def assert_same_request(operation, params):
    problems = ParamValidator().validate(params, operation.input_shape)
    if problems.has_errors():
        with pytest.raises(ParamValidationError) as raised:
            slow_requests.request("synthetic", operation.name, params)
        assert raised.value.kwargs["report"] == problems.generate_report()
        return
    expected = create_serializer("rest-json").serialize_to_request(params, operation)
    query = percent_encode_sequence(expected["query_string"])
    path = expected["url_path"]
    target = path + ("&" if "?" in path else "?") * bool(query) + query
    body = expected["body"]
    body = body.encode() if isinstance(body, str) else body
    headers = list(expected["headers"].items())
    found = slow_requests.request("synthetic", operation.name, params)
    assert found == (target, headers, body or None)


@pytest.mark.parametrize("value", ["text", "", None, 5])
def test_text_as_the_payload_is_the_same(service, value):
    assert_same_request(service.operation_model("Text"), {"value": value})


@pytest.mark.parametrize("value", [{"a": [1, None]}, [], "text", 5])
def test_document_as_the_payload_is_the_body(service, value):
    # botocore makes {"null": value} of it. No operation takes one so far.
    target, headers, body = slow_requests.request("synthetic", "Document", {"value": value})
    assert (target, headers) == ("/document?fixed", [("Content-Type", "application/json")])
    assert json.loads(body) == value


def test_query_of_the_template_stays(service):
    assert_same_request(service.operation_model("Document"), {"flag": True})


def test_operation_without_input_takes_no_notice_of_parameters(service):
    assert slow_requests.request("synthetic", "Stream", {"a": 1}) == ("/stream", [], None)


@pytest.mark.parametrize("body", [b'{"a": 1}', b"null", b"", b"5"])
def test_documents_are_parsed_the_same(service, body):
    operation = service.operation_model("Document")
    assert_same_response(operation, 200, [], body)


@pytest.mark.parametrize("body", [b"text", b"", "é".encode()])
def test_text_is_parsed_the_same(service, body):
    operation = service.operation_model("Text")
    expected = reference.response(operation, 200, [], body)
    assert parse.success("synthetic", "Text", response_metadata(200), body) == expected


@pytest.mark.parametrize(
    ("event_type", "headers", "payload"),
    [
        ("text", {"sequence": 7}, "é".encode()),
        ("text", {}, b""),
        ("json", {}, b'{"in": "x", "unknown": 1}'),
        ("json", {}, b"not JSON"),
    ],
)
def test_events_with_headers_and_payloads_are_the_same(service, event_type, headers, payload):
    types = {":message-type": "event", ":event-type": event_type}
    frames = [encode({**types, **headers}, payload)]
    found = assert_same_events(service.operation_model("Stream"), frames)
    assert event_type in found[0]


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Count", " 12 "), ("X-Flag", "TRUE"), ("X-At", "Thu, 29 Feb 2024 12:34:56 GMT")],
        [("X-Flag", "no"), ("X-At", "2024-02-29T12:34:56Z")],
        [("X-Count", "twelve")],
        [("X-Count", "1"), ("x-count", "2")],
        [("x-tag-one", "1"), ("x-tag-two", "2"), ("x-listed", "a, b"), ("x-json", "eyJhIjogMX0=")],
        [("x-json", "no JSON")],
    ],
)
def test_members_in_headers_are_the_same(act, headers):
    assert_same_response(act, 200, headers, b'{"Nested": {"in": "x"}, "nested": 1}')


def test_error_with_a_code_of_its_own_is_the_same(act):
    headers = [("x-amzn-errortype", "OtherName")]
    found = assert_same_response(act, 400, headers, b'{"detail": "d"}')
    assert found["detail"] == "d"


@pytest.mark.parametrize("after", [[], [("Retry-After", "7")], [("retry-after", "soon")]], ids=repr)
def test_members_of_an_error_in_its_head_are_the_same(act, after):
    headers = [("x-amzn-errortype", "OtherName"), *after]
    found = assert_same_response(act, 429, headers, b'{"detail": "d", "Retry-After": 5}')
    assert found == "ResponseParserError" or found["status"] == 429
