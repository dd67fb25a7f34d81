"""camel: its model for Bedrock's Converse, which takes a client, and an agent with it. It calls
the client in threads where it is asynchronous, and reads a stream to the end before it gives it."""

from __future__ import annotations

import asyncio
from typing import Any

from botocore.exceptions import ClientError, EventStreamError
from camel.agents import ChatAgent
from camel.models import AWSBedrockConverseModel, ModelProcessingError
from camel.toolkits import FunctionTool
from camel.utils import BaseTokenCounter

from jobs import CHAT_MODEL, UNKNOWN_MODEL, Clients, arrived, configure, job

WITHOUT = {"embeddings": "none of Bedrock"}

QUESTION: list[Any] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "How is the weather?"},
]


class Words(BaseTokenCounter):
    """Counts tokens without the package's default, which wants a file of the internet."""

    def count_tokens_from_messages(self, messages: Any) -> int:
        return sum(len(str(message).split()) for message in messages)

    def encode(self, text: str) -> list[int]:
        return [len(word) for word in text.split()]

    def decode(self, token_ids: list[int]) -> str:
        return " ".join("x" * length for length in token_ids)


def weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: The name of the city.
    """
    return f"Rain in {city}."


def model(
    clients: Clients, name: str = CHAT_MODEL, **configuration: Any
) -> AWSBedrockConverseModel:
    return AWSBedrockConverseModel(
        name,
        model_config_dict=configuration,
        bedrock_client=clients.client(),
        token_counter=Words(),
    )


def agent(clients: Clients, **configuration: Any) -> ChatAgent:
    return ChatAgent(
        "Be brief.",
        model=model(clients, **configuration),
        tools=[FunctionTool(weather)],
        retry_attempts=1,
    )


def essence(response: Any) -> Any:
    """The messages and the tools' results of an agent's response, without times."""
    calls = [(call.tool_name, call.args, call.result) for call in response.info["tool_calls"]]
    return [message.content for message in response.msgs], calls, response.info["usage"]


@job("chat")
def chat(clients: Clients) -> Any:
    friend = model(clients, temperature=0.5, max_tokens=100)
    return friend.run(QUESTION)


@job("stream")
def stream(clients: Clients) -> Any:
    return list(model(clients, stream=True).run(QUESTION))


@job("tools")
def tools(clients: Clients) -> Any:
    whole = agent(clients).step("How is the weather?")
    streamed = agent(clients, stream=True).step("How is the weather?")
    return essence(whole), [essence(response) for response in streamed]


@job("errors")
def errors(clients: Clients) -> Any:
    made: list[Any] = []
    try:
        model(clients, UNKNOWN_MODEL).run(QUESTION)
    except ClientError as error:
        made.append((error, error.operation_name))
    configure(faults=[{"fault": "exception_frame", "code": "throttlingException", "after": 3}])
    try:
        made.extend(iter(model(clients, stream=True).run(QUESTION)))
    except EventStreamError as error:
        made.append((error, error.operation_name))
    configure(faults=[{"fault": "error", "code": "AccessDeniedException"}])
    try:
        agent(clients).step("How is the weather?")
    except ModelProcessingError as error:
        made.append(error)
    return made


@job("cancellation")
def cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=20)
    slow = model(clients, stream=True)
    chunks = slow.run(QUESTION)
    made: list[Any] = [next(chunks), next(chunks)]
    chunks.close()
    configure(tokens_per_second=None)
    return made, list(slow.run(QUESTION))


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await model(clients).arun(QUESTION)


@job("async many")
async def async_many(clients: Clients) -> Any:
    friend = model(clients)
    # Equal ones, because they are sent in no order.
    return await asyncio.gather(*(friend.arun(QUESTION) for _ in range(20)))


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    return [chunk async for chunk in await model(clients, stream=True).arun(QUESTION)]


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    return essence(await agent(clients).astep("How is the weather?"))


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    try:
        await model(clients, UNKNOWN_MODEL).arun(QUESTION)
    except ClientError as error:
        return error, error.operation_name


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    friend = model(clients)
    configure(first_token_seconds=1)
    call = asyncio.create_task(friend.arun(QUESTION))
    await arrived(1)
    call.cancel()
    made: list[Any] = list(await asyncio.gather(call, return_exceptions=True))
    configure(first_token_seconds=0)
    made.append(await friend.arun(QUESTION))
    return made
