"""Measure the CPU time of a call with boto3, with boto3 in place and with our client.

    python bench/in_place.py

Build with ``maturin develop --release`` first. The server is a process of its own, and the rounds
of the clients alternate. RESULTS.md has the figures.
"""

from __future__ import annotations

import contextlib
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import boto3
import botocore

import fastbedrock
from fastbedrock import _core

CALLS = 200
ROUNDS = 9
CHAT = {
    "modelId": "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "messages": [{"role": "user", "content": [{"text": "What is a haiku?"}]}],
}
STREAM = {**CHAT, "messages": [{"role": "user", "content": [{"text": "word " * 50}]}]}


def converse(client: Any) -> None:
    client.converse(**CHAT)


def converse_stream(client: Any) -> None:
    for _ in client.converse_stream(**STREAM)["stream"]:
        pass


@contextlib.contextmanager
def served() -> Any:
    """The settings of a client for a local Bedrock in another process."""
    command = [sys.executable, "-m", "fastbedrock", "local"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        settings = {}
        for _ in range(4):
            name, _, value = server.stdout.readline().removeprefix("export ").strip().partition("=")
            name = name.lower().replace("default_", "").replace("aws_region", "region_name")
            settings[name.replace("aws_endpoint_url_bedrock_runtime", "endpoint_url")] = value
        try:
            yield {**settings, "region_name": settings.pop("region", settings.get("region_name"))}
        finally:
            server.terminate()


def cpu(call: Callable[[Any], None], client: Any) -> float:
    """Microseconds of this process's CPU time for each call."""
    call(client)
    start = time.process_time()
    for _ in range(CALLS):
        call(client)
    return (time.process_time() - start) / CALLS * 1e6


def main() -> None:
    with served() as settings:
        theirs = boto3.session.Session().client("bedrock-runtime", **settings)
        handled = boto3.session.Session().client("bedrock-runtime", **settings)
        handled.meta.events.register("after-call", lambda **_: None)
        own = fastbedrock.client("bedrock-runtime", **settings)
        clients = [
            ("boto3", theirs, False),
            ("boto3 in place", theirs, True),
            ("boto3 in place, on botocore's path because of a handler", handled, True),
            ("fastbedrock.client()", own, False),
        ]
        versions = f"botocore {botocore.__version__}, fastbedrock {_core.__version__}"
        print(f"{date.today()}, Python {platform.python_version()}, {versions}")
        print("µs of CPU for each call: median, lowest, highest")
        for call in (converse, converse_stream):
            found: dict[str, list[float]] = {name: [] for name, _, _ in clients}
            for _ in range(ROUNDS):
                for name, client, is_installed in clients:
                    with fastbedrock.install() if is_installed else contextlib.nullcontext():
                        found[name].append(cpu(call, client))
            for name, times in found.items():
                row = f"{statistics.median(times):8.0f} {min(times):8.0f} {max(times):8.0f}"
                print(f"{call.__name__:16} {name:58} {row}")


if __name__ == "__main__":
    main()
