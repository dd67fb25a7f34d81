"""agno: an Agent with an AwsBedrock model, and the embedder; both take clients."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from agno.agent import Agent, RunEvent
from agno.exceptions import ModelProviderError
from agno.knowledge.embedder.aws_bedrock import AwsBedrockEmbedder
from agno.models.aws import AwsBedrock
from agno.models.message import Message

from jobs import (
    CHAT_MODEL,
    FASTBEDROCK,
    UNKNOWN_MODEL,
    Clients,
    aborted_within,
    arrived,
    caught,
    configure,
    job,
)

OWN_PATH = {"fastbedrock: async embeddings": "the embedder takes no asynchronous client"}


def model(clients: Clients, model: str = CHAT_MODEL) -> AwsBedrock:
    return AwsBedrock(id=model, client=clients.client())


@contextlib.asynccontextmanager
async def async_model(clients: Clients, model: str = CHAT_MODEL) -> AsyncIterator[AwsBedrock]:
    if clients.mode == FASTBEDROCK:
        async with clients.async_client() as client:
            yield AwsBedrock(id=model, async_client=client)
    else:
        # The package makes clients of aioboto3.
        yield AwsBedrock(id=model)


def agent(model: AwsBedrock, **arguments: Any) -> Agent:
    return Agent(model=model, telemetry=False, **arguments)


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


def made(run: Any) -> Any:
    messages = [(each.role, each.content, each.tool_calls) for each in run.messages or ()]
    used = run.metrics and (run.metrics.input_tokens, run.metrics.output_tokens)
    return run.status, run.content, used, messages


@job("chat")
def chat(clients: Clients) -> Any:
    return made(agent(model(clients)).run("Good morning!"))


@job("stream")
def stream(clients: Clients) -> Any:
    run = agent(model(clients)).run("Tell me about the sea.", stream=True, stream_events=True)
    return [(event.event, getattr(event, "content", None)) for event in run]


@job("tools")
def tools(clients: Clients) -> Any:
    whole = agent(model(clients), tools=[weather]).run("How is the weather?")
    streamed = agent(model(clients), tools=[weather]).run("How is the weather?", stream=True)
    return made(whole), [(event.event, getattr(event, "content", None)) for event in streamed]


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    client = clients.client()
    titan = AwsBedrockEmbedder(id="cohere.embed-english-v3", client=client)
    return titan.get_embedding("a cat on a mat"), titan.get_embedding_and_usage("interest rates")


@job("token count")
def token_count(clients: Clients) -> Any:
    return model(clients).count_tokens([Message(role="user", content="Good morning!")])


@job("errors")
def errors(clients: Clients) -> Any:
    question = [Message(role="user", content="Good morning!")]
    errors: list[BaseException] = []
    with caught(ModelProviderError, errors):
        model(clients, UNKNOWN_MODEL).response(question)
    with caught(ModelProviderError, errors):
        list(model(clients, UNKNOWN_MODEL).response_stream(question))
    configure(faults=[{"fault": "exception_frame", "after": 2, "code": "throttlingException"}])
    with caught(ModelProviderError, errors):
        list(model(clients).response_stream(question))
    return errors, made(agent(model(clients, UNKNOWN_MODEL)).run("Good morning!"))


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    async with async_model(clients) as model:
        return made(await agent(model).arun("Good morning!"))


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    async with async_model(clients) as model:
        run = agent(model).arun("Tell me about the sea.", stream=True)
        return [(event.event, getattr(event, "content", None)) async for event in run]


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    async with async_model(clients) as model:
        return made(await agent(model, tools=[weather]).arun("How is the weather?"))


@job("async embeddings")
async def async_embeddings(clients: Clients) -> Any:
    embedder = AwsBedrockEmbedder(id="cohere.embed-english-v3")
    return await embedder.async_get_embedding("a cat on a mat")


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    question = [Message(role="user", content="Good morning!")]
    errors: list[BaseException] = []
    async with async_model(clients, UNKNOWN_MODEL) as model:
        with caught(ModelProviderError, errors):
            await model.aresponse(question)
    configure(faults=[{"fault": "exception_frame", "after": 2, "code": "throttlingException"}])
    async with async_model(clients) as model:
        with caught(ModelProviderError, errors):
            async for _ in model.aresponse_stream(question):
                pass
    return errors


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=20)
    question = [Message(role="user", content="one two three four five six")]
    errors: list[BaseException] = []
    async with async_model(clients) as model:
        call = asyncio.create_task(model.aresponse(question))
        await arrived(1)
        call.cancel()
        with caught(asyncio.CancelledError, errors):
            await call
        first = asyncio.Event()

        async def consume() -> None:
            async for event in agent(model).arun("one two three four five six", stream=True):
                if event.event == RunEvent.run_content:
                    first.set()

        stream = asyncio.create_task(consume())
        await first.wait()
        stream.cancel()
        await asyncio.wait([stream])
        left = await asyncio.to_thread(aborted_within, 5, 2)
        configure(tokens_per_second=None)
        return left, errors, stream.cancelled(), made(await agent(model).arun("Are you there?"))
