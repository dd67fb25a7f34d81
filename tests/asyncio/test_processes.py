"""Forks in the middle of event loops: the child uses loops of its own, the parent continues."""

from __future__ import annotations

from functools import partial

import pytest

import forks
from fastbedrock.local import LocalBedrock, serve
from forks import needs_fork
from programs import wait_for

pytestmark = needs_fork

PROGRAM = """
import asyncio
from event_loops import call_on_new_loop, wait_for_yielded

client = fastbedrock.async_client("bedrock-runtime", **arguments())

async def converse():
    return (await client.converse(**HELLO))["stopReason"]

async def listen():
    return [event async for event in (await client.converse_stream(**HELLO))["stream"]]

async def ended(pid):
    return await asyncio.to_thread(status, pid)

def works():
    assert asyncio.run(converse()) == "end_turn"
    assert "metadata" in asyncio.run(listen())[-1]
"""


program = partial(forks.program, PROGRAM)
run = partial(forks.run, PROGRAM)


@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_an_idle_connection_stays_the_parents(tls: bool, leave: str) -> None:
    code = f"""
def child():
    asyncio.run(converse())
    works()
    asyncio.run(client.close())
    {leave}

asyncio.run(converse())
say(child=status(fork(child)), parent=asyncio.run(converse()))
"""
    with serve(tls=tls) as server:
        given = {"verify": False} if tls else {}
        assert run(code, server, **given) == [{"child": 0, "parent": "end_turn"}]
        # One connection for each process.
        assert server.counters["connections_opened"] == 2


def test_a_fork_inside_a_running_loop_with_calls_in_flight(local_bedrock: LocalBedrock) -> None:
    """The child makes calls on a new loop; the parent's calls and streams complete."""
    local_bedrock.fault("slow_first_byte", operation="InvokeModel", seconds=1)
    local_bedrock.reply("word " * 30)
    local_bedrock.configure(tokens_per_second=100)
    code = """
def invoke():
    return client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body='{"inputText": "a"}')

async def main():
    events = aiter((await client.converse_stream(**HELLO))["stream"])
    begun = [await anext(events) for _ in range(5)]
    calls = [asyncio.create_task(invoke()) for _ in range(5)]
    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.05)
    children = [await ended(fork(works)) for _ in range(2)]
    rest = [event async for event in events]
    answers = [await (await call)["body"].read() for call in calls]
    say(
        children=children,
        whole=len(begun + rest) == len(await listening),
        last="metadata" in rest[-1],
        answers=len(answers),
    )

asyncio.run(main())
"""
    facts = {"children": [0, 0], "whole": True, "last": True, "answers": 5}
    assert run(code, local_bedrock) == [facts]
    assert local_bedrock.counters["streams_aborted"] == 0
    assert local_bedrock.counters["requests_aborted"] == 0


USES = {
    "iterates": "asyncio.run(all_of(stream))",
    "reads on": "asyncio.run(all_of(events))",
    "cancels a wait": "cancel(waiting)",
    "cancels a call": "cancel(call)",
    "closes": "stream.close(); waited.close(); call.close()",
    "forgets": "stream = events = waited = waiting = call = waiters = None; gc.collect()",
    "closes the client": "asyncio.run(client.close())",
    "works": "works()",
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_the_parents_calls_continue_whatever_the_child_does(
    local_bedrock: LocalBedrock, use: str
) -> None:
    local_bedrock.fault("stall", after=2, seconds=0.7, operation="ConverseStream")
    local_bedrock.fault("slow_first_byte", seconds=0.7, operation="Converse")
    code = f"""
async def all_of(stream):
    return [event async for event in stream]

def cancel(waiting):
    try:
        waiting.throw(asyncio.CancelledError())
    except asyncio.CancelledError:
        pass

def child():
    global call, events, stream, waited, waiters, waiting
    try:
        {use}
    except fastbedrock.exceptions.ResponseStreamingError as error:
        assert "the process that was forked" in str(error), error
        os._exit(9)

async def drive(coroutine, waiter):
    # Like a Task, for a coroutine that was started before the fork.
    while True:
        await wait_for_yielded(waiter)
        try:
            waiter = coroutine.send(None)
        except StopIteration as stop:
            return stop.value

async def main():
    global call, events, stream, waited, waiters, waiting
    stream, waited = [(await client.converse_stream(**HELLO))["stream"] for _ in range(2)]
    events = aiter(stream)
    await anext(events)
    waiting = aiter(waited)
    for _ in range(2):
        await anext(waiting)
    waiting = anext(waiting)
    call = client._engine.call_async("Converse", HELLO)
    waiters = waiting.send(None), call.send(None)
    await asyncio.sleep(0.05)
    child_ended = ended(fork(child))
    event, answer = await drive(waiting, waiters[0]), await drive(call, waiters[1])
    rest = await all_of(events)
    say(
        child=await child_ended,
        event=list(event),
        answer=answer["stopReason"],
        rest="metadata" in rest[-1],
    )

asyncio.run(main())
"""
    child = 9 if "all_of" in use else 0
    facts = {"child": child, "event": ["contentBlockStop"], "answer": "end_turn", "rest": True}
    assert run(code, local_bedrock) == [facts]
    assert local_bedrock.counters["streams_aborted"] == 0
    assert local_bedrock.counters["requests_aborted"] == 0


def test_cancelling_aborts_even_if_a_child_has_a_copy_of_the_socket(
    local_bedrock: LocalBedrock,
) -> None:
    local_bedrock.fault("stall", operation="ConverseStream", after=1)
    local_bedrock.fault("slow_first_byte", operation="Converse", seconds=60)
    code = """
async def main():
    stream = (await client.converse_stream(**HELLO))["stream"]
    call = asyncio.create_task(converse())
    await asyncio.to_thread(pause)
    read, write = os.pipe()

    def child():
        os.close(write)
        os.read(read, 1)

    pid = fork(child)
    stream.close()
    call.cancel()
    say(given_up=True)
    await asyncio.to_thread(pause)
    os.close(write)
    say(child=status(pid))

asyncio.run(main())
"""
    with program(code, local_bedrock) as running:
        wait_for(lambda: local_bedrock.counters["requests_started"] == 2)
        running.resume()
        assert running.next() == {"given_up": True}
        wait_for(lambda: local_bedrock.counters["streams_aborted"] == 1)
        wait_for(lambda: local_bedrock.counters["requests_aborted"] == 1)
        running.resume()
        assert running.next() == {"child": 0}


def test_a_child_does_not_wait_for_its_parents_permits(local_bedrock: LocalBedrock) -> None:
    local_bedrock.fault("stall", operation="ConverseStream", after=1)
    code = """
async def main():
    stream = (await client.converse_stream(**HELLO))["stream"]
    queued = [asyncio.create_task(converse()) for _ in range(3)]
    await asyncio.sleep(0.05)
    child = await ended(fork(lambda: asyncio.run(converse())))
    stream.close()
    say(child=child, parent=await asyncio.gather(*queued))

asyncio.run(main())
"""
    facts = {"child": 0, "parent": ["end_turn"] * 3}
    assert run(code, local_bedrock, max_concurrency=1) == [facts]


def test_forks_in_the_middle_of_other_threads_loops(local_bedrock: LocalBedrock) -> None:
    """Forks at every moment: while a wake-up queue is locked, or a connection is checked out."""
    code = """
done = threading.Event()

async def work():
    while not done.is_set():
        await asyncio.gather(converse(), converse(), listen())

threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(3)]
for thread in threads:
    thread.start()
children = [status(fork(lambda: asyncio.run(converse()))) for _ in range(60)]
done.set()
for thread in threads:
    thread.join()
say(children=children)
"""
    assert run(code, local_bedrock) == [{"children": [0] * 60}]


IMPORTS = {
    "fastbedrock._wake_up": "asyncio.run(converse())",
    "fastbedrock._async_response": "asyncio.run(invoke())",
    "fastbedrock._wire.serialize": "invalid()",
}


@pytest.mark.parametrize("module", IMPORTS)
def test_a_fork_while_another_thread_imports_a_module(
    local_bedrock: LocalBedrock, module: str
) -> None:
    """The import lock of that module would stay locked in the child for ever."""
    code = f"""
import time

sync = fastbedrock.client("bedrock-runtime", **arguments())

async def invoke():
    answer = await client.invoke_model(modelId=TITAN, body='{{"inputText": "a"}}')
    return await answer["body"].read()

TITAN = "amazon.titan-embed-text-v2:0"

def invalid():
    try:
        sync.converse(modelId=1)
    except Exception as error:
        assert type(error).__name__ == "ParamValidationError", error

begun = threading.Event()

class Slow:
    def find_spec(self, name, path, target=None):
        if name == "{module}":
            begun.set()
            time.sleep(0.2)

sys.meta_path.insert(0, Slow())
thread = threading.Thread(target=lambda: {IMPORTS[module]})
thread.start()
assert begun.wait(5)
say(child=status(fork(lambda: {IMPORTS[module]})))
thread.join()
"""
    assert run(code, local_bedrock) == [{"child": 0}]


def test_a_child_of_a_child_works(local_bedrock: LocalBedrock) -> None:
    code = """
def child():
    works()
    assert status(fork(works)) == 0

asyncio.run(converse())
say(child=status(fork(child)))
"""
    assert run(code, local_bedrock) == [{"child": 0}]


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_client_can_be_sent_to_other_processes(local_bedrock: LocalBedrock, method: str) -> None:
    code = f"""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial

async def main():
    before = await converse()
    with ProcessPoolExecutor(2, multiprocessing.get_context({method!r})) as pool:
        loop = asyncio.get_running_loop()
        call = partial(loop.run_in_executor, pool, call_on_new_loop, client.converse, HELLO)
        work = [call() for _ in range(4)]
        answers = await asyncio.gather(*work, converse())
    say(before=before, answers=[each["stopReason"] for each in answers[:4]], after=answers[4])

asyncio.run(main())
"""
    facts = {"before": "end_turn", "answers": ["end_turn"] * 4, "after": "end_turn"}
    assert run(code, local_bedrock) == [facts]
