"""Correct user code passes the type checker, and mistakes are found."""

from __future__ import annotations

import os
from pathlib import Path

import mypy.api
import pytest

import fastbedrock

RIGHT = """
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
"""
WRONG = """
import fastbedrock
client = fastbedrock.Session().client("bedrock-runtime")
client.convers()
client.converse("m")
fastbedrock.client(5)
fastbedrock.client("bedrock-runtime", regoin="us-east-1")
fastbedrock.Confg()
fastbedrock.Session("a").nope
client.get_waiter("x").wait("n")
"""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """The errors, by line, that ``mypy --strict`` finds in a user's module."""
    package = Path(fastbedrock.__file__).parent.parent
    monkeypatch.setenv("MYPYPATH", os.fspath(package))

    def check(code: str) -> dict[int, str]:
        module = tmp_path / "user.py"
        module.write_text(code)
        cache = os.fspath(tmp_path / "cache")
        command = ["--strict", "--config-file=", "--follow-imports=silent", "--cache-dir", cache]
        said, failure, _ = mypy.api.run([*command, os.fspath(module)])
        assert not failure, failure
        lines = [line.split(":", 3) for line in said.splitlines() if ": error:" in line]
        return {int(number): text for _, number, _, text in lines}

    return check


def test_correct_code_passes(check):
    assert check(RIGHT) == {}


def test_mistakes_are_found(check):
    lines = WRONG.splitlines()
    first = lines.index("client.convers()") + 1
    assert sorted(check(WRONG)) == list(range(first, len(lines) + 1))
