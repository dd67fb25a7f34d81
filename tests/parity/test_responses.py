"""Every response becomes the dict that boto3 makes of it."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest

import generators
import reference
from differential import Boto3InUtc, ClientAndServer
from scripted_server import Reply

# Also run with boto3 that is accelerated in place.
IN_PLACE = True

OPERATIONS = reference.operations()
CONVERSE = {"modelId": "m"}


def valid_params(seed: int, operation: object) -> dict:
    return generators.valid_params(Random(seed), operation)


def plain(operation) -> bool:
    return not (operation.has_event_stream_output or operation.has_streaming_output)


def framed(rng: Random, reply: Reply) -> Reply:
    """The reply with a random framing, in random pieces."""
    framing = rng.choice(("length", "length", "chunked", "close"))
    splits = sorted(rng.sample(range(1, 200), rng.choice((0, 0, 1, 3))))
    return Reply(
        **{**vars(reply), "framing": framing, "splits": splits, "chunks": rng.randint(1, 300)}
    )


@pytest.mark.parametrize("odd", [0, 0.02, 0.2])
@pytest.mark.parametrize("operation", list(filter(plain, OPERATIONS)), ids=lambda model: model.name)
def test_responses_are_the_same(pair, operation, odd, cases):
    for seed in range(cases // 20):
        rng = Random(seed)
        params = partial(valid_params, seed, operation)
        headers = generators.output_headers(rng, operation)
        reply = Reply(headers=headers, body=generators.output_body(rng, operation, odd))
        pair.agree(operation.name, params, framed(rng, reply), note=f"seed {seed}")


def test_streaming_bodies_are_the_same(pair, cases):
    operation = reference.operation("InvokeModel")
    for seed in range(cases // 10):
        rng = Random(seed)
        body = rng.randbytes(rng.choice((0, 1, 1000, 100_000)))
        reply = Reply(headers=generators.output_headers(rng, operation), body=body)
        params = {"modelId": "m", "body": b"{}"}
        found = pair.agree("InvokeModel", params, framed(rng, reply), note=f"seed {seed}")
        assert found["body"] == body


def test_reading_a_body_shorter_than_announced_raises(pair):
    reply = Reply(body=b"0123456789", cut=-4, then="close")
    call = ("InvokeModel", {"modelId": "m", "body": b"{}"}, reply)
    for stage in (pair.reference, pair.candidate):
        # The text quotes the HTTP library, so only a part of it is compared.
        assert stage.call(*call).result["body"]["raised"] == "ResponseStreamingError"


def test_json_shorter_than_announced_is_a_closed_connection(pair, candidate):
    if candidate is Boto3InUtc:
        pytest.skip("boto3 reads it as an empty response")
    reply = Reply(body=b'{"stopReason": "end_turn"}', cut=-4, then="close")
    found = pair.candidate.call("Converse", CONVERSE, reply).result
    assert found["raised"] == "ConnectionClosedError"
    assert "HTTPClientError" in found["caught as"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"usage": {"inputTokens": 1.9, "outputTokens": "12", "totalTokens": true}}',
        b'{"stopReason": 5, "metrics": {"latencyMs": -0.5}}',
        b'{"metrics": {"latencyMs": 1e400}}',
        b'{"metrics": {"latencyMs": "twelve"}}',
        b'{"metrics": []}',
        b'{"output": {"message": {"role": "r", "content": [null, {"__type": "x", "text": "a"}]}}}',
        b'{"output": {"message": {"content": [{"hologram": 1}]}}}',
        b'{"output": {"message": {"content": [{"__type": "x", "hologram": 1}]}}}',
        b'{"output": {"message": {"content": [{"text": "a", "image": {}}]}}}',
        b'{"output": {"message": {"content": [{}]}}}',
        b'{"output": {"message": {"content": "ab"}}}',
        b'{"output": {"message": {"content": [{"image": {"source": {"bytes": "YWI"}}}]}}}',
        b'{"trace": {"guardrail": {"modelOutput": "abc"}}}',
        b'{"additionalModelResponseFields": {"a": [1e400, NaN, -0.0], "a": 1, "b": "\\ud800"}}',
        b'{"additionalModelResponseFields": 123456789012345678901234567890}',
        b'{"stopReason": "\xc3\xbc\\u00fc\\ud83d\\ude42"}',
        b'{"stopReason": "a\x01b"}',
        b'\xef\xbb\xbf{"stopReason": "a"}',
        b'{"stopReason": "a"} x',
        b'{"stopReason": "a"} \n',
        b"\xff",
        b"[]",
        b"null",
        b"",
        b" ",
    ],
    ids=repr,
)
def test_odd_responses_are_treated_the_same(pair, body):
    pair.agree("Converse", CONVERSE, Reply(body=body))


@pytest.mark.parametrize("depth", [127, 128, 300, 100_000])
def test_deep_responses_are_treated_the_same(pair, depth):
    deep = b"[" * depth + b"]" * depth
    found = pair.agree(
        "Converse", CONVERSE, Reply(body=b'{"additionalModelResponseFields": %b}' % deep)
    )
    assert ("raised" in found) == (depth == 100_000)


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 226, 299])
def test_every_2xx_status_is_a_success(pair, status):
    found = pair.agree("Converse", CONVERSE, Reply(status=status))
    assert found["ResponseMetadata"]["HTTPStatusCode"] == status


def test_no_content_is_an_empty_response(pair):
    pair.agree("Converse", CONVERSE, Reply(status=204, body=b"", framing="as-is"))


def test_headers_are_joined_lower_case_and_latin_1(pair):
    headers = [("X-A", "1"), ("X-B", "é"), ("x-a", "2"), ("X-C", ""), ("Set-Cookie", "a=b")]
    headers += [("Set-Cookie", "c=d"), ("X-Amzn-RequestId", "r"), ("X-D", "a  b,c")]
    found = pair.agree("Converse", CONVERSE, Reply(headers=headers))
    joined = found["ResponseMetadata"]["HTTPHeaders"]
    assert joined["x-a"] == "1, 2"
    assert joined["x-b"] == "é"


def test_a_folded_header_becomes_one_line(pair):
    head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\n  2\r\nContent-Length: 2\r\n\r\n"
    found = pair.agree("Converse", CONVERSE, Reply(raw=head + b"{}"))
    assert found["ResponseMetadata"]["HTTPHeaders"]["x-a"] == "1 2"


@pytest.mark.parametrize("line", [b"no colon", b"white space: 1", b"X-A: \x01"], ids=repr)
def test_a_malformed_header_does_not_spoil_the_response(candidate, line):
    body = b'{"stopReason":"end_turn"}'
    head = b"HTTP/1.1 200 OK\r\n%b\r\nContent-Length: %d\r\n\r\n" % (line, len(body))
    with ClientAndServer(candidate) as stage:
        found = stage.call("Converse", CONVERSE, Reply(raw=head + body, then="close"))
    assert found.result["stopReason"] == "end_turn"


def test_timestamps_are_in_utc(pair):
    body = b'{"submitTime": "2024-02-29T12:34:56.789+02:00", "endTime": 1709210096.5, '
    body += b'"lastModifiedTime": "Thu, 29 Feb 2024 12:34:56 GMT"}'
    pair.agree("GetAsyncInvoke", {"invocationArn": "arn"}, Reply(body=body))


def test_an_informational_response_is_skipped(pair):
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    found = pair.agree("Converse", CONVERSE, Reply(raw=b"HTTP/1.1 100 Continue\r\n\r\n" + final))
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 200
