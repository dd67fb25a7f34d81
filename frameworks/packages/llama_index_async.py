"""llama-index with aioboto3, which its asynchronous methods then use."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.bedrock import BedrockEmbedding
from llama_index.llms.bedrock_converse import BedrockConverse

from jobs import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    FASTBEDROCK,
    Clients,
    aborted_within,
    configure,
    job,
)

WITHOUT = dict.fromkeys(
    ("chat", "stream", "tools", "embeddings", "errors", "cancellation"), "as without aioboto3"
)


def chat_model(clients: Clients) -> BedrockConverse:
    if clients.mode != FASTBEDROCK:
        return BedrockConverse(model=CHAT_MODEL)
    import fastbedrock

    return BedrockConverse(
        model=CHAT_MODEL,
        client=clients.client(),
        async_client=fastbedrock.async_client("bedrock-runtime"),
    )


def embedding_model(clients: Clients) -> BedrockEmbedding:
    model = BedrockEmbedding(model_name=EMBEDDING_MODEL, client=clients.client())
    if clients.mode == FASTBEDROCK:
        # It takes no asynchronous client: it makes one for each call, by aioboto3's session.
        model._asession = SimpleNamespace(client=clients.session().async_client)
    return model


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


# The package knows the models itself, and asks the server only for these.
REFUSED = {"fault": "error", "code": "ValidationException", "status": 400}
WEATHER = FunctionTool.from_defaults(weather)
GREETING = [ChatMessage(role="user", content="Good morning!")]


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await chat_model(clients).achat(GREETING)


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    question = [ChatMessage(role="user", content="Tell me about the sea.")]
    chunks = [chunk async for chunk in await chat_model(clients).astream_chat(question)]
    return [(chunk.delta, chunk.raw) for chunk in chunks], chunks[-1]


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    model = chat_model(clients)
    call = await model.achat_with_tools([WEATHER], "How is the weather?")
    (wanted,) = model.get_tool_calls_from_response(call)
    result = await WEATHER.acall(**wanted.tool_kwargs)
    history = [
        ChatMessage(role="user", content="How is the weather?"),
        call.message,
        ChatMessage(
            role="tool", content=str(result), additional_kwargs={"tool_call_id": wanted.tool_id}
        ),
    ]
    return call, await model.achat_with_tools([WEATHER], chat_history=history)


@job("async embeddings")
async def async_embeddings(clients: Clients) -> Any:
    model = embedding_model(clients)
    return await model.aget_text_embedding("a cat on a mat"), await model.aget_query_embedding(
        "cats"
    )


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    configure(faults=[REFUSED])
    return await chat_model(clients).achat(GREETING)


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    configure(first_token_seconds=60)
    try:
        await asyncio.wait_for(chat_model(clients).achat(GREETING), 1)
    except asyncio.TimeoutError:
        return await asyncio.to_thread(aborted_within, 5)
    return None
