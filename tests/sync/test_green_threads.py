"""Synchronous clients in programs with green threads, which gevent or eventlet has patched."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fastbedrock.local import LocalBedrock
from programs import Program, wait_for

PATCHED = {
    "gevent": """
from gevent import monkey
monkey.patch_all()
import gevent
from gevent import Timeout, sleep, spawn

def results(threads):
    gevent.joinall(threads)
    return [thread.get() for thread in threads]
""",
    "eventlet": """
import warnings
warnings.simplefilter("ignore")
import eventlet
eventlet.monkey_patch()
from eventlet import Timeout, sleep, spawn

def results(threads):
    return [thread.wait() for thread in threads]
""",
}
PROGRAM = """
import os, time
import fastbedrock
from fastbedrock import exceptions
from programs import HELLO, arguments, pause, say

INVOKE = {"modelId": "amazon.titan-text-express-v1", "body": b'{"inputText": "Hello"}'}
given = arguments()
client = fastbedrock.client("bedrock-runtime", **given)
turns = 0

def count():
    global turns
    while True:
        turns += 1
        sleep(0.01)

spawn(count)
"""

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(params=PATCHED)
def library(request: pytest.FixtureRequest) -> Iterator[str]:
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return request.param


def program(
    library: str, server: LocalBedrock, code: str, environment: dict[str, str] | None = None
) -> Program:
    given = {"endpoint_url": server.endpoint_url, **server.credentials}
    return Program(PATCHED[library] + PROGRAM + code, given, environment)


def test_calls_of_several_threads_run_at_once(local_bedrock: LocalBedrock, library: str) -> None:
    local_bedrock.fault("slow_first_byte", seconds=2)
    code = """
begin = time.monotonic()
answers = results([spawn(client.converse, **HELLO) for _ in range(4)])
took = time.monotonic() - begin
say(reasons=[answer["stopReason"] for answer in answers], took=took, turns=turns)
"""
    with program(library, local_bedrock, code) as running:
        said = running.next()
        assert said["reasons"] == ["end_turn"] * 4
        assert said["took"] < 5  # one after another, they would take 8
        assert said["turns"] > 10
        assert running.end() == 0
        assert running.errors == ""


WAITS = {
    "a stream": ("list(client.converse_stream(**HELLO)['stream'])", "ConverseStream"),
    "a body": ("client.invoke_model(**INVOKE)['body'].read()", "InvokeModel"),
    "a call": ("client.converse(**HELLO)", "Converse"),
}


@pytest.mark.parametrize(("code", "operation"), WAITS.values(), ids=WAITS)
def test_other_threads_run_meanwhile(
    local_bedrock: LocalBedrock, library: str, code: str, operation: str
) -> None:
    local_bedrock.fault("stall", operation=operation, after=1, seconds=0.4)
    with program(library, local_bedrock, f"{code}\nsay(turns=turns)") as running:
        assert running.next()["turns"] > 10
        assert running.end() == 0


@pytest.mark.parametrize(("code", "operation"), WAITS.values(), ids=WAITS)
def test_a_timeout_ends_the_wait_and_aborts_the_request(
    local_bedrock: LocalBedrock, library: str, code: str, operation: str
) -> None:
    local_bedrock.fault("stall", operation=operation, after=1)
    code = f"""
begin = time.monotonic()
try:
    with Timeout(0.3):
        {code}
except Timeout:
    say(took=time.monotonic() - begin)
pause()
"""
    with program(library, local_bedrock, code) as running:
        assert running.next()["took"] < 2
        wait_for(lambda: local_bedrock.counters["connections_open"] == 0)
        running.resume()
        assert running.end() == 0


def test_other_threads_run_in_a_waiters_delays_and_a_timeout_ends_it(
    local_bedrock: LocalBedrock, library: str
) -> None:
    code = """
from fastbedrock.waiter import WaiterModel, create_waiter_with_client

retried = {"matcher": "error", "expected": True, "state": "retry"}
never = {"operation": "GetAsyncInvoke", "delay": 0.4, "maxAttempts": 2, "acceptors": [retried]}
model = WaiterModel({"version": 2, "waiters": {"Never": never}})
waiter = create_waiter_with_client("Never", model, client)
try:
    waiter.wait(invocationArn="a")
except exceptions.WaiterError as error:
    say(turns=turns, text=str(error))
begin = time.monotonic()
try:
    with Timeout(0.3):
        waiter.wait(invocationArn="a", WaiterConfig={"Delay": 60})
except Timeout:
    say(took=time.monotonic() - begin)
"""
    with program(library, local_bedrock, code) as running:
        said = running.next()
        assert "Max attempts exceeded" in said["text"]
        assert said["turns"] > 10
        assert running.next()["took"] < 2
        assert running.end() == 0


@pytest.mark.parametrize(("code", "operation"), WAITS.values(), ids=WAITS)
def test_ctrl_c(local_bedrock: LocalBedrock, library: str, code: str, operation: str) -> None:
    local_bedrock.fault("stall", operation=operation, after=1)
    code = f"""
try:
    {code}
except KeyboardInterrupt:
    say(stopped=time.monotonic())
pause()
"""
    with program(library, local_bedrock, code) as running:
        wait_for(lambda: local_bedrock.counters["requests_started"] == 1)
        time.sleep(0.2)  # the beginning of the response arrives
        sent = running.interrupt()
        assert running.next()["stopped"] - sent < 1
        wait_for(lambda: local_bedrock.counters["connections_open"] == 0)
        running.resume()
        assert running.end() == 0


@pytest.mark.parametrize(
    "code", [code for code, _ in list(WAITS.values())[:2]], ids=list(WAITS)[:2]
)
def test_a_second_reader_is_refused_and_the_first_continues(
    local_bedrock: LocalBedrock, library: str, code: str
) -> None:
    local_bedrock.fault("stall", after=1, seconds=1)
    reader, call = ("list(read)", "['stream']") if "stream" in code else ("read.read()", "['body']")
    code = f"""
read = {code[code.index("client") : code.index(call)]}{call}

def all_of_it():
    try:
        return len({reader})
    except Exception as error:
        return type(error).__name__ + ": " + str(error)

say(found=results([spawn(all_of_it), spawn(all_of_it)]))
"""
    with program(library, local_bedrock, code) as running:
        first, second = running.next()["found"]
        assert isinstance(first, int)
        assert first > 3
        text = "RuntimeError: another green thread is already waiting for this stream or body"
        assert second == text
        assert running.end() == 0


def test_a_local_server_in_the_same_program_may_ask_a_callable(
    local_bedrock: LocalBedrock, library: str
) -> None:
    code = """
import fastbedrock.local

asked = []
with fastbedrock.local.serve() as own:
    own.reply(lambda request: asked.append(request["modelId"]) or time.sleep(0.1) or "made up")
    one = fastbedrock.client("bedrock-runtime", endpoint_url=own.endpoint_url, **own.credentials)
    answers = results([spawn(one.converse, **HELLO) for _ in range(3)])
    texts = [answer["output"]["message"]["content"][0]["text"] for answer in answers]
say(texts=texts, asked=len(asked), turns=turns)
"""
    with program(library, local_bedrock, code) as running:
        said = running.next()
        assert said["texts"] == ["made up"] * 3
        assert said["asked"] == 3
        assert said["turns"] > 5
        assert running.end() == 0
        assert running.errors == ""


KEYS = '{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S"}'


def environment_with(folder: Path, command: str | None) -> dict[str, str]:
    """The environment of a program whose credential process is this shell command."""
    (folder / "command").write_text(command or "")
    config = folder / "config"
    process = f"credential_process = sh {folder / 'command'}\n"
    config.write_text("[default]\nregion = us-east-1\n" + (process if command else ""))
    return {"AWS_CONFIG_FILE": str(config), "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.mark.parametrize(
    "command", [f"sleep 0.5; echo '{KEYS}'", "sleep 0.5; exit 3", "echo x", None]
)
def test_credentials_are_found_as_with_real_threads(
    local_bedrock: LocalBedrock, library: str, command: str | None, tmp_path: Path
) -> None:
    code = """
before = turns
try:
    found = fastbedrock.Session().get_credentials()
    found = found and list(found.get_frozen_credentials())
except Exception as error:
    found = [type(error).__name__, str(error)]
say(found=found, turns=turns - before)
"""
    given = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    environment = environment_with(tmp_path, command)
    real = "spawn, sleep = (lambda f: None), None\n" + PROGRAM + code
    with (
        program(library, local_bedrock, code, environment) as green,
        Program(real, given, environment) as ordinary,
    ):
        said = green.next()
        assert said["found"] == ordinary.next()["found"]
        if command is not None and command.startswith("sleep"):
            assert said["turns"] > 5
        assert green.end() == 0
        assert green.errors == ""


def test_a_timeout_ends_a_look_up_of_credentials(
    local_bedrock: LocalBedrock, library: str, tmp_path: Path
) -> None:
    code = """
begin = time.monotonic()
try:
    with Timeout(0.3):
        fastbedrock.Session().get_credentials()
except Timeout:
    say(took=time.monotonic() - begin)
"""
    environment = environment_with(tmp_path, f"sleep 6; echo '{KEYS}'")
    with program(library, local_bedrock, code, environment) as running:
        assert running.next()["took"] < 4
        assert running.end() == 0


# Code that must give the same results with green and with real threads.
FINDS = {
    "a stream": "list(client.converse_stream(**HELLO)['stream'])",
    "a stream in parts": "(lambda s: [next(iter(s)), list(s), list(s)])"
    "(client.converse_stream(**HELLO)['stream'])",
    "a closed stream": "(lambda s: [s.close(), list(s)])"
    "(client.converse_stream(**HELLO)['stream'])",
    "a stream as a context": "[list(s) for s in [client.converse_stream(**HELLO)['stream']]"
    " for _ in [s.__enter__()]]",
    "a stream's class": "isinstance(client.converse_stream(**HELLO)['stream'],"
    " __import__('botocore.eventstream').eventstream.EventStream)",
    "a first event": "client.converse_stream(**HELLO)['stream'].get_initial_response()",
    "a body": "client.invoke_model(**INVOKE)['body'].read()",
    "a body in parts": "(lambda b: [b.read(7), b.tell(), b.read(0), b.read(), b.read(1)])"
    "(client.invoke_model(**INVOKE)['body'])",
    "a body into a buffer": "(lambda b, to: [b.readinto(to), to, b.tell()])"
    "(client.invoke_model(**INVOKE)['body'], bytearray(9))",
    "lines of a body": "list(client.invoke_model(**INVOKE)['body'].iter_lines())",
    "raw lines": "(lambda raw: [raw.readline(), raw.readline(), raw.tell()])"
    "(client.invoke_model(**INVOKE)['body'].__enter__())",
    "short raw lines": "(lambda raw: [raw.readline(4), raw.read(3), raw.readline(4), raw.tell()])"
    "(client.invoke_model(**INVOKE)['body'].__enter__())",
    "a closed body": "(lambda b: [b.close(), b._raw_stream.closed])"
    "(client.invoke_model(**INVOKE)['body'])",
    "a report on parameters": "client.converse(modelId=5)",
    "an error answer": "client.converse(**{**HELLO, 'messages': []})",
    "keys of a function": "fastbedrock.client('bedrock-runtime', endpoint_url="
    "given['endpoint_url'], region_name='us-east-1', credentials=lambda: "
    "(given['aws_access_key_id'], given['aws_secret_access_key'], None)).converse(**HELLO)",
    "nobody there": "fastbedrock.client('bedrock-runtime', **{**given, 'endpoint_url': "
    "'http://127.0.0.1:9'}, config=fastbedrock.Config(retries={'total_max_attempts': 1}))"
    ".converse(**HELLO)",
}
FIND = """
import re
# These values differ from call to call.
differs = r"'(RequestId|date|latencyMs|x-amzn-[a-z-]*)': ('[^']*'|[0-9]+)"
for code in {codes!r}:
    try:
        found = repr(eval(code))
    except Exception as error:
        found = [type(error).__name__, str(error)]
    say(found=re.sub(differs, "", str(found)))
"""


def test_results_are_the_same_as_with_real_threads(
    local_bedrock: LocalBedrock, library: str
) -> None:
    given = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    code = FIND.format(codes=list(FINDS.values()))
    real = "spawn, sleep = (lambda f: None), None\n" + PROGRAM + code
    with program(library, local_bedrock, code) as green, Program(real, given) as ordinary:
        for name in FINDS:
            assert (name, green.next()) == (name, ordinary.next())
        assert green.end() == 0
        assert green.errors == ""


def test_calls_streams_and_bodies_leave_no_descriptors(
    local_bedrock: LocalBedrock, library: str
) -> None:
    code = """
def once():
    client.converse(**HELLO)
    list(client.converse_stream(**HELLO)["stream"])
    client.invoke_model(**INVOKE)["body"].read()
    next(iter(client.converse_stream(**HELLO)["stream"]))

once()
before = len(os.listdir("/proc/self/fd"))
for _ in range(20):
    once()
say(more=len(os.listdir("/proc/self/fd")) - before)
"""
    with program(library, local_bedrock, code) as running:
        assert running.next()["more"] <= 2
        assert running.end() == 0
