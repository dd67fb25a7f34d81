"""Streams and bodies that are closed, left or garbage-collected end on the socket at once."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time

import pytest

from event_loops import INVOKE, PROMPTLY, connect, every_loop, run, until
from fastbedrock.exceptions import ParamValidationError
from programs import HELLO


async def forgetting(stream, events):
    pass


async def forgetting_in_a_cycle(stream, events):
    stream.itself = stream
    del stream, events
    gc.collect()


async def forgetting_in_a_cycle_of_a_loop(stream, events):
    """The task, the Future that it waits for and the events refer to each other."""
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    asyncio.create_task(anext(events))  # noqa: RUF006
    await asyncio.sleep(0)
    del stream, events
    gc.collect()


async def breaking_and_closing(stream, events):
    async for _ in stream:
        break
    stream.close()


async def leaving_the_block(stream, events):
    async with stream:
        pass


async def leaving_a_generator(stream, events):
    async def texts():
        async with contextlib.aclosing(stream):
            async for event in stream:
                yield event

    async with contextlib.aclosing(texts()) as found:
        assert await anext(found)


async def failing(stream, events):
    with contextlib.suppress(LookupError):
        async with stream:
            async for _ in stream:
                raise LookupError


@every_loop
@pytest.mark.parametrize(
    "let_go",
    [
        forgetting,
        forgetting_in_a_cycle,
        forgetting_in_a_cycle_of_a_loop,
        breaking_and_closing,
        leaving_the_block,
        leaving_a_generator,
        failing,
    ],
)
def test_a_released_stream_ends_on_the_socket_at_once(local_bedrock, let_go, new_loop):
    local_bedrock.fault("stall", after=3)

    async def once(client):
        stream = (await client.converse_stream(**HELLO))["stream"]
        events = aiter(stream)
        assert await anext(events)
        let = let_go(stream, events)
        del stream, events
        await let
        start = time.perf_counter()
        await until(lambda: local_bedrock.counters["connections_open"] == 0)
        return time.perf_counter() - start

    async def main():
        client = connect(local_bedrock)
        delays = [await once(client)]
        # The machine may be busy.
        while min(delays) > PROMPTLY:
            assert len(delays) < 20, delays
            delays.append(await once(client))
        return len(delays)

    assert run(main(), new_loop) == local_bedrock.counters["streams_aborted"]


@pytest.mark.parametrize("cyclic", [False, True])
def test_a_forgotten_body_ends_on_the_socket(local_bedrock, cyclic):
    local_bedrock.fault("stall", after=3)

    async def main():
        body = (await connect(local_bedrock).invoke_model(**INVOKE))["body"]
        assert len(await body.read(3)) == 3
        assert local_bedrock.counters["connections_open"] == 1
        if cyclic:
            body.raw_stream.itself = body
        del body
        gc.collect()
        await until(lambda: local_bedrock.counters["connections_open"] == 0)

    run(main())


def test_a_forgotten_client_does_not_end_its_streams(local_bedrock):
    async def main():
        stream = (await connect(local_bedrock).converse_stream(**HELLO))["stream"]
        gc.collect()
        return [event async for event in stream]

    assert "metadata" in run(main())[-1]
    assert local_bedrock.counters["streams_aborted"] == 0


def test_a_web_response_whose_client_left_ends_its_stream(local_bedrock):
    """Starlette, and so FastAPI, cancels the task that waits for the next chunk."""
    responses = pytest.importorskip("starlette.responses")
    local_bedrock.fault("stall", after=2)
    sent = []

    async def pieces(client):
        response = await client.converse_stream(**HELLO)
        async for event in response["stream"]:
            yield str(event)

    async def receive():
        # The head and both chunks.
        await until(lambda: len(sent) == 3)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    async def main():
        response = responses.StreamingResponse(pieces(connect(local_bedrock)))
        await response({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
        await until(lambda: local_bedrock.counters["streams_aborted"] == 1)

    run(main())


def test_a_shielded_call_continues(local_bedrock):
    local_bedrock.fault("slow_first_byte", seconds=0.1)

    async def main():
        call = asyncio.ensure_future(connect(local_bedrock).converse(**HELLO))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(call), 0.01)
        return await call

    assert run(main())["stopReason"] == "end_turn"
    assert local_bedrock.counters["requests_aborted"] == 0


def test_one_failure_of_gathered_calls_does_not_end_the_others(local_bedrock):
    local_bedrock.fault("slow_first_byte", seconds=0.1)

    async def main():
        client = connect(local_bedrock)
        calls = [asyncio.ensure_future(client.converse(**HELLO)) for _ in range(3)]
        with pytest.raises(ParamValidationError):
            await asyncio.gather(*calls, client.converse(modelId=1))
        assert len(await asyncio.gather(*calls)) == 3

    run(main())
