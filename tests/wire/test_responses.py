"""The slow path's responses and errors are botocore's, dict for dict."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

import generators
import reference
from slow_path import assert_same_response

OPERATIONS = reference.operations()


def converse(value: Any) -> Any:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return assert_same_response(reference.operation("Converse"), 200, [], body)


def converse_error(status: int, body: Any, *headers: tuple[str, str]) -> Any:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = assert_same_response(reference.operation("Converse"), status, list(headers), body)
    return found.get("Error") if isinstance(found, dict) else found


@pytest.mark.parametrize("model", OPERATIONS, ids=lambda model: model.name)
@pytest.mark.parametrize("odd", [0, 0.02, 0.2])
def test_responses_are_parsed_the_same(model, odd, cases):
    refused = 0
    for seed in range(cases // 5):
        rng = Random(seed)
        status = rng.choice((200, 200, 200, 204, 299))
        headers = generators.output_headers(rng, model)
        body = generators.output_body(rng, model, odd)
        if model.has_event_stream_output or model.has_streaming_output:
            body = b""
        found = assert_same_response(model, status, headers, body, f"seed {seed}: {body!r}")
        refused += found == "ResponseParserError"
    # Most odd responses can be read, and all responses without an oddity.
    assert refused == 0 if odd == 0 else refused < cases // 5


@pytest.mark.parametrize("model", OPERATIONS, ids=lambda model: model.name)
def test_errors_are_parsed_the_same(model, cases):
    refused = 0
    for seed in range(cases // 5):
        status, headers, body = generators.error_response(Random(seed), model)
        found = assert_same_response(
            model, status, headers, body, f"seed {seed}: {status} {body!r}"
        )
        refused += found == "ResponseParserError"
    assert refused < cases // 10


def test_numbers_are_coerced_but_strings_keep_their_json_type():
    usage = {"inputTokens": 1.9, "outputTokens": "12", "totalTokens": True}
    found = converse({"usage": usage, "stopReason": 5, "metrics": {"latencyMs": -0.5}})
    assert found["usage"] == {"inputTokens": 1, "outputTokens": 12, "totalTokens": 1}
    assert found["stopReason"] == 5
    assert found["metrics"] == {"latencyMs": 0}


@pytest.mark.parametrize("number", ["twelve", [], {}, float("nan"), float("inf"), "1" * 5000])
def test_a_value_that_is_no_number_is_refused(number):
    assert converse({"metrics": {"latencyMs": number}}) == "ResponseParserError"


def test_nulls_and_type_are_ignored_in_unions():
    block = {"__type": "x", "text": "a", "image": None}
    message = {"role": "assistant", "content": [block, None]}
    found = converse({"output": {"message": message}, "usage": None})
    assert found["output"]["message"]["content"] == [{"text": "a"}, None]
    assert "usage" not in found


def test_unknown_member_of_a_union_is_named():
    def content(block: dict[str, Any]) -> Any:
        found = converse({"output": {"message": {"content": [block]}}})
        return found["output"]["message"]["content"][0]

    assert content({"hologram": {}}) == {"SDK_UNKNOWN_MEMBER": {"name": "hologram"}}
    # The first key is named, even if another key is the unknown one.
    assert content({"__type": "x", "hologram": {}})["SDK_UNKNOWN_MEMBER"] == {"name": "__type"}
    assert content({"text": None, "hologram": {}})["SDK_UNKNOWN_MEMBER"] == {"name": "text"}


@pytest.mark.parametrize(
    "block", [{}, {"text": None}, {"text": "a", "image": {}}, {"x": 1, "y": 2}]
)
def test_union_without_exactly_one_member_is_refused(block):
    found = converse({"output": {"message": {"content": [block]}}})
    assert found == "ResponseParserError"


def test_a_list_is_made_of_anything_iterable():
    found = assert_same_response(
        reference.operation("Converse"),
        200,
        [],
        b'{"trace": {"guardrail": {"modelOutput": "abc"}}}',
    )
    assert found["trace"]["guardrail"]["modelOutput"] == ["a", "b", "c"]
    assert converse({"trace": {"guardrail": {"modelOutput": 5}}}) == "ResponseParserError"


@pytest.mark.parametrize(
    "body", [b"{", b" ", b"<html>", b"[]", b"null", b"5", b'"text"', b"\xff", b"\xef\xbb\xbf{}"]
)
def test_broken_success_is_refused(body):
    assert converse(body) == "ResponseParserError"


def test_empty_success_has_its_metadata_only():
    assert list(converse(b"")) == ["ResponseMetadata"]


@pytest.mark.parametrize("output", [[], "text", {"message": []}, {"message": {"content": [5]}}])
def test_another_value_in_place_of_an_object_is_refused(output):
    assert converse({"output": output}) == "ResponseParserError"


@pytest.mark.parametrize("blob", ["YWI=", "YW I=", "YWI", "é", 5, ["YWI="]])
def test_blob_is_base64_or_refused(blob):
    block = {"image": {"format": "png", "source": {"bytes": blob}}}
    found = converse({"output": {"message": {"content": [block]}}})
    if found != "ResponseParserError":
        content = found["output"]["message"]["content"][0]
        assert content["image"]["source"]["bytes"] == b"ab"


def test_document_keeps_every_json_value():
    text = (
        b'{"additionalModelResponseFields": {"a": [1e400, NaN, -0.0, 1e5, 10000000000000000000000]'
    )
    text += b', "b": "\\ud800", "b": {"c": null}}}'
    assert converse(text)["additionalModelResponseFields"]["b"] == {"c": None}


def test_document_may_be_deep_but_not_beyond_the_recursion_limit():
    def body(depth: int) -> bytes:
        return b'{"additionalModelResponseFields": ' + b"[" * depth + b"]" * depth + b"}"

    assert converse(body(500))["additionalModelResponseFields"]
    assert converse(body(100_000)) == "ResponseParserError"


def test_repeated_headers_are_joined_and_names_lower_case():
    headers = [("X-A", "1"), ("X-B", "é"), ("x-a", "2"), ("X-Amzn-RequestId", "r")]
    found = assert_same_response(reference.operation("Converse"), 200, headers, b"{}")
    assert found["ResponseMetadata"] == {
        "RequestId": "r",
        "HTTPStatusCode": 200,
        "HTTPHeaders": {"x-a": "1, 2", "x-b": "é", "x-amzn-requestid": "r"},
    }


def test_second_form_of_the_request_id_brings_a_host_id():
    headers = [("x-amz-request-id", "r")]
    metadata = assert_same_response(reference.operation("Converse"), 200, headers, b"{}")[
        "ResponseMetadata"
    ]
    assert (metadata["RequestId"], metadata["HostId"]) == ("r", "")


def test_streaming_response_has_its_head_members():
    headers = [("Content-Type", "text/plain"), ("X-Amzn-Bedrock-Service-Tier", "flex")]
    found = assert_same_response(reference.operation("InvokeModel"), 200, headers, b"")
    assert found["contentType"] == "text/plain"
    assert found["serviceTier"] == "flex"


@pytest.mark.parametrize(
    ("code", "bare"),
    [
        ("ThrottlingException", "ThrottlingException"),
        ("X#Y:z#q", "Y"),
        ("aws.bedrock#ThrottlingException:http://a/b#c", "ThrottlingException"),
        ("", ""),
        ("#", ""),
        (":", ""),
    ],
)
def test_error_code_is_the_bare_name(code, bare):
    assert converse_error(400, {}, ("x-amzn-errortype", code))["Code"] == bare
    assert converse_error(400, {"code": code})["Code"] == bare
    assert converse_error(400, {"__type": code})["Code"] == bare


def test_error_code_that_is_a_number_stays_one():
    assert converse_error(400, {"code": 424})["Code"] == 424
    assert converse_error(400, {"Code": 4.5})["Code"] == 4.5


def test_error_code_falls_back_to_the_status():
    assert converse_error(400, {"message": "m"}) == {"Message": "m", "Code": "400"}
    assert converse_error(400, {"code": None, "message": "m"})["Code"] == "400"
    assert converse_error(400, {"__type": None, "message": "m"})["Code"] == ""
    assert converse_error(418, b"")["Code"] == "418"


def test_the_error_codes_header_takes_precedence_over_the_body():
    body = {"__type": "A", "code": "B"}
    assert converse_error(400, body, ("X-Amzn-ErrorType", "C"))["Code"] == "C"
    assert converse_error(400, body)["Code"] == "B"


def test_error_message_may_be_in_either_case():
    assert converse_error(400, {"Message": "M"})["Message"] == "M"
    assert converse_error(400, {"Message": "M", "message": "m"})["Message"] == "m"
    assert converse_error(400, {"message": None, "Message": "M"})["Message"] is None


def test_page_of_a_proxy_is_the_reason_of_a_server_error_and_the_message_of_others():
    page = b"<html>Bad</html>"
    assert converse_error(500, page) == {"Code": "500", "Message": "Internal Server Error"}
    assert converse_error(503, b" \n") == {"Code": "503", "Message": "Service Unavailable"}
    assert converse_error(599, b"") == {"Code": "599", "Message": ""}
    assert converse_error(404, page) == {"Message": page.decode(), "Code": "404"}
    assert converse_error(500, b"<HTML>")["Message"] == "<HTML>"


def test_status_300_has_no_error_at_all():
    assert converse_error(300, {"stopReason": "s"}) is None
    assert converse_error(300, b"<html>") is None
    model = reference.operation("InvokeModel")
    assert assert_same_response(model, 300, [], b"text")["body"] == "text"
    assert "stream" not in assert_same_response(
        reference.operation("ConverseStream"), 300, [], b"text"
    )


def test_error_has_its_modelled_members_beside():
    body = {"message": "m", "originalStatusCode": "424", "resourceName": "r", "unknown": 1}
    headers = [("x-amzn-errortype", "ModelErrorException"), ("x-amzn-requestid", "id")]
    found = assert_same_response(
        reference.operation("Converse"), 424, headers, json.dumps(body).encode()
    )
    assert found["originalStatusCode"] == 424
    assert found["resourceName"] == "r"
    assert found["message"] == "m"
    assert "unknown" not in found


def test_error_of_a_former_query_service_is_translated():
    header = ("x-amzn-query-error", "Old.Code;Sender")
    found = converse_error(400, {"__type": "New"}, header)
    assert found == {"Message": "", "Code": "Old.Code", "QueryErrorCode": "New", "Type": "Sender"}
    assert converse_error(400, {"__type": "New"}, ("x-amzn-query-error", ";x"))["Code"] == "New"


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b'"text"', b"\xff", b'{"code": ["x"]}', b'{"__type": 5}', b'{"__type": [1]}'],
)
def test_error_that_is_no_object_or_has_no_usable_code_is_refused(body):
    assert converse_error(400, body) == "ResponseParserError"


def test_broken_json_is_the_message_of_an_error():
    assert converse_error(400, b"{oops") == {"Message": "{oops", "Code": "400"}
