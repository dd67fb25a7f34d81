"""However a call is cancelled, its request ends on the socket at once and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

import fastbedrock
from differential import SETTINGS
from event_loops import INVOKE, PROMPTLY, connect, every_loop, new_in_3_11, run, until
from fastbedrock.exceptions import ConnectionClosedError
from fastbedrock.local import serve
from linux import descriptors, has_socket, needs_proc, threads
from programs import HELLO

pytestmark = needs_proc


@dataclass
class Scene:
    """A client, a call that waits for ever, and how far the call has got."""

    client: Any
    call: Any
    waits: Any
    # Whether the request has ended on the socket.
    gone: Any
    # What the call has received.
    seen: list = field(default_factory=list)

    def begin(self):
        return self.call(self.client, self.seen)


async def converse(client, seen):
    seen.append(await client.converse(**HELLO))


async def listen(client, seen):
    response = await client.converse_stream(**HELLO)
    async for event in response["stream"]:
        seen.append(event)


async def read(client, seen):
    response = await client.invoke_model(**INVOKE)
    seen.append(response["contentType"])
    async with response["body"] as body:
        await body.read()


async def upload(client, seen):
    seen.append(await client.invoke_model(modelId="m", body=bytes(20 << 20)))


def client_of(url, **options):
    return fastbedrock.async_client("bedrock-runtime", endpoint_url=url, **SETTINGS, **options)


@contextlib.asynccontextmanager
async def connecting():
    """The only place in the listener's queue is taken, so the kernel makes all others wait."""
    with socket.socket() as listener, socket.socket() as filler:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        filler.connect(listener.getsockname())
        port = listener.getsockname()[1]
        yield Scene(
            client_of(f"http://127.0.0.1:{port}"),
            converse,
            waits=lambda: has_socket(port, "02 "),
            gone=lambda: not has_socket(port, "02 "),
        )


@contextlib.asynccontextmanager
async def in_a_tls_handshake():
    """The server receives the ClientHello and sends nothing."""
    steps = []

    async def hear(reader, writer):
        steps.append(await reader.read(1))
        with contextlib.suppress(ConnectionError):
            await reader.read()
        steps.append("gone")
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        yield Scene(
            client_of(f"https://127.0.0.1:{port}", verify=False),
            converse,
            waits=lambda: steps,
            gone=lambda: "gone" in steps,
        )


@contextlib.asynccontextmanager
async def sending():
    """The server does not read."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        yield Scene(
            client_of(f"http://127.0.0.1:{port}"),
            upload,
            # ESTABLISHED, with something left to send.
            waits=lambda: has_socket(port, "01 0*[1-9A-F]"),
            gone=lambda: not has_socket(port, "01 "),
        )


def left_waiting(call, received, fault, counted, **details):
    """A local Bedrock that leaves the call waiting after it has ``received`` that many values.

    ``counted`` is the server's counter that the cancelled call increments.
    """

    @contextlib.asynccontextmanager
    async def scene():
        def begun(counters):
            return counters["bytes_sent" if fault == "stall" else "requests_started"] > 0

        with serve() as server:
            server.fault(fault, **details)
            seen = []
            yield Scene(
                connect(server),
                call,
                waits=lambda: begun(server.counters) and len(seen) == received,
                gone=lambda: server.counters["connections_open"] == 0,
                seen=seen,
            )
            await until(lambda: server.counters[counted] == 1)
            assert len(seen) == received

    return scene


SCENES = {
    "connecting": connecting,
    "in a TLS handshake": in_a_tls_handshake,
    "sending": sending,
    "awaiting the answer": left_waiting(
        converse, 0, "slow_first_byte", "requests_aborted", seconds=60
    ),
    "in the answer": left_waiting(converse, 0, "stall", "requests_started", after=10),
    "in a body": left_waiting(read, 1, "stall", "requests_started", after=10),
    "in a stream": left_waiting(listen, 2, "stall", "streams_aborted", after=2),
}


async def cancelling(scene):
    task = asyncio.create_task(scene.begin())
    await until(scene.waits)
    cancelled_at = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return cancelled_at


async def cancelling_and_keeping_the_task(scene):
    """The task keeps its exception, whose traceback keeps the frames and their variables alive."""
    task = asyncio.create_task(scene.begin())
    await until(scene.waits)
    cancelled_at = time.perf_counter()
    task.cancel()
    await until(scene.gone)
    assert task.cancelled()
    return cancelled_at


async def timing_out(scene):
    async def cancel():
        await until(scene.waits)
        scope.reschedule(asyncio.get_running_loop().time())
        return time.perf_counter()

    giving_up = asyncio.create_task(cancel())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as scope:
            await scene.begin()
    return await giving_up


async def waiting_with_a_timeout(scene):
    # Long enough for the call to get to where it waits.
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(scene.begin(), 0.5)
    return time.perf_counter()


async def leaving_a_task_group(scene):
    cancelled_at = None

    async def fail():
        nonlocal cancelled_at
        await until(scene.waits)
        cancelled_at = time.perf_counter()
        raise LookupError

    async def together():
        async with asyncio.TaskGroup() as group:
            group.create_task(scene.begin())
            group.create_task(fail())

    with pytest.raises(Exception, match="TaskGroup") as caught:
        await together()
    assert [type(error) for error in caught.value.exceptions] == [LookupError]
    return cancelled_at


async def leaving_an_anyio_scope(scene):
    cancelled_at = None

    async def cancel():
        nonlocal cancelled_at
        await until(scene.waits)
        cancelled_at = time.perf_counter()
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(scene.begin)
        group.start_soon(cancel)
    return cancelled_at


async def closing_the_client(scene):
    task = asyncio.create_task(scene.begin())
    await until(scene.waits)
    cancelled_at = time.perf_counter()
    await scene.client.close()
    with pytest.raises(ConnectionClosedError):
        await task
    return cancelled_at


async def forgetting_the_task(scene):
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    asyncio.create_task(scene.begin())  # noqa: RUF006 (asyncio itself does not keep it)
    await until(scene.waits)
    gc.collect()
    return time.perf_counter()


WAYS = [
    cancelling,
    cancelling_and_keeping_the_task,
    pytest.param(timing_out, marks=new_in_3_11),
    waiting_with_a_timeout,
    pytest.param(leaving_a_task_group, marks=new_in_3_11),
    leaving_an_anyio_scope,
    closing_the_client,
    forgetting_the_task,
]


async def assert_ends_promptly(open_scene, cancel):
    """Up to the first prompt end, because the machine may be busy."""
    delays, left, tasks = [], None, asyncio.all_tasks()
    while len(delays) < 3 or min(delays) > PROMPTLY:
        assert len(delays) < 20, delays
        async with open_scene() as scene:
            cancelled_at = await cancel(scene)
            await until(scene.gone)
            delays.append(time.perf_counter() - cancelled_at)
            await until(lambda: asyncio.all_tasks() == tasks)
        if left is None:
            # The runtime exists from now on.
            await asyncio.sleep(0.05)
            left = descriptors(), threads()
    await until(lambda: descriptors() <= left[0] and threads() <= left[1])


@pytest.mark.parametrize("cancel", WAYS)
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_cancelled_call_ends_on_the_socket_at_once(scene, cancel):
    run(assert_ends_promptly(scene, cancel))


@every_loop
@pytest.mark.parametrize("scene", ["connecting", "awaiting the answer", "in a stream"])
def test_a_cancelled_call_ends_on_every_kind_of_loop(scene, new_loop):
    run(assert_ends_promptly(SCENES[scene], cancelling), new_loop)


def test_a_coroutine_that_is_closed_or_forgotten_ends_its_call(local_bedrock):
    local_bedrock.fault("slow_first_byte", seconds=60)

    async def main():
        client = connect(local_bedrock)
        for let_go in (lambda coroutine: coroutine.close(), lambda _: None):
            local_bedrock.reset_counters()
            coroutine = client.converse(**HELLO)
            coroutine.send(None)
            await until(lambda: local_bedrock.counters["requests_started"] == 1)
            let_go(coroutine)
            del coroutine
            await until(lambda: local_bedrock.counters["connections_open"] == 0)
            await until(lambda: local_bedrock.counters["requests_aborted"] == 1)

    run(main())


def test_a_call_cancelled_while_it_backs_off_is_not_retried(local_bedrock):
    local_bedrock.fault(
        "error", code="ThrottlingException", retry_after_ms=1000, times=1, operation="Converse"
    )

    async def main():
        client = connect(local_bedrock, max_concurrency=1)
        call = asyncio.create_task(client.converse(**HELLO))
        await until(lambda: local_bedrock.counters["requests"])
        await asyncio.sleep(0.2)
        call.cancel()
        # Its permit is free again, and so is the connection.
        await client.invoke_model(**INVOKE)
        assert call.cancelled()
        assert local_bedrock.counters["requests"]["Converse"] == {"429": 1}
        await asyncio.sleep(1.5)

    run(main())
    assert local_bedrock.counters["requests"] == {
        "Converse": {"429": 1},
        "InvokeModel": {"200": 1},
    }
    assert local_bedrock.counters["connections_opened"] == 1


def test_a_call_cancelled_while_credentials_are_fetched_leaves_them_to_the_next(
    local_bedrock, tmp_path
):
    """All calls share the one process that prints the credentials, and it keeps running."""
    pipe, script, config = tmp_path / "pipe", tmp_path / "keys.py", tmp_path / "config"
    os.mkfifo(pipe)
    script.write_text(f"print(open({str(pipe)!r}).read())")
    config.write_text(f"[default]\ncredential_process = '{sys.executable}' '{script}'\n")
    os.environ["AWS_CONFIG_FILE"] = str(config)
    given = local_bedrock.credentials
    keys = {
        "Version": 1,
        "AccessKeyId": given["aws_access_key_id"],
        "SecretAccessKey": given["aws_secret_access_key"],
    }

    async def main():
        client = fastbedrock.async_client(
            "bedrock-runtime",
            endpoint_url=local_bedrock.endpoint_url,
            region_name=given["region_name"],
        )
        call = asyncio.create_task(client.converse(**HELLO))
        with await asyncio.to_thread(open, pipe, "w") as writer:
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            writer.write(json.dumps(keys))
        await client.converse(**HELLO)

    run(main())
    assert local_bedrock.counters["requests_started"] == 1
