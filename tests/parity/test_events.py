"""Handlers of events see what they see with boto3, at the same places and in the same order."""

from __future__ import annotations

import functools
import time

import pytest

from event_clients import (
    ANSWER,
    BROKEN,
    INVALID,
    OURS,
    QUESTION,
    STREAM,
    THROTTLED,
    Boto3,
    assert_same,
    run,
)
from scripted_server import Reply

GONE = Reply(cut=0, then="reset")
DATED = Reply(500, (("Date", "Sat, 28 Nov 2026 10:44:14 GMT"),), b"{}")
BODY = {"modelId": "m", "body": b"{}", "accept": "*/*", "contentType": "a/b"}
LISTING = {"maxResults": 3, "statusEquals": "Failed"}

CALLS = {
    "a call": ([ANSWER], "converse", QUESTION),
    "retries": ([BROKEN, DATED, ANSWER], "converse", QUESTION),
    "throttling": ([THROTTLED], "converse", QUESTION),
    "an error": ([INVALID], "converse", QUESTION),
    "invalid parameters": ([ANSWER], "converse", {"modelId": 5}),
    "a stream": ([STREAM], "converse_stream", QUESTION),
    "an error in place of a stream": ([INVALID], "converse_stream", QUESTION),
    "a body": ([ANSWER], "invoke_model", BODY),
    "a query": ([Reply(body=b"{}")], "list_async_invokes", LISTING),
    "a lost connection": ([GONE, ANSWER], "converse", QUESTION),
    "lost connections": ([GONE], "converse", QUESTION),
}


@functools.cache
def with_boto3(name, mode):
    return run_in_mode(Boto3, name, mode)


def run_in_mode(kind, name, mode):
    return run(kind, *CALLS[name], retries={"mode": mode, "total_max_attempts": 3})


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    async def sleep(seconds):
        pass

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr("asyncio.sleep", sleep)


@OURS
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("mode", ["standard", "legacy"])
def test_handlers_see_what_they_see_with_boto3(name, mode, ours):
    started = time.monotonic()
    assert_same(run_in_mode(ours, name, mode), with_boto3(name, mode))
    assert time.monotonic() - started < 20
