"""Streaming replies: a server with a synchronous and an asynchronous client, numbered events."""

from __future__ import annotations

import contextlib
import json

import fastbedrock
from differential import SETTINGS
from frames import event
from scripted_server import Reply, Server, in_order


@contextlib.contextmanager
def clients_of(config=None, **reply):
    """An asynchronous and a synchronous client of a server that sends this reply."""
    with Server(in_order(Reply(**reply))) as server:
        yield [
            make("bedrock-runtime", endpoint_url=server.url, config=config, **SETTINGS)
            for make in (fastbedrock.async_client, fastbedrock.client)
        ]


def numbered_events(count):
    """Frames of events whose texts are the numbers from 0."""
    texts = (json.dumps({"delta": {"text": str(n)}, "contentBlockIndex": 0}) for n in range(count))
    return [event("contentBlockDelta", text.encode()) for text in texts]


def event_numbers(events):
    return [int(each["contentBlockDelta"]["delta"]["text"]) for each in events]


STREAM = {
    "headers": (("Content-Type", "application/vnd.amazon.eventstream"),),
    "framing": "chunked",
}


async def collected(items):
    return [item async for item in items]
