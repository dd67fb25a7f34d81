"""Large answers are decoded beside the event loop, which goes on meanwhile."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

import fastbedrock
from asynchronous import HELLO, every_loop, run
from differential import SETTINGS
from servers import Reply, Server, in_order


class Recording(ThreadPoolExecutor):
    """Notes when what it is given runs."""

    def __init__(self):
        super().__init__(1)
        self.spans = []

    def submit(self, function, /, *arguments, **keywords):
        def recorded():
            start = time.perf_counter()
            result = function(*arguments, **keywords)
            self.spans.append((start, time.perf_counter()))
            return result

        return super().submit(recorded)


def answer_of(count):
    """An answer with so many small values."""
    tool = {"toolUseId": "id", "name": "list", "input": [[n, str(n)] for n in range(count)]}
    message = {"role": "assistant", "content": [{"toolUse": tool}]}
    return json.dumps({"output": {"message": message}, "stopReason": "tool_use"}).encode()


@pytest.mark.parametrize(("count", "elsewhere"), [(1000, 0), (20_000, 1)])
def test_an_answer_beyond_256_kib_is_decoded_on_another_thread(count, elsewhere):
    body = answer_of(count)
    assert (len(body) >= 256 * 1024) == elsewhere
    executor = Recording()

    async def main():
        asyncio.get_running_loop().set_default_executor(executor)
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        return await client.converse(**HELLO)

    with Server(in_order(Reply(body=body))) as server:
        answer = run(main())
    assert len(answer["output"]["message"]["content"][0]["toolUse"]["input"]) == count
    assert len(executor.spans) == elsewhere


@every_loop
def test_the_loop_turns_while_a_large_answer_is_decoded(new_loop):
    """The decoder holds the GIL, but lets others have it now and then."""
    body = answer_of(1_000_000)
    executor = Recording()

    async def main():
        asyncio.get_running_loop().set_default_executor(executor)
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        call = asyncio.create_task(client.converse(**HELLO))
        turns = []
        while not call.done():
            turns.append(time.perf_counter())
            await asyncio.sleep(0)
        return turns

    # Python's collector looks at all objects at once: that would be its time, not the decoder's.
    gc.disable()
    try:
        with Server(in_order(Reply(body=body))) as server:
            turns = run(main(), new_loop)
    finally:
        gc.enable()
    [(start, end)] = executor.spans
    during = [start, *(turn for turn in turns if start < turn < end), end]
    gaps = [after - before for before, after in pairwise(during)]
    assert max(gaps) < (end - start) / 5, (max(gaps), end - start)
