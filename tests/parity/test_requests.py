"""The client sends what boto3 sends, and never sends invalid parameters."""

from __future__ import annotations

import io
from random import Random

import pytest

import generators
import reference
from scripted_server import Reply

# Also run with boto3 that is accelerated in place.
IN_PLACE = True

OPERATIONS = reference.operations()
FIELDS = "additionalModelRequestFields"


def success_reply(operation) -> Reply:
    """An empty success for any operation."""
    streams = operation.has_event_stream_output or operation.has_streaming_output
    return Reply(body=b"" if streams else b"{}")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda model: model.name)
def test_valid_parameters_are_sent_the_same(pair, operation, cases):
    for seed in range(cases // 20):
        pair.agree(
            operation.name,
            lambda seed=seed: generators.valid_params(Random(seed), operation),
            success_reply(operation),
            note=f"seed {seed}",
        )
        assert len(pair.candidate.server.requests) == 1


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda model: model.name)
def test_invalid_parameters_are_reported_the_same_and_not_sent(pair, operation, cases):
    for seed in range(cases // 20):
        found = pair.agree(
            operation.name,
            lambda seed=seed: generators.invalid_params(Random(seed), operation),
            success_reply(operation),
            note=f"seed {seed}",
        )
        if "raised" in found:
            assert not pair.candidate.server.requests


@pytest.mark.parametrize(
    "model_id",
    ["..", "~", "*'()", "a/b:c", "%2F", "ü", "?#", " ", "a+b;c", "arn:aws:x::y/z.w"],
)
def test_path_is_escaped_the_same(pair, model_id):
    pair.agree("Converse", {"modelId": model_id})
    pair.agree("InvokeModel", {"modelId": model_id, "body": b"{}"}, Reply(body=b""))


@pytest.mark.parametrize(
    "fields",
    [
        {"nan": float("nan"), "inf": float("inf"), "huge": 10**400, "surrogate": "\ud800"},
        {1: 1, None: 2, 1.5: 3, False: 4},
        {"wide": "ü🙂\u2028\x7f\x00", "": [None, [], {}]},
        {("tuple",): 1},
        {"tuple": (1,)},
        {5: generators.Odd()},
    ],
    ids=repr,
)
def test_odd_documents_are_treated_the_same(pair, fields):
    pair.agree("Converse", {"modelId": "m", FIELDS: fields})


@pytest.mark.parametrize("depth", [100, 130, 500])
def test_deep_documents_are_sent(pair, depth):
    fields: dict = {}
    for _ in range(depth):
        fields = {"a": fields}
    assert "raised" not in pair.agree("Converse", {"modelId": "m", FIELDS: fields})


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"body": b""},
        {"body": "text ü"},
        {"body": bytearray(b"\x00\xff")},
        {"body": b"{}", "contentType": "application/json", "accept": "*/*"},
        {"body": b"{}", "contentType": "", "accept": "ü中"},
        {"body": b"{}", "contentType": "a\n b"},
        {"body": b"{}", "contentType": "a\nb"},
        {"body": b"{}", "trace": "ENABLED", "guardrailIdentifier": "g", "guardrailVersion": "1"},
        {"body": b"{}", "accept": generators.Word.SPACED},
        {"body": "\ud800"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("operation", ["InvokeModel", "InvokeModelWithResponseStream"])
def test_raw_bodies_and_headers_are_sent_the_same(pair, operation, params):
    pair.agree(operation, {"modelId": "m", **params}, Reply(body=b""))


def test_a_file_like_body_is_sent_from_its_position(pair):
    def params() -> dict:
        body = io.BytesIO(b"0123456789")
        body.read(4)
        return {"modelId": "m", "body": body}

    pair.agree("InvokeModel", params, Reply(body=b""))
    assert pair.candidate.server.requests[0].body == b"456789"


def test_queries_and_tokens_are_sent_the_same(pair):
    pair.agree("ListAsyncInvokes", {})
    pair.agree("ListAsyncInvokes", {"nextToken": "a b~*/+é", "maxResults": True, "sortBy": "x&y=z"})
    output = {"s3OutputDataConfig": {"s3Uri": "s3://b/k"}}
    pair.agree("StartAsyncInvoke", {"modelId": "m", "modelInput": {}, "outputDataConfig": output})


@pytest.mark.parametrize("trace_id", ["Root=1-5759e988;Parent=53995c3f;Sampled=1", "a b\u00e9/%"])
def test_lambdas_trace_header_is_sent(pair, monkeypatch, trace_id):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "function")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace_id)
    pair.agree("Converse", {"modelId": "m", "messages": []}, Reply())
