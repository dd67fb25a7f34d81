"""Mistakes with asynchronous clients."""

import fastbedrock


async def main() -> None:
    client = fastbedrock.async_client("bedrock-runtime")
    client.converse(modelId="m")  # error: unused-coroutine | reportUnusedCoroutine
    client.converse(modelId="m")["output"]  # error: index | reportIndexIssue
    await client.convers()  # error: attr-defined | reportAttributeAccessIssue
    await client.converse(messages=[])  # error: call-arg | reportCallIssue
    await client.converse(modelId="m", messages=[{"role": "usr", "content": []}])  # error: list-item misc | reportArgumentType
    response = await client.converse_stream(modelId="m")
    response["streams"]  # error: typeddict-item | reportGeneralTypeIssues
    for event in response["stream"]:  # error: misc | reportGeneralTypeIssues
        event["messageStart"]
    async for event in response["stream"]:
        event["messageStarted"]  # error: typeddict-item | reportGeneralTypeIssues
    await response["stream"]  # error: misc | reportGeneralTypeIssues
    body = (await client.invoke_model(modelId="m"))["body"]
    body.read().decode()  # error: attr-defined | reportAttributeAccessIssue
    with client:  # error: attr-defined | reportGeneralTypeIssues
        pass
    client.get_waiter("x").wait()  # error: unused-coroutine | reportUnusedCoroutine
    client.close()  # error: unused-coroutine | reportUnusedCoroutine
