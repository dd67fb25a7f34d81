"""The slow path's requests and parameter reports are botocore's, byte for byte."""

from __future__ import annotations

import copy
import enum
import io
import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

import reference
import shapes
import slow_requests

# An idempotency token that was filled in.
TOKEN = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def outcome(call: Callable[[str, dict[str, Any]], Any], operation: str, params: Any) -> Any:
    """The request, or the class name and text of what was raised instead."""
    try:
        target, headers, body = call(operation, params)
    except Exception as error:
        return type(error).__name__, str(error)
    headers = [(name, TOKEN.sub(b"<token>", value.encode()).decode()) for name, value in headers]
    return target, headers, body and TOKEN.sub(b"<token>", body)


def ours(operation: str, params: dict[str, Any]) -> Any:
    return slow_requests.request("bedrock-runtime", operation, params)


def assert_same(operation: str, params: dict[str, Any]) -> Any:
    """Both outcomes are equal; give it back."""
    expected = outcome(reference.request, operation, params)
    assert outcome(ours, operation, params) == expected
    return expected


@pytest.mark.parametrize("operation", reference.operations(), ids=lambda model: model.name)
def test_valid_parameters_make_the_same_request(operation, cases):
    for seed in range(cases // 5):
        expected, actual = (
            outcome(call, operation.name, shapes.valid_params(Random(seed), operation))
            for call in (reference.request, ours)
        )
        assert actual == expected, f"seed {seed}"
        assert expected[0].startswith("/"), f"seed {seed} is not valid: {expected}"


@pytest.mark.parametrize("operation", reference.operations(), ids=lambda model: model.name)
def test_invalid_parameters_give_the_same_report(operation, cases):
    reports = 0
    for seed in range(cases // 5):
        expected, actual = (
            outcome(call, operation.name, shapes.invalid_params(Random(seed), operation))
            for call in (reference.request, ours)
        )
        assert actual == expected, f"seed {seed}"
        reports += expected[0] == "ParamValidationError"
    assert reports > cases // 10


def test_report_is_ordered_by_level_union_missing_unknown_then_children():
    report = assert_same(
        "Converse",
        {
            "surprise": 1,
            "messages": [
                {"content": [{}, {"text": "a", "image": {"format": 5}}, {"nothing": 1}]},
                {"role": 5, "content": "no list", "extra": None},
            ],
            "toolConfig": {"tools": [{"toolSpec": {"description": ""}}]},
        },
    )[1]
    places = [re.split("[,.:]( |$)", line)[0] for line in report.splitlines()]
    assert places == [
        "Parameter validation failed",
        "Missing required parameter in input",
        "Unknown parameter in input",
        "Missing required parameter in messages[0]",
        "Must set one of the following keys for tagged unionstructure messages[0].content[0]",
        "Invalid number of parameters set for tagged union structure messages[0].content[1]",
        "Missing required parameter in messages[0].content[1].image",
        "Invalid type for parameter messages[0].content[1].image.format",
        "Unknown parameter in messages[0].content[2]",
        "Unknown parameter in messages[1]",
        "Invalid type for parameter messages[1].role",
        "Invalid type for parameter messages[1].content",
        "Missing required parameter in toolConfig.tools[0].toolSpec",
        "Missing required parameter in toolConfig.tools[0].toolSpec",
        "Invalid length for parameter toolConfig.tools[0].toolSpec.description",
    ]


def test_paths_inside_documents_start_anew():
    fields = {"a": {"b": [1, (2,)]}}
    report = assert_same("Converse", {"modelId": "m", "additionalModelRequestFields": fields})[1]
    assert "Invalid type for document parameter b[1]" in report


@pytest.mark.parametrize("key", [0, None, "", ".x", 1, 1.5, ("a",)])
def test_document_key_becomes_the_path_of_its_problem(key):
    fields = {key: {"v": 1} if key == 1.5 else shapes.Odd()}
    assert_same("Converse", {"modelId": "m", "additionalModelRequestFields": fields})


def test_length_error_prints_the_length():
    report = assert_same("Converse", {"modelId": ""})[1]
    assert "modelId, value: 0, valid min length: 1" in report


def test_none_is_an_error_except_for_a_document():
    assert "system, value: None" in assert_same("Converse", {"modelId": "m", "system": None})[1]
    body = assert_same("Converse", {"modelId": "m", "additionalModelRequestFields": None})[2]
    assert body == b"{}"
    nested = {"json": None}
    result = {"toolResult": {"toolUseId": "t", "content": [nested]}}
    assert_same("Converse", {"modelId": "m", "messages": [{"role": "user", "content": [result]}]})


def test_none_for_an_idempotency_token_is_an_error():
    output = {"s3OutputDataConfig": {"s3Uri": "s3://b/k"}}
    params = {"modelId": "m", "modelInput": {}, "outputDataConfig": output}
    assert assert_same("StartAsyncInvoke", params)[2].endswith(
        b', "clientRequestToken": "<token>"}'
    )
    error, report = assert_same("StartAsyncInvoke", {**params, "clientRequestToken": None})
    assert error == "ParamValidationError"
    assert "clientRequestToken, value: None" in report


def test_subclasses_of_int_str_and_dict_pass():
    class Role(str, enum.Enum):
        USER = "user"

    config = shapes.Settings(maxTokens=shapes.Count.MANY, temperature=shapes.Decimal("0.5"))
    message = {"role": Role.USER, "content": ({"text": shapes.Name("hi")},)}
    params = {"modelId": Role.USER, "messages": (message,), "inferenceConfig": config}
    target, _, body = assert_same("Converse", params)
    assert target == "/model/user/converse"
    assert json.loads(body)["inferenceConfig"] == {"maxTokens": 12, "temperature": 0.5}


def test_true_is_an_integer_and_a_mapping_proxy_is_no_dict():
    body = assert_same("Converse", {"modelId": "m", "inferenceConfig": {"maxTokens": True}})[2]
    assert body == b'{"inferenceConfig": {"maxTokens": true}}'
    proxy = shapes.types.MappingProxyType({"maxTokens": 1})
    assert assert_same("Converse", {"modelId": "m", "inferenceConfig": proxy})[0].startswith(
        "Param"
    )


def test_str_enum_in_a_header_goes_by_its_name():
    params = {"modelId": "m", "body": b"", "accept": shapes.Word.PLAIN}
    assert assert_same("InvokeModel", params)[1] == [("Accept", str(shapes.Word.PLAIN))]


def test_nan_is_a_string_where_modelled_and_a_bare_word_in_a_document():
    nan = float("nan")
    body = assert_same(
        "Converse",
        {
            "modelId": "m",
            "inferenceConfig": {"temperature": nan, "topP": float("inf")},
            "additionalModelRequestFields": {"a": nan, "b": float("-inf")},
        },
    )[2]
    assert b'"temperature": "NaN", "topP": "Infinity"' in body
    assert b'{"a": NaN, "b": -Infinity}' in body


def test_document_keys_become_strings_but_tuples_do_not():
    fields: dict[Any, Any] = {1: 1, None: 2, 1.5: 3, False: 4}
    body = assert_same("Converse", {"modelId": "m", "additionalModelRequestFields": fields})[2]
    assert b'{"1": 1, "null": 2, "1.5": 3, "false": 4}' in body
    fields = {("a",): 1}
    error = assert_same("Converse", {"modelId": "m", "additionalModelRequestFields": fields})[0]
    assert error == "TypeError"


@pytest.mark.parametrize("model_id", ["..", "~", "*'()", "a/b:c", "%2F", "ü", "?#", " ", "a.b-c_d"])
def test_path_is_escaped_as_botocore_escapes_it(model_id):
    assert_same("Converse", {"modelId": model_id})


def test_dots_in_a_path_stay_dots():
    assert assert_same("Converse", {"modelId": ".."})[0] == "/model/../converse"


def test_query_keeps_the_order_of_the_parameters():
    params = {"nextToken": "a b~*/+é", "submitTimeAfter": 0, "maxResults": True}
    expected = "nextToken=a%20b~%2A%2F%2B%C3%A9&submitTimeAfter=1970-01-01T00%3A00%3A00Z"
    assert assert_same("ListAsyncInvokes", params)[0] == f"/async-invoke?{expected}&maxResults=True"
    # By its number or its name, as the Python version has it.
    assert_same("ListAsyncInvokes", {"maxResults": shapes.Count.ONE})
    assert assert_same("ListAsyncInvokes", {}) == ("/async-invoke", [], None)


def test_huge_integers_lone_surrogates_and_wide_text_are_sent():
    fields = {"i": 10**400, "s": "\ud800", "w": "ü🙂"}
    body = assert_same("Converse", {"modelId": "m", "additionalModelRequestFields": fields})[2]
    assert body.isascii()
    assert json.loads(body)["additionalModelRequestFields"] == fields


@pytest.mark.parametrize("place", ["modelId", "body"])
def test_lone_surrogate_outside_json_is_a_unicode_error(place):
    params = {"modelId": "m", "body": b"", place: "a\ud800"}
    assert assert_same("InvokeModel", params)[0] == "UnicodeEncodeError"


def test_number_too_large_for_a_float_is_an_overflow_error():
    config = {"temperature": 10**400}
    error = assert_same("Converse", {"modelId": "m", "inferenceConfig": config})[0]
    assert error == "OverflowError"


def nested(depth: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for _ in range(depth):
        fields = {"a": fields}
    return fields


def test_document_of_five_hundred_levels_is_sent():
    assert_same("Converse", {"modelId": "m", "additionalModelRequestFields": nested(500)})


def test_document_beyond_the_recursion_limit_is_a_recursion_error():
    circular: dict[str, Any] = {}
    circular["a"] = circular
    for fields in (nested(100_000), circular):
        params = {"modelId": "m", "additionalModelRequestFields": fields}
        for call in (reference.request, ours):
            with pytest.raises(RecursionError):
                call("Converse", params)


def test_parameters_are_left_as_they_were():
    output = {"s3OutputDataConfig": {"s3Uri": "s3://b/k"}}
    params = {"modelId": "m", "modelInput": {"a": [1]}, "outputDataConfig": output}
    before = copy.deepcopy(params)
    ours("StartAsyncInvoke", params)
    assert params == before


@pytest.mark.parametrize("body", [b"", "", bytearray(), None])
def test_empty_body_is_no_body(body):
    params = {"modelId": "m"} if body is None else {"modelId": "m", "body": body}
    assert assert_same("InvokeModel", params) == ("/model/m/invoke", [], None)


def test_file_like_body_is_read_from_where_it_stands():
    def params() -> dict[str, Any]:
        body = io.BytesIO(b"0123456789")
        body.read(4)
        return {"modelId": "m", "body": body}

    expected = outcome(reference.request, "InvokeModel", params())
    assert outcome(ours, "InvokeModel", params()) == expected
    assert expected[2] == b"456789"


@pytest.mark.parametrize(
    "blob",
    [lambda: memoryview(b"abcd")[::2], lambda: io.BytesIO(b"ac"), lambda: io.StringIO("ac")],
    ids=["memoryview", "file", "text file"],
)
def test_more_kinds_of_blob_are_taken_at_any_depth(blob):
    target, headers, body = ours("InvokeModel", {"modelId": "m", "body": blob()})
    assert (target, headers, body) == ("/model/m/invoke", [], b"ac")
    image = {"image": {"format": "png", "source": {"bytes": blob()}}}
    sent = ours("Converse", {"modelId": "m", "messages": [{"role": "user", "content": [image]}]})
    assert b'{"bytes": "YWM="}' in sent[2]


def test_file_like_object_that_reads_no_bytes_is_a_type_error():
    class Numbers:
        def read(self) -> int:
            return 5

    with pytest.raises(TypeError):
        ours("InvokeModel", {"modelId": "m", "body": Numbers()})


@pytest.mark.parametrize("value", ["a\nb", "a\n", "a\r", "a\r\nHost: b", "\x00", "a\x7f", "\x1b"])
def test_header_that_cannot_be_sent_is_an_http_client_error(value):
    with pytest.raises(Exception, match="unhandled exception: Invalid header value b'") as raised:
        ours("InvokeModel", {"modelId": "m", "body": b"", "contentType": value})
    assert type(raised.value).__name__ == "HTTPClientError"


@pytest.mark.parametrize("value", ["a\n b", "a\r\n\tb", "a\n \n b"])
def test_folded_header_is_joined(value):
    sent = ours("InvokeModel", {"modelId": "m", "body": b"", "contentType": value})
    assert sent[1] == [("Content-Type", re.sub("[\r\n]", "", value))]


def test_header_beyond_ascii_and_an_empty_one_are_sent():
    params = {"modelId": "m", "body": b"{}", "contentType": "ü中", "accept": ""}
    assert assert_same("InvokeModel", params)[1] == [("Content-Type", "ü中"), ("Accept", "")]


@pytest.mark.parametrize("params", [{"modelId": "m"}, {"modelId": "m", "messages": ()}])
def test_body_that_could_have_members_is_an_object_even_if_empty(params):
    headers, body = assert_same("Converse", params)[1:]
    assert headers == [("Content-Type", "application/json")]
    assert body in (b"{}", b'{"messages": []}')
