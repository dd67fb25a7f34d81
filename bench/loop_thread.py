"""Measure how long calls block the thread of an event loop, and print a table.

    python bench/loop_thread.py

Build with ``maturin develop --release`` first. docs/asyncio.md quotes the figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import fastbedrock
import fastbedrock.local
from fastbedrock import _core

MODEL = "anthropic.claude-3-5-sonnet-20241022-v2:0"
ROUNDS = 15
KIB, MB = 1024, 1_000_000


def attachment(kind: str, file: dict[str, Any]) -> dict[str, Any]:
    content = [{"text": "What is in it?"}, {kind: file}]
    return {"modelId": MODEL, "messages": [{"role": "user", "content": content}]}


def document(size: int) -> dict[str, Any]:
    file = {"name": "report", "format": "pdf", "source": {"bytes": os.urandom(size)}}
    return attachment("document", file)


def image(size: int) -> dict[str, Any]:
    return attachment("image", {"format": "png", "source": {"bytes": os.urandom(size)}})


def question(size: int) -> dict[str, Any]:
    content = [{"text": "word " * (size // 5)}]
    return {"modelId": MODEL, "messages": [{"role": "user", "content": content}]}


REQUESTS = [
    ("a question of 1 KB", "Converse", question(1000)),
    ("a question of 1 MB", "Converse", question(MB)),
    ("an image of 5 MB", "Converse", image(5 * MB)),
    ("a document of 20 MB", "Converse", document(20 * MB)),
    (
        "a body of 20 MB for invoke_model",
        "InvokeModel",
        {"modelId": MODEL, "body": os.urandom(20 * MB)},
    ),
]


def small_values(size: int) -> dict[str, Any]:
    """A tool's arguments: short numbers and strings, about ``size`` bytes as JSON."""
    row = [1, 2.5, "abc", {"key": None}]
    return {"rows": [row] * (size // len(json.dumps(row, separators=(",", ":"))))}


RESPONSES: dict[str, Callable[[int], dict[str, Any]]] = {
    "text": lambda size: {"text": "word " * (size // 5)},
    "small values": lambda size: {"toolUse": {"name": "n", "input": small_values(size)}},
}
TOOL = {"name": "n", "inputSchema": {"json": {"type": "object"}}}
TOOL_QUESTION = {**question(10), "toolConfig": {"tools": [{"toolSpec": TOOL}]}}


def seconds_on_thread(work: Callable[[], Any]) -> float:
    """Seconds that ``work`` takes, the median of ROUNDS."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - start)
        del result
    return statistics.median(taken)


async def longest_block(client: Any) -> float:
    """The longest time that a call blocks a busy loop, in seconds; the median of ROUNDS."""
    longest = []
    for _ in range(ROUNDS):
        task = asyncio.create_task(client.converse(**TOOL_QUESTION))
        gap, last = 0.0, time.perf_counter()
        while not task.done():
            await asyncio.sleep(0)
            now = time.perf_counter()
            gap, last = max(gap, now - last), now
        longest.append(gap)
        await task
    return statistics.median(longest)


async def round_trip() -> float:
    """Seconds that an empty function takes in another thread."""
    await asyncio.to_thread(int)
    start = time.perf_counter()
    for _ in range(1000):
        await asyncio.to_thread(int)
    return (time.perf_counter() - start) / 1000


def response_body(content: dict[str, Any]) -> bytes:
    output = {"message": {"role": "assistant", "content": [content]}}
    body = {"output": output, "stopReason": "end_turn", "metrics": {"latencyMs": 1}}
    return json.dumps(body, separators=(",", ":")).encode()


def decode(body: bytes) -> Any:
    decoded = _core.fast_response("bedrock-runtime", "Converse", 200, [], body)
    assert decoded is not None
    return decoded


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def main() -> None:
    print(
        f"{date.today()}, {platform.system()} {platform.release()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, fastbedrock {fastbedrock.__version__}, "
        f"a switch interval of {sys.getswitchinterval() * 1000:.0f} ms\n"
    )
    with fastbedrock.local.serve() as server:
        client: Any = fastbedrock.async_client(
            "bedrock-runtime", endpoint_url=server.endpoint_url, **server.credentials
        )
        print("| encoded | the loop is blocked |\n|---|---|")
        for what, operation, params in REQUESTS:
            taken = seconds_on_thread(partial(client._engine.call_async, operation, params))
            print(f"| {what} | {ms(taken)} |", flush=True)
        print("\n| decoded | takes | the loop is blocked at most |\n|---|---|---|")
        print(f"| nothing, in another thread | {ms(asyncio.run(round_trip()))} | |")
        for name, make in RESPONSES.items():
            for kib in (64, 128, 192, 256, 512, 1024, 4096):
                content = make(kib * KIB)
                taken = seconds_on_thread(partial(decode, response_body(content)))
                server.reply(content)
                longest = asyncio.run(longest_block(client))
                print(f"| {kib} KiB of {name} | {ms(taken)} | {ms(longest)} |", flush=True)


if __name__ == "__main__":
    main()
