"""pydantic-ai: BedrockConverseModel and BedrockEmbeddingModel, whose provider takes a client."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.embeddings import Embedder
from pydantic_ai.embeddings.bedrock import BedrockEmbeddingModel
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.providers.bedrock import BedrockProvider

from jobs import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    FASTBEDROCK,
    UNKNOWN_MODEL,
    Clients,
    aborted_within,
    configure,
    job,
)
from recipes.pydantic_ai_native_async import await_async_clients

WITHOUT = {"cancellation": "no synchronous one", "native async embeddings": "in threads"}
OWN_PATH = {
    "in place": "but for embeddings, since it registers handlers of events with each client"
}
#: pydantic-ai asks Claude with streams behind the scenes, and this model by plain calls.
PLAIN_MODEL = "amazon.nova-lite-v1:0"


def model_of(client: Any, name: str = PLAIN_MODEL) -> BedrockConverseModel:
    return BedrockConverseModel(name, provider=BedrockProvider(bedrock_client=client))


def threaded(clients: Clients, name: str = PLAIN_MODEL) -> BedrockConverseModel:
    return model_of(clients.client(), name)


def native(clients: Clients, name: str = PLAIN_MODEL) -> BedrockConverseModel:
    """With our clients the recipe, and beside it boto3's clients in threads."""
    if clients.mode != FASTBEDROCK:
        return threaded(clients, name)
    import fastbedrock

    await_async_clients()
    return model_of(fastbedrock.async_client("bedrock-runtime"), name)


def embedder(clients: Clients) -> Embedder:
    provider = BedrockProvider(bedrock_client=clients.client())
    return Embedder(BedrockEmbeddingModel(EMBEDDING_MODEL, provider=provider))


def agent_of(model: BedrockConverseModel) -> Agent:
    agent = Agent(model)

    @agent.tool_plain
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"Rain in {city}."

    return agent


async def chat_with(model: BedrockConverseModel) -> Any:
    result = await Agent(model).run("Good morning!")
    headers = {"extra_headers": {"X-Team": "weather"}}
    other = await Agent(model).run("Good evening!", model_settings=headers)
    return result.all_messages(), other.all_messages()


async def stream_with(model: BedrockConverseModel) -> Any:
    async with Agent(model).run_stream("Tell me about the sea.") as result:
        texts = [text async for text in result.stream_text(delta=True, debounce_by=None)]
    return texts, result.all_messages()


async def tools_with(model: BedrockConverseModel) -> Any:
    agent = agent_of(model)
    result = await agent.run("How is the weather?")
    async with agent.run_stream("How is the weather?") as streamed:
        await streamed.get_output()
    return result.all_messages(), streamed.all_messages()


async def cancel(model: BedrockConverseModel, *, is_native: bool) -> Any:
    """Gives up a call and a stream. With the recipe, the server has to notice at once."""
    configure(first_token_seconds=2)
    try:
        await asyncio.wait_for(Agent(model).run("Good morning!"), 0.5)
    except asyncio.TimeoutError:
        if is_native:
            assert await asyncio.to_thread(aborted_within, 1)
    configure(first_token_seconds=0, tokens_per_second=20)
    async with Agent(model).run_stream("word " * 100) as result:
        first = await anext(result.stream_text(delta=True, debounce_by=None))
    return first, await asyncio.to_thread(aborted_within, 7)


@job("chat")
def chat(clients: Clients) -> Any:
    # Claude is asked with a stream behind the scenes.
    results = [
        Agent(threaded(clients, name)).run_sync("Good morning!")
        for name in (PLAIN_MODEL, CHAT_MODEL)
    ]
    return [result.all_messages() for result in results]


@job("stream")
def stream(clients: Clients) -> Any:
    result = Agent(threaded(clients)).run_stream_sync("Tell me about the sea.")
    return list(result.stream_text(delta=True, debounce_by=None)), result.all_messages()


@job("tools")
def tools(clients: Clients) -> Any:
    return agent_of(threaded(clients)).run_sync("How is the weather?").all_messages()


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    return embedder(clients).embed_documents_sync("a cat on a mat")


@job("errors")
def errors(clients: Clients) -> Any:
    return Agent(threaded(clients, UNKNOWN_MODEL)).run_sync("Good morning!")


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await chat_with(threaded(clients))


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    return await stream_with(threaded(clients))


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    return await tools_with(threaded(clients))


@job("async embeddings")
async def async_embeddings(clients: Clients) -> Any:
    return await embedder(clients).embed_query("cats")


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    return await Agent(threaded(clients, UNKNOWN_MODEL)).run("Good morning!")


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    return await cancel(threaded(clients), is_native=False)


@job("native async chat")
async def native_chat(clients: Clients) -> Any:
    return await chat_with(native(clients))


@job("native async stream")
async def native_stream(clients: Clients) -> Any:
    return await stream_with(native(clients, CHAT_MODEL))


@job("native async tools")
async def native_tools(clients: Clients) -> Any:
    return await tools_with(native(clients))


@job("native async errors")
async def native_errors(clients: Clients) -> Any:
    return await Agent(native(clients, UNKNOWN_MODEL)).run("Good morning!")


@job("native async cancellation")
async def native_cancellation(clients: Clients) -> Any:
    return await cancel(native(clients), is_native=clients.mode == FASTBEDROCK)
