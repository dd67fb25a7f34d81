"""any-llm: its Bedrock provider, which takes clients. It runs its asynchronous calls in threads."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from any_llm import AnyLLM
from any_llm.exceptions import AnyLLMError
from botocore.exceptions import ClientError, ReadTimeoutError

from jobs import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    OPENAI_TOOLS,
    UNKNOWN_MODEL,
    Clients,
    arrived,
    configure,
    job,
)

OWN_PATH = {
    "fastbedrock: own client": "without a client it makes boto3's, and one for each timeout"
}

QUESTION = [{"role": "user", "content": "How is the weather?"}]


def provider(clients: Clients, **arguments: Any) -> AnyLLM:
    return AnyLLM.create(
        "bedrock",
        client=clients.client(),
        control_client=clients.client("bedrock"),
        **arguments,
    )


def results(calls: list[Any]) -> list[dict[str, Any]]:
    """The messages with which a program answers calls of the tool."""
    return [
        {
            "role": "tool",
            "tool_call_id": call.id,
            "content": f"Rain in {json.loads(call.function.arguments)['city']}.",
        }
        for call in calls
    ]


@job("chat")
def chat(clients: Clients) -> Any:
    llm = provider(clients)
    answer = llm.completion(
        model=CHAT_MODEL,
        messages=[{"role": "system", "content": "Be brief."}, *QUESTION],
        temperature=0.5,
        max_tokens=100,
    )
    return answer, llm.list_models()


@job("image")
def image(clients: Clients) -> Any:
    url = "data:image/gif;base64,R0lGODlhAQABAAAAADs="
    content = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    return provider(clients).completion(
        model=CHAT_MODEL, messages=[{"role": "user", "content": content}]
    )


@job("stream")
def stream(clients: Clients) -> Any:
    return list(provider(clients).completion(model=CHAT_MODEL, messages=QUESTION, stream=True))


@job("tools")
def tools(clients: Clients) -> Any:
    llm = provider(clients)
    arguments = {"model": CHAT_MODEL, "tools": OPENAI_TOOLS}
    streamed = list(llm.completion(messages=QUESTION, stream=True, **arguments))
    message = llm.completion(messages=QUESTION, **arguments).choices[0].message
    messages = [*QUESTION, message.model_dump(), *results(message.tool_calls)]
    return streamed, message, llm.completion(messages=messages, **arguments)


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    return provider(clients)._embedding(EMBEDDING_MODEL, ["a cat on a mat", "interest rates"])


@job("errors")
def errors(clients: Clients) -> Any:
    request = {"model": UNKNOWN_MODEL, "messages": QUESTION}
    caught = []
    try:
        provider(clients).completion(**request)
    except ClientError as error:
        caught.append((error, error.response["Error"], error.operation_name))
    try:
        provider(clients, unified_exceptions=True).completion(**request)
    except AnyLLMError as error:
        caught.append((error, error.original_exception))
    configure(faults=[{"fault": "error", "code": "ThrottlingException"}])
    try:
        provider(clients, unified_exceptions=True).completion(model=CHAT_MODEL, messages=QUESTION)
    except AnyLLMError as error:
        caught.append((error, error.original_exception))
    return caught


@job("cancellation")
def cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=20)
    llm = provider(clients)
    chunks = llm.completion(model=CHAT_MODEL, messages=QUESTION, stream=True)
    made: list[Any] = [next(chunks), next(chunks)]
    chunks.close()
    configure(tokens_per_second=None)
    return made, llm.completion(model=CHAT_MODEL, messages=QUESTION)


@job("own client")
def own_client(clients: Clients) -> Any:
    llm = AnyLLM.create("bedrock", region_name="us-east-1")
    request = {"model": CHAT_MODEL, "messages": QUESTION}
    made = (
        llm.completion(**request),
        llm.completion(**request, timeout=20),
        list(llm.completion(**request, stream=True)),
        llm.list_models(),
    )
    configure(first_token_seconds=20)
    try:
        llm.completion(**request, timeout=0.2)
    except ReadTimeoutError as error:
        return made, error


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    llm = provider(clients)
    # Equal ones, because they are sent in no order.
    calls = [llm.acompletion(model=CHAT_MODEL, messages=QUESTION) for _ in range(20)]
    return await asyncio.gather(*calls)


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    chunks = await provider(clients).acompletion(model=CHAT_MODEL, messages=QUESTION, stream=True)
    return [chunk async for chunk in chunks]


@job("async embeddings")
async def async_embeddings(clients: Clients) -> Any:
    return await provider(clients).aembedding(EMBEDDING_MODEL, "a cat on a mat")


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    configure(faults=[{"fault": "exception_frame", "code": "throttlingException", "after": 3}])
    llm = provider(clients, unified_exceptions=True)
    seen: list[Any] = []
    try:
        async for chunk in await llm.acompletion(model=CHAT_MODEL, messages=QUESTION, stream=True):
            seen.append(chunk)
    except AnyLLMError as error:
        seen.append((error, error.original_exception))
    return seen


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    llm = provider(clients)
    configure(first_token_seconds=1)
    call = asyncio.create_task(llm.acompletion(model=CHAT_MODEL, messages=QUESTION))
    await arrived(1)
    call.cancel()
    made: list[Any] = list(await asyncio.gather(call, return_exceptions=True))
    configure(first_token_seconds=0, tokens_per_second=20)
    chunks = await llm.acompletion(model=CHAT_MODEL, messages=QUESTION, stream=True)
    made.append(await anext(aiter(chunks)))
    await chunks.aclose()
    configure(tokens_per_second=None)
    made.append(await llm.acompletion(model=CHAT_MODEL, messages=QUESTION))
    return made
