"""Handlers of events see what they see with boto3, in the same order, and have the same effects."""

from __future__ import annotations

import asyncio
import json

import boto3
import pytest
from botocore.config import Config

import fastbedrock
from differential import SETTINGS
from event_recorder import Recorder, description
from frames import event
from scripted_server import Reply, Server, in_order

QUESTION = {
    "modelId": "amazon.nova-lite-v1:0",
    "messages": [{"role": "user", "content": [{"text": "hi"}]}],
}
ANSWER = Reply(
    headers=(("Content-Type", "application/json"), ("x-amzn-RequestId", "id")),
    body=json.dumps(
        {
            "output": {"message": {"role": "assistant", "content": [{"text": "ok"}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            "metrics": {"latencyMs": 1},
        }
    ).encode(),
)
THROTTLED = Reply(
    429,
    (("Content-Type", "application/json"), ("x-amzn-ErrorType", "ThrottlingException:http://x")),
    b'{"message": "slower"}',
)
BROKEN = Reply(500, body=b'{"message": "oops"}')
INVALID = Reply(400, (("x-amzn-ErrorType", "ValidationException"),), b'{"message": "not this way"}')
STREAM = Reply(
    headers=(("Content-Type", "application/vnd.amazon.eventstream"),),
    body=event("messageStart", b'{"role": "assistant"}') + event("messageStop", b"{}"),
    framing="chunked",
)
GONE = Reply(cut=0, then="reset")
DATED = Reply(500, (("Date", "Sat, 28 Nov 2026 10:44:14 GMT"),), b"{}")
CHUNKS = {"modelId": "m", "body": b"{}"}


class Boto3:
    """A client of boto3, and how its calls end."""

    is_async = False
    session = boto3.session.Session

    def __init__(self, url, session=None, service="bedrock-runtime", **config):
        config = {"retries": {"mode": "standard", "total_max_attempts": 3}, **config}
        session = session or self.session(**SETTINGS)
        self.client = self.create(session, service, url, Config(**config))

    def create(self, session, service, url, config):
        return session.client(service, endpoint_url=url, config=config)

    def call(self, method, **params):
        response = getattr(self.client, method)(**params)
        if "stream" in response:
            response["stream"] = list(response["stream"])
        if hasattr(response.get("body"), "read"):
            response["body"] = response["body"].read()
        return response

    def close(self):
        self.client.close()


class Sync(Boto3):
    session = fastbedrock.Session


class Async(Boto3):
    is_async = True
    session = fastbedrock.Session

    def create(self, session, service, url, config):
        self.loop = asyncio.new_event_loop()
        return session.async_client(service, endpoint_url=url, config=config)

    def call(self, method, **params):
        async def collected():
            response = await getattr(self.client, method)(**params)
            if "stream" in response:
                response["stream"] = [each async for each in response["stream"]]
            if hasattr(response.get("body"), "read"):
                response["body"] = await response["body"].read()
            return response

        return self.loop.run_until_complete(asyncio.wait_for(collected(), 30))

    def close(self):
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


OURS = pytest.mark.parametrize("ours", [Sync, Async])


def ended(call):
    """How a call ends: its response or its exception, without what differs between servers."""
    try:
        response = call()
    except Exception as error:
        return [type(error).__name__, description(getattr(error, "response", None))]
    return description(response)


def run(kind, replies, method, params, prepare=lambda client: None, **options):
    """What a client's handlers see during one call, how the call ends, and what is sent."""
    with Server(in_order(*replies)) as server:
        driver = kind(server.url, **options)
        prepare(driver)
        recorder = Recorder(driver.client, driver.is_async)
        end = ended(lambda: driver.call(method, **params))
        driver.close()
        sent = [
            (
                each.method,
                each.target,
                each.header("authorization") is not None,
                description(each.body),
            )
            for each in server.requests
        ]
        return recorder.records, end, sent


def assert_same(ours, theirs):
    """Compare what two clients' handlers saw, record by record."""
    (records, *rest), (expected, *expected_rest) = ours, theirs
    for record, wanted in zip(records, expected, strict=False):
        assert record[:2] == wanted[:2]
        assert record == wanted
    assert len(records) == len(expected)
    assert rest == expected_rest


CALLS = {
    "converse": ([ANSWER], "converse", QUESTION),
    "retried": ([BROKEN, DATED, ANSWER], "converse", QUESTION),
    "throttled": ([THROTTLED, THROTTLED, THROTTLED], "converse", QUESTION),
    "invalid": ([INVALID], "converse", QUESTION),
    "not validated": ([ANSWER], "converse", {"modelId": 5}),
    "stream": ([STREAM], "converse_stream", QUESTION),
    "stream refused": ([INVALID], "converse_stream", QUESTION),
    "invoke": ([ANSWER], "invoke_model", {**CHUNKS, "accept": "*/*", "contentType": "a/b"}),
    "query": (
        [Reply(body=b"{}")],
        "list_async_invokes",
        {"maxResults": 3, "statusEquals": "Failed"},
    ),
    "lost": ([GONE, ANSWER], "converse", QUESTION),
    "lost for good": ([GONE], "converse", QUESTION),
}


@OURS
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("mode", ["standard", "legacy"])
def test_handlers_see_the_same(name, mode, ours, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    replies, method, params = CALLS[name]
    config = {"retries": {"mode": mode, "total_max_attempts": 3}}
    theirs = run(Boto3, replies, method, params, **config)
    assert_same(run(ours, replies, method, params, **config), theirs)
