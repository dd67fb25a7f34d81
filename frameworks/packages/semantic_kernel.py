"""semantic-kernel: its Bedrock services, which take clients. It calls them in threads, and reads
streams on the loop's thread."""

from __future__ import annotations

import asyncio
from typing import Any

from botocore.exceptions import ClientError, EventStreamError
from semantic_kernel import Kernel
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.bedrock import (
    BedrockChatCompletion,
    BedrockChatPromptExecutionSettings,
    BedrockTextCompletion,
    BedrockTextEmbedding,
    BedrockTextPromptExecutionSettings,
)
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function

from jobs import CHAT_MODEL, EMBEDDING_MODEL, UNKNOWN_MODEL, Clients, arrived, configure, job

OWN_PATH = {"fastbedrock: async own client": "without a client it makes boto3's"}
WITHOUT = {"synchronous ones": "asynchronous only"}


class Weather:
    @kernel_function
    def forecast(self, city: str) -> str:
        """The weather in a city."""
        return f"Rain in {city}."


def service(clients: Clients, kind: Any = BedrockChatCompletion, model: str = CHAT_MODEL) -> Any:
    return kind(model_id=model, runtime_client=clients.client(), client=clients.client("bedrock"))


def question(text: str = "How is the weather?") -> ChatHistory:
    history = ChatHistory(system_message="Be brief.")
    history.add_user_message(text)
    return history


def settings(**arguments: Any) -> BedrockChatPromptExecutionSettings:
    return BedrockChatPromptExecutionSettings(temperature=0.5, max_tokens=200, **arguments)


@job("async chat")
async def chat(clients: Clients) -> Any:
    made = await service(clients).get_chat_message_content(question(), settings())
    agent = ChatCompletionAgent(service=service(clients), name="friend")
    return made, (await agent.get_response(messages="Good morning!")).content


@job("async many")
async def many(clients: Clients) -> Any:
    model = service(clients)
    # Equal ones, because they are sent in no order.
    return await asyncio.gather(
        *(model.get_chat_message_content(question(), settings()) for _ in range(20))
    )


@job("async own client")
async def own_client(clients: Clients) -> Any:
    model = BedrockChatCompletion(model_id=CHAT_MODEL)
    return await model.get_chat_message_content(question(), settings())


@job("async text")
async def text(clients: Clients) -> Any:
    completion = service(clients, BedrockTextCompletion, "amazon.titan-text-express-v1")
    execution = BedrockTextPromptExecutionSettings(max_tokens=200)
    streamed = completion.get_streaming_text_contents("Tell me about the sea.", execution)
    return (
        await completion.get_text_contents("Good morning!", execution),
        [chunk async for chunk in streamed],
    )


@job("async stream")
async def stream(clients: Clients) -> Any:
    chunks = service(clients).get_streaming_chat_message_contents(question(), settings())
    return [chunk async for chunk in chunks]


@job("async tools")
async def tools(clients: Clients) -> Any:
    kernel = Kernel()
    kernel.add_plugin(Weather(), "weather")
    choice = settings(function_choice_behavior=FunctionChoiceBehavior.Auto())
    history = question()
    made = await service(clients).get_chat_message_content(history, choice, kernel=kernel)
    streamed = question()
    chunks = service(clients).get_streaming_chat_message_contents(streamed, choice, kernel=kernel)
    return made, history, [chunk async for chunk in chunks], streamed


@job("async embeddings")
async def embeddings(clients: Clients) -> Any:
    embedder = service(clients, BedrockTextEmbedding, EMBEDDING_MODEL)
    # The texts of one call would be sent at the same time, in no order.
    vectors = [
        await embedder.generate_embeddings([text]) for text in ("a cat on a mat", "interest rates")
    ]
    return [vector.tolist() for vector in vectors]


@job("async errors")
async def errors(clients: Clients) -> Any:
    made: list[Any] = []
    try:
        await service(clients, model=UNKNOWN_MODEL).get_chat_message_content(question(), settings())
    except ClientError as error:
        made.append((error, error.operation_name))
    configure(faults=[{"fault": "exception_frame", "code": "throttlingException", "after": 3}])
    try:
        async for chunk in service(clients).get_streaming_chat_message_contents(
            question(), settings()
        ):
            made.append(chunk)
    except EventStreamError as error:
        made.append((error, error.operation_name))
    return made


@job("async cancellation")
async def cancellation(clients: Clients) -> Any:
    model = service(clients)
    configure(first_token_seconds=1)
    call = asyncio.create_task(model.get_chat_message_content(question(), settings()))
    await arrived(1)
    call.cancel()
    made: list[Any] = list(await asyncio.gather(call, return_exceptions=True))
    configure(first_token_seconds=0, tokens_per_second=20)
    chunks = model.get_streaming_chat_message_contents(question(), settings())
    made.append([await anext(chunks), await anext(chunks)])
    await chunks.aclose()
    configure(tokens_per_second=None)
    made.append(await model.get_chat_message_content(question(), settings()))
    return made
