"""The main job in one script, on the embedded local Bedrock: no AWS account, no network.

Against AWS itself, the client line would be ``fastbedrock.client("bedrock-runtime")`` and the
model ids those of your account.
"""

from __future__ import annotations

import json
import math
from typing import Any

import fastbedrock
import fastbedrock.local

CHAT = "anthropic.claude-3-5-sonnet-20241022-v2:0"
EMBEDDING = "amazon.titan-embed-text-v2:0"


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"text": text}]}


def converse(client: Any) -> None:
    """One question, one answer."""
    response = client.converse(modelId=CHAT, messages=[user("What is a haiku?")])
    print(response["output"]["message"]["content"][0]["text"])
    usage = response["usage"]
    print(f"  {usage['inputTokens']} tokens in, {usage['outputTokens']} out")


def converse_stream(client: Any) -> None:
    """The answer printed as it arrives."""
    response = client.converse_stream(
        modelId=CHAT, messages=[user("Tell me about the sea, one word at a time.")]
    )
    for event in response["stream"]:
        if "contentBlockDelta" in event:
            print(event["contentBlockDelta"]["delta"].get("text", ""), end="", flush=True)
        elif "messageStop" in event:
            print(f"\n  stopped: {event['messageStop']['stopReason']}")


def tool_use(client: Any) -> None:
    """The model asks for a tool, gets its result and answers."""
    weather = {
        "name": "get_weather",
        "description": "The weather in a city.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            }
        },
    }
    messages = [user("What is the weather in Paris?")]
    tools = {"tools": [{"toolSpec": weather}]}
    asked = client.converse(modelId=CHAT, messages=messages, toolConfig=tools)
    messages.append(asked["output"]["message"])
    for block in asked["output"]["message"]["content"]:
        if "toolUse" in block:
            call = block["toolUse"]
            print(f"  the model calls {call['name']}({json.dumps(call['input'])})")
            result = {
                "toolUseId": call["toolUseId"],
                "content": [{"json": {"sky": "clear", "celsius": 21}}],
            }
            messages.append({"role": "user", "content": [{"toolResult": result}]})
    answer = client.converse(modelId=CHAT, messages=messages, toolConfig=tools)
    print(answer["output"]["message"]["content"][0]["text"])


def embed(client: Any) -> None:
    """A text as a vector."""
    body = json.dumps({"inputText": "a text to search for", "dimensions": 256})
    response = client.invoke_model(modelId=EMBEDDING, body=body)
    vector = json.loads(response["body"].read())["embedding"]
    length = math.sqrt(sum(number * number for number in vector))
    print(f"{len(vector)} dimensions, length {length:.3f}, starts {vector[:3]}")


def error(client: Any) -> None:
    """What a mistake looks like."""
    try:
        client.converse(modelId=CHAT, messages=[user("hi")], maxTokens=100)
    except fastbedrock.exceptions.ParamValidationError as mistake:
        print(f"{type(mistake).__name__}: {mistake}")
    try:
        client.converse(modelId="no.such-model", messages=[user("hi")])
    except client.exceptions.ClientError as refusal:
        print(f"{type(refusal).__name__}: {refusal}")


def main() -> None:
    with fastbedrock.local.serve() as server:
        print(f"local Bedrock at {server.endpoint_url}")
        client = fastbedrock.client(
            "bedrock-runtime", endpoint_url=server.endpoint_url, **server.credentials
        )
        for step in (converse, converse_stream, tool_use, embed, error):
            print(f"\n== {step.__name__}")
            step(client)


if __name__ == "__main__":
    main()
