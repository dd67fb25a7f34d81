"""Measure frameworks with 100 calls in flight: in threads, and with the recipes for native asyncio.

    export PYTHONPATH=python:frameworks
    .frameworks/langchain_aws/bin/python bench/native_async.py langchain-aws
    .frameworks/pydantic_ai/bin/python bench/native_async.py pydantic-ai

``make frameworks`` makes these environments. Build with ``maturin develop --release`` before. The
server is a process of its own, and the rounds of the clients alternate. RESULTS.md has the figures.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import platform
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from importlib.metadata import version
from typing import Any

import boto3
from botocore.config import Config

import fastbedrock

IN_FLIGHT = 100
CALLS = 300
ROUNDS = 5
MODEL = "amazon.nova-lite-v1:0"
# Seconds after which the limit of threads shows: 6 on two cores, and 40.
LATENCY = {"langchain-aws": 0.2, "pydantic-ai": 2.0}
QUESTION = "What is a haiku?"

Call = Callable[[], Awaitable[Any]]


def main(package: str) -> None:
    with served() as settings:
        clients = {
            # boto3's limit of ten connections would count against it.
            "boto3, threads": boto3.client(
                "bedrock-runtime", config=Config(max_pool_connections=IN_FLIGHT), **settings
            ),
            "fastbedrock, threads": fastbedrock.client("bedrock-runtime", **settings),
            "fastbedrock, recipe": fastbedrock.async_client("bedrock-runtime", **settings),
        }
        make = {"langchain-aws": langchain_calls, "pydantic-ai": pydantic_ai_calls}[package]
        name = {"pydantic-ai": "pydantic-ai-slim"}.get(package, package)
        print(f"{package} {version(name)}, boto3 {boto3.__version__}, {platform.python_version()}")
        calls = {kind: make(client, kind) for kind, client in clients.items()}
        for what in ("call", "stream"):
            for latency in (0.0, LATENCY[package]):
                configure(settings["endpoint_url"], first_token_seconds=latency)
                print(f"{what}, the first token after {latency} s")
                compare({kind: both[what] for kind, both in calls.items()})


def langchain_calls(client: Any, kind: str) -> dict[str, Call]:
    from langchain_aws import ChatBedrockConverse

    from recipes.langchain_native_async import NativeChatBedrockConverse

    # An object that is never asked: the control plane is for other models.
    given = {"model": MODEL, "bedrock_client": object()}
    if kind.endswith("recipe"):
        sync_client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
        model = NativeChatBedrockConverse(client=sync_client, async_client=client, **given)
    else:
        model = ChatBedrockConverse(client=client, **given)

    async def stream() -> None:
        async for _ in model.astream(QUESTION):
            pass

    return {"call": lambda: model.ainvoke(QUESTION), "stream": stream}


def pydantic_ai_calls(client: Any, kind: str) -> dict[str, Call]:
    from pydantic_ai import Agent
    from pydantic_ai.models.bedrock import BedrockConverseModel
    from pydantic_ai.providers.bedrock import BedrockProvider

    from recipes.pydantic_ai_native_async import await_async_clients

    await_async_clients()
    provider = BedrockProvider(bedrock_client=client)
    agent = Agent(BedrockConverseModel(MODEL, provider=provider))

    async def stream() -> None:
        async with agent.run_stream(QUESTION) as result:
            async for _ in result.stream_text(delta=True, debounce_by=None):
                pass

    return {"call": lambda: agent.run(QUESTION), "stream": stream}


def compare(kinds: dict[str, Call]) -> None:
    """Prints the medians of rounds that take turns."""
    rounds: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    for number in range(ROUNDS + 1):
        for kind, call in kinds.items():
            figures = asyncio.run(measure(call))
            if number:  # the first round opens connections
                rounds[kind].append(figures)
    for kind, found in rounds.items():
        rate, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"  {kind:22} {rate:7.0f} per second {cpu * 1e3:7.2f} ms of CPU per call", flush=True)


async def measure(call: Call) -> tuple[float, float]:
    """Calls per second, and seconds of CPU per call."""
    numbers = iter(range(CALLS))

    async def work() -> None:
        for _ in numbers:
            await call()

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return CALLS / (time.perf_counter() - wall), (time.process_time() - cpu) / CALLS


@contextlib.contextmanager
def served() -> Iterator[dict[str, str]]:
    """The settings of a client for a local Bedrock in another process."""
    command = [sys.executable, "-m", "fastbedrock", "local"]
    names = {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "endpoint_url",
        "AWS_ACCESS_KEY_ID": "aws_access_key_id",
        "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
    }
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        settings = {"region_name": "us-east-1"}
        try:
            while len(settings) <= len(names):
                name, _, value = server.stdout.readline().strip().partition("=")
                if known := names.get(name.removeprefix("export ")):
                    settings[known] = value
            yield settings
        finally:
            server.terminate()


def configure(endpoint_url: str, **settings: Any) -> None:
    request = urllib.request.Request(
        f"{endpoint_url}/_local/scenario",
        data=json.dumps(settings).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request):
        pass


if __name__ == "__main__":
    main(sys.argv[1])
