"""Mistakes with synchronous clients."""

import fastbedrock

client = fastbedrock.client("bedrock-runtime")
client.convers()  # error: attr-defined | reportAttributeAccessIssue
client.converse(messages=[])  # error: call-arg | reportCallIssue
client.converse(modelId=5)  # error: arg-type | reportArgumentType
client.converse(modelId="m", message=[])  # error: call-arg | reportCallIssue
client.converse(modelId="m", messages=[{"role": "usr", "content": []}])  # error: list-item misc | reportArgumentType
client.converse(modelId="m", messages=[{"role": "user", "contents": []}])  # error: list-item | reportArgumentType
client.converse(modelId="m", inferenceConfig={"maxTokens": "1"})  # error: typeddict-item | reportArgumentType
response = client.converse(modelId="m")
response["outptu"]  # error: typeddict-item | reportGeneralTypeIssues
response["output"]["text"]  # error: typeddict-item | reportGeneralTypeIssues
response["usage"]["inputTokens"].upper()  # error: attr-defined | reportAttributeAccessIssue
for event in client.converse_stream(modelId="m")["stream"]:
    event["contentBlockDeltas"]  # error: typeddict-item | reportGeneralTypeIssues
client.get_paginator("converse")  # error: arg-type | reportArgumentType
client.exceptions.NoSuchException.upper()  # error: attr-defined | reportAttributeAccessIssue
client.get_waiter("x").wait("n")  # error: call-arg | reportCallIssue
fastbedrock.client("bedrock-agentcore-control").get_waiter("memory_create")  # error: call-overload | reportArgumentType reportCallIssue
client.list_foundation_models()  # error: attr-defined | reportAttributeAccessIssue
fastbedrock.client("bedrock").create_guardrail(name="n", blockedInputMessaging="x")  # error: call-arg | reportCallIssue
for page in client.get_paginator("list_async_invokes").paginate():
    page["summaries"]  # error: typeddict-item | reportGeneralTypeIssues
