"""langchain-aws: ChatBedrockConverse and BedrockEmbeddings, which take a client."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_aws import BedrockEmbeddings, ChatBedrockConverse
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

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
from recipes.langchain_native_async import NativeBedrockEmbeddings, NativeChatBedrockConverse


def chat_model(clients: Clients, model: str = CHAT_MODEL) -> ChatBedrockConverse:
    return ChatBedrockConverse(
        model=model, client=clients.client(), bedrock_client=clients.client("bedrock")
    )


def embedding_model(clients: Clients) -> BedrockEmbeddings:
    return BedrockEmbeddings(model_id=EMBEDDING_MODEL, client=clients.client())


def native_chat_model(clients: Clients, model: str = CHAT_MODEL) -> ChatBedrockConverse:
    """With our clients the recipe, and beside it boto3's clients in threads."""
    if clients.mode != FASTBEDROCK:
        return chat_model(clients, model)
    import fastbedrock

    return NativeChatBedrockConverse(
        model=model,
        client=clients.client(),
        bedrock_client=clients.client("bedrock"),
        async_client=fastbedrock.async_client("bedrock-runtime"),
    )


def native_embedding_model(clients: Clients) -> BedrockEmbeddings:
    if clients.mode != FASTBEDROCK:
        return embedding_model(clients)
    import fastbedrock

    return NativeBedrockEmbeddings(
        model_id=EMBEDDING_MODEL,
        client=clients.client(),
        async_client=fastbedrock.async_client("bedrock-runtime"),
    )


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


QUESTION = HumanMessage("How is the weather?")
TEXTS = ["a cat on a mat", "interest rates"]


@job("chat")
def chat(clients: Clients) -> Any:
    return chat_model(clients).invoke("Good morning!")


@job("stream")
def stream(clients: Clients) -> Any:
    return list(chat_model(clients).stream("Tell me about the sea."))


@job("tools")
def tools(clients: Clients) -> Any:
    model = chat_model(clients).bind_tools([weather])
    call = model.invoke([QUESTION])
    result = weather.invoke(call.tool_calls[0])
    streamed = list(model.stream([QUESTION]))
    return call, model.invoke([QUESTION, call, result]), streamed


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    model = embedding_model(clients)
    return model.embed_documents(TEXTS), model.embed_query("cats")


@job("errors")
def errors(clients: Clients) -> Any:
    return chat_model(clients, UNKNOWN_MODEL).invoke("Good morning!")


@job("cancellation")
def cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=20)
    chunks = chat_model(clients).stream("word " * 1000)
    first = next(chunks)
    chunks.close()
    return first, aborted_within(5)


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await chat_model(clients).ainvoke("Good morning!")


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    return [chunk async for chunk in chat_model(clients).astream("Tell me about the sea.")]


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    return await call_tools(chat_model(clients))


@job("async embeddings")
async def async_embeddings(clients: Clients) -> Any:
    return await embed(embedding_model(clients))


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    return await chat_model(clients, UNKNOWN_MODEL).ainvoke("Good morning!")


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    return await cancel(chat_model(clients))


@job("native async chat")
async def native_chat(clients: Clients) -> Any:
    return await native_chat_model(clients).ainvoke("Good morning!")


@job("native async stream")
async def native_stream(clients: Clients) -> Any:
    return [chunk async for chunk in native_chat_model(clients).astream("Tell me about the sea.")]


@job("native async tools")
async def native_tools(clients: Clients) -> Any:
    return await call_tools(native_chat_model(clients))


@job("native async embeddings")
async def native_embeddings(clients: Clients) -> Any:
    return await embed(native_embedding_model(clients))


@job("native async errors")
async def native_errors(clients: Clients) -> Any:
    return await native_chat_model(clients, UNKNOWN_MODEL).ainvoke("Good morning!")


@job("native async cancellation")
async def native_cancellation(clients: Clients) -> Any:
    return await cancel(native_chat_model(clients))


async def call_tools(model: ChatBedrockConverse) -> Any:
    with_tools = model.bind_tools([weather])
    call = await with_tools.ainvoke([QUESTION])
    result = await weather.ainvoke(call.tool_calls[0])
    streamed = [chunk async for chunk in with_tools.astream([QUESTION])]
    return call, await with_tools.ainvoke([QUESTION, call, result]), streamed


async def embed(model: BedrockEmbeddings) -> Any:
    # One after the other, so that the order of the requests is known.
    return [await model.aembed_query(text) for text in TEXTS]


async def cancel(model: ChatBedrockConverse) -> Any:
    """Gives up a call and a stream. With the recipe, the server has to notice at once."""
    is_native = isinstance(model, NativeChatBedrockConverse)
    configure(first_token_seconds=2)
    try:
        await asyncio.wait_for(model.ainvoke("Good morning!"), 0.5)
    except asyncio.TimeoutError:
        if is_native:
            assert await asyncio.to_thread(aborted_within, 1)
    configure(first_token_seconds=0, tokens_per_second=20)
    chunks = model.astream("word " * 100)
    first = await anext(chunks)
    await chunks.aclose()
    return first, await asyncio.to_thread(aborted_within, 7)
