"""Tests of asynchronous Bedrock code with pytest-asyncio and a local Bedrock.

    pytest examples/test_with_pytest_asyncio.py

``local_bedrock`` is a fixture of fastbedrock's pytest plugin. Each test gets its own server.
"""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

import fastbedrock

pytestmark = pytest.mark.asyncio


async def headline(client, article, patience=10):
    """The code under test: the first line that the model writes, or None if it takes too long."""
    response = await client.converse_stream(
        modelId="anthropic.claude-3-haiku-20240307-v1:0",
        messages=[{"role": "user", "content": [{"text": f"A headline for: {article}"}]}],
    )
    async with response["stream"] as stream:
        try:
            return await asyncio.wait_for(first_line(stream), patience)
        except asyncio.TimeoutError:
            return None


async def first_line(stream):
    line = ""
    async for event in stream:
        if "contentBlockDelta" in event:
            line += event["contentBlockDelta"]["delta"]["text"]
            if "\n" in line:
                break
    return line.partition("\n")[0]


@pytest_asyncio.fixture
async def client(local_bedrock):
    async with fastbedrock.async_client(
        "bedrock-runtime", endpoint_url=local_bedrock.endpoint_url, **local_bedrock.credentials
    ) as client:
        yield client


async def until(condition):
    """Wait for a condition, because the server notices a closed connection a moment later."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("the connection stayed open")


async def test_the_first_line_is_the_headline(local_bedrock, client):
    local_bedrock.reply("Rain at last\nAnd more to come.")
    assert await headline(client, "weather") == "Rain at last"


async def test_the_rest_is_not_waited_for(local_bedrock, client):
    local_bedrock.configure(tokens_per_second=100)
    local_bedrock.reply("Rain\n" + "and more " * 1000)
    assert await headline(client, "weather") == "Rain"
    await until(lambda: local_bedrock.counters["connections_open"] == 0)
    assert local_bedrock.counters["streams_aborted"] == 1


async def test_a_slow_model_is_given_up(local_bedrock, client):
    local_bedrock.fault("stall", after=2)
    assert await headline(client, "weather", patience=0.1) is None
    await until(lambda: local_bedrock.counters["connections_open"] == 0)


async def test_a_throttled_call_is_made_again(local_bedrock, client):
    local_bedrock.fault("error", code="ThrottlingException", calls=[1])
    assert await headline(client, "weather") == "A headline for: weather"
    assert local_bedrock.counters["requests"] == {"ConverseStream": {"200": 1, "429": 1}}


async def test_many_at_once(local_bedrock, client):
    local_bedrock.configure(first_token_seconds=0.1)
    lines = await asyncio.gather(*(headline(client, number) for number in range(100)))
    assert lines[99] == "A headline for: 99"
