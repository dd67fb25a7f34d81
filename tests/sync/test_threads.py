"""Many threads share a client: they do not wait for each other, and each gets its own response."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import fastbedrock.local
from differential import SETTINGS
from frames import event
from manual_server import ManualServer
from programs import DEADLINE, HELLO
from scripted_server import Reply, Request, Server

Local = fastbedrock.local.LocalBedrock


@pytest.fixture
def local() -> Iterator[Local]:
    with fastbedrock.local.serve() as server:
        yield server


def client_of(local: Local) -> Any:
    return fastbedrock.client(
        "bedrock-runtime", endpoint_url=local.endpoint_url, **local.credentials
    )


def saying(text: str) -> dict[str, Any]:
    return {**HELLO, "messages": [{"role": "user", "content": [{"text": text}]}]}


def test_every_thread_gets_its_own_responses(local: Local) -> None:
    one = client_of(local)

    def work(thread: int) -> None:
        for turn in range(15):
            words = f"thread {thread} turn {turn}"
            answer = one.converse(**saying(words))["output"]["message"]["content"][0]["text"]
            assert words in answer
            stream = one.converse_stream(**saying(words))["stream"]
            deltas = [each["contentBlockDelta"] for each in stream if "contentBlockDelta" in each]
            assert words in "".join(each["delta"]["text"] for each in deltas)

    with ThreadPoolExecutor(24) as threads:
        for result in [threads.submit(work, number) for number in range(24)]:
            result.result(DEADLINE)
    assert local.counters["requests"]["Converse"] == {"200": 360}


def test_python_runs_while_calls_and_streams_wait() -> None:
    """The response depends on Python code of this process, on another thread."""
    ran = threading.Event()

    def answer(_: Request) -> Reply:
        assert ran.wait(DEADLINE)
        return Reply(body=b'{"stopReason": "end_turn"}')

    with Server(answer) as server, ManualServer() as feed, ThreadPoolExecutor(2) as threads:
        one = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        other = fastbedrock.client("bedrock-runtime", **feed.settings)
        call = threads.submit(one.converse, modelId="m", messages=[])
        stream = other.converse_stream(modelId="m", messages=[])["stream"]
        read = threads.submit(list, stream)
        assert not call.done()
        assert not read.done()
        ran.set()
        feed.send(event("messageStop", b'{"stopReason":"end_turn"}'))
        feed.finish()
        assert call.result(DEADLINE)["stopReason"] == "end_turn"
        assert read.result(DEADLINE) == [{"messageStop": {"stopReason": "end_turn"}}]


def test_closing_the_client_does_not_end_calls_in_flight() -> None:
    arrived, closed = threading.Event(), threading.Event()

    def answer(_: Request) -> Reply:
        arrived.set()
        closed.wait(DEADLINE)
        return Reply(body=b'{"stopReason": "end_turn"}')

    with Server(answer) as server, ThreadPoolExecutor(1) as threads:
        one = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        call = threads.submit(one.converse, modelId="m", messages=[])
        assert arrived.wait(DEADLINE)
        one.close()
        closed.set()
        assert call.result(DEADLINE)["ResponseMetadata"]["RetryAttempts"] == 0


def test_threads_that_need_credentials_ask_once(
    local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, script, config = (tmp_path / name for name in ("log", "keys.py", "config"))
    keys = local.credentials
    script.write_text(f"""
import json
with open({str(log)!r}, "a") as log:
    log.write("asked ")
print(json.dumps({{
    "Version": 1,
    "AccessKeyId": {keys["aws_access_key_id"]!r},
    "SecretAccessKey": {keys["aws_secret_access_key"]!r},
}}))
""")
    config.write_text(f"[default]\ncredential_process = '{sys.executable}' '{script}'\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    one = fastbedrock.client("bedrock-runtime", "us-east-1", endpoint_url=local.endpoint_url)
    with ThreadPoolExecutor(16) as threads:
        calls = [threads.submit(one.converse, **HELLO) for _ in range(16)]
        assert {call.result(DEADLINE)["stopReason"] for call in calls} == {"end_turn"}
    assert log.read_text() == "asked "


def test_a_credentials_callable_is_called_on_the_callers_thread(local: Local) -> None:
    asked = []

    def credentials() -> dict[str, str]:
        asked.append(threading.current_thread())
        keys = dict(local.credentials)
        del keys["region_name"]
        return keys

    one = fastbedrock.client(
        "bedrock-runtime", "us-east-1", endpoint_url=local.endpoint_url, credentials=credentials
    )
    threads = [threading.Thread(target=one.converse, kwargs=HELLO) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert sorted(map(id, asked)) == sorted(map(id, threads))
