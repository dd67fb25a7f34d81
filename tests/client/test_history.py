"""botocore's history of calls has the same records for our clients as for boto3's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.client
import botocore.history
import pytest

import fastbedrock
from differential import SETTINGS
from failures import client as make_client
from programs import HELLO
from scripted_server import Reply, Request, Server

RECORDER = botocore.history.get_global_history_recorder()
# What differs from request to request, and between the clients on purpose.
VARYING = (
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "content-length",
    "date",
    "user-agent",
    "x-amz-date",
)


def answer(request: Request) -> Reply:
    return Reply(body=json.dumps({"stopReason": "end_turn"}).encode())


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer) as running:
        yield running


class Records:
    """A handler of the history, which keeps what is compared."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def emit(self, event_type: str, payload: dict[str, Any], source: str) -> None:
        kept = {key: self.plain(value) for key, value in payload.items() if key != "context"}
        self.seen.append((event_type, kept, source))

    def plain(self, value: Any) -> Any:
        if isinstance(value, (bytes, bytearray)):
            value = value.decode()
            # botocore's JSON has blanks that ours has not.
            return json.loads(value) if value.startswith("{") else value
        if not hasattr(value, "items"):
            return value
        pairs = ((key.lower(), self.plain(item)) for key, item in value.items())
        return {key: item for key, item in pairs if key not in VARYING}


@pytest.fixture
def records() -> Iterator[Records]:
    found = Records()
    RECORDER.add_handler(found)
    RECORDER.enable()
    try:
        yield found
    finally:
        RECORDER.disable()
        RECORDER._handlers.remove(found)


def taken(records: Records) -> list[Any]:
    seen, records.seen = records.seen, []
    return seen


@pytest.mark.parametrize("is_call_wrapped", [False, True])
def test_the_records_of_a_call_are_boto3s(is_call_wrapped, server, records, monkeypatch):
    if is_call_wrapped:
        original = botocore.client.BaseClient._make_api_call
        monkeypatch.setattr(
            botocore.client.BaseClient, "_make_api_call", lambda *args: original(*args)
        )
    make_client(boto3, server.url).converse(**HELLO)
    expected = taken(records)
    assert [kind for kind, _, _ in expected] == [
        "API_CALL",
        "HTTP_REQUEST",
        "HTTP_RESPONSE",
        "PARSED_RESPONSE",
    ]
    make_client(fastbedrock, server.url).converse(**HELLO)
    assert taken(records) == expected


def test_an_asynchronous_call_is_recorded_too(server, records):
    make_client(boto3, server.url).converse(**HELLO)
    expected = taken(records)

    async def call() -> None:
        settings = {**SETTINGS, "endpoint_url": server.url}
        async with fastbedrock.async_client("bedrock-runtime", **settings) as client:
            await client.converse(**HELLO)

    asyncio.run(call())
    assert taken(records) == expected


def test_a_replaced_recorder_is_asked(server, monkeypatch):
    seen = []
    monkeypatch.setattr(RECORDER, "record", lambda kind, payload: seen.append(kind))
    make_client(fastbedrock, server.url).converse(**HELLO)
    assert seen[0] == "API_CALL"
