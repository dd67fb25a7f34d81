"""Streams of Converse become what ``converse`` returns; texts of replies."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, closing
from copy import deepcopy
from typing import Any

import boto3
import pytest

import fastbedrock
from fastbedrock.local import LocalBedrock

QUESTION = {
    "modelId": "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "messages": [{"role": "user", "content": [{"text": "What is the weather in Paris?"}]}],
}
TOOL = {"toolSpec": {"name": "weather", "inputSchema": {"json": {"type": "object"}}}}
REPLIES: dict[str, Any] = {
    "a text": {"text": "It is sunny, and 21 °C."},
    "reasoning before a text": {"reasoning": "The user asks for weather.", "text": "Sunny."},
    "calls of tools after a text": {
        "text": "I look it up.",
        "toolUse": [
            {"name": "weather", "input": {"city": "Paris", "days": [1, 2], "unit": None}},
            {"name": "weather", "input": {}},
        ],
    },
}
MAKERS = {
    "fastbedrock": fastbedrock.client,
    "boto3": boto3.client,
}


def given(local: LocalBedrock) -> dict[str, Any]:
    return {"endpoint_url": local.endpoint_url, **local.credentials}


def comparable(response: dict[str, Any]) -> dict[str, Any]:
    """Without what differs between two calls."""
    response = {**deepcopy(response), "metrics": {*response["metrics"]}}
    assert response.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    blocks = response["output"]["message"]["content"]
    for block in blocks:
        if "toolUse" in block:
            assert block["toolUse"].pop("toolUseId")
    return response


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_collected_stream_is_the_response_of_converse(
    local_bedrock: LocalBedrock, make: Any, reply: Any
) -> None:
    local_bedrock.reply([reply] * 4)
    client = make("bedrock-runtime", **given(local_bedrock))
    question = {**QUESTION, "toolConfig": {"tools": [TOOL]}}
    whole = client.converse(**question)
    collected = fastbedrock.collect_stream(client.converse_stream(**question))
    assert comparable(collected) == comparable(whole)
    assert [*collected] == [*whole]
    pieces = [*fastbedrock.stream_text(client.converse_stream(**question))]
    assert "".join(pieces) == fastbedrock.reply_text(whole) == reply["text"]
    assert len(pieces) > 1 or " " not in reply["text"]

    async def main() -> None:
        async with fastbedrock.async_client("bedrock-runtime", **given(local_bedrock)) as client:
            response = await client.converse_stream(**question)
            assert comparable(await fastbedrock.acollect_stream(response)) == comparable(whole)
            response = await client.converse_stream(**question)
            found = [piece async for piece in fastbedrock.astream_text(response)]
            assert "".join(found) == reply["text"]

    local_bedrock.reply([reply] * 2)
    asyncio.run(asyncio.wait_for(main(), 20))


def test_the_iteration_is_given_up(local_bedrock: LocalBedrock) -> None:
    """Its stream is closed, and the server notices."""
    local_bedrock.configure(tokens_per_second=50)
    local_bedrock.reply("word " * 1000)
    client = fastbedrock.client("bedrock-runtime", **given(local_bedrock))
    with closing(fastbedrock.stream_text(client.converse_stream(**QUESTION))) as pieces:
        assert next(pieces)

    async def main() -> None:
        async with fastbedrock.async_client("bedrock-runtime", **given(local_bedrock)) as client:
            response = await client.converse_stream(**QUESTION)
            async with aclosing(fastbedrock.astream_text(response)) as pieces:
                assert await anext(pieces)
            for _ in range(200):
                if local_bedrock.counters["streams_aborted"] == 2:
                    return
                await asyncio.sleep(0.02)
            raise AssertionError(local_bedrock.counters)

    asyncio.run(asyncio.wait_for(main(), 20))


def test_an_error_in_the_middle_of_a_stream_is_raised(local_bedrock: LocalBedrock) -> None:
    local_bedrock.fault("exception_frame", after=3, code="ThrottlingException")
    client = fastbedrock.client("bedrock-runtime", **given(local_bedrock))
    with pytest.raises(client.exceptions.ThrottlingException):
        fastbedrock.collect_stream(client.converse_stream(**QUESTION))
    with pytest.raises(client.exceptions.ThrottlingException):
        [*fastbedrock.stream_text(client.converse_stream(**QUESTION))]


class Stream:
    """A stream of events that the local models do not send."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self._events = events
        self.is_closed = False

    def __iter__(self) -> Any:
        return iter(self._events)

    def close(self) -> None:
        self.is_closed = True


def delta(index: int, **kind: Any) -> dict[str, Any]:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": kind}}


def start(index: int, **kind: Any) -> dict[str, Any]:
    return {"contentBlockStart": {"contentBlockIndex": index, "start": kind}}


def test_blocks_of_every_kind() -> None:
    place = {"web": {"url": "https://example.com"}}
    stream = Stream(
        {"messageStart": {"role": "assistant"}},
        delta(0, reasoningContent={"text": "One "}),
        delta(0, reasoningContent={"text": "thought."}),
        delta(0, reasoningContent={"signature": "abc"}),
        delta(1, reasoningContent={"redactedContent": b"se"}),
        delta(1, reasoningContent={"redactedContent": b"cret"}),
        # Blocks may alternate.
        start(3, toolUse={"toolUseId": "t", "name": "search", "type": "server_tool_use"}),
        delta(2, text="The sky "),
        delta(3, toolUse={"input": '{"query": '}),
        delta(2, text="is blue."),
        delta(2, citation={"title": "Sky", "location": place}),
        delta(3, toolUse={"input": '"sky"}'}),
        {"contentBlockStop": {"contentBlockIndex": 2}},
        start(4, toolResult={"toolUseId": "t", "status": "success"}),
        delta(4, toolResult=[{"text": "blue"}]),
        delta(4, toolResult=[{"json": {"hue": 210}}]),
        start(5, image={"format": "png"}),
        delta(5, image={"source": {"bytes": b"..."}}),
        start(6, toolUse={"toolUseId": "u", "name": "search"}),
        delta(6, toolUse={"input": '{"query": "cut o'}),
        {"messageStop": {"stopReason": "max_tokens", "additionalModelResponseFields": {"a": 1}}},
        {"metadata": {"metrics": {"latencyMs": 5}, "usage": {"totalTokens": 9}, "trace": {}}},
    )
    response = {"ResponseMetadata": {"HTTPStatusCode": 200}, "stream": stream}
    content = [
        {"reasoningContent": {"reasoningText": {"text": "One thought.", "signature": "abc"}}},
        {"reasoningContent": {"redactedContent": b"secret"}},
        {
            "citationsContent": {
                "content": [{"text": "The sky is blue."}],
                "citations": [{"title": "Sky", "location": place}],
            }
        },
        {
            "toolUse": {
                "toolUseId": "t",
                "name": "search",
                "type": "server_tool_use",
                "input": {"query": "sky"},
            }
        },
        {
            "toolResult": {
                "toolUseId": "t",
                "status": "success",
                "content": [{"text": "blue"}, {"json": {"hue": 210}}],
            }
        },
        {"image": {"format": "png", "source": {"bytes": b"..."}}},
        {"toolUse": {"toolUseId": "u", "name": "search", "input": '{"query": "cut o'}},
    ]
    collected = fastbedrock.collect_stream(response)
    assert collected == {
        "ResponseMetadata": {"HTTPStatusCode": 200},
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "max_tokens",
        "usage": {"totalTokens": 9},
        "metrics": {"latencyMs": 5},
        "additionalModelResponseFields": {"a": 1},
        "trace": {},
    }
    assert stream.is_closed
    assert fastbedrock.reply_text(collected) == "The sky is blue."
