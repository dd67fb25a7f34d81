"""Injected faults, as boto3 sees them."""

from __future__ import annotations

import json
import time

import pytest
import urllib3
from botocore.eventstream import ChecksumMismatch, InvalidPayloadLength
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EventStreamError,
    ReadTimeoutError,
)

from fastbedrock.local import serve
from local_requests import CHAT, call, connect, send, user

TEXT = "one two three four"
# messageStart, four tokens, contentBlockStop, messageStop, metadata
EVENTS = 8


def ask(client):
    return client.converse(modelId=CHAT, messages=user("Hello"))


def listen(client):
    """The stream's events, and the error that ended the stream, if any."""
    events = []
    try:
        for event in client.converse_stream(modelId=CHAT, messages=user(TEXT))["stream"]:
            events.append(event)
    except Exception as error:
        return events, error
    return events, None


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDeniedException", 403),
        ("ResourceNotFoundException", 404),
        ("ModelTimeoutException", 408),
        ("ModelErrorException", 424),
        ("ThrottlingException", 429),
        ("ModelNotReadyException", 429),
        ("InternalServerException", 500),
        ("ServiceUnavailableException", 503),
        ("ServiceQuotaExceededException", 400),
    ],
)
@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
def test_errors_are_those_of_the_service(local_bedrock, operation, code, status):
    client = connect(local_bedrock)
    local_bedrock.fault("error", code=code)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(modelId=CHAT, messages=user("Hello"))
    response = caught.value.response
    assert response["Error"]["Code"] == code
    assert response["Error"]["Message"]
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    counted = "ConverseStream" if operation == "converse_stream" else "Converse"
    assert local_bedrock.counters["requests"] == {counted: {str(status): 1}}


def test_an_error_has_the_configured_code_status_and_message(local_bedrock):
    local_bedrock.fault("error", code="TeapotException", message="short", status=418)
    with pytest.raises(ClientError, match=r"\(TeapotException\).*short"):
        ask(connect(local_bedrock))
    local_bedrock.clear_faults()
    local_bedrock.fault("error", code="x", status=502, body="<html>Bad gateway</html>")
    answer = call(local_bedrock, "Converse", {"messages": user("x")}, modelId=CHAT)
    assert (answer.status, answer.body) == (502, b"<html>Bad gateway</html>")
    assert "x-amzn-errortype" not in answer.headers
    local_bedrock.clear_faults()
    local_bedrock.fault("error", code="ThrottlingException", retry_after_ms=1500)
    answer = call(local_bedrock, "Converse", {"messages": user("x")}, modelId=CHAT)
    assert answer.headers["x-amz-retry-after"] == "1500"


def test_boto3_retries_until_a_fault_is_over(local_bedrock):
    client = connect(local_bedrock, attempts=3)
    local_bedrock.fault("error", code="InternalServerException", calls=[1, 2])
    assert ask(client)["ResponseMetadata"]["RetryAttempts"] == 2
    assert local_bedrock.counters["requests"] == {"Converse": {"200": 1, "500": 2}}


def outcomes(server, count=30):
    client = connect(server)

    def outcome():
        try:
            return bool(ask(client))
        except ClientError:
            return False

    return [outcome() for _ in range(count)]


def test_faults_apply_by_number_interval_and_model(local_bedrock):
    local_bedrock.fault("error", code="ThrottlingException", calls=[2, 4], operation="Converse")
    assert outcomes(local_bedrock, 5) == [True, False, True, False, True]
    local_bedrock.clear_faults()
    local_bedrock.fault("error", code="ThrottlingException", every=3, times=1)
    assert outcomes(local_bedrock, 6) == [True, True, False, True, True, True]
    local_bedrock.clear_faults()
    local_bedrock.fault("error", code="ThrottlingException", model="llama")
    assert outcomes(local_bedrock, 2) == [True, True]


def test_the_seed_decides_which_calls_a_rate_hits():
    def run(seed):
        rule = {"fault": "error", "code": "ThrottlingException", "rate": 0.5}
        with serve(seed=seed, faults=[rule]) as server:
            return outcomes(server)

    first = run(1)
    assert 5 < sum(first) < 25
    assert run(1) == first
    assert run(2) != first


def test_a_slow_first_byte_and_slow_tokens(local_bedrock):
    client = connect(local_bedrock, read_timeout=1)
    local_bedrock.fault("slow_first_byte", seconds=5, times=1)
    with pytest.raises(ReadTimeoutError):
        ask(client)
    local_bedrock.fault("slow_tokens", tokens_per_second=20)
    start = time.monotonic()
    events, error = listen(client)
    assert (len(events), error) == (EVENTS, None)
    assert time.monotonic() - start > 0.14


@pytest.mark.parametrize(("after", "before"), [(0, 0), (1, 1), (3, 3), (99, EVENTS)])
def test_a_stall_leaves_the_client_waiting(local_bedrock, after, before):
    local_bedrock.fault("stall", after=after, times=1)
    client = connect(local_bedrock, read_timeout=1)
    events, error = listen(client)
    assert len(events) == before
    assert isinstance(error, urllib3.exceptions.ReadTimeoutError)
    local_bedrock.fault("stall", after=after, seconds=0.1)
    start = time.monotonic()
    assert len(listen(client)[0]) == EVENTS
    assert time.monotonic() - start > 0.09


@pytest.mark.parametrize("fault", ["reset", "half_close"])
def test_a_connection_breaks_before_the_headers(local_bedrock, fault):
    local_bedrock.fault(fault)
    with pytest.raises(ConnectionClosedError):
        ask(connect(local_bedrock))
    assert local_bedrock.counters["requests"] == {"Converse": {"none": 1}}
    assert local_bedrock.counters["requests_aborted"] == 0


@pytest.mark.parametrize("after", [None, 0, 10])
def test_a_connection_breaks_in_the_body(local_bedrock, after):
    local_bedrock.fault("reset", at="body", after=after)
    with pytest.raises(ConnectionClosedError):
        ask(connect(local_bedrock))


@pytest.mark.parametrize(
    ("fault", "error"),
    [("reset", "Connection reset"), ("half_close", "ended prematurely|IncompleteRead")],
)
def test_a_connection_breaks_in_a_frame(local_bedrock, fault, error):
    local_bedrock.fault(fault, at="frame", after=2)
    events, found = listen(connect(local_bedrock))
    assert len(events) == 2
    assert isinstance(found, urllib3.exceptions.ProtocolError)
    assert any(word in str(found) for word in error.split("|"))
    assert local_bedrock.counters["streams_aborted"] == 0


@pytest.mark.local_bedrock(tls=True)
@pytest.mark.parametrize("fault", ["reset", "half_close"])
def test_a_connection_breaks_under_tls_too(local_bedrock, fault):
    local_bedrock.fault(fault, at="frame", after=2, times=1)
    client = connect(local_bedrock)
    events, error = listen(client)
    assert len(events) == 2
    assert isinstance(error, urllib3.exceptions.HTTPError)
    assert len(listen(client)[0]) == EVENTS


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("bad_checksum", ChecksumMismatch),
        ("oversized_frame", InvalidPayloadLength),
        ("truncated_frame", type(None)),
    ],
)
def test_a_damaged_frame_is_an_error(local_bedrock, fault, kind):
    local_bedrock.fault(fault, frame=3)
    events, error = listen(connect(local_bedrock))
    assert len(events) == 3
    assert isinstance(error, kind)


def test_an_exception_frame_replaces_an_event(local_bedrock):
    local_bedrock.fault("exception_frame", code="ModelStreamErrorException", after=3, message="oh")
    events, error = listen(connect(local_bedrock))
    assert len(events) == 3
    assert isinstance(error, EventStreamError)
    assert error.response["Error"] == {"Code": "modelStreamErrorException", "Message": "oh"}


def test_a_wrong_content_type_and_a_broken_body_are_sent(local_bedrock):
    local_bedrock.fault("content_type", value="text/html", calls=[1])
    local_bedrock.fault("broken_body", calls=[2])
    messages = {"messages": user("x")}
    first = call(local_bedrock, "Converse", messages, modelId=CHAT)
    assert (first.headers["content-type"], first.json["stopReason"]) == ("text/html", "end_turn")
    second = call(local_bedrock, "Converse", messages, modelId=CHAT)
    assert second.status == 200
    with pytest.raises(json.JSONDecodeError):
        assert second.json


def test_faults_apply_to_operations_without_a_model(local_bedrock):
    local_bedrock.fault("error", code="ThrottlingException", operation="ListAsyncInvokes")
    client = connect(local_bedrock)
    with pytest.raises(client.exceptions.ThrottlingException):
        client.list_async_invokes()
    assert ask(client)


def test_a_stream_that_a_fault_resets_is_not_counted_as_aborted(local_bedrock):
    local_bedrock.fault("reset", at="body", after=1_000_000)
    events, error = listen(connect(local_bedrock))
    assert len(events) == EVENTS
    assert isinstance(error, urllib3.exceptions.ProtocolError)
    assert local_bedrock.counters["streams_aborted"] == 0


def test_requests_per_minute_are_limited(local_bedrock):
    local_bedrock.configure(limits=[{"model": "claude", "requests_per_minute": 2}])
    client = connect(local_bedrock)
    assert outcomes(local_bedrock, 4) == [True, True, False, False]
    with pytest.raises(client.exceptions.ThrottlingException, match="Too many requests, please"):
        ask(client)
    assert client.converse(modelId="amazon.nova-lite-v1:0", messages=user("x"))


def test_tokens_per_minute_are_limited(local_bedrock):
    local_bedrock.configure(limits=[{"tokens_per_minute": 100}])
    client = connect(local_bedrock)

    def used(**config):
        response = client.converse(modelId=CHAT, messages=user(TEXT), inferenceConfig=config)
        return response["usage"]["totalTokens"]

    # The bucket must hold the most that a request may use; only what it used is charged.
    with pytest.raises(client.exceptions.ThrottlingException, match="Too many tokens, please"):
        used(maxTokens=100)
    spent = used(maxTokens=50)
    for _ in range(50):
        try:
            spent += used()
        except client.exceptions.ThrottlingException:
            break
    # The last request may overdraw the bucket.
    assert 90 < spent < 120
    body = json.dumps({"inputText": "word " * 50})
    with pytest.raises(client.exceptions.ThrottlingException):
        client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)


def test_a_throttled_call_uses_up_no_scripted_reply(local_bedrock):
    client = connect(local_bedrock)
    local_bedrock.configure(replies=["one", "two"], limits=[{"tokens_per_minute": 5}])
    with pytest.raises(client.exceptions.ThrottlingException):
        client.converse(modelId=CHAT, messages=user(TEXT))
    local_bedrock.configure(limits=[])
    assert ask(client)["output"]["message"]["content"] == [{"text": "one"}]


def test_buckets_refill(local_bedrock):
    local_bedrock.configure(limits=[{"requests_per_minute": 600}])
    client = connect(local_bedrock)
    deadline = time.monotonic() + 20
    throttled = False
    while not throttled and time.monotonic() < deadline:
        throttled = not outcomes(local_bedrock, 1)[0]
        if not throttled:
            # Empty the bucket faster than it fills at ten requests a second.
            outcomes(local_bedrock, 100)
    assert throttled
    time.sleep(0.3)
    assert ask(client)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"fault": "quake"}, "there is none called quake"),
        ({"fault": "stall", "rate": 2}, "rate must be a number from 0 to 1"),
        ({"fault": "error"}, "code is missing"),
        ({"fault": "reset", "at": "noon"}, "at must be headers, body or frame"),
        ({"fault": "reset", "after_all": 1}, "no setting called after_all"),
        ({"fault": "reset", "operation": "converse"}, "the name of an operation, such as Converse"),
        ({"fault": "reset", "calls": [1], "every": 2}, "only one of calls, rate and every"),
        ({"fault": "error", "code": "x", "status": 99}, "an HTTP status from 200 to 599, not 99"),
    ],
)
def test_a_malformed_fault_is_refused_at_once(local_bedrock, rule, problem):
    with pytest.raises(ValueError, match=problem):
        local_bedrock.fault(**rule)


def test_a_scenario_is_read_from_a_file_and_changed_over_http(tmp_path):
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({"replies": "from a file", "faults": [{"fault": "broken_body"}]}))
    with serve(scenario=path) as server:

        def post(name, body):
            kind = {"Content-Type": "application/json"}
            return send(server, "POST", f"/_local/{name}", body, kind, sign=False)

        messages = {"messages": user("x")}
        broken = call(server, "Converse", messages, modelId=CHAT)
        assert len(broken.body) == int(broken.headers["content-length"])
        assert send(server, "DELETE", "/_local/faults", sign=False).status == 200
        text = call(server, "Converse", messages, modelId=CHAT).json["output"]["message"]
        assert text["content"] == [{"text": "from a file"}]
        changed = post("scenario", {"replies": "new"})
        assert changed.status == 200
        text = call(server, "Converse", messages, modelId=CHAT).json["output"]["message"]
        assert text["content"] == [{"text": "new"}]
        rule = {"fault": "error", "code": "ThrottlingException"}
        assert post("faults", rule).status == 200
        assert call(server, "Converse", messages, modelId=CHAT).status == 429
        assert send(server, "DELETE", "/_local/scenario", sign=False).status == 200
        assert call(server, "Converse", messages, modelId=CHAT).status == 200
        wrong = post("scenario", {"reply": 1})
        assert (wrong.status, wrong.json["message"]) == (
            400,
            "scenario: there is no setting called reply",
        )
        counters = send(server, "GET", "/_local/counters", sign=False).json
        assert counters["requests"] == server.counters["requests"]
    with pytest.raises(ValueError, match="no setting called reply"):
        serve(reply=1)
    path.write_text("{")
    with pytest.raises(ValueError, match="scenario: EOF"):
        serve(scenario=path)
