"""Records are made on the call's thread, in its task and process, with the time of the event."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import threading
import time
from typing import Any

import pytest

import event_loops
import fastbedrock
from fastbedrock import _core
from forks import needs_fork
from log_records import KEYS, QUESTION, RecordingHandler, call, recording_logs, server_with
from scripted_server import Reply, Server


def test_records_have_the_time_of_their_event():
    # The records are made together at the end, because the call waits less than 100 ms.
    with recording_logs() as kept, server_with(Reply(delay=0.06)) as server:
        call("sync", server)
    [sent] = [record for record in kept.records if "Sending" in record.msg]
    [answered] = [record for record in kept.records if "answered" in record.msg]
    assert answered.created - sent.created >= 0.05
    assert answered.relativeCreated - sent.relativeCreated >= 50
    assert int(answered.msecs) == int(answered.created % 1 * 1000)


async def _converse(server: Server) -> Any:
    client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **KEYS)
    return await client.converse(**QUESTION)


@pytest.mark.parametrize("place", ["main thread", "thread", *event_loops.LOOPS])
def test_a_waiting_call_logs_what_it_waits_for(place):
    if place == "uvloop":
        pytest.importorskip("uvloop")
    answer = threading.Event()

    def hold(_):
        # The server responds once the waiting call has logged its connection.
        return Reply() if answer.wait(30) else None

    with recording_logs() as kept, Server(hold) as server:

        def watch() -> None:
            kept.wait_for("Connected to")
            answer.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.monotonic()
        if place == "main thread":
            call("sync", server)
        elif place == "thread":
            caller = threading.Thread(target=call, args=("sync", server))
            caller.start()
            caller.join(30)
        else:
            event_loops.run(_converse(server), event_loops.LOOPS[place])
        assert time.monotonic() - began < 10
        watcher.join(30)
    assert any("status 200 after" in text for text in kept.texts("fastbedrock.client"))


def test_records_are_made_where_the_call_is_made():
    """The thread, task and context variables are the caller's, so that filters can use them."""
    label = contextvars.ContextVar("label", default="")
    labels = []

    class Label(logging.Filter):
        def filter(self, record):
            labels.append((getattr(record, "invocation_id", None), label.get()))
            return True

    async def one(client: Any, name: str, kept: RecordingHandler) -> tuple[str, Any]:
        label.set(name)
        response = await client.invoke_model(modelId=name, body="{}")
        await response["body"].read()
        return name, asyncio.current_task()

    async def many(server: Server, kept: RecordingHandler) -> None:
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        tasks = dict(await asyncio.gather(*(one(client, f"m{n}", kept) for n in range(20))))
        ids = {
            request.header("amz-sdk-invocation-id"): request.target.split("/")[2]
            for request in server.requests
        }
        assert len(ids) == 20
        until_response = [
            (record.invocation_id, place)
            for record, place in zip(kept.records, kept.places, strict=True)
            if record.name == "fastbedrock.client" and hasattr(record, "invocation_id")
        ]
        assert len(until_response) == 40
        for invocation_id, (thread, task) in until_response:
            assert thread == threading.get_ident()
            assert task is tasks[ids[invocation_id]]
        own = [(ids.get(found), name) for found, name in labels if found and name]
        assert own
        assert [pair for pair in own if pair[0] != pair[1]] == []

    with recording_logs() as kept, server_with(Reply(delay=0.02)) as server:
        logger = logging.getLogger("fastbedrock.client")
        logger.addFilter(only := Label())
        try:
            event_loops.run(many(server, kept))
        finally:
            logger.removeFilter(only)


def test_records_of_threads_are_made_on_those_threads():
    with recording_logs() as kept, server_with(Reply(delay=0.02)) as server:
        client = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        idents = set()

        def work() -> None:
            idents.add(threading.get_ident())
            for _ in range(5):
                client.converse(**QUESTION)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    by_call: dict[str, set[int]] = {}
    for record, (thread, _) in zip(kept.records, kept.places, strict=True):
        if hasattr(record, "invocation_id"):
            by_call.setdefault(record.invocation_id, set()).add(thread)
            assert record.thread == thread
    assert len(by_call) == 40
    assert all(len(found) == 1 for found in by_call.values())
    assert set().union(*by_call.values()) == idents


@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_logs_its_own_calls_only():
    with recording_logs() as kept, server_with() as server:
        client = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        client.converse(**QUESTION)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                kept.records.clear()
                client.converse(**QUESTION)
                ids = {record.invocation_id for record in kept.records}
                os.write(writer, f"{len(kept.records)} {len(ids)}".encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as said:
            assert said.read() == "5 1"
        os.waitpid(pid, 0)


@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_logs_nothing_of_its_parents_calls():
    async def fork_in_a_call(server: Server) -> bytes:
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        going_on = client.converse(**QUESTION)
        waiter = going_on.send(None)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                kept.records.clear()
                going_on.close()
                call("sync", server)
                os.write(writer, "\n".join(kept.texts("fastbedrock.client")).encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as said:
            texts = said.read().decode()
        os.waitpid(pid, 0)
        await event_loops.wait_for_yielded(waiter)
        going_on.close()
        return texts

    with recording_logs() as kept, server_with() as server:
        texts = event_loops.run(fork_in_a_call(server))
    assert "answered Converse with status 200" in texts
    assert "cancelled" not in texts
    assert texts.count("Sending") == 1


def test_no_thread_of_the_runtime_makes_records():
    with recording_logs() as kept, server_with(Reply(delay=0.05)) as server:
        call("async", server)
    assert kept.records
    assert _core.runtime_attaches() == 0
