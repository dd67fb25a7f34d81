"""agent-framework: its Bedrock clients, which take a session or a client, and an agent. It calls
the client, and reads each event of a stream, in a thread."""

from __future__ import annotations

import asyncio
from typing import Any

from agent_framework import Agent
from agent_framework_bedrock import BedrockChatClient, BedrockEmbeddingClient
from botocore.exceptions import ClientError, EventStreamError

from jobs import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    UNKNOWN_MODEL,
    Clients,
    aborted_within,
    arrived,
    configure,
    job,
)

WITHOUT = {"synchronous ones": "asynchronous only"}


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


def chat_client(clients: Clients, model: str = CHAT_MODEL) -> BedrockChatClient[Any]:
    return BedrockChatClient(model=model, boto3_session=clients.session())


def agent(clients: Clients, **arguments: Any) -> Agent[Any]:
    return Agent(chat_client(clients), "Be brief.", name="helper", **arguments)


@job("async chat")
async def chat(clients: Clients) -> Any:
    helper = agent(clients)
    session = helper.create_session()
    first = await helper.run("Good morning!", session=session)
    # The second request has the conversation.
    second = await helper.run("How are you?", session=session)
    return [answer.to_dict() for answer in (first, second)]


@job("async stream")
async def stream(clients: Clients) -> Any:
    updates = agent(clients).run("Tell me about the sea.", stream=True)
    return [update.to_dict() async for update in updates]


@job("async tools")
async def tools(clients: Clients) -> Any:
    helper = agent(clients, tools=[weather])
    answer = await helper.run("How is the weather?")
    updates = helper.run("How is the weather?", stream=True)
    return answer.to_dict(), [update.to_dict() async for update in updates]


@job("async embeddings")
async def embeddings(clients: Clients) -> Any:
    embedder = BedrockEmbeddingClient(model=EMBEDDING_MODEL, client=clients.client())
    # The texts of one call would be sent at the same time, in no order.
    made = [await embedder.get_embeddings([text]) for text in ("a cat on a mat", "interest rates")]
    return embedder.service_url(), [(next(iter(found)).vector, found.usage) for found in made]


@job("async errors")
async def errors(clients: Clients) -> Any:
    made: list[Any] = []
    try:
        await chat_client(clients, UNKNOWN_MODEL).get_response("Good morning!")
    except ClientError as error:
        made.append((error, error.operation_name))
    configure(faults=[{"fault": "exception_frame", "code": "throttlingException", "after": 3}])
    try:
        async for update in chat_client(clients).get_response("Tell me about it.", stream=True):
            made.append(update.to_dict())
    except EventStreamError as error:
        made.append((error, error.operation_name))
    return made


@job("async cancellation")
async def cancellation(clients: Clients) -> Any:
    model = chat_client(clients)
    configure(first_token_seconds=1)
    call = asyncio.create_task(model.get_response("Good morning!"))
    await arrived(1)
    call.cancel()
    made: list[Any] = list(await asyncio.gather(call, return_exceptions=True))

    # The task is cancelled while a thread waits for the next event.
    async def consume(seen: list[Any]) -> None:
        async for update in model.get_response("one two three four five six", stream=True):
            seen.append(update.to_dict())

    configure(first_token_seconds=0, tokens_per_second=1)
    seen: list[Any] = []
    reader = asyncio.create_task(consume(seen))
    while len(seen) < 2:
        await asyncio.sleep(0.01)
    reader.cancel()
    made.extend(await asyncio.gather(reader, return_exceptions=True))
    made.append(seen)
    made.append(await asyncio.to_thread(aborted_within, 10))
    configure(tokens_per_second=None)
    made.append((await model.get_response("And now?")).to_dict())
    return made
