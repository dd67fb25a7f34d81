"""Large responses are decoded in another thread while the event loop keeps running."""

from __future__ import annotations

import asyncio
import json
import sys
import threading

import pytest

import fastbedrock
from differential import SETTINGS
from event_loops import connect, run
from programs import HELLO
from scripted_server import Reply, Server, in_order

TOOLS = {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}]}
# Bodies larger than this are decoded in another thread, in bytes.
THRESHOLD = 256 * 1024


def serve_tool_input(server, size):
    """A server, and the tool input in its responses: about ``size`` bytes of JSON."""
    rows = [[1, 2.5, "abc", {"key": None}]] * (size // 26)
    server.reply({"toolUse": {"name": "t", "input": {"rows": rows}}})
    return {"rows": rows}


def told(response):
    [block] = response["output"]["message"]["content"]
    return block["toolUse"]["input"]


@pytest.fixture
def decoders(monkeypatch):
    """The threads of asyncio's pool that responses were decoded in."""
    asked = []
    to_thread = asyncio.to_thread

    async def recorded(decode):
        def work():
            asked.append(threading.current_thread())
            return decode()

        return await to_thread(work)

    monkeypatch.setattr(asyncio, "to_thread", recorded)
    return asked


@pytest.mark.parametrize(("size", "elsewhere"), [(THRESHOLD * 3 // 4, 0), (THRESHOLD * 5 // 4, 1)])
def test_a_large_response_is_decoded_in_another_thread(local_bedrock, decoders, size, elsewhere):
    expected = serve_tool_input(local_bedrock, size)
    sync = fastbedrock.client(
        "bedrock-runtime", endpoint_url=local_bedrock.endpoint_url, **local_bedrock.credentials
    )
    found = run(connect(local_bedrock).converse(**HELLO, toolConfig=TOOLS))
    same = sync.converse(**HELLO, toolConfig=TOOLS)
    assert told(found) == told(same) == expected
    assert list(found) == list(same)
    assert len(decoders) == elsewhere
    assert threading.main_thread() not in decoders


def test_the_loop_runs_while_a_large_response_is_decoded(local_bedrock, decoders):
    serve_tool_input(local_bedrock, 16 * THRESHOLD)
    turns = []

    async def turn():
        while True:
            if decoders:
                turns.append(len(turns))
            await asyncio.sleep(0)

    async def main():
        turning = asyncio.create_task(turn())
        await connect(local_bedrock).converse(**HELLO, toolConfig=TOOLS)
        turning.cancel()

    interval = sys.getswitchinterval()
    # No thread is forced to release the GIL: the decoder offers it.
    sys.setswitchinterval(1000)
    try:
        run(main())
    finally:
        sys.setswitchinterval(interval)
    # Before the first offer of the GIL, and after the end, the loop may run an iteration or two.
    assert len(turns) > 10


def test_odd_responses_and_errors_are_decoded_in_another_thread_too(decoders):
    large = "x" * THRESHOLD
    content = [{"toolUse": {"toolUseId": "t", "name": "t", "input": {"n": 10**30, "s": large}}}]
    odd = {"output": {"message": {"role": "assistant", "content": content}}}
    replies = [
        Reply(body=json.dumps(odd).encode()),
        Reply(400, body=json.dumps({"__type": "ValidationException", "message": large}).encode()),
    ]
    with Server(in_order(*replies)) as server:
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        assert told(run(client.converse(**HELLO)))["n"] == 10**30
        with pytest.raises(client.exceptions.ValidationException, match=large):
            run(client.converse(**HELLO))
    assert len(decoders) == 2
