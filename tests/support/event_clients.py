"""The same call with boto3 and with our clients: what handlers see, how it ends, what is sent."""

from __future__ import annotations

import asyncio
import copy
import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import boto3
import pytest
from botocore.config import Config

import fastbedrock
from differential import SETTINGS
from event_recorder import Recorder, description, headers
from frames import event
from scripted_server import Reply, Request, Server, in_order

QUESTION = {
    "modelId": "amazon.nova-lite-v1:0",
    "messages": [{"role": "user", "content": [{"text": "hi"}]}],
}
ANSWER = Reply(
    headers=(("Content-Type", "application/json"), ("x-amzn-RequestId", "id")),
    body=json.dumps(
        {
            "output": {"message": {"role": "assistant", "content": [{"text": "ok"}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            "metrics": {"latencyMs": 1},
        }
    ).encode(),
)
THROTTLED = Reply(
    429,
    (("Content-Type", "application/json"), ("x-amzn-ErrorType", "ThrottlingException:http://x")),
    b'{"message": "slower"}',
)
BROKEN = Reply(500, body=b'{"message": "oops"}')
INVALID = Reply(400, (("x-amzn-ErrorType", "ValidationException"),), b'{"message": "not this way"}')
STREAM = Reply(
    headers=(("Content-Type", "application/vnd.amazon.eventstream"),),
    body=event("messageStart", b'{"role": "assistant"}') + event("messageStop", b"{}"),
    framing="chunked",
)

Handler = Callable[..., Any]
# What handlers saw, how the call ended, and what was sent.
Seen = tuple[Any, Any, Any]


class Boto3:
    """A client of boto3."""

    is_async = False

    def __init__(self, url: str, session: Any = None, **config: Any) -> None:
        retries = {"mode": "standard", "total_max_attempts": 3}
        config = {"retries": retries, "connect_timeout": 5, "read_timeout": 10, **config}
        self.client = self.create(session or self.session(), url, Config(**config))

    @staticmethod
    @functools.cache
    def session() -> Any:
        return boto3.session.Session(**SETTINGS)

    def create(self, session: Any, url: str, config: Config) -> Any:
        return session.client("bedrock-runtime", endpoint_url=url, config=config)

    def call(self, method: str, **params: Any) -> Any:
        """The response, with its stream or body replaced by all that can be read from it."""
        response = getattr(self.client, method)(**params)
        if "stream" in response:
            response["stream"] = list(response["stream"])
        if hasattr(response.get("body"), "read"):
            response["body"] = response["body"].read()
        return response

    def close(self) -> None:
        self.client.close()


class Sync(Boto3):
    """fastbedrock's synchronous client."""

    @staticmethod
    def session() -> Any:
        return fastbedrock.Session(**SETTINGS)


class Async(Sync):
    """fastbedrock's asynchronous client, on a loop of its own."""

    is_async = True

    def create(self, session: Any, url: str, config: Config) -> Any:
        self.loop = asyncio.new_event_loop()
        return session.async_client("bedrock-runtime", endpoint_url=url, config=config)

    def call(self, method: str, **params: Any) -> Any:
        async def collected() -> Any:
            response = await getattr(self.client, method)(**params)
            if "stream" in response:
                response["stream"] = [each async for each in response["stream"]]
            if hasattr(response.get("body"), "read"):
                response["body"] = await response["body"].read()
            return response

        return self.loop.run_until_complete(asyncio.wait_for(collected(), 30))

    def close(self) -> None:
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


OURS = pytest.mark.parametrize("ours", [Sync, Async])


def as_coroutine_function(handler: Handler) -> Handler:
    """The same handler as a coroutine function, which waits before it does anything."""

    async def coroutine_function(**kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return handler(**kwargs)

    return coroutine_function


def outcome(call: Callable[[], Any]) -> Any:
    """How a call ends: its response or its exception, in a form that can be compared."""
    try:
        response = call()
    except Exception as error:
        return [type(error).__name__, description(getattr(error, "response", None))]
    return description(response)


def run(
    kind: type[Boto3],
    replies: Sequence[Reply],
    method: str,
    params: dict[str, Any],
    handlers: Sequence[tuple[str, Handler]] = (),
    **config: Any,
) -> Seen:
    """Make one call.

    ``handlers`` are names of events and functions; with them, nothing else is recorded. In an
    asynchronous client they are coroutine functions.
    """
    with Server(in_order(*replies)) as server:
        driver = kind(server.url, **config)
        events = driver.client.meta.events
        recorder = None if handlers else Recorder(driver.client, driver.is_async)
        for name, handler in handlers:
            events.register(name, as_coroutine_function(handler) if kind.is_async else handler)
        end = outcome(lambda: driver.call(method, **copy.deepcopy(params)))
        driver.close()
        sent = [sent_request(request) for request in server.requests]
        return None if recorder is None else recorder.records, end, sent


# Headers that the HTTP libraries write.
_OF_HTTP = {"accept-encoding", "connection", "content-length", "host"}


def sent_request(request: Request) -> Any:
    """A request that a server has received, in a form that can be compared."""
    given = {name.lower(): value for name, value in request.headers}
    compared = {name: value for name, value in given.items() if name not in _OF_HTTP}
    return request.method, request.target, headers(compared), description(request.body)


def assert_same(ours: Seen, theirs: Seen) -> None:
    """Compare two clients, record by record."""
    (records, *rest), (expected, *expected_rest) = ours, theirs
    for record, wanted in zip(records or [], expected or [], strict=False):
        assert record[:2] == wanted[:2]
        assert record == wanted
    assert len(records or []) == len(expected or [])
    assert rest == expected_rest
