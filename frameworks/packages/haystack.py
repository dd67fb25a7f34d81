"""Haystack: its Bedrock components, whose clients are set before their warm-up."""

from __future__ import annotations

import asyncio
from typing import Any

from haystack import Document
from haystack.components.agents import Agent
from haystack.dataclasses import ChatMessage
from haystack.tools import tool
from haystack_integrations.common.amazon_bedrock.errors import AmazonBedrockInferenceError
from haystack_integrations.components.embedders.amazon_bedrock import (
    AmazonBedrockDocumentEmbedder,
    AmazonBedrockTextEmbedder,
)
from haystack_integrations.components.generators.amazon_bedrock import AmazonBedrockChatGenerator
from haystack_integrations.components.rankers.amazon_bedrock import AmazonBedrockRanker

from jobs import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    FASTBEDROCK,
    UNKNOWN_MODEL,
    Clients,
    aborted_within,
    arrived,
    caught,
    configure,
    job,
)

WITHOUT = {
    "cancellation": "a call returns when it is complete",
    "async embeddings": "they have no asynchronous face",
}
QUESTION = [ChatMessage.from_user("Tell me about the sea.")]


class AsyncSession:
    """What the package wants of aiobotocore's session."""

    def __init__(self, clients: Clients) -> None:
        self.create_client = clients.async_client


def generator(
    clients: Clients, model: str = CHAT_MODEL, **arguments: Any
) -> AmazonBedrockChatGenerator:
    made = AmazonBedrockChatGenerator(model, **arguments)
    if clients.mode == FASTBEDROCK:
        made.client = clients.client()
        made.async_session = AsyncSession(clients)
    return made


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


@job("chat")
def chat(clients: Clients) -> Any:
    return generator(clients).run("Good morning!", generation_kwargs={"maxTokens": 20})


@job("stream")
def stream(clients: Clients) -> Any:
    chunks: list[Any] = []
    return generator(clients, streaming_callback=chunks.append).run(QUESTION), chunks


@job("tools")
def tools(clients: Clients) -> Any:
    agent = Agent(chat_generator=generator(clients), tools=[weather])
    return agent.run([ChatMessage.from_user("How is the weather?")])


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    texts = AmazonBedrockTextEmbedder(EMBEDDING_MODEL)
    documents = AmazonBedrockDocumentEmbedder("cohere.embed-english-v3", progress_bar=False)
    if clients.mode == FASTBEDROCK:
        texts._client, documents._client = clients.client(), clients.client()
    stored = [Document(content=text) for text in ("a cat on a mat", "interest rates")]
    return texts.run("a cat"), documents.run(stored)


@job("ranks")
def ranks(clients: Clients) -> Any:
    ranker = AmazonBedrockRanker("cohere.rerank-v3-5:0", top_k=2)
    if clients.mode == FASTBEDROCK:
        ranker._bedrock_client = clients.client("bedrock-agent-runtime")
    stored = [Document(content=text) for text in ("interest rates", "a cat on a mat")]
    return ranker.run("a cat", stored)


def ignore(chunk: Any) -> None:
    pass


async def ignore_later(chunk: Any) -> None:
    pass


@job("errors")
def errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    with caught(AmazonBedrockInferenceError, errors):
        generator(clients, UNKNOWN_MODEL).run(QUESTION)
    with caught(AmazonBedrockInferenceError, errors):
        generator(clients, UNKNOWN_MODEL, streaming_callback=ignore).run(QUESTION)
    configure(faults=[{"fault": "exception_frame", "after": 2, "code": "throttlingException"}])
    with caught(AmazonBedrockInferenceError, errors):
        generator(clients, streaming_callback=ignore).run(QUESTION)
    return errors


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await generator(clients).run_async("Good morning!")


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    chunks: list[Any] = []

    async def keep(chunk: Any) -> None:
        chunks.append(chunk)

    return await generator(clients, streaming_callback=keep).run_async(QUESTION), chunks


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    agent = Agent(chat_generator=generator(clients), tools=[weather])
    return await agent.run_async([ChatMessage.from_user("How is the weather?")])


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    with caught(AmazonBedrockInferenceError, errors):
        await generator(clients, UNKNOWN_MODEL).run_async(QUESTION)
    configure(faults=[{"fault": "exception_frame", "after": 2, "code": "throttlingException"}])
    with caught(AmazonBedrockInferenceError, errors):
        await generator(clients, streaming_callback=ignore_later).run_async(QUESTION)
    return errors


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=20)
    first = asyncio.Event()

    async def see(chunk: Any) -> None:
        first.set()

    made = generator(clients, streaming_callback=see)
    task = asyncio.create_task(made.run_async("one two three four five six"))
    await first.wait()
    task.cancel()
    errors: list[BaseException] = []
    with caught(asyncio.CancelledError, errors):
        await task
    call = asyncio.create_task(generator(clients).run_async("one two three four five six"))
    await arrived(2)
    call.cancel()
    with caught(asyncio.CancelledError, errors):
        await call
    left = await asyncio.to_thread(aborted_within, 5, 2)
    configure(tokens_per_second=None)
    return left, errors, await made.run_async(QUESTION)
