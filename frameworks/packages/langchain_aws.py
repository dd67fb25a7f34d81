"""langchain-aws: ChatBedrockConverse and BedrockEmbeddings, which take a client."""

from __future__ import annotations

from typing import Any

from langchain_aws import BedrockEmbeddings, ChatBedrockConverse
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

from jobs import CHAT_MODEL, EMBEDDING_MODEL, UNKNOWN_MODEL, Clients, job


def chat_model(clients: Clients, model: str = CHAT_MODEL) -> ChatBedrockConverse:
    return ChatBedrockConverse(
        model=model, client=clients.client(), bedrock_client=clients.client("bedrock")
    )


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


@job("chat")
def chat(clients: Clients) -> Any:
    return chat_model(clients).invoke("Good morning!")


@job("stream")
def stream(clients: Clients) -> Any:
    return list(chat_model(clients).stream("Tell me about the sea."))


@job("tools")
def tools(clients: Clients) -> Any:
    model = chat_model(clients).bind_tools([weather])
    question = HumanMessage("How is the weather?")
    call = model.invoke([question])
    result = weather.invoke(call.tool_calls[0])
    return call, model.invoke([question, call, result])


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    model = BedrockEmbeddings(model_id=EMBEDDING_MODEL, client=clients.client())
    return model.embed_documents(["a cat on a mat", "interest rates"])


@job("errors")
def errors(clients: Clients) -> Any:
    return chat_model(clients, UNKNOWN_MODEL).invoke("Good morning!")


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await chat_model(clients).ainvoke("Good morning!")


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    return [chunk async for chunk in chat_model(clients).astream("Tell me about the sea.")]
