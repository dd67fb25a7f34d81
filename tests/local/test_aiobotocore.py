"""aiobotocore on the local Bedrock: every operation, every family, every kind of fault.

The same code runs with aiobotocore accelerated in place, and with fastbedrock in its place, because
the interfaces are the same.

Skipped if aiobotocore is not installed. It pins another botocore, and so needs its own environment.
"""

from __future__ import annotations

import asyncio
import json
import time

import pytest

pytest.importorskip("aiobotocore", reason="aiobotocore is not installed")

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError, EventStreamError
from botocore.parsers import ResponseParserError

import fastbedrock
from chat_families import CHATS, TEXT
from local_requests import CHAT, user

FRAMES = 8


@pytest.fixture(params=["aiobotocore", "in place", "fastbedrock"])
def session(request):
    """An aiobotocore session, or one of ours, which makes clients in the same way."""
    if request.param == "in place":
        with fastbedrock.install():
            yield get_session()
    else:
        yield get_session() if request.param == "aiobotocore" else fastbedrock.Session()


def reads_strictly(session):
    """Whether fastbedrock reads the responses. Some of its differences are on purpose."""
    return isinstance(session, fastbedrock.Session) or fastbedrock.installed()


def run(session, server, use, attempts=1, read_timeout=5):
    """Run ``use(client)`` with a client of the server."""

    async def main():
        config = AioConfig(
            retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=read_timeout
        )
        async with session.create_client(
            "bedrock-runtime",
            endpoint_url=server.endpoint_url,
            verify=server.ca_bundle,
            config=config,
            **server.credentials,
        ) as client:
            return await asyncio.wait_for(use(client), timeout=30)

    return asyncio.run(main())


@pytest.mark.parametrize("tls", [False, True])
def test_every_operation(session, tls):
    from fastbedrock.local import serve

    output = {"s3OutputDataConfig": {"s3Uri": "s3://bucket/videos"}}

    async def use(client):
        answer = await client.converse(modelId=CHAT, messages=user("Hello"))
        assert answer["output"]["message"]["content"] == [{"text": "Hello"}]
        answer = await client.converse_stream(modelId=CHAT, messages=user("a b c"))
        assert len([event async for event in answer["stream"]]) == 7
        count = await client.count_tokens(
            modelId=CHAT, input={"converse": {"messages": user("Hello")}}
        )
        assert count["inputTokens"] > 0
        answer = await client.apply_guardrail(
            guardrailIdentifier="abc",
            guardrailVersion="1",
            source="INPUT",
            content=[{"text": {"text": "forbidden"}}],
        )
        assert answer["action"] == "GUARDRAIL_INTERVENED"
        if hasattr(client, "invoke_guardrail_checks"):
            answer = await client.invoke_guardrail_checks(
                messages=[{"role": "user", "content": [{"text": "x"}]}],
                checks={"contentFilter": {"categories": [{"category": "HATE"}]}},
            )
            assert answer["results"]["contentFilter"]["results"]
        started = await client.start_async_invoke(
            modelId="amazon.nova-reel-v1:0",
            modelInput={"taskType": "TEXT_VIDEO"},
            outputDataConfig=output,
        )
        job = await client.get_async_invoke(invocationArn=started["invocationArn"])
        assert job["outputDataConfig"] == output
        paginator = client.get_paginator("list_async_invokes")
        pages = [page async for page in paginator.paginate()]
        assert [len(page["asyncInvokeSummaries"]) for page in pages] == [1]

    with serve(tls=tls) as server:
        run(session, server, use)


@pytest.mark.parametrize("name", CHATS)
def test_every_family(session, local_bedrock, name):
    model, request, read, read_chunks, stop = CHATS[name]

    async def use(client):
        answer = await client.invoke_model(modelId=model, body=json.dumps(request))
        assert read(json.loads(await answer["body"].read())) == (stop, 3)
        answer = await client.invoke_model_with_response_stream(
            modelId=model, body=json.dumps(request)
        )
        chunks = [json.loads(event["chunk"]["bytes"]) async for event in answer["body"]]
        assert read_chunks(chunks) == (TEXT, stop)

    run(session, local_bedrock, use)


def test_embeddings_and_images(session, local_bedrock):
    async def use(client):
        async def ask(model, body):
            answer = await client.invoke_model(modelId=model, body=json.dumps(body))
            return json.loads(await answer["body"].read())

        vector = await ask("amazon.titan-embed-text-v2:0", {"inputText": "x", "dimensions": 512})
        assert len(vector["embedding"]) == 512
        vectors = await ask(
            "cohere.embed-english-v3", {"texts": ["x", "y"], "input_type": "search_query"}
        )
        assert len(vectors["embeddings"]) == 2
        images = await ask(
            "amazon.nova-canvas-v1:0",
            {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "x"}},
        )
        assert len(images["images"]) == 1

    run(session, local_bedrock, use)


async def listen(client):
    events = []
    try:
        answer = await client.converse_stream(modelId=CHAT, messages=user("one two three four"))
        async for event in answer["stream"]:
            events.append(event)
    except Exception as error:
        return events, error
    return events, None


@pytest.mark.parametrize(
    ("fault", "settings", "events", "kind"),
    [
        ("error", {"code": "ThrottlingException"}, 0, ClientError),
        ("error", {"code": "InternalServerException"}, 0, ClientError),
        ("error", {"code": "ModelTimeoutException"}, 0, ClientError),
        ("error", {"code": "ModelErrorException"}, 0, ClientError),
        ("reset", {}, 0, BotoCoreError),
        ("half_close", {}, 0, BotoCoreError),
        ("slow_first_byte", {"seconds": 5}, 0, BotoCoreError),
        ("slow_tokens", {"tokens_per_second": 50}, FRAMES, None),
        ("stall", {"after": 2}, 2, Exception),
        ("stall", {"after": 2, "seconds": 0.1}, FRAMES, None),
        ("reset", {"at": "frame", "after": 2}, 2, Exception),
        ("half_close", {"at": "frame", "after": 2}, 2, Exception),
        ("bad_checksum", {"frame": 2}, 2, Exception),
        ("oversized_frame", {"frame": 2}, 2, Exception),
        ("truncated_frame", {"frame": 2}, 2, None),
        ("exception_frame", {"after": 2, "code": "ThrottlingException"}, 2, EventStreamError),
        ("content_type", {"value": "text/html"}, FRAMES, None),
    ],
)
def test_every_fault(session, local_bedrock, fault, settings, events, kind):
    local_bedrock.fault(fault, **settings)
    start = time.monotonic()
    found, error = run(session, local_bedrock, listen, read_timeout=1)
    if fault == "truncated_frame" and reads_strictly(session):
        kind = BotoCoreError  # on purpose: a truncated stream must not look complete
    assert len(found) == events
    assert error is None if kind is None else isinstance(error, kind), error
    assert time.monotonic() - start < 10


def test_a_broken_body_and_a_reset_in_it(session, local_bedrock):
    async def use(client):
        return await client.converse(modelId=CHAT, messages=user("Hello"))

    local_bedrock.fault("broken_body", calls=[1])
    local_bedrock.fault("reset", at="body", calls=[2])
    if reads_strictly(session):
        with pytest.raises(
            ResponseParserError
        ):  # on purpose: broken JSON must not look like a success
            run(session, local_bedrock, use)
    else:  # botocore reads broken JSON with status 200 as an empty response
        assert set(run(session, local_bedrock, use)) == {"ResponseMetadata"}
    with pytest.raises(BotoCoreError):
        run(session, local_bedrock, use)


def test_a_cancelled_call_closes_its_connection(session, local_bedrock):
    local_bedrock.configure(first_token_seconds=30)

    async def use(client):
        task = asyncio.create_task(client.converse(modelId=CHAT, messages=user("Hello")))
        while not local_bedrock.counters["requests_started"]:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while not local_bedrock.counters["requests_aborted"]:
            await asyncio.sleep(0.01)
        assert local_bedrock.counters["connections_open"] == 0

    run(session, local_bedrock, use)
