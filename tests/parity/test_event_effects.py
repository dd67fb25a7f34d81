"""What handlers of events change, answer or raise has the same effect as with boto3."""

from __future__ import annotations

import io

import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError

from event_clients import (
    ANSWER,
    BROKEN,
    INVALID,
    OURS,
    QUESTION,
    STREAM,
    Boto3,
    assert_same,
    run,
)

ANSWERED = {"ResponseMetadata": {"HTTPStatusCode": 200}, "stopReason": "answered"}
REFUSED = {"Error": {"Code": "AccessDeniedException", "Message": "no"}, "ResponseMetadata": {}}


class Raw:
    """A raw body that a handler gives."""

    def __init__(self, content):
        self.content = content

    def stream(self, *args, **kwargs):
        yield self.content


def response(status, content, headers=()):
    return AWSResponse("http://given", status, dict(headers), Raw(content))


def replace_parameters(params, **_):
    return {**params, "modelId": "another"}


def add_parameter(params, **_):
    params["inferenceConfig"] = {"maxTokens": 7}


def remove_parameter(params, **_):
    del params["messages"][0]["role"]


def move_endpoint(builtins, **_):
    builtins["SDK::Endpoint"] += "/moved"


def change_request_dict(params, **_):
    params["headers"]["X-Added"] = "before-call"
    params["headers"]["User-Agent"] = "not this one"
    params["body"] = b'{"changed": true}'
    params["url"] += "?added=1"


def answer_call(**_):
    return response(200, b""), ANSWERED


def refuse_call(**_):
    return response(403, b""), REFUSED


def change_headers(request, **_):
    headers = request.headers
    headers.add_header("X-Added", "one", parameter="two")
    headers["X-Replaced"] = "before"
    headers.replace_header("x-replaced", "after")
    headers["X-Removed"] = "value"
    del headers["x-removed"]
    headers["X-Joined"] = headers.get("CONTENT-TYPE", "") + str("content-type" in headers)


def change_request(request, **_):
    request.data = b'{"changed": 1}'
    request.method = "PUT"
    request.params = {"a b": ["1", "&"]}


def send_file(request, **_):
    request.data = io.BytesIO(b'{"file": 1}')


def send_form(request, **_):
    request.data = {"a b": "1", "c": "é"}


def change_agent(request, **_):
    request.headers.replace_header("User-Agent", "changed")


def choose(version):
    return lambda **_: version


def replace_authorization(request, **_):
    request.headers["Authorization"] = "Bearer example"
    request.headers["User-Agent"] = "changed"
    request.headers["X-Unsigned"] = b"bytes"


def move_request(request, **_):
    request.url = request.url.replace("/model", "/elsewhere/model")
    request.body = b"not signed"
    request.headers["Content-Length"] = "10"
    del request.headers["X-Amz-Date"]


def answer_request(**_):
    return response(200, ANSWER.body, [("Content-Type", "application/json"), ("X-Own", "1")])


def answer_with_error(**_):
    return response(400, INVALID.body, INVALID.headers)


def answer_with_stream(**_):
    return response(200, STREAM.body, STREAM.headers)


def fail_at_first(error):
    def handler(request, **_):
        if request.context["retries"]["attempt"] == 1:
            raise error

    return handler


def fail(error):
    def handler(**_):
        raise error

    return handler


def change_response_dict(response_dict, customized_response_dict, **_):
    response_dict["headers"]["x-amzn-requestid"] = "changed"
    response_dict["body"] = response_dict["body"].replace(b"end_turn", b"stop_sequence")
    customized_response_dict["customized"] = 1


def change_status(response_dict, **_):
    response_dict["status_code"] = 500


def change_parsed(parsed_response, **_):
    parsed_response["received"] = True


def change_parsed_last(parsed, **_):
    parsed["called"] = parsed.pop("stopReason", None)


def retry_until(attempt):
    return lambda attempts, **_: 0 if attempts < attempt else None


def override_code(context, **_):
    context["error_code_override"] = "ThrottlingException"


def move_region(builtins, **_):
    builtins.update({"SDK::Endpoint": None, "AWS::Region": "eu-west-1", "AWS::UseFIPS": True})


def sign_for_another_region(request, **_):
    request.context["signing"] = {"region": "eu-west-1", "signing_name": "other"}


SERVICE = "bedrock-runtime"
CALL = (ANSWER, "converse")
CASES = {
    "parameters are replaced": [("provide-client-params", replace_parameters)],
    "a parameter is added": [("before-parameter-build.*.Converse", add_parameter)],
    "parameters become invalid": [("before-parameter-build", remove_parameter)],
    "the endpoint is moved": [("before-endpoint-resolution", move_endpoint)],
    "the request is changed": [(f"before-call.{SERVICE}", change_request_dict)],
    "the call is answered": [("before-call", answer_call)],
    "the call is refused": [("before-call", refuse_call)],
    "headers before signing": [(f"request-created.{SERVICE}.Converse", change_headers)],
    "headers after signing": [(f"request-created.{SERVICE}", change_headers)],
    "the request before signing": [(f"before-sign.{SERVICE}.*", change_request)],
    "a file as the body": [(f"before-sign.{SERVICE}.*", send_file)],
    "a form as the body": [(f"request-created.{SERVICE}.*", send_form)],
    "the agent is not changed": [(f"before-sign.{SERVICE}.*", change_agent)],
    "the agent is changed last": [("request-created", change_agent)],
    "signing for another region": [("before-sign", sign_for_another_region)],
    "an unsigned request": [("choose-signer", choose(botocore.UNSIGNED))],
    "an unsigned request of the service": [(f"choose-signer.{SERVICE}", choose(botocore.UNSIGNED))],
    "a token without TLS": [(f"choose-signer.{SERVICE}.*", choose("bearer"))],
    "an unknown signature": [(f"choose-signer.{SERVICE}", choose("nonsense"))],
    "another signature of botocore": [(f"choose-signer.{SERVICE}", choose("s3v4"))],
    "the same signature": [(f"choose-signer.{SERVICE}", choose("v4"))],
    "another authorization": [("before-send", replace_authorization)],
    "another URL after signing": [("before-send", move_request)],
    "the request is answered": [("before-send", answer_request)],
    "the request is answered with an error": [("before-send", answer_with_error)],
    "sending fails": [("before-send", fail(ValueError("no")))],
    "sending fails for a moment": [
        ("before-send", fail_at_first(ConnectTimeoutError(endpoint_url="x")))
    ],
    "the response is changed": [("before-parse", change_response_dict)],
    "the status is changed": [("before-parse", change_status)],
    "parsing fails": [("before-parse", fail(KeyError("no")))],
    "the parsed response is changed": [("response-received", change_parsed)],
    "the retries are decided": [("needs-retry", retry_until(5))],
    "the retries are decided first": [(f"needs-retry.{SERVICE}.Converse", retry_until(2))],
    "the result is changed": [("after-call", change_parsed_last)],
    "the result is refused": [("after-call", fail(RuntimeError("no")))],
    "the failure is replaced": [
        ("before-send", fail(ValueError("no"))),
        ("after-call-error", fail(LookupError("instead"))),
    ],
    **{
        f"{event} fails": [(event, fail(ZeroDivisionError("no")))]
        for event in (
            "provide-client-params",
            "before-parameter-build",
            "before-endpoint-resolution",
            "before-call",
            "request-created",
            "choose-signer",
            "before-sign",
            "response-received",
            "needs-retry",
        )
    },
}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    async def sleep(seconds):
        pass

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("asyncio.sleep", sleep)


def compare(ours, handlers, reply, method="converse", **config):
    theirs = run(Boto3, reply, method, QUESTION, handlers, **config)
    assert_same(run(ours, reply, method, QUESTION, handlers, **config), theirs)


@OURS
@pytest.mark.parametrize("name", CASES)
def test_handlers_have_the_same_effect(name, ours):
    compare(ours, CASES[name], [ANSWER])


@OURS
def test_a_handler_prevents_retries(ours):
    for scope in ("needs-retry", f"needs-retry.{SERVICE}.*"):
        compare(ours, [(scope, choose(False))], [BROKEN, ANSWER])


@OURS
def test_a_handler_retries_after_the_last_attempt(ours):
    for mode in ("standard", "legacy"):
        retries = {"mode": mode, "total_max_attempts": 2}
        replies = [BROKEN, BROKEN, BROKEN, BROKEN, ANSWER]
        compare(ours, [("needs-retry", retry_until(5))], replies, retries=retries)


@OURS
def test_a_handler_chooses_the_class_of_the_error(ours):
    compare(ours, [("after-call", override_code)], [INVALID])


@OURS
def test_a_handler_answers_with_events(ours):
    compare(ours, [("before-send", answer_with_stream)], [STREAM], "converse_stream")


@OURS
def test_a_handler_moves_a_call_to_another_region(ours):
    urls = []

    def answer(request, **_):
        urls.append((request.url, b"eu-west-1" in request.headers["Authorization"]))
        return answer_request()

    handlers = [("before-endpoint-resolution", move_region), ("before-send", answer)]
    compare(ours, handlers, [ANSWER])
    assert urls[0] == urls[1]
    assert "bedrock-runtime-fips.eu-west-1" in urls[0][0]


@OURS
def test_an_unsigned_client_can_be_given_a_header(ours):
    config = {"signature_version": botocore.UNSIGNED}
    compare(ours, [(f"before-sign.{SERVICE}.*", replace_authorization)], [ANSWER], **config)
