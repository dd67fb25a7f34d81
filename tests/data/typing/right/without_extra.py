"""Code that passes without the extra, too."""
# pyright: strict

from typing import Any

from typing_extensions import assert_type

import fastbedrock
import fastbedrock.local
from fastbedrock import Config, exceptions


def ask(client: fastbedrock.BedrockRuntime) -> str:
    try:
        response = client.converse(modelId="m", messages=[])
        for event in client.converse_stream(modelId="m", messages=[])["stream"]:
            print(event)
    except client.exceptions.ThrottlingException as error:
        return str(error.response["Error"]["Code"])
    except (exceptions.ReadTimeoutError, exceptions.ClientError):
        raise
    return str(response["output"])


async def ask_async() -> None:
    async with fastbedrock.async_client("bedrock-runtime", max_concurrency=5) as client:
        await client.converse(modelId="m", messages=[])
        await client.get_waiter("x").wait(name="n", WaiterConfig={"Delay": 1})
        async for page in client.get_paginator("list_async_invokes").paginate():
            page["asyncInvokeSummaries"]
    await client.aclose()


with fastbedrock.local.serve() as server:
    config = Config(read_timeout=5, retries={"max_attempts": 1})
    client = fastbedrock.client(
        "bedrock-runtime", endpoint_url=server.endpoint_url, config=config, **server.credentials
    )
    with client:
        ask(client)
    for page in client.get_paginator("list_async_invokes").paginate():
        page["asyncInvokeSummaries"]
    client.get_waiter("x").wait(name="n", WaiterConfig={"Delay": 1})
    print(client.waiter_names[0].upper())

session = fastbedrock.Session()
assert_type(fastbedrock.client("bedrock"), fastbedrock.Bedrock)
assert_type(session.create_client("bedrock"), fastbedrock.AsyncBedrock)
assert_type(fastbedrock.client("bedrock-agent"), fastbedrock.AgentsforBedrock)
assert_type(session.create_client("bedrock-agent"), fastbedrock.AsyncAgentsforBedrock)
assert_type(fastbedrock.client("bedrock-agent-runtime"), fastbedrock.AgentsforBedrockRuntime)
assert_type(
    session.create_client("bedrock-agent-runtime"), fastbedrock.AsyncAgentsforBedrockRuntime
)
assert_type(fastbedrock.client("bedrock-agentcore"), fastbedrock.BedrockAgentCore)
assert_type(session.create_client("bedrock-agentcore"), fastbedrock.AsyncBedrockAgentCore)
assert_type(fastbedrock.client("bedrock-agentcore-control"), fastbedrock.BedrockAgentCoreControl)
assert_type(
    session.create_client("bedrock-agentcore-control"), fastbedrock.AsyncBedrockAgentCoreControl
)
assert_type(fastbedrock.client("bedrock-data-automation"), fastbedrock.DataAutomationforBedrock)
assert_type(
    session.create_client("bedrock-data-automation"), fastbedrock.AsyncDataAutomationforBedrock
)
assert_type(fastbedrock.client("bedrock-runtime"), fastbedrock.BedrockRuntime)
assert_type(session.create_client("bedrock-runtime"), fastbedrock.AsyncBedrockRuntime)
assert_type(fastbedrock.client("bedrock").create_project(name="n"), dict[str, Any])
