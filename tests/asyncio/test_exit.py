"""A process whose event loops have calls in flight exits at once and prints nothing."""

from __future__ import annotations

import pytest

from event_loops import LOOPS, no_uvloop
from fastbedrock.local import LocalBedrock
from programs import Program, wait_for

PROGRAM = """
import asyncio, atexit, os, sys, threading, time
import fastbedrock
from event_loops import LOOPS
from programs import HELLO, arguments, pause, say

client = fastbedrock.async_client("bedrock-runtime", **arguments()["client"])

async def converse():
    return (await client.converse(**HELLO))["stopReason"]

async def listen():
    return [event async for event in (await client.converse_stream(**HELLO))["stream"]]

async def begin():
    stream = (await client.converse_stream(**HELLO))["stream"]
    async for _ in stream:
        return stream

async def forever(work):
    while True:
        await work()

def run(main):
    # As asyncio.run does, on a loop of any kind.
    loop = LOOPS[arguments()["loop"]]()
    try:
        return loop.run_until_complete(main)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

def in_a_thread(main):
    threading.Thread(target=run, args=(main,), daemon=True).start()

async def leave_while_waiting(leave, pause=lambda: asyncio.to_thread(pause)):
    global tasks, streams
    streams = [await begin() for _ in range(3)]
    tasks = [asyncio.create_task(work()) for work in (converse, converse, listen, listen)]
    await pause()
    leave()
"""

every_kind = pytest.mark.parametrize(
    "loop", [pytest.param(kind, marks=[no_uvloop] if kind == "uvloop" else []) for kind in LOOPS]
)


def program(code: str, server: LocalBedrock, loop: str = "asyncio") -> Program:
    client = {"endpoint_url": server.endpoint_url, **server.credentials}
    return Program(PROGRAM + code, {"client": client, "loop": loop})


def assert_ends(running: Program, status: int = 0) -> None:
    """It ends within a second, with this status, and prints nothing."""
    assert running.end(within=1) == status
    assert running.errors == ""


def never_answer(server: LocalBedrock) -> None:
    server.fault("slow_first_byte", operation="Converse", seconds=30)
    server.fault("stall", operation="ConverseStream", after=1)


def until_all_wait(server: LocalBedrock) -> None:
    wait_for(lambda: server.counters["requests_started"] == 7)
    wait_for(lambda: server.counters["streams_started"] == 5)


WAYS = {
    "return": ("run(leave_while_waiting(lambda: None))", 0),
    "sys.exit": ("run(leave_while_waiting(lambda: sys.exit(3)))", 3),
    "os._exit": ("run(leave_while_waiting(lambda: os._exit(4)))", 4),
    "asyncio.run": ("asyncio.run(leave_while_waiting(lambda: sys.exit(5)))", 5),
    "a thread's loop": (
        "in_a_thread(leave_while_waiting(None, lambda: asyncio.sleep(60)))\npause()",
        0,
    ),
}


@every_kind
@pytest.mark.parametrize(("leave", "status"), WAYS.values(), ids=WAYS)
def test_exit_while_calls_and_streams_wait(
    local_bedrock: LocalBedrock, leave: str, status: int, loop: str
) -> None:
    never_answer(local_bedrock)
    with program(leave, local_bedrock, loop) as running:
        until_all_wait(local_bedrock)
        running.resume()
        assert_ends(running, status)
    wait_for(lambda: local_bedrock.counters["connections_open"] == 0)


def test_system_exit_in_a_task(local_bedrock: LocalBedrock) -> None:
    never_answer(local_bedrock)
    code = """
async def main():
    await asyncio.create_task(leave_while_waiting(lambda: sys.exit(6)))

asyncio.run(main())
"""
    with program(code, local_bedrock) as running:
        until_all_wait(local_bedrock)
        running.resume()
        assert_ends(running, 6)


@every_kind
def test_exit_with_a_loop_that_is_not_closed(local_bedrock: LocalBedrock, loop: str) -> None:
    """asyncio itself complains about the pending tasks."""
    never_answer(local_bedrock)
    code = """
loop = LOOPS[arguments()["loop"]]()
loop.run_until_complete(leave_while_waiting(lambda: None))
"""
    with program(code, local_bedrock, loop) as running:
        until_all_wait(local_bedrock)
        running.resume()
        assert running.end(within=1) == 0
        asyncios_own = ("Task was destroyed but it is pending!", "task: <Task pending")
        others = [told for told in running.errors.splitlines() if not told.startswith(asyncios_own)]
        assert others == []
    wait_for(lambda: local_bedrock.counters["connections_open"] == 0)


@every_kind
@pytest.mark.parametrize("number", range(4))
def test_exit_while_loops_keep_making_calls(
    local_bedrock: LocalBedrock, number: int, loop: str
) -> None:
    """Calls end, and wake their loops, at every moment of the interpreter's finalization."""
    code = """
async def main():
    await asyncio.gather(*[forever(converse) for _ in range(4)], forever(listen))

in_a_thread(main())
in_a_thread(main())
pause()
"""
    with program(code, local_bedrock, loop) as running:
        wait_for(lambda: local_bedrock.counters["requests_started"] > 20 + 10 * number)
        running.resume()
        assert_ends(running)


def test_only_the_programs_exception_is_printed(local_bedrock: LocalBedrock) -> None:
    never_answer(local_bedrock)
    code = """
def fail():
    raise LookupError("of the program")

asyncio.run(leave_while_waiting(fail))
"""
    with program(code, local_bedrock) as running:
        until_all_wait(local_bedrock)
        running.resume()
        assert running.end(within=1) == 1
        assert running.errors.splitlines()[-1] == "LookupError: of the program"
        assert running.errors.count("Traceback") == 1


def test_calls_work_in_every_exit_handler(local_bedrock: LocalBedrock) -> None:
    """Also in a handler that was registered before the import, and so runs after the core's own."""
    code = (
        """import atexit
atexit.register(lambda: say(last=run(converse()), events=len(run(listen())) > 0))
"""
        + PROGRAM
        + """
atexit.register(lambda: say(first=run(converse()), events=len(run(listen())) > 0))
run(converse())
"""
    )
    client = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    with Program(code, {"client": client, "loop": "asyncio"}) as running:
        assert running.next() == {"first": "end_turn", "events": True}
        assert running.next() == {"last": "end_turn", "events": True}
        assert_ends(running)


INTERRUPTED = """
def tasks():
    return [asyncio.ensure_future(work()) for work in (converse, listen)]

async def listen():
    async for _ in (await client.converse_stream(**HELLO))["stream"]:
        say(heard="an event")

async def main():
    say(ready=True)
    await {waiting}

try:
    {run}(main())
except KeyboardInterrupt:
    say(stopped=time.monotonic())
"""


@pytest.mark.parametrize(
    ("runner", "loop"),
    [
        ("asyncio.run", "asyncio"),
        ("run", "asyncio"),
        pytest.param("run", "uvloop", marks=no_uvloop),
        ("run", "without readers"),
    ],
)
@pytest.mark.parametrize("waiting", ["converse()", "listen()", "asyncio.gather(*tasks())"])
def test_ctrl_c(local_bedrock: LocalBedrock, waiting: str, runner: str, loop: str) -> None:
    never_answer(local_bedrock)
    code = INTERRUPTED.format(waiting=waiting, run=runner)
    count = 2 if "tasks" in waiting else 1
    with program(code, local_bedrock, loop) as running:
        assert running.next() == {"ready": True}
        wait_for(lambda: local_bedrock.counters["requests_started"] == count)
        if waiting != "converse()":
            # Nothing arrives after this. While a loop handles a wake-up, KeyboardInterrupt can make
            # asyncio lose the wake-up, and then a cancelled task never ends.
            assert running.next() == {"heard": "an event"}
        running.wait_until_asleep()
        sent = running.interrupt()
        assert running.next()["stopped"] - sent < 1
        assert_ends(running)
    wait_for(lambda: local_bedrock.counters["connections_open"] == 0)
