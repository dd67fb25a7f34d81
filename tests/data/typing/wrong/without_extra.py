"""Mistakes that are found without the extra, too."""

import fastbedrock

client = fastbedrock.Session().client("bedrock-runtime")
client.convers()  # error: attr-defined | reportAttributeAccessIssue
client.converse("m")  # error: call-arg | reportCallIssue
client.converse(messages=[])  # error: call-arg | reportCallIssue
client.converse(modelId="m", message=[])  # error: call-arg | reportCallIssue
client.converse(modelId=5)  # error: arg-type | reportArgumentType
client.list_foundation_models()  # error: attr-defined | reportAttributeAccessIssue
client.get_waiter("x").wait("n")  # error: call-arg | reportCallIssue
fastbedrock.client(5)  # error: call-overload | reportArgumentType reportCallIssue
fastbedrock.client("bedrock-runtime", regoin="us-east-1")  # error: call-overload | reportCallIssue
fastbedrock.Confg()  # error: attr-defined | reportAttributeAccessIssue
fastbedrock.Session("a").nope  # error: attr-defined | reportAttributeAccessIssue


async def main() -> None:
    client = fastbedrock.async_client("bedrock-runtime")
    client.converse(modelId="m")  # error: unused-coroutine | reportUnusedCoroutine
    client.converse(modelId="m")["output"]  # error: index | reportIndexIssue
    await client.convers()  # error: attr-defined | reportAttributeAccessIssue
    with client:  # error: attr-defined | reportGeneralTypeIssues
        pass
