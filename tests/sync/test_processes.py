"""Forked and spawned processes: a child has its own connections and does not touch its parent's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import fastbedrock.local
import forks
from forks import needs_fork
from programs import Program, wait_for

Local = fastbedrock.local.LocalBedrock
pytestmark = needs_fork

PROGRAM = """
client = fastbedrock.client("bedrock-runtime", **arguments())

def converse():
    return client.converse(**HELLO)["stopReason"]
"""


@pytest.fixture
def local() -> Iterator[Local]:
    with fastbedrock.local.serve() as server:
        yield server


program = partial(forks.program, PROGRAM)
run = partial(forks.run, PROGRAM)


@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_an_idle_connection_stays_the_parents(tls: bool, leave: str) -> None:
    code = f"""
def child():
    for _ in range(2):
        assert converse() == "end_turn"
    client.close()
    {leave}

converse()
say(child=status(fork(child)), parent=converse())
"""
    with fastbedrock.local.serve(tls=tls) as server:
        given = {"verify": False} if tls else {}
        assert run(code, server, **given) == [{"child": 0, "parent": "end_turn"}]
        # One connection for each process.
        assert server.counters["connections_opened"] == 2


def test_a_child_of_a_child_and_a_new_client_work(local: Local) -> None:
    code = """
def child():
    converse()
    other = fastbedrock.client("bedrock-runtime", **arguments())
    assert other.converse(**HELLO)["stopReason"] == "end_turn"
    assert status(fork(converse)) == 0

converse()
say(child=status(fork(child)))
"""
    assert run(code, local) == [{"child": 0}]
    assert local.counters["connections_opened"] == 4


USES = {
    "iterates": "list(stream)",
    "reads on": "list(events)",
    "closes": "stream.close(); events = stream = None; gc.collect(); sys.exit(0)",
    "exits": "sys.exit(0)",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_the_parents_stream_continues_whatever_the_child_does(local: Local, use: str) -> None:
    local.reply("word " * 30)
    local.configure(tokens_per_second=150)
    code = f"""
import gc

def child():
    global events, stream
    try:
        {use}
    except fastbedrock.exceptions.ResponseStreamingError as error:
        assert "belongs to the process that forked" in str(error), error
    else:
        sys.exit(9)

whole = list(client.converse_stream(**HELLO)["stream"])
stream = client.converse_stream(**HELLO)["stream"]
events = iter(stream)
begun = [next(events) for _ in range(5)]
child = status(fork(child))
rest = list(events)
assert [list(event) for event in begun + rest] == [list(event) for event in whole]
say(child=child, rest=len(rest) > 20)
"""
    assert run(code, local) == [{"child": 0, "rest": True}]
    assert local.counters["streams_aborted"] == 0


def test_a_fork_while_a_thread_waits_for_an_event(local: Local) -> None:
    local.fault("stall", operation="ConverseStream", after=1, times=1)
    code = """
stream = client.converse_stream(**HELLO)["stream"]
next(iter(stream))
reader = threading.Thread(target=lambda: say(thread=list(stream)))
reader.start()
pause()

def child():
    for use in (lambda: next(iter(stream)), converse, stream.close, lambda: list(stream)):
        try:
            use()
        except fastbedrock.exceptions.ResponseStreamingError:
            pass

say(child=status(fork(child)))
stream.close()
reader.join()
"""
    with program(code, local) as running:
        wait_for(lambda: local.counters["streams_started"] == 1)
        running.wait_until_asleep()
        running.resume()
        assert running.next() == {"child": 0}
        assert running.next() == {"thread": []}
        assert (running.end(), running.errors) == (0, "")


def test_closing_a_stream_aborts_it_even_if_a_child_has_a_copy_of_the_socket(local: Local) -> None:
    local.fault("stall", operation="ConverseStream", after=1, times=1)
    code = """
stream = client.converse_stream(**HELLO)["stream"]
next(iter(stream))
read, write = os.pipe()

def child():
    os.close(write)
    os.read(read, 1)

pid = fork(child)
stream.close()
say(closed=True)
pause()
os.close(write)
say(child=status(pid))
"""
    with program(code, local) as running:
        assert running.next() == {"closed": True}
        wait_for(lambda: local.counters["streams_aborted"] == 1)
        running.resume()
        assert running.next() == {"child": 0}


def test_forks_in_the_middle_of_other_threads_calls(local: Local) -> None:
    code = """
done = threading.Event()

def work():
    while not done.is_set():
        converse()
        list(client.converse_stream(**HELLO)["stream"])

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
children = [status(fork(converse)) for _ in range(60)]
done.set()
for thread in threads:
    thread.join()
say(children=children)
"""
    assert run(code, local) == [{"children": [0] * 60}]


def test_a_child_asks_for_credentials_itself(local: Local, tmp_path: Path) -> None:
    """The parent is asking at the moment of the fork, on a thread that the child does not have."""
    pipe, script, config = tmp_path / "pipe", tmp_path / "keys.py", tmp_path / "config"
    os.mkfifo(pipe)
    keys = local.credentials
    script.write_text(f"""
import json, os
if not os.path.exists({str(tmp_path / "asked")!r}):
    open({str(tmp_path / "asked")!r}, "w").close()
    open({str(pipe)!r}).read()
print(json.dumps({{
    "Version": 1,
    "AccessKeyId": {keys["aws_access_key_id"]!r},
    "SecretAccessKey": {keys["aws_secret_access_key"]!r},
}}))
""")
    config.write_text(f"[default]\ncredential_process = '{sys.executable}' '{script}'\n")
    code = """
thread = threading.Thread(target=lambda: say(parent=converse()))
thread.start()
with open(os.environ["PIPE"], "w"):
    # The process has opened the pipe's other end, so the thread is waiting for the process.
    say(child=status(fork(converse)))
thread.join()
"""
    environment = {"AWS_CONFIG_FILE": str(config), "PIPE": str(pipe)}
    given = {"endpoint_url": local.endpoint_url, "region_name": keys["region_name"]}
    with Program(forks.PRELUDE + PROGRAM + code, given, environment) as running:
        assert running.next() == {"child": 0}
        assert running.next() == {"parent": "end_turn"}
        assert (running.end(), running.errors) == (0, "")


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_client_can_be_sent_to_other_processes(local: Local, method: str) -> None:
    code = f"""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

converse()
with ProcessPoolExecutor(1, multiprocessing.get_context({method!r})) as pool:
    say(answer=pool.submit(client.converse, **HELLO).result()["stopReason"])
say(parent=converse())
"""
    assert run(code, local) == [{"answer": "end_turn"}, {"parent": "end_turn"}]
