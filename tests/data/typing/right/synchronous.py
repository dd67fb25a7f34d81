"""Calls, responses, bodies, streams, paginators, waiters and errors of synchronous clients."""
# pyright: strict

import contextlib

from botocore.exceptions import ClientError

import fastbedrock
import fastbedrock.local
from fastbedrock import Config, exceptions


def ask(client: fastbedrock.types.BedrockRuntime, question: str) -> str:
    try:
        response = client.converse(
            modelId="m",
            messages=[{"role": "user", "content": [{"text": question}]}],
            inferenceConfig={"maxTokens": 10, "stopSequences": ("a", "b")},
            toolConfig={
                "tools": [{"toolSpec": {"name": "n", "inputSchema": {"json": {"type": "object"}}}}]
            },
        )
    except client.exceptions.ThrottlingException as error:
        return error.response.get("Error", {}).get("Code", "")
    except (exceptions.ReadTimeoutError, exceptions.ClientError, ClientError):
        raise
    tokens: int = response["usage"]["inputTokens"]
    if "message" in response["output"]:
        for block in response["output"]["message"]["content"]:
            if "text" in block:
                return f"{block['text']} {tokens} {response['stopReason'].upper()}"
    return response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def stream(client: fastbedrock.types.BedrockRuntime) -> str:
    text = ""
    with contextlib.closing(client.converse_stream(modelId="m")["stream"]) as events:
        for event in events:
            if "contentBlockDelta" in event:
                text += event["contentBlockDelta"]["delta"].get("text", "")
    body = client.invoke_model(modelId="m", body=b"{}")["body"]
    for line in body.iter_lines():
        text += line.decode()
    for part in client.invoke_model_with_response_stream(modelId="m", body="{}")["body"]:
        if "chunk" in part:
            text += part["chunk"].get("bytes", b"").decode()
    return text


with fastbedrock.local.serve() as server:
    config = Config(read_timeout=5, retries={"max_attempts": 1})
    client = fastbedrock.client(
        "bedrock-runtime", endpoint_url=server.endpoint_url, config=config, **server.credentials
    )
    with client as same:
        ask(same, stream(client))
    for page in client.get_paginator("list_async_invokes").paginate(
        PaginationConfig={"PageSize": 3}
    ):
        for summary in page["asyncInvokeSummaries"]:
            print(summary["invocationArn"].upper(), summary["submitTime"].isoformat())
    client.close()
    print(client.waiter_names, client.can_paginate("converse"), client.meta.region_name)

control = fastbedrock.Session(region_name="us-east-1").client("bedrock-agentcore-control")
control.get_waiter("memory_created").wait(memoryId="m", WaiterConfig={"Delay": 1})
for found in control.get_paginator("list_memories").paginate().search("memories[].id"):
    print(found)
