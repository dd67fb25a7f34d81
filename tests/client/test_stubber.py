"""botocore's Stubber works on fastbedrock's clients as on boto3's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import botocore.exceptions
import pytest
from botocore.stub import ANY, Stubber

import fastbedrock
from failures import client as make_client
from programs import HELLO
from scripted_server import Reply, Server

libraries = pytest.mark.parametrize("library", [boto3, fastbedrock])
ANSWER: dict[str, Any] = {
    "output": {"message": {"role": "assistant", "content": [{"text": "stubbed"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    "metrics": {"latencyMs": 1},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(lambda _: Reply(body=b'{"stopReason": "end_turn"}')) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_requests_yet(server):
    server.requests.clear()


@pytest.fixture(params=[boto3, fastbedrock])
def client(request, server):
    return make_client(request.param, server.url)


def test_a_response_is_returned_and_nothing_is_sent(client, server):
    with Stubber(client) as stubber:
        stubber.add_response("converse", ANSWER)
        assert client.converse(**HELLO) == ANSWER
        stubber.assert_no_pending_responses()
    assert server.requests == []


def test_without_the_stubber_requests_are_sent_again(client, server):
    stubber = Stubber(client)
    stubber.add_response("converse", ANSWER)
    stubber.activate()
    client.converse(**HELLO)
    stubber.deactivate()
    client.converse(**HELLO)
    assert len(server.requests) == 1


def test_expected_parameters_are_compared(client):
    with Stubber(client) as stubber:
        stubber.add_response("converse", ANSWER, HELLO)
        stubber.add_response("converse", ANSWER, {**HELLO, "messages": ANY})
        stubber.add_response("converse", ANSWER, {**HELLO, "modelId": "another"})
        assert client.converse(**HELLO) == client.converse(**HELLO) == ANSWER
        with pytest.raises(botocore.exceptions.StubAssertionError) as raised:
            client.converse(**HELLO)
        assert "Error getting response stub for operation Converse" in str(raised.value)


def test_an_error_is_of_the_clients_own_class(client, server):
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "converse",
            "ModelErrorException",
            "broken",
            http_status_code=424,
            service_error_meta={"Extra": 1},
            response_meta={"RequestId": "r"},
            modeled_fields={"resourceName": "name"},
        )
        with pytest.raises(client.exceptions.ModelErrorException) as raised:
            client.converse(**HELLO)
    assert str(raised.value) == (
        "An error occurred (ModelErrorException) when calling the Converse operation: broken"
    )
    assert raised.value.response == {
        "Error": {"Message": "broken", "Code": "ModelErrorException", "Extra": 1},
        "ResponseMetadata": {"HTTPStatusCode": 424, "RequestId": "r"},
        "resourceName": "name",
    }
    assert server.requests == []


def test_a_call_without_a_response_and_one_of_another_operation_are_errors(client):
    with Stubber(client) as stubber:
        with pytest.raises(botocore.exceptions.UnStubbedResponseError):
            client.converse(**HELLO)
        stubber.add_response("converse", ANSWER)
        with pytest.raises(botocore.exceptions.StubResponseError, match="Operation mismatch"):
            client.list_async_invokes()
        with pytest.raises(AssertionError, match="1 responses remaining"):
            stubber.assert_no_pending_responses()


def test_a_response_that_the_model_does_not_have_is_refused(client):
    stubber = Stubber(client)
    with pytest.raises(botocore.exceptions.ParamValidationError):
        stubber.add_response("converse", {"stopReason": 1})
    with pytest.raises(botocore.exceptions.ParamValidationError):
        stubber.add_response("converse", {"nothing": 1})
    with pytest.raises(ValueError, match="does not have method"):
        stubber.add_response("nothing", {})


def test_parameters_are_validated(client):
    with Stubber(client) as stubber:
        stubber.add_response("converse", ANSWER)
        with pytest.raises(botocore.exceptions.ParamValidationError):
            client.converse(modelId="m", messages=1)


def test_pages_are_stubbed(client):
    summary = {
        "invocationArn": "arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghijkl",
        "modelArn": "m",
        "submitTime": 1,
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket"}},
    }
    with Stubber(client) as stubber:
        page = {"asyncInvokeSummaries": [summary], "nextToken": "t"}
        stubber.add_response("list_async_invokes", page, {})
        stubber.add_response("list_async_invokes", {"asyncInvokeSummaries": []}, {"nextToken": "t"})
        paginator = client.get_paginator("list_async_invokes")
        assert len(paginator.paginate().build_full_result()["asyncInvokeSummaries"]) == 1


@libraries
def test_no_credentials_are_needed(library):
    client = library.client("bedrock-runtime", region_name="us-east-1")
    with Stubber(client) as stubber:
        stubber.add_response("converse", ANSWER)
        assert client.converse(**HELLO) == ANSWER
