"""Large bodies: held instead of copied, and sent as they were when the call was made."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from faces import Caller, both_faces
from programs import DEADLINE
from scripted_server import Reply, Server, in_order

SIZE = 200_001


def with_image(image: Any) -> dict[str, Any]:
    content = [{"image": {"format": "png", "source": {"bytes": image}}}]
    return {"modelId": "m", "messages": [{"role": "user", "content": content}]}


def image_of(body: bytes) -> bytes:
    (block,) = json.loads(body)["messages"][0]["content"]
    return base64.b64decode(block["image"]["source"]["bytes"], validate=True)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(in_order(Reply(body=b""))) as server:
        yield server


def call(caller: Caller, operation: str, params: dict[str, Any]) -> Any:
    return caller.finish(caller.client._make_api_call(operation, params))


@both_faces
def test_every_attempt_sends_the_same_bytes(face, server):
    server.answer = in_order(Reply(status=500), Reply(status=503), Reply(body=b""))
    config = {"retries": {"mode": "standard", "total_max_attempts": 3}}
    with Caller(face, server.url, config) as caller:
        image = bytes(range(256)) * 800
        call(caller, "Converse", with_image(image))
    assert len(server.requests) == 3
    assert len({request.body for request in server.requests}) == 1
    assert image_of(server.requests[0].body) == image


@pytest.mark.parametrize("operation", ["Converse", "InvokeModel"])
def test_an_array_is_sent_as_it_was_when_the_call_was_made(operation, server):
    array = bytearray(b"a" * SIZE)
    params = with_image(array) if operation == "Converse" else {"modelId": "m", "body": array}

    async def main() -> None:
        waiting = caller.client._make_api_call(operation, params)
        task = asyncio.ensure_future(waiting)
        await asyncio.sleep(0)
        array[:] = b"b" * 10
        await asyncio.wait_for(task, DEADLINE)

    with Caller("async", server.url) as caller:
        caller.finish(main())
    (request,) = server.requests
    sent = image_of(request.body) if operation == "Converse" else request.body
    assert sent == b"a" * SIZE


@both_faces
@pytest.mark.parametrize("operation", ["Converse", "InvokeModel"])
@pytest.mark.parametrize("status", [200, 400])
def test_a_blob_is_released_after_the_call(face, operation, status, server):
    server.answer = in_order(Reply(status=status))
    blob = b"x" * SIZE
    params = with_image(blob) if operation == "Converse" else {"modelId": "m", "body": blob}
    with Caller(face, server.url) as caller:
        before = sys.getrefcount(blob)
        for _ in range(3):
            try:
                call(caller, operation, params)
            except caller.client.exceptions.ClientError:
                assert status == 400
        # What another thread has released is released with the next call.
        caller.converse() if status == 200 else None
        assert sys.getrefcount(blob) <= before + 1
