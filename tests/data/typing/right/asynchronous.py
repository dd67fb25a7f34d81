"""Calls, responses, bodies, streams, paginators, waiters and errors of asynchronous clients."""
# pyright: strict

import asyncio

from types_aiobotocore_bedrock_runtime.type_defs import ConverseStreamOutputTypeDef

import fastbedrock


async def ask(client: fastbedrock.types.AsyncBedrockRuntime, question: str) -> str:
    try:
        response = await client.converse(
            modelId="m", messages=[{"role": "user", "content": [{"text": question}]}]
        )
    except client.exceptions.ThrottlingException as error:
        return error.response.get("Error", {}).get("Code", "")
    return response["stopReason"].upper()


async def first(events: fastbedrock.types.AsyncEventStream[ConverseStreamOutputTypeDef]) -> str:
    return "messageStart" if "messageStart" in await anext(aiter(events)) else ""


async def stream(client: fastbedrock.types.AsyncBedrockRuntime) -> str:
    text = ""
    response = await client.converse_stream(modelId="m", messages=[])
    async with response["stream"] as events:
        async for event in events:
            if "contentBlockDelta" in event:
                text += event["contentBlockDelta"]["delta"].get("text", "")
        text += await first(events)
    await response["stream"].aclose()
    response["stream"].close()
    body = (await client.invoke_model(modelId="m", body=b"{}"))["body"]
    text += (await body.read()).decode()
    async with body as same:
        async for line in same.iter_lines():
            text += line.decode()
    await body.aclose()
    answer = await client.invoke_model_with_response_stream(modelId="m", body=b"{}")
    async for part in answer["body"]:
        if "chunk" in part:
            text += part["chunk"].get("bytes", b"").decode()
    return text


async def main() -> None:
    async with fastbedrock.async_client("bedrock-runtime", max_concurrency=5) as client:
        answers = await asyncio.gather(ask(client, "a"), ask(client, await stream(client)))
        print(answers[0].upper())
        async for page in client.get_paginator("list_async_invokes").paginate():
            for summary in page["asyncInvokeSummaries"]:
                print(summary["invocationArn"].upper())
    await client.close()
    await client.aclose()
    session = fastbedrock.Session()
    control = session.create_client("bedrock-agentcore-control", region_name="us-east-1")
    await control.get_waiter("memory_created").wait(memoryId="m", WaiterConfig={"Delay": 1})
    agents = session.async_client("bedrock-agent-runtime", api_key="k")
    response = await agents.invoke_agent(agentId="a", agentAliasId="b", sessionId="c")
    async with response["completion"] as events:
        async for event in events:
            if "chunk" in event:
                print(event["chunk"].get("bytes", b"").decode())
    core = session.async_client("bedrock-agentcore", credentials=lambda: None)
    invoked = await core.invoke_agent_runtime(agentRuntimeArn="a", payload=b"")
    async for line in invoked["response"].iter_lines():
        print(line.decode(), invoked["contentType"].upper())
