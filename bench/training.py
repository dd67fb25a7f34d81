"""The work by which a build with a profile learns what is called often.

    maturin build --release --pgo    # builds with counters, runs this file, builds by the counts

maturin runs it, by the setting `pgo-command`, where the first of the two builds is installed and
nothing else. It makes calls as programs make them, on a local Bedrock of its own: synchronous and
asynchronous, small and large, with and without TLS, and errors.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from measure import BURST, CONVERSE, MODEL, consume, converse_in_flight

import fastbedrock
import fastbedrock.local

ROUNDS = 200
TOOL = {
    "name": "weather",
    "description": "The weather in a city.",
    "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
AGENT = {
    **CONVERSE,
    "system": [{"text": "Answer in one sentence."}],
    "messages": [
        {"role": "user", "content": [{"text": "How is the weather in Zürich? 🌦"}]},
        {
            "role": "assistant",
            "content": [{"toolUse": {"toolUseId": "1", "name": "weather", "input": {"n": 1.5}}}],
        },
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "1", "content": [{"json": {"degrees": 7}}]}}],
        },
    ],
    "toolConfig": {"tools": [{"toolSpec": TOOL}]},
}
IMAGE = {"image": {"format": "png", "source": {"bytes": bytes(300_000)}}}
PICTURE = {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": "?"}, IMAGE]}]}
RAW = {
    "modelId": "amazon.titan-embed-text-v2:0",
    "body": '{"inputText": "Good morning"}',
    "contentType": "application/json",
    "accept": "application/json",
}


def synchronous(client: Any) -> None:
    for _ in range(ROUNDS):
        for params in (CONVERSE, AGENT):
            client.converse(**params)
        for event in client.converse_stream(**AGENT)["stream"]:
            assert event
        assert client.invoke_model(**RAW)["body"].read()
    for _ in range(5):
        client.converse(**PICTURE)
        assert sum(1 for _ in client.converse_stream(**BURST)["stream"]) > 1000
        with suppress(client.exceptions.ValidationException):
            client.converse(modelId=MODEL, messages=[])


async def asynchronous(client: Any) -> None:
    await converse_in_flight(client, 10 * ROUNDS)
    for _ in range(ROUNDS):
        await client.converse(**AGENT)
        await consume(client, AGENT)
    await asyncio.gather(*(consume(client, BURST) for _ in range(5)))
    await client.converse(**PICTURE)


def main() -> None:
    for tls in (False, True):
        with fastbedrock.local.serve(tls=tls) as server:
            options = {"endpoint_url": server.endpoint_url, **server.credentials}
            options["verify"] = server.ca_bundle or True
            with fastbedrock.client("bedrock-runtime", **options) as client:
                synchronous(client)

            async def calls(options: dict[str, Any] = options) -> None:
                async with fastbedrock.async_client("bedrock-runtime", **options) as client:
                    await asynchronous(client)

            asyncio.run(calls())


if __name__ == "__main__":
    main()
