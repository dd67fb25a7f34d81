"""Code with the types of boto3 and aiobotocore takes our clients."""
# pyright: strict

from botocore.client import BaseClient
from botocore.eventstream import EventStream
from mypy_boto3_bedrock_agent_runtime import AgentsforBedrockRuntimeClient
from mypy_boto3_bedrock_runtime import BedrockRuntimeClient, ListAsyncInvokesPaginator
from mypy_boto3_bedrock_runtime.type_defs import (
    ConverseResponseTypeDef,
    ConverseStreamOutputTypeDef,
    ConverseStreamResponseTypeDef,
    MessageTypeDef,
)
from types_aiobotocore_bedrock_runtime import BedrockRuntimeClient as AioBedrockRuntimeClient

import fastbedrock


def ask(client: BedrockRuntimeClient, messages: list[MessageTypeDef]) -> ConverseResponseTypeDef:
    return client.converse(modelId="m", messages=messages)


def retrieve(client: AgentsforBedrockRuntimeClient) -> str:
    found = client.retrieve(knowledgeBaseId="k", retrievalQuery={"text": "q"})
    return found["retrievalResults"][0].get("content", {}).get("text", "")


def count(stream: EventStream[ConverseStreamOutputTypeDef]) -> int:
    return sum(1 for _ in stream)


def whole(response: ConverseStreamResponseTypeDef) -> int:
    return count(response["stream"])


def pages(paginator: ListAsyncInvokesPaginator, client: BaseClient) -> None:
    paginator.paginate()
    client.close()


async def ask_aio(client: AioBedrockRuntimeClient) -> str:
    return (await client.converse(modelId="m", messages=[]))["stopReason"]


async def main() -> None:
    client = fastbedrock.client("bedrock-runtime")
    messages: list[MessageTypeDef] = [{"role": "user", "content": [{"text": "a"}]}]
    response = ask(client, messages)
    if "message" in response["output"]:
        client.converse(modelId="m", messages=[*messages, response["output"]["message"]])
    whole(client.converse_stream(modelId="m", messages=messages))
    pages(client.get_paginator("list_async_invokes"), client)
    retrieve(fastbedrock.client("bedrock-agent-runtime"))
    async with fastbedrock.async_client("bedrock-runtime") as aio:
        await ask_aio(aio)
