"""litellm: it signs and sends by itself, and takes credentials and region from a client. Only what
it does with batches goes through clients, which it makes."""

from __future__ import annotations

import asyncio
import os
from typing import Any

# Before the package: no prices from the network.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm

from jobs import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    OPENAI_TOOLS,
    UNKNOWN_MODEL,
    Clients,
    arrived,
    configure,
    endpoint,
    job,
)

_OWN = "litellm signs and sends by itself, with the credentials and the region of the client"
OWN_PATH = {
    "fastbedrock": f"{_OWN}; it takes no client for batches",
    **{
        f"in place: {name}": _OWN
        for name in (
            "chat",
            "stream",
            "tools",
            "embeddings",
            "errors",
            "async chat",
            "async stream",
            "async errors",
            "async cancellation",
        )
    },
}

QUESTION = [{"role": "user", "content": "How is the weather?"}]


def arguments(clients: Clients, model: str = CHAT_MODEL) -> dict[str, Any]:
    return {
        "model": f"bedrock/converse/{model}",
        "messages": QUESTION,
        "aws_bedrock_client": clients.client(),
        "aws_bedrock_runtime_endpoint": endpoint(),
        "max_retries": 0,
    }


@job("chat")
def chat(clients: Clients) -> Any:
    converse = litellm.completion(**arguments(clients), temperature=0.5, max_tokens=100)
    invoke = {**arguments(clients), "model": f"bedrock/invoke/{CHAT_MODEL}"}
    return converse, litellm.completion(**invoke)


@job("stream")
def stream(clients: Clients) -> Any:
    return list(litellm.completion(**arguments(clients), stream=True))


@job("tools")
def tools(clients: Clients) -> Any:
    request = arguments(clients)
    message = litellm.completion(**request, tools=OPENAI_TOOLS).choices[0].message
    (call,) = message.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "Rain."}
    messages = [*QUESTION, message, result]
    return message, litellm.completion(**{**request, "messages": messages}, tools=OPENAI_TOOLS)


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    # Here it takes no client, but what a session knows.
    credentials = clients.session().get_credentials().get_frozen_credentials()
    return litellm.embedding(
        f"bedrock/{EMBEDDING_MODEL}",
        input=["a cat on a mat"],
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_region_name=clients.session().region_name,
        aws_bedrock_runtime_endpoint=endpoint(),
    )


@job("batches")
def batches(clients: Clients) -> Any:
    uri = "s3://bucket/folder/"
    made = clients.client("bedrock").create_model_invocation_job(
        jobName="batch",
        roleArn="arn:aws:iam::123456789012:role/any",
        modelId=CHAT_MODEL,
        inputDataConfig={"s3InputDataConfig": {"s3Uri": uri}},
        outputDataConfig={"s3OutputDataConfig": {"s3Uri": uri}},
    )
    batch = litellm.cancel_batch(made["jobArn"], custom_llm_provider="bedrock")
    return batch.id, batch.status, batch.metadata


@job("errors")
def errors(clients: Clients) -> Any:
    made: list[Any] = []
    try:
        litellm.completion(**arguments(clients, UNKNOWN_MODEL))
    except litellm.BadRequestError as error:
        made.append(error)
    configure(faults=[{"fault": "error", "code": "ThrottlingException"}])
    try:
        litellm.completion(**arguments(clients))
    except litellm.RateLimitError as error:
        made.append(error)
    return made


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await litellm.acompletion(**arguments(clients))


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    chunks = await litellm.acompletion(**arguments(clients), stream=True)
    return [chunk async for chunk in chunks]


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    try:
        await litellm.acompletion(**arguments(clients, UNKNOWN_MODEL))
    except litellm.BadRequestError as error:
        return error


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    configure(first_token_seconds=5)
    call = asyncio.create_task(litellm.acompletion(**arguments(clients)))
    await arrived(1)
    call.cancel()
    made: list[Any] = list(await asyncio.gather(call, return_exceptions=True))
    configure(first_token_seconds=0)
    made.append(await litellm.acompletion(**arguments(clients)))
    return made
