"""llama-index: BedrockConverse and BedrockEmbedding, which take a client.

Without aioboto3, their asynchronous methods run the synchronous ones in threads. The module
llama_index_async has aioboto3.
"""

from __future__ import annotations

from collections.abc import Iterable
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

WITHOUT = {
    "async cancellation": "its threads read a stream to the end",
}


def chat_model(clients: Clients) -> BedrockConverse:
    return BedrockConverse(model=CHAT_MODEL, client=clients.client())


def embedding_model(clients: Clients) -> BedrockEmbedding:
    return BedrockEmbedding(model_name=EMBEDDING_MODEL, client=clients.client())


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


# The package knows the models itself, and asks the server only for these.
REFUSED = {"fault": "error", "code": "ValidationException", "status": 400}
WEATHER = FunctionTool.from_defaults(weather)
GREETING = [ChatMessage(role="user", content="Good morning!")]
SEA = [ChatMessage(role="user", content="Tell me about the sea.")]


def answer(model: BedrockConverse, response: Any) -> list[ChatMessage]:
    """A conversation with the result of the tool that a response calls."""
    (call,) = model.get_tool_calls_from_response(response)
    result = WEATHER.call(**call.tool_kwargs)
    return [
        ChatMessage(role="user", content="How is the weather?"),
        response.message,
        ChatMessage(
            role="tool", content=str(result), additional_kwargs={"tool_call_id": call.tool_id}
        ),
    ]


def seen(chunks: Iterable[Any]) -> list[Any]:
    """What a user of a stream takes from its chunks."""
    return [(chunk.delta, chunk.raw) for chunk in chunks]


@job("chat")
def chat(clients: Clients) -> Any:
    return chat_model(clients).chat(GREETING)


@job("stream")
def stream(clients: Clients) -> Any:
    chunks = list(chat_model(clients).stream_chat(SEA))
    return seen(chunks), chunks[-1]


@job("tools")
def tools(clients: Clients) -> Any:
    model = chat_model(clients)
    call = model.chat_with_tools([WEATHER], "How is the weather?")
    streamed = list(model.stream_chat_with_tools([WEATHER], "How is the weather?"))
    history = answer(model, call)
    return call, model.chat_with_tools([WEATHER], chat_history=history), streamed[-1]


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    model = embedding_model(clients)
    texts = model.get_text_embedding_batch(["a cat on a mat", "interest rates"])
    return texts, model.get_query_embedding("cats")


@job("errors")
def errors(clients: Clients) -> Any:
    configure(faults=[REFUSED])
    return chat_model(clients).chat(GREETING)


@job("cancellation")
def cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=20)
    chunks = chat_model(clients).stream_chat([ChatMessage(role="user", content="word " * 1000)])
    first = next(chunks)
    chunks.close()
    del chunks
    # Dropping boto3's stream leaves its connection open.
    assert clients.mode != FASTBEDROCK or aborted_within(5)
    return first


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await chat_model(clients).achat(GREETING)


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    chunks = [chunk async for chunk in await chat_model(clients).astream_chat(SEA)]
    return seen(chunks), chunks[-1]


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    model = chat_model(clients)
    call = await model.achat_with_tools([WEATHER], "How is the weather?")
    history = answer(model, call)
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
