"""Ctrl-C ends a synchronous call within 200 ms, whatever the call is waiting for."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import fastbedrock.local
from differential import SETTINGS
from frames import event
from linux import has_socket, needs_proc
from programs import DEADLINE, Program, wait_for
from scripted_server import Reply, Request, Server

pytestmark = needs_proc

LIMIT = 0.2
PROGRAM = """
import time
import fastbedrock
from programs import HELLO, arguments, pause, say

given = arguments()

def slow_credentials():
    say(asked="credentials")
    time.sleep(given["asleep"])
    return "access key", "secret key", None

if "asleep" in given:
    given["client"]["credentials"] = slow_credentials
client = fastbedrock.client("bedrock-runtime", **given["client"])

def converse():
    return client.converse(**HELLO)["stopReason"]

def iterate():
    for event in client.converse_stream(**HELLO)["stream"]:
        say(event=event)

def read():
    body = client.invoke_model(modelId="m", body="{}")["body"]
    say(reads=True)
    return body.read()

def wait():
    from fastbedrock.waiter import WaiterModel, create_waiter_with_client

    never = {"operation": "GetAsyncInvoke", "delay": 60, "maxAttempts": 2, "acceptors": []}
    model = WaiterModel({"version": 2, "waiters": {"Never": never}})
    create_waiter_with_client("Never", model, client).wait(invocationArn="a")

for _ in range(3):
    say(calls=given["call"])
    try:
        globals()[given["call"]]()
    except KeyboardInterrupt as interrupt:
        now = time.monotonic()
        trace = interrupt.__traceback__
        while trace.tb_next:
            trace = trace.tb_next
        say(stopped=now, within=trace.tb_frame.f_code.co_name)
        # The traceback keeps the body that was being read.
        del trace
pause()
given["asleep"] = 0
say(answer=converse())
"""
ANSWER = Reply(body=b'{"stopReason": "end_turn"}')
# The server sends nothing and keeps the connection open.
SILENCE = Reply(cut=0)
EVENT = event("messageStart", b'{"role":"assistant"}')
STREAM = Reply(
    headers=(("Content-Type", "application/vnd.amazon.eventstream"),),
    framing="chunked",
    body=EVENT,
    # Without the last chunk.
    cut=-5,
)


def hanging(reply: Reply) -> Callable[[Request], Reply]:
    """Three responses that never end, then complete ones."""
    return lambda request: reply if request.connection < 3 else ANSWER


@contextlib.contextmanager
def running(
    call: str, endpoint_url: str, environment: dict[str, str | None] | None = None, **given: Any
) -> Iterator[Program]:
    client = {"endpoint_url": endpoint_url, **given.pop("client", SETTINGS)}
    with Program(PROGRAM, {"call": call, "client": client, **given}, environment) as program:
        yield program


def interrupt_thrice(program: Program, within: str, ready: Callable[[int], Any]) -> None:
    """Interrupt each of three calls once ``ready`` has returned and the program sleeps.

    ``within`` names the innermost function of the traceback. The median of the delays counts,
    because the machine may be busy at times.
    """
    delays = []
    for number in range(3):
        assert "calls" in program.next()
        ready(number)
        program.wait_until_asleep()
        sent = program.interrupt()
        stopped = program.next()
        assert stopped["within"] == within
        delays.append(stopped["stopped"] - sent)
    assert statistics.median(delays) < LIMIT, delays


def assert_works(program: Program) -> None:
    program.resume()
    assert program.next() == {"answer": "end_turn"}
    assert program.end() == 0


def test_ctrl_c_while_connecting() -> None:
    with socket.socket() as listener, socket.socket() as filler:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        # The only place in the queue is taken, so the kernel makes every other connection wait.
        filler.connect(("127.0.0.1", port))
        local = fastbedrock.local.serve().credentials
        with running("converse", f"http://127.0.0.1:{port}", client=local) as program:
            interrupt_thrice(program, "_call", lambda _: wait_for(lambda: has_socket(port, "02 ")))
            wait_for(lambda: not has_socket(port, "02 "))
            filler.close()
            listener.close()
            with fastbedrock.local.serve(port=port):
                assert_works(program)


def test_ctrl_c_in_a_tls_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        port = listener.getsockname()[1]
        connections = []

        def ready(_: int) -> None:
            connections.append(listener.accept()[0])
            connections[-1].settimeout(DEADLINE)
            assert connections[-1].recv(1)

        client = {**fastbedrock.local.serve().credentials, "verify": False}
        with running("converse", f"https://127.0.0.1:{port}", client=client) as program:
            interrupt_thrice(program, "_call", ready)
            for connection in connections:
                with contextlib.suppress(ConnectionResetError):
                    while connection.recv(4096):
                        pass
                connection.close()
            listener.close()
            with fastbedrock.local.serve(port=port, tls=True):
                assert_works(program)


@pytest.mark.parametrize(
    ("call", "within", "reply"),
    [
        pytest.param("converse", "_call", SILENCE, id="head"),
        pytest.param("converse", "_call", Reply(cut=-1), id="body of an answer"),
        pytest.param("read", "read", Reply(cut=-1), id="streaming body"),
        pytest.param("iterate", "iterate", STREAM, id="event stream"),
    ],
)
def test_ctrl_c_while_waiting_for_the_server(call: str, within: str, reply: Reply) -> None:
    with Server(hanging(reply)) as server, running(call, server.url) as program:

        def ready(number: int) -> None:
            wait_for(lambda: len(server.requests) == number + 1)
            if call == "iterate":
                assert program.next() == {"event": {"messageStart": {"role": "assistant"}}}
            if call == "read":
                assert program.next() == {"reads": True}

        interrupt_thrice(program, within, ready)
        wait_for(lambda: server.open_connections == 0)
        assert_works(program)


def test_ctrl_c_while_backing_off() -> None:
    def answer(request: Request) -> Reply:
        later = Reply(503, headers=(("x-amz-retry-after", "30000"),), then="close")
        return later if request.connection < 3 else ANSWER

    with Server(answer) as server, running("converse", server.url) as program:

        def ready(number: int) -> None:
            wait_for(lambda: len(server.requests) == number + 1)
            wait_for(lambda: server.open_connections == 0)

        interrupt_thrice(program, "_call", ready)
        assert len(server.requests) == 3
        assert_works(program)


def test_ctrl_c_while_a_waiter_waits() -> None:
    with Server(lambda _: ANSWER) as server, running("wait", server.url) as program:

        def ready(number: int) -> None:
            wait_for(lambda: len(server.requests) == number + 1)
            time.sleep(0.2)  # the response arrives, and the delay begins

        interrupt_thrice(program, "wait", ready)
        assert_works(program)


def test_ctrl_c_while_a_callable_is_asked_for_credentials() -> None:
    client = {"region_name": "us-east-1"}
    with (
        Server(lambda _: ANSWER) as server,
        running("converse", server.url, client=client, asleep=DEADLINE) as program,
    ):
        interrupt_thrice(program, "slow_credentials", lambda _: program.next())
        program.resume()
        assert program.next() == {"asked": "credentials"}
        assert program.next() == {"answer": "end_turn"}


def test_ctrl_c_while_a_credential_process_runs(tmp_path: Path) -> None:
    """The process keeps running and serves the next call; a terminal would interrupt it too."""
    pipe, script, config = tmp_path / "pipe", tmp_path / "keys.py", tmp_path / "config"
    os.mkfifo(pipe)
    script.write_text(f"print(open({str(pipe)!r}).read())")
    config.write_text(f"[default]\ncredential_process = '{sys.executable}' '{script}'\n")
    environment = {"AWS_CONFIG_FILE": str(config)}
    client = {"region_name": "us-east-1"}
    keys = '{"Version": 1, "AccessKeyId": "access", "SecretAccessKey": "secret"}'
    with (
        Server(lambda _: ANSWER) as server,
        running("converse", server.url, environment, client=client) as program,
    ):
        writer = -1

        def ready(_: int) -> None:
            # Once the process runs, it opens the pipe for reading and waits.
            nonlocal writer
            while writer < 0:
                with contextlib.suppress(OSError):
                    writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)

        interrupt_thrice(program, "_call", ready)
        assert not server.requests
        os.write(writer, keys.encode())
        os.close(writer)
        assert_works(program)


@pytest.mark.parametrize("service", ["instance metadata", "container"])
def test_ctrl_c_while_a_service_is_asked_for_credentials(service: str) -> None:
    released, asked = threading.Event(), threading.Event()
    keys = b"""{"AccessKeyId": "access", "SecretAccessKey": "secret", "Token": "token",
        "Expiration": "2100-01-01T00:00:00Z"}"""

    def answer(request: Request) -> Reply:
        asked.set()
        released.wait(DEADLINE)
        body = b"word" if request.method == "PUT" or request.target.endswith("/") else keys
        return Reply(body=body)

    client = {"region_name": "us-east-1"}
    with Server(answer) as metadata, Server(lambda _: ANSWER) as server:
        environment = {
            "instance metadata": {
                "AWS_EC2_METADATA_DISABLED": None,
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url,
                "AWS_METADATA_SERVICE_TIMEOUT": str(DEADLINE),
            },
            "container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{metadata.url}/keys"},
        }[service]
        with running("converse", server.url, environment, client=client) as program:
            interrupt_thrice(program, "_call", lambda _: asked.wait(DEADLINE))
            assert not server.requests
            released.set()
            assert_works(program)


HANDLER = """
import signal
import fastbedrock
from programs import arguments, say

client = fastbedrock.client("bedrock-runtime", **arguments())
def converse():
    return client.converse(modelId="m", messages=[])["stopReason"]
signal.signal(signal.SIGUSR1, lambda *_: say(handler=converse()))
say(call=converse())
"""


def test_a_signal_handler_that_returns_lets_the_call_continue_and_may_make_calls() -> None:
    handled = threading.Event()

    def answer(request: Request) -> Reply:
        if request.connection == 0:
            handled.wait(DEADLINE)
        return ANSWER

    with Server(answer) as server:
        with Program(HANDLER, {"endpoint_url": server.url, **SETTINGS}) as program:
            wait_for(lambda: len(server.requests) == 1)
            program.wait_until_asleep()
            program.interrupt(signal.SIGUSR1)
            assert program.next() == {"handler": "end_turn"}
            handled.set()
            assert program.next() == {"call": "end_turn"}
            assert program.end() == 0
        assert program.errors == ""


TWO_READERS = """
import threading
import fastbedrock
from programs import arguments, pause, say

stream = fastbedrock.client("bedrock-runtime", **arguments()).converse_stream(
    modelId="m", messages=[]
)["stream"]

def read():
    try:
        list(stream)
    except fastbedrock.exceptions.ResponseStreamingError:
        say(thread="has read on until the server's end")

say(event=next(iter(stream)))
threading.Thread(target=read).start()
pause()
say(main="waits for the other reader")
try:
    next(iter(stream))
except KeyboardInterrupt:
    say(main="interrupted")
"""


def test_ctrl_c_while_another_thread_reads_the_stream() -> None:
    with (
        Server(hanging(STREAM)) as server,
        Program(TWO_READERS, {"endpoint_url": server.url, **SETTINGS}) as program,
    ):
        assert "event" in program.next()
        program.wait_until_asleep()
        program.resume()
        assert program.next() == {"main": "waits for the other reader"}
        program.wait_until_asleep()
        program.interrupt()
        assert program.next() == {"main": "interrupted"}
        server.close()
        assert program.next() == {"thread": "has read on until the server's end"}
        assert program.end() == 0
