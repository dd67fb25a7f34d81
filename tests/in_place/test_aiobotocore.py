"""Calls of aiobotocore's own clients end in the engine, whatever the order of things.

Skipped if aiobotocore is not installed. It pins another botocore, and so needs its own environment.
"""

from __future__ import annotations

import asyncio
import itertools

import pytest

pytest.importorskip("aiobotocore", reason="aiobotocore is not installed")

import aiobotocore.response
import botocore.exceptions
from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioRefreshableCredentials
from aiobotocore.eventstream import AioEventStream
from aiobotocore.response import AioReadTimeoutError
from aiobotocore.session import get_session

import fastbedrock
from differential import SETTINGS
from frames import exception
from in_place import BOTOCORE, ENGINE, sender
from programs import DEADLINE, wait_for
from scripted_server import Reply, Server, in_order
from streaming_replies import STREAM, event_numbers, numbered_events

try:
    BODY = aiobotocore.response.AioStreamingBody
except AttributeError:
    # aiobotocore 2, the newest that aioboto3 works with
    BODY = aiobotocore.response.StreamingBody


@pytest.fixture(scope="module")
def server():
    with Server(in_order(Reply())) as server:
        yield server


@pytest.fixture(autouse=True)
def undone():
    yield
    fastbedrock.uninstall()


def with_client(server, use, config=None, **options):
    """Run ``use(client)`` with a client of the server."""

    async def main():
        arguments = {"endpoint_url": server.url, **SETTINGS, **options}
        config_ = AioConfig(**{"retries": {"total_max_attempts": 1}, **(config or {})})
        async with get_session().create_client(
            "bedrock-runtime", config=config_, **arguments
        ) as client:
            return await asyncio.wait_for(use(client), DEADLINE)

    return asyncio.run(main())


async def path(client, server):
    server.play(Reply())
    await client.converse(modelId="m")
    [request] = server.requests
    return sender(request)


@pytest.mark.parametrize(
    "order", list(itertools.permutations(("install", "wrap", "client"))), ids="-".join
)
def test_calls_pass_the_wrapper_and_end_in_the_engine(server, order):
    own, seen = AioBaseClient._make_api_call, []

    async def wrapper(self, operation_name, api_params):
        seen.append(operation_name)
        return await own(self, operation_name, api_params)

    def wrap():
        AioBaseClient._make_api_call = wrapper

    steps = {"install": fastbedrock.install, "wrap": wrap}
    before = order[: order.index("client")]

    async def use(client):
        for name in order[len(before) + 1 :]:
            steps[name]()
        found = [await path(client, server)]
        fastbedrock.uninstall()
        return [*found, await path(client, server)]

    try:
        for name in before:
            steps[name]()
        assert with_client(server, use) == [ENGINE, BOTOCORE]
    finally:
        AioBaseClient._make_api_call = own
    assert seen == ["Converse"] * 2


def test_a_handler_sees_calls_until_it_is_unregistered(server):
    seen = []

    async def handler(event_name, **_):
        seen.append(event_name)

    async def use(client):
        client.meta.events.register("before-send.bedrock-runtime", handler)
        found = [await path(client, server)]
        client.meta.events.unregister("before-send.bedrock-runtime", handler)
        return [*found, await path(client, server)]

    with fastbedrock.install():
        assert with_client(server, use) == [BOTOCORE, ENGINE]
    assert seen == ["before-send.bedrock-runtime.Converse"]


@pytest.mark.parametrize(
    "config",
    [{"connector_args": {"use_dns_cache": False}}, {"client_cert": "none.pem"}],
    ids=lambda config: next(iter(config)),
)
def test_a_setting_that_the_engine_lacks_is_kept(server, config):
    async def use(client):
        return fastbedrock.installed(client)

    with fastbedrock.install():
        found = with_client(server, use, config)
    assert not found
    assert next(iter(config)).split("_")[0] in found.reason


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_retries_are_the_clients(server, mode):
    async def use(client):
        server.play(Reply(500), Reply())
        response = await client.converse(modelId="m")
        return response["ResponseMetadata"]["RetryAttempts"], fastbedrock.installed(client).is_fast

    with fastbedrock.install():
        retries = {"mode": mode, "total_max_attempts": 2}
        assert with_client(server, use, {"retries": retries}) == (1, True)


def test_refreshed_credentials_are_shared(server):
    from datetime import datetime, timedelta, timezone

    refreshed = []

    async def refresh():
        refreshed.append(1)
        expiry = datetime.now(timezone.utc) + timedelta(hours=3)
        keys = {"access_key": "NEW", "secret_key": "secret", "token": "token"}
        return {**keys, "expiry_time": expiry.isoformat()}

    async def use(client):
        old = datetime.now(timezone.utc)
        credentials = AioRefreshableCredentials("OLD", "s", "t", old, refresh, "test")
        client._request_signer._credentials = credentials
        found = [await path(client, server) for _ in range(2)]
        return found, server.requests[0].header("authorization")

    with fastbedrock.install():
        paths, authorization = with_client(server, use)
    assert paths == [ENGINE] * 2
    assert "Credential=NEW/" in authorization
    assert refreshed == [1]


def test_streams_and_their_errors_are_aiobotocores(server):
    frames = (*numbered_events(3), exception("throttlingException", b'{"message": "slow"}'))

    async def use(client):
        server.play(Reply(body=b"".join(frames), **STREAM))
        stream = (await client.converse_stream(modelId="m"))["stream"]
        events = []
        try:
            async for event in stream:
                events.append(event)
        except botocore.exceptions.EventStreamError as error:
            ended = error
        stream.close()
        return stream, events, ended, sender(server.requests[0])

    with fastbedrock.install():
        stream, events, ended, who = with_client(server, use)
    assert type(ended) is botocore.exceptions.EventStreamError
    assert isinstance(stream, AioEventStream)
    assert event_numbers(events) == [0, 1, 2]
    assert who == ENGINE


def test_bodies_and_their_errors_are_aiobotocores(server):
    async def use(client):
        async def body(**reply):
            server.play(Reply(**reply))
            return (await client.invoke_model(modelId="m", body=b"{}"))["body"]

        found = await body(body=b"a\nb\n" * 1000)
        assert type(found) is BODY
        assert await found.read(2) == b"a\n"
        assert len([line async for line in found.iter_lines()]) == 1999
        assert not found.readable()
        async with await body(body=b"x") as entered:
            assert await entered.read() == b"x"
        with pytest.raises(AioReadTimeoutError):
            await (await body(body=b"abc", cut=-1)).read()
        with pytest.raises(botocore.exceptions.ResponseStreamingError):
            await (await body(body=b"abc", cut=-1, then="close")).read()
        return sender(server.requests[0])

    with fastbedrock.install():
        assert with_client(server, use, {"read_timeout": 0.5}) == ENGINE


def test_errors_are_the_clients_own(server):
    refused = Reply(400, headers=(("x-amzn-errortype", "ValidationException"),))

    async def use(client):
        server.play(refused)
        with pytest.raises(client.exceptions.ValidationException) as caught:
            await client.converse(modelId="m")
        with pytest.raises(botocore.exceptions.ParamValidationError):
            await client.converse(modelId=5)
        return caught.value

    with fastbedrock.install():
        error = with_client(server, use)
    assert type(error).__module__ == "botocore.errorfactory"
    assert error.__context__ is None


def test_a_call_that_is_cancelled_closes_its_connection(server):
    async def use(client):
        before = server.open_connections
        server.play(Reply(delay=1))
        task = asyncio.create_task(client.converse(modelId="m"))
        await asyncio.to_thread(wait_for, lambda: len(server.requests) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return before

    with fastbedrock.install():
        before = with_client(server, use)
    wait_for(lambda: server.open_connections <= before + 1)


def test_as_many_calls_run_at_once_as_aiohttp_has_connections(server):
    async def use(client):
        server.play(Reply(delay=0.2))
        await asyncio.gather(*[client.converse(modelId="m") for _ in range(6)])
        times = sorted(request.time for request in server.requests)
        return [sender(request) for request in server.requests], times[3] - times[2]

    with fastbedrock.install():
        senders, gap = with_client(server, use, {"max_pool_connections": 3})
    assert senders == [ENGINE] * 6
    assert gap > 0.15


@pytest.mark.skipif(
    not hasattr(aiobotocore.response, "AioStreamingBody"),
    reason="clients of aiobotocore 2 can be used again",
)
def test_a_closed_client_is_closed(server):
    async def use(client):
        await path(client, server)
        return client

    with fastbedrock.install():
        client = with_client(server, use)
        assert "open" in fastbedrock.installed(client).reason
        with pytest.raises(botocore.exceptions.HTTPClientError):
            asyncio.run(path(client, server))
