"""Wrappers and mocks on aiobotocore's class work for the asynchronous client.

Skipped if aiobotocore is not installed. It pins another botocore, and so needs its own environment.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import nullcontext
from typing import Any
from unittest import mock

import pytest

pytest.importorskip("aiobotocore", reason="aiobotocore is not installed")

import aiobotocore.client
import aiobotocore.eventstream
import botocore.eventstream
from aiobotocore.client import AioClientCreator
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentials
from aiobotocore.endpoint import AioEndpoint
from aiobotocore.session import get_session
from aiobotocore.stub import AioStubber
from botocore.exceptions import ClientError

import fastbedrock
from scripted_server import Reply, Request, Server
from streaming_replies import STREAM, event_numbers, numbered_events

API_CALL = "aiobotocore.client.AioBaseClient._make_api_call"
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
STUBBED = {
    "output": {"message": {"role": "assistant", "content": [{"text": "stubbed"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    "metrics": {"latencyMs": 1},
}
HELLO = {"modelId": "m", "messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


def answer(request: Request) -> Reply:
    if "refused" in request.target:
        headers = (("x-amzn-errortype", "ValidationException"),)
        return Reply(status=400, headers=headers, body=b'{"message": "no"}')
    if request.target.endswith("-stream"):
        return Reply(body=b"".join(numbered_events(3)), **STREAM)
    return Reply(body=json.dumps({"stopReason": "end_turn"}).encode())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(answer) as running:
        yield running


@pytest.fixture(params=[get_session, fastbedrock.Session])
def run(request, server):
    """Runs ``use(client)`` with a client of aiobotocore or fastbedrock."""
    server.requests.clear()

    def run(use: Callable[[Any], Coroutine[Any, Any, Any]], **settings: Any) -> Any:
        config = AioConfig(retries={"total_max_attempts": 1}, read_timeout=5)
        settings = {"endpoint_url": server.url, "config": config, **KEYS, **settings}

        async def main() -> Any:
            session = request.param()
            async with session.create_client(
                "bedrock-runtime", region_name="us-east-1", **settings
            ) as client:
                return await asyncio.wait_for(use(client), timeout=30)

        return asyncio.run(main())

    return run


class Spans:
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        async def traced(client: Any, operation_name: str, api_params: Any) -> Any:
            self.seen.append((client.meta.region_name, operation_name, api_params))
            try:
                response = await original(client, operation_name, api_params)
            except Exception as error:
                self.seen.append(str(error))
                raise
            self.seen.append(response["ResponseMetadata"]["HTTPStatusCode"])
            return response

        return traced


def test_the_client_is_an_instance_of_aiobotocores_class(run):
    async def use(client):
        return isinstance(client, aiobotocore.client.AioBaseClient)

    assert run(use)


@pytest.mark.parametrize("made_before", [True, False])
def test_a_call_goes_through_a_wrapper(run, made_before, server):
    spans = Spans()
    wrapper = spans.around(aiobotocore.client.AioBaseClient._make_api_call)

    async def use(client):
        with mock.patch(API_CALL, new=wrapper):
            return await client.converse(**HELLO)

    if made_before:
        response = run(use)
    else:
        with mock.patch(API_CALL, new=wrapper):
            response = run(lambda client: client.converse(**HELLO))
    assert response["stopReason"] == "end_turn"
    assert spans.seen == [("us-east-1", "Converse", HELLO), 200]
    assert len(server.requests) == 1


def test_an_error_passes_through_a_wrapper(run):
    spans = Spans()
    wrapper = spans.around(aiobotocore.client.AioBaseClient._make_api_call)

    async def use(client):
        with mock.patch(API_CALL, new=wrapper):
            with pytest.raises(client.exceptions.ValidationException) as raised:
                await client.converse(**{**HELLO, "modelId": "refused"})
        return raised.value

    error = run(use)
    assert isinstance(error, ClientError)
    assert spans.seen[1:] == [str(error)]


def test_a_stream_passes_through_a_wrapper(run):
    wrapper = Spans().around(aiobotocore.client.AioBaseClient._make_api_call)

    async def use(client):
        with mock.patch(API_CALL, new=wrapper):
            response = await client.converse_stream(**HELLO)
        return [event async for event in response["stream"]]

    assert event_numbers(run(use)) == [0, 1, 2]


def test_a_mock_is_called_and_nothing_is_sent(run, server):
    async def fake(self: Any, operation_name: str, api_params: Any) -> Any:
        return {"mocked": operation_name}

    async def use(client):
        with mock.patch(API_CALL, new=fake):
            found = [await client.converse(**HELLO)]
        with mock.patch(API_CALL, return_value={"mocked": "again"}):
            return [*found, await client.converse(**HELLO)]

    assert run(use) == [{"mocked": "Converse"}, {"mocked": "again"}]
    assert server.requests == []


def test_a_stubber_answers(run, server):
    async def use(client):
        with AioStubber(client) as stubber:
            stubber.add_response("converse", STUBBED, HELLO)
            stubber.add_client_error("converse", "ThrottlingException", "slow down")
            first = await client.converse(**HELLO)
            with pytest.raises(client.exceptions.ThrottlingException):
                await client.converse(**HELLO)
            stubber.assert_no_pending_responses()
        return first

    assert run(use) == STUBBED
    assert server.requests == []


def test_aiobotocores_credentials_sign(server):
    async def main() -> None:
        session = get_session()
        session.set_credentials("AKSESSION", "secret", "token")
        for arguments in (
            {"credentials": AioCredentials("AKOBJECT", "secret")},
            {"credentials": session.get_credentials},
            {"botocore_session": session},
        ):
            client = fastbedrock.Session(**arguments).async_client(
                "bedrock-runtime", region_name="us-east-1", endpoint_url=server.url
            )
            await asyncio.wait_for(client.converse(**HELLO), 30)

    server.requests.clear()
    asyncio.run(main())
    found = [request.header("authorization") for request in server.requests]
    keys = [header.split("Credential=")[1].split("/")[0] for header in found]
    assert keys == ["AKOBJECT", "AKSESSION", "AKSESSION"]


def test_a_synchronous_client_refuses_credentials_that_are_awaited(server):
    client = fastbedrock.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=server.url,
        credentials=AioCredentials("AKOBJECT", "secret"),
    )
    with pytest.raises(TypeError, match="coroutine"):
        client.converse(**HELLO)


def test_credentials_of_the_client_are_aiobotocores_object():
    given = AioCredentials("AKOBJECT", "secret")
    client = fastbedrock.async_client("bedrock-runtime", region_name="us-east-1", credentials=given)
    assert client._get_credentials() is given


class Created:
    """Wraps ``create_client`` of aiobotocore, and gives the client a ``converse`` of its own."""

    def __init__(self, original: Callable[..., Any]) -> None:
        self.services: list[str] = []
        self._original = original

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        async def create_client(**arguments: Any) -> Any:
            self.services.append(arguments["service_name"])
            client = await self._original(instance, **arguments)
            converse = client.converse

            async def traced(**params: Any) -> Any:
                return {**await converse(**params), "traced": True}

            client.converse = traced
            return client

        return create_client


def test_a_client_is_made_through_a_wrapper(run, monkeypatch):
    creator = aiobotocore.client.AioClientCreator
    wrapper = Created(creator.create_client)
    monkeypatch.setattr(creator, "create_client", wrapper)
    response = run(lambda client: client.converse(**HELLO))
    assert response["traced"]
    assert response["stopReason"] == "end_turn"
    assert wrapper.services == ["bedrock-runtime"]
    monkeypatch.undo()
    assert "traced" not in run(lambda client: client.converse(**HELLO))


def test_a_stream_is_an_instance_of_aiobotocores_class(run):
    async def use(client: Any) -> Any:
        stream = (await client.converse_stream(**HELLO))["stream"]
        assert isinstance(stream, aiobotocore.eventstream.AioEventStream)
        assert isinstance(stream, botocore.eventstream.EventStream)
        return [event async for event in stream]

    assert event_numbers(run(use)) == [0, 1, 2]


def test_a_wrapper_that_waits_before_there_is_a_client_is_refused():
    original = AioClientCreator.create_client

    async def create(self: Any, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return await original(self, *args, **kwargs)

    with mock.patch.object(AioClientCreator, "create_client", create):
        with pytest.raises(RuntimeError, match="cannot wait"):
            fastbedrock.async_client("bedrock-runtime", region_name="us-east-1")


@pytest.mark.parametrize("is_call_wrapped", [False, True])
def test_wrappers_of_the_parameters_and_of_the_request_are_called(run, is_call_wrapped, server):
    seen = []

    async def params(self: Any, api_params: Any, operation_model: Any, context: Any) -> Any:
        given = await own_params(self, api_params, operation_model, context)
        seen.append(operation_model.name)
        return {**given, "modelId": "other"}

    async def request(self: Any, operation_model: Any, request_dict: Any) -> Any:
        http, parsed = await own_request(self, operation_model, request_dict)
        seen.append((operation_model.name, request_dict["method"], http.status_code))
        return http, parsed

    own_params = aiobotocore.client.AioBaseClient._emit_api_params
    own_request = AioEndpoint.make_request
    traced = Spans().around(aiobotocore.client.AioBaseClient._make_api_call)
    with (
        mock.patch.object(aiobotocore.client.AioBaseClient, "_emit_api_params", params),
        mock.patch.object(AioEndpoint, "make_request", request),
        mock.patch(API_CALL, new=traced) if is_call_wrapped else nullcontext(),
    ):
        run(lambda client: client.converse(**HELLO))
    assert seen == ["Converse", ("Converse", "POST", 200)]
    assert [request.target for request in server.requests] == ["/model/other/converse"]


class Answer:
    """A response of aiohttp."""

    status = 200
    raw_headers = ((b"Content-Type", b"application/json"),)

    def __init__(self, url: Any, body: bytes) -> None:
        self.url = url
        self._body = body

    async def read(self) -> bytes:
        return self._body


def test_a_mock_of_aiohttp_answers_and_nothing_is_sent(run, server):
    async def request(session: Any, method: str, url: Any, **kwargs: Any) -> Answer:
        if str(url).endswith("-stream"):
            return Answer(url, b"".join(numbered_events(3)))
        return Answer(url, b'{"stopReason": "mocked"}')

    async def use(client: Any) -> Any:
        if isinstance(client, fastbedrock.AsyncBedrockRuntime):
            stream = (await client.converse_stream(**HELLO))["stream"]
            assert event_numbers([event async for event in stream]) == [0, 1, 2]
        return (await client.converse(**HELLO))["stopReason"]

    with mock.patch("aiohttp.ClientSession._request", autospec=True, side_effect=request):
        assert run(use) == "mocked"
    assert server.requests == []
    assert run(lambda client: client.converse(**HELLO))["stopReason"] == "end_turn"
