"""A synchronous call or stream holds one file descriptor, as in boto3, and no thread."""

from __future__ import annotations

import contextlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

import fastbedrock
import fastbedrock.local
from differential import SETTINGS
from faces import Caller, both_faces
from frames import event
from linux import descriptors, needs_proc
from manual_server import EVENT_STREAM
from programs import DEADLINE, Program, wait_for
from scripted_server import Reply, Request, Server

OK = Reply(body=b'{"stopReason": "end_turn"}')
# The response of a stream without any event.
OPEN = Reply(headers=(("Content-Type", EVENT_STREAM),), body=b"x", cut=-1)

pytestmark = needs_proc


def fastbedrock_threads() -> int:
    """How many threads of fastbedrock there are. A thread may end while this counts them."""
    count = 0
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            count += (task / "comm").read_text().startswith("fastbedrock")
    return count


def test_an_open_stream_holds_one_descriptor_and_no_thread() -> None:
    with Server(lambda _: OPEN) as server:
        one = fastbedrock.client(
            "bedrock-runtime", endpoint_url=server.url.replace("127.0.0.1", "localhost"), **SETTINGS
        )
        first = one.converse_stream(modelId="m", messages=[])
        before, running = descriptors(), fastbedrock_threads()
        more = [one.converse_stream(modelId="m", messages=[]) for _ in range(20)]
        # The server's end of each connection is in this process too.
        wait_for(lambda: descriptors() - before == 2 * len(more))
        # The thread that looked the name up ends after the lookup.
        wait_for(lambda: fastbedrock_threads() <= running)
        for response in [first, *more]:
            response["stream"].close()


@pytest.mark.parametrize("end", ["close", "read to the end", "break"])
def test_a_stream_that_has_ended_holds_no_descriptor(end: str) -> None:
    whole = Reply(headers=OPEN.headers, body=event("messageStop", b"{}"))
    reply = {
        "close": OPEN,
        "read to the end": whole,
        "break": Reply(headers=OPEN.headers, body=whole.body, cut=-3, then="reset"),
    }[end]
    with Server(lambda _: reply) as server:
        one = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        before = descriptors()
        streams = [one.converse_stream(modelId="m", messages=[])["stream"] for _ in range(5)]
        for stream in streams:
            with contextlib.suppress(botocore.exceptions.BotoCoreError):
                stream.close() if end == "close" else list(stream)
        one.close()
        wait_for(lambda: descriptors() == before)
        assert len(streams) == 5  # keeps them alive until here


def test_a_call_in_flight_holds_one_descriptor_and_no_thread() -> None:
    arrived, go_on = threading.Semaphore(0), threading.Event()

    def answer(_: Request) -> Reply:
        arrived.release()
        go_on.wait(DEADLINE)
        return OK

    calls = 20
    with Server(answer) as server, ThreadPoolExecutor(calls) as pool:
        one = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        before, running = descriptors(), fastbedrock_threads()
        results = [pool.submit(one.converse, modelId="m", messages=[]) for _ in range(calls)]
        for _ in range(calls):
            assert arrived.acquire(timeout=DEADLINE)
        assert descriptors() - before == 2 * calls
        assert fastbedrock_threads() <= running
        go_on.set()
        for result in results:
            result.result(DEADLINE)


def test_a_thousand_threads_call_within_the_usual_limit_of_descriptors(
    descriptors_for_many: None,
) -> None:
    """The limit is 1,024 descriptors, of which the interpreter needs a few."""
    code = """
import resource, threading
import fastbedrock
from programs import *

given = arguments()
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
client = fastbedrock.client("bedrock-runtime", **given["options"])
failures = []

def call():
    try:
        client.converse(**HELLO)
    except Exception as error:
        failures.append(repr(error))

threads = [threading.Thread(target=call) for _ in range(1000)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
say(failures=failures[:3])
"""
    slow = {"first_token_seconds": 3}
    with fastbedrock.local.serve(**slow) as server:
        options = {"endpoint_url": server.endpoint_url, **server.credentials}
        with Program(code, {"options": options}) as program:
            assert program.next() == {"failures": []}
        assert server.counters["connections_opened"] > 500, "the calls were not in flight together"


@both_faces
@pytest.mark.parametrize("wanted", [None, True, False])
def test_tcp_keepalive_is_on_unless_it_is_turned_off(face: str, wanted: bool | None) -> None:
    """In Linux's table of connections, 02 is the number of keepalive timers."""
    timers: list[str] = []

    def answer(request: Request) -> Reply:
        port = int(server.url.rpartition(":")[2])
        table = Path("/proc/net/tcp").read_text()
        timers.extend(
            re.findall(rf" [0-9A-F]{{8}}:{port:04X} 01 [0-9A-F:]{{17}} ([0-9A-F]{{2}}):", table)
        )
        return OK

    config: Any = {} if wanted is None else {"tcp_keepalive": wanted}
    with Server(answer) as server, Caller(face, server.url, config) as caller:
        caller.converse()
    assert timers == ["00" if wanted is False else "02"]


def test_calls_work_if_no_thread_can_be_started_for_a_name_lookup() -> None:
    """Without memory for another stack, the caller's thread looks the name up by itself.

    No thread may have ended before, because its stack would be used again.
    """
    code = """
import resource
import fastbedrock
from programs import *

by_address, by_name = (
    fastbedrock.client("bedrock-runtime", **options) for options in arguments()
)
by_address.converse(**HELLO)
with open("/proc/self/status") as file:
    used = next(int(line.split()[1]) for line in file if line.startswith("VmSize")) * 1024
resource.setrlimit(resource.RLIMIT_AS, (used + (3 << 19), resource.RLIM_INFINITY))
say(stopped=by_name.converse(**HELLO)["stopReason"])
"""
    with fastbedrock.local.serve() as server:
        urls = [server.endpoint_url, server.endpoint_url.replace("127.0.0.1", "localhost")]
        config = [{"endpoint_url": url, **server.credentials} for url in urls]
        with Program(code, config) as program:
            assert program.next() == {"stopped": "end_turn"}
