"""A process with calls in flight and open streams exits at once and prints nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fastbedrock.local
from programs import Program, wait_for

Local = fastbedrock.local.LocalBedrock

PROGRAM = """
import atexit, os, sys, threading, time
import fastbedrock
from programs import HELLO, arguments, pause, say

client = fastbedrock.client("bedrock-runtime", **arguments())

def converse():
    return client.converse(**HELLO)["stopReason"]

def stream():
    return list(client.converse_stream(**HELLO)["stream"])

def forever(work):
    while True:
        work()

def in_threads(*works):
    for work in works:
        threading.Thread(target=work, daemon=True).start()
"""


@pytest.fixture
def local() -> Iterator[Local]:
    with fastbedrock.local.serve() as server:
        yield server


def program(code: str, server: Local) -> Program:
    settings = {"endpoint_url": server.endpoint_url, **server.credentials}
    return Program(PROGRAM + code, settings)


def assert_ends(running: Program, status: int = 0) -> None:
    """It ends within a second, with this status, and prints nothing."""
    assert running.end(within=1) == status
    assert running.errors == ""


WAYS = {"return": ("", 0), "sys.exit": ("sys.exit(3)", 3), "os._exit": ("os._exit(4)", 4)}


@pytest.mark.parametrize(("leave", "status"), WAYS.values(), ids=WAYS)
def test_exit_while_calls_and_streams_wait(local: Local, leave: str, status: int) -> None:
    local.fault("slow_first_byte", operation="Converse", seconds=30)
    local.fault("stall", operation="ConverseStream", after=1)
    code = f"""
open_streams = [client.converse_stream(**HELLO)["stream"] for _ in range(3)]
first = [next(iter(stream)) for stream in open_streams]
in_threads(converse, converse, stream, stream, lambda: next(iter(open_streams[0])))
pause()
{leave}
"""
    with program(code, local) as running:
        wait_for(lambda: local.counters["requests_started"] == 7)
        wait_for(lambda: local.counters["streams_started"] == 5)
        running.resume()
        assert_ends(running, status)
    wait_for(lambda: local.counters["connections_open"] == 0)


@pytest.mark.parametrize("number", range(8))
def test_exit_while_threads_keep_making_calls(local: Local, number: int) -> None:
    """Calls end, and take the GIL, at every moment of the interpreter's finalization."""
    code = """
in_threads(*[lambda: forever(converse)] * 4, *[lambda: forever(stream)] * 4)
pause()
"""
    with program(code, local) as running:
        wait_for(lambda: local.counters["requests_started"] > 20 + 10 * number)
        running.resume()
        assert_ends(running)


def test_exit_while_a_credential_process_runs(local: Local, tmp_path: Path) -> None:
    config, mark = tmp_path / "config", tmp_path / "mark"
    script = tmp_path / "keys.py"
    script.write_text(f"open({str(mark)!r}, 'w').close()\nimport time\ntime.sleep(5)")
    config.write_text(f"[default]\ncredential_process = '{sys.executable}' '{script}'\n")
    settings = {"endpoint_url": local.endpoint_url, "region_name": "us-east-1"}
    code = PROGRAM + "in_threads(converse)\npause()\n"
    with Program(code, settings, {"AWS_CONFIG_FILE": str(config)}) as running:
        wait_for(mark.exists)
        running.resume()
        assert_ends(running)


def test_only_the_programs_exception_is_printed(local: Local) -> None:
    local.fault("slow_first_byte", operation="Converse", seconds=30)
    code = """
in_threads(converse)
pause()
raise LookupError("of the program")
"""
    with program(code, local) as running:
        wait_for(lambda: local.counters["requests_started"] == 1)
        running.resume()
        assert running.end(within=1) == 1
        assert running.errors.splitlines()[-1] == "LookupError: of the program"
        assert running.errors.count("Traceback") == 1


def test_non_daemon_threads_finish_their_calls(local: Local) -> None:
    local.fault("slow_first_byte", operation="Converse", seconds=0.3)
    code = """
threading.Thread(target=lambda: say(answer=converse())).start()
"""
    with program(code, local) as running:
        assert running.next() == {"answer": "end_turn"}
        assert_ends(running)


def test_calls_work_in_every_exit_handler(local: Local) -> None:
    """Also in a handler that was registered before the import, and so runs after the core's own."""
    code = (
        """import atexit
atexit.register(lambda: say(last=converse(), events=len(stream()) > 0))
"""
        + PROGRAM
        + """
atexit.register(lambda: say(first=converse(), events=len(stream()) > 0))
converse()
"""
    )
    settings = {"endpoint_url": local.endpoint_url, **local.credentials}
    with Program(code, settings) as running:
        assert running.next() == {"first": "end_turn", "events": True}
        assert running.next() == {"last": "end_turn", "events": True}
        assert_ends(running)


def test_a_finalizer_at_the_very_end_may_still_make_calls(local: Local) -> None:
    code = """
class Farewell:
    def __init__(self):
        self.tools = client, HELLO, os.write

    def __del__(self):
        client, hello, write = self.tools
        write(1, b'{"farewell": "%b"}\\n' % client.converse(**hello)["stopReason"].encode())

farewell = Farewell()
"""
    with program(code, local) as running:
        assert running.next() == {"farewell": "end_turn"}
        assert_ends(running)
