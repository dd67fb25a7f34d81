"""How many calls may be in flight: any number, or at most ``max_concurrency``, in order."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

import fastbedrock
from differential import SETTINGS
from event_loops import INVOKE, connect, every_loop, run, until
from fastbedrock.exceptions import ConnectionClosedError, EndpointConnectionError
from programs import DEADLINE, HELLO

MANY = 1000


@pytest.fixture
def gate(local_bedrock):
    """An event: no call is answered before it is set."""
    gate = threading.Event()

    def answer(request):
        assert gate.wait(DEADLINE)
        answered.append(request["text"])

    answered = gate.answered = []
    local_bedrock.reply(answer)
    yield gate
    gate.set()


def hello(text):
    return {**HELLO, "messages": [{"role": "user", "content": [{"text": str(text)}]}]}


def is_open(server, count):
    return lambda: server.counters["connections_open"] == count


def has_started(server, count):
    return lambda: server.counters["requests_started"] == count


@pytest.mark.usefixtures("descriptors_for_many")
def test_a_thousand_calls_are_in_flight_at_once(local_bedrock, gate):
    async def main():
        client = connect(local_bedrock)
        calls = [asyncio.create_task(client.converse(**HELLO)) for _ in range(MANY)]
        await until(has_started(local_bedrock, MANY))
        assert local_bedrock.counters["connections_open"] == MANY
        gate.set()
        assert {call["stopReason"] for call in await asyncio.gather(*calls)} == {"end_turn"}
        await client.close()
        await until(is_open(local_bedrock, 0))

    run(main())


@pytest.mark.usefixtures("descriptors_for_many")
def test_a_thousand_streams_are_open_at_once(local_bedrock):
    local_bedrock.fault("stall", after=2)

    async def begin(client):
        stream = (await client.converse_stream(**HELLO))["stream"]
        async for _ in stream:
            break
        return stream

    async def main():
        client = connect(local_bedrock)
        streams = await asyncio.gather(*(begin(client) for _ in range(MANY)))
        assert local_bedrock.counters["connections_open"] == MANY
        for stream in streams[: MANY // 2]:
            stream.close()
        await until(is_open(local_bedrock, MANY // 2))
        await client.close()
        await until(is_open(local_bedrock, 0))

    run(main())
    assert local_bedrock.counters["streams_aborted"] == MANY


def test_the_limit_of_idle_connections_does_not_limit_calls(local_bedrock, gate):
    async def main():
        config = fastbedrock.Config(max_pool_connections=2)
        client = connect(local_bedrock, config=config)
        calls = [asyncio.create_task(client.converse(**HELLO)) for _ in range(50)]
        await until(has_started(local_bedrock, 50))
        gate.set()
        await asyncio.gather(*calls)
        await until(is_open(local_bedrock, 2))

    run(main())


@every_loop
def test_no_more_calls_than_the_limit_are_in_flight(local_bedrock, gate, new_loop):
    async def main():
        client = connect(local_bedrock, max_concurrency=3)
        calls = [asyncio.create_task(client.converse(**HELLO)) for _ in range(30)]
        await until(has_started(local_bedrock, 3))
        await asyncio.sleep(0.1)
        assert local_bedrock.counters["requests_started"] == 3
        gate.set()
        await asyncio.gather(*calls)

    run(main(), new_loop)
    # At most one for each of the three: there was never a fourth call.
    assert local_bedrock.counters["connections_opened"] == 3
    assert local_bedrock.counters["requests"] == {"Converse": {"200": 30}}


def test_waiting_calls_are_sent_in_order(local_bedrock, gate):
    gate.set()

    async def main():
        client = connect(local_bedrock, max_concurrency=1)
        await asyncio.gather(*(client.converse(**hello(n)) for n in range(200)))

    run(main())
    assert gate.answered == list(map(str, range(200)))


def test_a_later_call_does_not_overtake_a_waiting_one(local_bedrock, gate):
    async def main():
        client = connect(local_bedrock, max_concurrency=1)
        calls = []

        async def call_again(n):
            await client.converse(**hello(n))
            await client.converse(**hello(f"{n} again"))

        for n in range(3):
            calls.append(asyncio.create_task(call_again(n)))
        await until(has_started(local_bedrock, 1))
        gate.set()
        await asyncio.gather(*calls)

    run(main())
    assert gate.answered == ["0", "1", "2", "0 again", "1 again", "2 again"]


@pytest.mark.parametrize("timed", [False, True])
def test_a_call_that_waits_for_a_permit_can_be_cancelled(local_bedrock, gate, timed):
    async def main():
        client = connect(local_bedrock, max_concurrency=1)

        async def call(n):
            coroutine = client.converse(**hello(n))
            if timed and n in (2, 5, 9):
                coroutine = asyncio.wait_for(coroutine, 0.05)
            return await coroutine

        calls = [asyncio.create_task(call(n)) for n in range(10)]
        await until(has_started(local_bedrock, 1))
        for n in (2, 5, 9):
            if not timed:
                calls[n].cancel()
            with pytest.raises((asyncio.CancelledError, asyncio.TimeoutError)):
                await calls[n]
        gate.set()
        await asyncio.gather(*(calls[n] for n in (0, 1, 3, 4, 6, 7, 8)))

    run(main())
    assert gate.answered == ["0", "1", "3", "4", "6", "7", "8"]
    assert local_bedrock.counters["requests_aborted"] == 0


def test_a_closed_client_does_not_send_its_waiting_calls(local_bedrock, gate):
    async def main():
        client = connect(local_bedrock, max_concurrency=1)
        calls = [asyncio.create_task(client.converse(**HELLO)) for _ in range(5)]
        await until(has_started(local_bedrock, 1))
        await client.close()
        # The first one is in flight.
        for call in calls:
            with pytest.raises(ConnectionClosedError, match="the client was closed"):
                await call
        gate.set()
        await client.converse(**HELLO)

    run(main())
    assert local_bedrock.counters["requests_started"] == 2


def test_a_call_with_handlers_is_not_sent_again_after_its_client_was_closed(local_bedrock, gate):
    async def main():
        config = fastbedrock.Config(retry_read_timeout=True)
        client = connect(local_bedrock, config=config)
        client.meta.events.register("before-send", lambda **_: None)
        call = asyncio.create_task(client.converse(**HELLO))
        await until(has_started(local_bedrock, 1))
        await client.close()
        with pytest.raises(ConnectionClosedError, match="the client was closed"):
            await asyncio.wait_for(call, DEADLINE)

    run(main())
    assert local_bedrock.counters["requests_started"] == 1


async def close(stream):
    stream.close()


async def forget(stream):
    pass


async def cancel_its_reader(stream):
    async def read():
        async for _ in stream:
            pass

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.02)
    reading.cancel()
    await asyncio.wait([reading])


@pytest.mark.parametrize("end", [close, forget, cancel_its_reader])
def test_a_stream_holds_its_permit_until_it_is_cancelled(local_bedrock, end):
    local_bedrock.fault("stall", after=2, operation="ConverseStream")

    async def main():
        client = connect(local_bedrock, max_concurrency=2)
        streams = [(await client.converse_stream(**HELLO))["stream"] for _ in range(2)]
        call = asyncio.create_task(client.converse(**HELLO))
        await asyncio.sleep(0.2)
        assert local_bedrock.counters["requests_started"] == 2
        await end(streams.pop())
        await call

    run(main())


def test_a_stream_holds_its_permit_until_it_is_read(local_bedrock):
    # More than the buffers hold together.
    local_bedrock.reply("word " * 150_000)

    async def main():
        client = connect(local_bedrock, max_concurrency=1)
        stream = (await client.converse_stream(**HELLO))["stream"]
        call = asyncio.create_task(client.invoke_model(**INVOKE))
        await asyncio.sleep(0.2)
        assert local_bedrock.counters["requests_started"] == 1
        assert [event async for event in stream]
        await (await call)["body"].read()
        await client.invoke_model(**INVOKE)

    run(main())
    assert local_bedrock.counters["connections_opened"] == 1


def test_a_call_that_fails_returns_its_permit(local_bedrock):
    local_bedrock.fault("error", code="ValidationException", times=1)

    async def main():
        client = connect(local_bedrock, max_concurrency=1)
        with pytest.raises(client.exceptions.ValidationException):
            await client.converse(**HELLO)
        with pytest.raises(fastbedrock.exceptions.ParamValidationError):
            await client.converse(modelId=1)
        await client.converse(**HELLO)
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            nowhere = fastbedrock.async_client(
                "bedrock-runtime",
                endpoint_url=f"http://127.0.0.1:{bound.getsockname()[1]}",
                max_concurrency=1,
                config=fastbedrock.Config(retries={"total_max_attempts": 1}),
                **SETTINGS,
            )
            for _ in range(3):
                with pytest.raises(EndpointConnectionError):
                    await nowhere.converse(**HELLO)

    run(main())


def test_all_loops_and_threads_that_use_a_client_share_its_limit(local_bedrock, gate):
    client = connect(local_bedrock, max_concurrency=2)

    async def main():
        await asyncio.gather(*(client.converse(**HELLO) for _ in range(5)))

    threads = [threading.Thread(target=run, args=(main(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(DEADLINE)
    assert local_bedrock.counters["requests"] == {"Converse": {"200": 20}}
    assert local_bedrock.counters["connections_opened"] == 2
