"""Wrappers on the steps of a call in botocore's classes work as for boto3's clients."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import boto3
import botocore.client
import botocore.endpoint
import botocore.httpsession
import pytest

import fastbedrock
from differential import SETTINGS
from failures import client as make_client
from programs import HELLO
from scripted_server import Reply, Request, Server

libraries = pytest.mark.parametrize("library", [boto3, fastbedrock])
BaseClient = botocore.client.BaseClient


def answer(request: Request) -> Reply:
    if "refused" in request.target:
        headers = (("x-amzn-errortype", "ValidationException"),)
        return Reply(status=400, headers=headers, body=b'{"message": "no"}')
    return Reply(body=json.dumps({"stopReason": "end_turn"}).encode())


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer) as running:
        yield running


def wrap(monkeypatch: pytest.MonkeyPatch, cls: Any, name: str, around: Callable[..., Any]) -> None:
    """Put a wrapper, which gets the original as its first argument, around a method."""
    monkeypatch.setattr(cls, name, functools.partialmethod(_call, around, vars(cls)[name]))


def _call(self: Any, around: Any, original: Any, *args: Any, **kwargs: Any) -> Any:
    return around(original, self, *args, **kwargs)


def wrap_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    wrap(monkeypatch, BaseClient, "_make_api_call", lambda original, *args: original(*args))


class Requests:
    """Wraps ``Endpoint.make_request``, and keeps what went in and what came out."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def around(self, original: Any, endpoint: Any, model: Any, request: Any) -> Any:
        self.seen.append((model.name, request["method"], request["url"], endpoint.host))
        http, parsed = original(endpoint, model, request)
        self.seen.append((http.status_code, parsed["ResponseMetadata"]["HTTPStatusCode"]))
        return http, parsed


@pytest.mark.parametrize("is_call_wrapped", [False, True])
def test_a_wrapper_sees_the_request_and_its_response(is_call_wrapped, server, monkeypatch):
    seen = []
    if is_call_wrapped:
        wrap_the_call(monkeypatch)
    for library in (boto3, fastbedrock):
        requests = Requests()
        with monkeypatch.context() as patch:
            wrap(patch, botocore.endpoint.Endpoint, "make_request", requests.around)
            client = make_client(library, server.url)
            client.converse(**HELLO)
            with pytest.raises(client.exceptions.ValidationException):
                client.converse(**{**HELLO, "modelId": "refused"})
        client.converse(**HELLO)
        seen.append(requests.seen)
    assert seen[0] == seen[1]
    assert [entry[0] for entry in seen[1]] == ["Converse", 200, "Converse", 400]
    assert len(server.requests) == 6


def test_a_wrapper_sees_the_request_of_an_asynchronous_client(server, monkeypatch):
    seen = []

    def around(original, endpoint, model, request):
        async def wrapped() -> Any:
            seen.append((model.name, request["url"]))
            return await original(endpoint, model, request)

        return wrapped()

    wrap(monkeypatch, botocore.endpoint.Endpoint, "make_request", around)

    async def call() -> Any:
        async with fastbedrock.async_client(
            "bedrock-runtime", endpoint_url=server.url, **SETTINGS
        ) as client:
            return await client.converse(**HELLO)

    assert asyncio.run(call())["stopReason"] == "end_turn"
    assert [name for name, _ in seen] == ["Converse"]
    assert len(server.requests) == 1


@libraries
def test_a_wrapper_of_the_request_may_answer(library, server, monkeypatch):
    class Http:
        status_code = 200

    given = (Http(), {"stopReason": "mocked", "ResponseMetadata": {}})
    wrap(monkeypatch, botocore.endpoint.Endpoint, "make_request", lambda *args: given)
    assert make_client(library, server.url).converse(**HELLO)["stopReason"] == "mocked"
    assert server.requests == []


@libraries
@pytest.mark.parametrize("is_call_wrapped", [False, True])
def test_a_wrapper_changes_the_parameters(library, is_call_wrapped, server, monkeypatch):
    seen = []

    def around(original, client, api_params, operation_model, context):
        seen.append((operation_model.name, sorted(context)))
        params = original(client, api_params, operation_model, context)
        client._last = operation_model.name
        return {**params, "modelId": "other"}

    wrap(monkeypatch, BaseClient, "_emit_api_params", around)
    if is_call_wrapped:
        wrap_the_call(monkeypatch)
    client = make_client(library, server.url)
    client.converse(**HELLO)
    assert [request.target for request in server.requests] == ["/model/other/converse"]
    assert [name for name, _ in seen] == ["Converse"]
    assert "client_region" in seen[0][1]
    assert client._last == "Converse"


class Methods:
    """Wraps how botocore makes the methods of clients."""

    def __init__(self) -> None:
        self.called: list[Any] = []

    def one(self, original: Any, creator: Any, method: str, operation: str, model: Any) -> Any:
        own = original(creator, method, operation, model)

        def wrapped(client: Any, **params: Any) -> Any:
            self.called.append((model.service_name, method, operation))
            return own(client, **params)

        return wrapped

    def every(self, original: Any, creator: Any, model: Any) -> Any:
        return {**original(creator, model), "_is_traced": True}


@libraries
def test_the_methods_of_new_clients_are_wrapped(library, server, monkeypatch):
    methods = Methods()
    plain = make_client(library, server.url)
    with monkeypatch.context() as patch:
        creator = botocore.client.ClientCreator
        wrap(patch, creator, "_create_api_method", methods.one)
        wrap(patch, creator, "_create_methods", methods.every)
        client = make_client(library, server.url)
    assert client._is_traced
    assert client.converse(**HELLO)["stopReason"] == "end_turn"
    expected = [("bedrock-runtime", "converse", "Converse")]
    assert methods.called == expected
    for other in (plain, make_client(library, server.url)):
        assert not hasattr(other, "_is_traced")
        other.converse(**HELLO)
    assert methods.called == expected


def test_a_client_with_wrapped_methods_is_of_the_service_and_copies(server, monkeypatch):
    import copy

    methods = Methods()
    wrap(monkeypatch, botocore.client.ClientCreator, "_create_methods", methods.every)
    client = make_client(fastbedrock, server.url)
    assert isinstance(client, fastbedrock.BedrockRuntime)
    assert copy.copy(client)._is_traced
    assert not hasattr(client, "invoke_model_with_bidirectional_stream")


@libraries
def test_a_key_that_is_set_signs_the_next_call(library, server, monkeypatch):
    client = make_client(library, server.url)
    with monkeypatch.context() as patch:
        credentials = client._request_signer._credentials
        patch.setattr(credentials, "access_key", "AKOTHER")
        patch.setattr(credentials, "token", "session")
        client.converse(**HELLO)
        assert client._request_signer._credentials.access_key == "AKOTHER"
    client.converse(**HELLO)
    first, second = server.requests
    assert "Credential=AKOTHER/" in first.header("authorization")
    assert first.header("x-amz-security-token") == "session"
    assert "Credential=AKIDEXAMPLE/" in second.header("authorization")


def test_a_call_of_an_asynchronous_client_does_not_hide_a_mock_of_the_http_client(
    server, monkeypatch
):
    def send(session, request):
        raise ConnectionRefusedError("mocked")

    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", send)

    async def call() -> None:
        async with fastbedrock.async_client(
            "bedrock-runtime", endpoint_url=server.url, **SETTINGS
        ) as client:
            await client.converse(**HELLO)

    asyncio.run(call())
    with pytest.raises(ConnectionRefusedError):
        make_client(fastbedrock, server.url).converse(**HELLO)
    assert len(server.requests) == 1


@libraries
def test_a_method_of_the_clients_class_is_replaced(library, server):
    client = make_client(library, server.url)
    cls = client.__class__
    own = cls.converse

    def traced(self: Any, **params: Any) -> Any:
        return {**own(self, **params), "traced": self is client}

    with mock.patch.object(cls, "converse", traced):
        assert client.converse(**HELLO)["traced"]
        with mock.patch.object(cls, "converse", return_value="inner"):
            assert client.converse(**HELLO) == "inner"
        assert client.converse(**HELLO)["traced"]
    assert "traced" not in client.converse(**HELLO)
    cls.marked = True
    assert client.marked
    del cls.marked
    assert not hasattr(client, "marked")
    assert cls is client.__class__
