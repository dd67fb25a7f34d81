"""A tour in one script, on the embedded local Bedrock: it needs no AWS account and no network.

With AWS, make the client by ``fastbedrock.client("bedrock-runtime")``, and use model ids of your
account.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import Any

import fastbedrock
import fastbedrock.local

CHAT = "anthropic.claude-3-5-sonnet-20241022-v2:0"
EMBEDDING = "amazon.titan-embed-text-v2:0"


def ask(text: str) -> dict[str, Any]:
    """Print the user's text and return it as a message."""
    print(f"  you:   {text}")
    return {"role": "user", "content": [{"text": text}]}


def converse(client: Any) -> None:
    """One question, one answer"""
    response = client.converse(modelId=CHAT, messages=[ask("What is a haiku?")])
    print(f"  model: {response['output']['message']['content'][0]['text']}")
    usage = response["usage"]
    print(f"  {usage['inputTokens']} tokens in, {usage['outputTokens']} out")


def converse_stream(client: Any) -> None:
    """An answer printed as it arrives"""
    response = client.converse_stream(
        modelId=CHAT, messages=[ask("Tell me about the sea, one word at a time.")]
    )
    print("  model: ", end="")
    for event in response["stream"]:
        if "contentBlockDelta" in event:
            print(event["contentBlockDelta"]["delta"].get("text", ""), end="", flush=True)
        elif "messageStop" in event:
            print(f"\n  stopped: {event['messageStop']['stopReason']}")


def tool_use(client: Any) -> None:
    """The model asks for a tool, gets its result and answers"""
    weather = {
        "name": "get_weather",
        "description": "The weather in a city.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
                "required": ["city"],
            }
        },
    }
    messages = [ask("What is the weather in Paris?")]
    tools = {"tools": [{"toolSpec": weather}]}
    asked = client.converse(modelId=CHAT, messages=messages, toolConfig=tools)
    messages.append(asked["output"]["message"])
    for block in asked["output"]["message"]["content"]:
        if "toolUse" in block:
            call = block["toolUse"]
            print(f"  the model calls {call['name']}({json.dumps(call['input'])})")
            weather_there = {"sky": "clear", "celsius": 21}
            print(f"  it gets {json.dumps(weather_there)}")
            result = {"toolUseId": call["toolUseId"], "content": [{"json": weather_there}]}
            messages.append({"role": "user", "content": [{"toolResult": result}]})
    answer = client.converse(modelId=CHAT, messages=messages, toolConfig=tools)
    print(f"  model: {answer['output']['message']['content'][0]['text']}")


def embed(client: Any) -> None:
    """A text as a vector"""
    body = json.dumps({"inputText": "a text to search for", "dimensions": 256})
    response = client.invoke_model(modelId=EMBEDDING, body=body)
    vector = json.loads(response["body"].read())["embedding"]
    length = math.sqrt(sum(number * number for number in vector))
    print(f"  {len(vector)} dimensions, length {length:.3f}, starts {vector[:3]}")


def error(client: Any) -> None:
    """The errors for common mistakes"""
    question = [ask("Are you there?")]
    print("  maxTokens=100 as a parameter that does not exist:")
    try:
        client.converse(modelId=CHAT, messages=question, maxTokens=100)
    except fastbedrock.exceptions.ParamValidationError as mistake:
        print(f"  {type(mistake).__name__}: {mistake}")
    print("  a model that does not exist:")
    try:
        client.converse(modelId="no.such-model", messages=question)
    except client.exceptions.ClientError as refusal:
        print(f"  {type(refusal).__name__}: {refusal}")


async def at_once(client: Any) -> None:
    """A hundred answers at once, on asyncio"""
    question = [ask("What is a haiku?")]
    start = time.perf_counter()
    async with client:
        calls = (client.converse(modelId=CHAT, messages=question) for _ in range(100))
        answers = await asyncio.gather(*calls)
    print(f"  {len(answers)} answers in {time.perf_counter() - start:.2f} s")


def main() -> None:
    with fastbedrock.local.serve(tokens_per_second=25) as server:
        print(f"A local Bedrock listens at {server.endpoint_url}; no AWS account is needed.")
        print("Its models only repeat what they are told, at 25 tokens per second.")
        where = {"endpoint_url": server.endpoint_url, **server.credentials}
        with fastbedrock.client("bedrock-runtime", **where) as client:
            for step in (converse, converse_stream, tool_use, embed, error):
                print(f"\n{step.__doc__}")
                step(client)
        print(f"\n{at_once.__doc__}")
        asyncio.run(at_once(fastbedrock.async_client("bedrock-runtime", **where)))
        print("\nThe code of this demo is in examples/demo.py. README.md tells more.")


if __name__ == "__main__":
    main()
