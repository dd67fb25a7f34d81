"""Lines of a body that arrives slowly: botocore's lines, each as soon as it has arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

import fastbedrock
from differential import Boto3, ClientAndServer
from manual_server import ManualServer
from programs import DEADLINE
from scripted_server import Reply

CALL = {"agentRuntimeArn": "arn", "payload": b"{}"}
# Server-sent events, and lines with other ends.
PIECES = [b"data: 1\n", b"\n", b"data: two\r", b"\n\r\n", b"data: \xc3", b"\xbc\r", b"x", b"y\n"]
# How many lines are complete after each piece. A "\r" may be half of a "\r\n".
COMPLETE = [1, 2, 2, 4, 4, 4, 5, 6]


@contextmanager
def lines_of(face: str, server: ManualServer, **how: Any) -> Iterator[Callable[[], Any]]:
    """A function that returns the next line of the response, and None at its end."""
    if face == "sync":
        client = fastbedrock.client("bedrock-agentcore", **server.settings)
        lines: Any = client.invoke_agent_runtime(**CALL)["response"].iter_lines(**how)
        yield lambda: next(lines, None)
        return
    loop = asyncio.new_event_loop()

    async def start() -> Any:
        client = fastbedrock.async_client("bedrock-agentcore", **server.settings)
        return client, (await client.invoke_agent_runtime(**CALL))["response"].iter_lines(**how)

    client, lines = loop.run_until_complete(start())
    yield lambda: loop.run_until_complete(anext(lines, None))
    loop.run_until_complete(client.close())
    loop.close()


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("how", [{}, {"chunk_size": 1}, {"chunk_size": 10}], ids=repr)
@pytest.mark.parametrize("length", [None, sum(map(len, PIECES))], ids=["chunked", "length"])
def test_a_line_is_returned_before_the_next_piece_is_sent(
    face: str, how: dict[str, int], length: int | None
) -> None:
    found: list[bytes] = []
    with (
        ThreadPoolExecutor(1) as thread,
        ManualServer("text/event-stream", length) as server,
        lines_of(face, server, **how) as next_line,
    ):
        for piece, complete in zip(PIECES, COMPLETE, strict=True):
            server.send(piece)
            while len(found) < complete:
                found.append(thread.submit(next_line).result(DEADLINE))
        server.finish()
        assert thread.submit(next_line).result(DEADLINE) is None
    assert found == b"".join(PIECES).splitlines()


def lines(side: ClientAndServer, how: dict[str, Any]) -> Any:
    body = side.driver.client.invoke_agent_runtime(**CALL)
    if not asyncio.iscoroutine(body):
        return list(body["response"].iter_lines(**how))

    async def collect() -> list[bytes]:
        return [line async for line in (await body)["response"].iter_lines(**how)]

    return side.driver.loop.run_until_complete(collect())


def test_lines_are_botocores(candidate: type, cases: int) -> None:
    ends = (b"\n", b"\r\n", b"\r", b"\n\n", b"", b"\x0c", b"\x85")
    sides = [ClientAndServer(driver, "bedrock-agentcore") for driver in (Boto3, candidate)]
    for seed in range(cases // 20):
        rng = Random(seed)
        words = (rng.randbytes(rng.choice((0, 1, 5, 1500))) for _ in range(rng.randint(0, 6)))
        text = b"".join(word + rng.choice(ends) for word in words)
        framing = rng.choice(("length", "chunked", "close"))
        whole = Reply(body=text, framing=framing, chunks=rng.choice((1, 7, 1 << 20)))
        splits = sorted(rng.sample(range(1, len(whole.message())), 3))
        reply = Reply(**{**vars(whole), "splits": splits, "pause": 0.0005})
        how = {"keepends": rng.random() < 0.5}
        if rng.random() < 0.7:
            how["chunk_size"] = rng.choice((1, 2, 10, 1024, 1 << 20))
        found = [side.observe(lambda side=side: lines(side, how), reply).result for side in sides]  # noqa: B023
        assert found[0] == found[1], seed
    for side in sides:
        side.close()
