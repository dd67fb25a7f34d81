"""What a model may say and no Bedrock service says today, compared with botocore."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from botocore.model import ServiceModel
from botocore.serialize import create_serializer
from botocore.utils import percent_encode_sequence

import slow_requests
import test_wire_responses
from fastbedrock._wire import model

SHAPES = {
    "String": {"type": "string"},
    "Strings": {"type": "list", "member": {"shape": "String"}},
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
            "flag": {"shape": "Boolean", "location": "header", "locationName": "X-Flag"},
            "at": {"shape": "Timestamp", "location": "header", "locationName": "X-At"},
            "nested": {"shape": "Nested", "locationName": "Nested"},
        },
    },
    "Failure": {
        "type": "structure",
        "members": {"detail": {"shape": "String"}},
        "exception": True,
        "error": {"code": "OtherName", "httpStatusCode": 400},
    },
}
DESCRIPTION = {
    "metadata": {"protocol": "rest-json", "endpointPrefix": "synthetic", "serviceId": "Synthetic"},
    "operations": {
        "Act": {
            "name": "Act",
            "http": {"method": "POST", "requestUri": "/act/{Key+}/end"},
            "input": {"shape": "Input"},
            "output": {"shape": "Output"},
        }
    },
    "shapes": SHAPES,
}


@pytest.fixture(autouse=True)
def act(monkeypatch):
    monkeypatch.setitem(model._services, "synthetic", model.Service(json.dumps(DESCRIPTION)))
    return ServiceModel(DESCRIPTION, "synthetic").operation_model("Act")


@pytest.mark.parametrize(
    "params",
    [
        {"key": "a/b c~*"},
        {"key": "k", "type": "text/plain", "nested": {"inner": "x"}},
        {"key": "k", "names": ["b", "a&="], "flag": True, "since": 0, "until": "2024-01-02"},
        {"key": "k", "names": [], "flag": False},
        {"key": "k", "number": 1.5, "text": datetime(2024, 1, 2, 3, 4, 5, 6)},
    ],
)
def test_requests_are_the_same(act, params):
    expected = create_serializer("rest-json").serialize_to_request(params, act)
    query = percent_encode_sequence(expected["query_string"])
    target = expected["url_path"] + (f"?{query}" if query else "")
    headers = list(expected["headers"].items())
    assert slow_requests.request("synthetic", "Act", params) == (target, headers, expected["body"])


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Count", " 12 "), ("X-Flag", "TRUE"), ("X-At", "Thu, 29 Feb 2024 12:34:56 GMT")],
        [("X-Flag", "no"), ("X-At", "2024-02-29T12:34:56Z")],
        [("X-Count", "twelve")],
        [("X-Count", "1"), ("x-count", "2")],
    ],
)
def test_members_in_headers_are_the_same(act, headers):
    test_wire_responses.assert_same(act, 200, headers, b'{"Nested": {"in": "x"}, "nested": 1}')


def test_error_with_a_code_of_its_own_is_the_same(act):
    headers = [("x-amzn-errortype", "OtherName")]
    found = test_wire_responses.assert_same(act, 400, headers, b'{"detail": "d"}')
    assert found["detail"] == "d"
