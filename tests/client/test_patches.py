"""Wrappers and mocks on methods of botocore's classes work as for boto3's clients."""

from __future__ import annotations

import functools
import json
import types
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import boto3
import botocore.client
import botocore.exceptions
import pytest
from botocore.eventstream import EventStream

import fastbedrock
from differential import SETTINGS
from failures import client as make_client
from failures import outcome
from programs import HELLO, run_python
from scripted_server import Reply, Request, Server
from streaming_replies import STREAM, event_numbers, numbered_events

API_CALL = "botocore.client.BaseClient._make_api_call"
CREATE_CLIENT = "botocore.client.ClientCreator.create_client"
ANSWER = {"stopReason": "end_turn"}
REFUSAL = Reply(
    status=400,
    headers=(("x-amzn-errortype", "ValidationException"),),
    body=b'{"message": "no"}',
)

libraries = pytest.mark.parametrize("library", [boto3, fastbedrock])


def answer(request: Request) -> Reply:
    if "refused" in request.target:
        return REFUSAL
    if request.target.endswith("-stream"):
        return Reply(body=b"".join(numbered_events(3)), **STREAM)
    return Reply(body=json.dumps(ANSWER).encode())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(answer) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_requests_yet(server):
    server.requests.clear()


class Spans:
    """Wraps functions, and keeps what went in and what came out."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def around(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def traced(client: Any, operation_name: str, api_params: Any) -> Any:
            self.seen.append((client.meta.region_name, operation_name, api_params))
            try:
                response = original(client, operation_name, api_params)
            except Exception as error:
                self.seen.append((type(error).__name__, str(error)))
                raise
            self.seen.append(response["ResponseMetadata"]["HTTPStatusCode"])
            return response

        return traced


class Descriptor:
    """A wrapper that becomes a method by itself, as wrapt's function wrappers do."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return functools.partial(self._function, instance)


class TestApiCalls:
    @libraries
    @pytest.mark.parametrize("kind", [lambda function: function, Descriptor])
    @pytest.mark.parametrize("made_before", [True, False])
    def test_a_call_goes_through_a_wrapper(self, library, kind, made_before, server, monkeypatch):
        client = make_client(library, server.url) if made_before else None
        spans = Spans()
        wrapper = kind(spans.around(botocore.client.BaseClient._make_api_call))
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", wrapper)
        client = client or make_client(library, server.url)
        assert client.converse(**HELLO)["stopReason"] == "end_turn"
        assert spans.seen == [("us-east-1", "Converse", HELLO), 200]
        assert len(server.requests) == 1

    @libraries
    def test_wrappers_nest(self, library, server, monkeypatch):
        spans = Spans()
        wrapper = spans.around(spans.around(botocore.client.BaseClient._make_api_call))
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", wrapper)
        make_client(library, server.url).converse(**HELLO)
        assert spans.seen == [("us-east-1", "Converse", HELLO)] * 2 + [200] * 2

    @pytest.mark.parametrize(
        "params", [{**HELLO, "modelId": "refused"}, {"modelId": "m"}, {**HELLO, "modelId": 1}]
    )
    def test_errors_pass_through_a_wrapper(self, params, server, monkeypatch):
        def call(library: Any) -> Any:
            return make_client(library, server.url).converse(**params)

        direct = outcome(fastbedrock, call)
        seen = []
        original = botocore.client.BaseClient._make_api_call
        for library in (boto3, fastbedrock):
            spans = Spans()
            with mock.patch(API_CALL, new=spans.around(original)):
                assert outcome(library, call) == direct
            seen.append(spans.seen)
        assert seen[0] == seen[1]
        assert len(seen[0]) == 2

    def test_an_error_is_of_the_clients_own_class(self, server):
        client = make_client(fastbedrock, server.url)
        spans = Spans()
        original = botocore.client.BaseClient._make_api_call
        with mock.patch(API_CALL, new=spans.around(original)):
            with pytest.raises(client.exceptions.ValidationException) as raised:
                client.converse(**{**HELLO, "modelId": "refused"})
        assert isinstance(raised.value, botocore.exceptions.ClientError)

    @libraries
    def test_a_stream_passes_through_a_wrapper(self, library, server):
        client = make_client(library, server.url)
        original = botocore.client.BaseClient._make_api_call
        with mock.patch(API_CALL, new=Spans().around(original)):
            stream = client.converse_stream(**HELLO)["stream"]
        assert event_numbers(stream) == [0, 1, 2]

    @libraries
    @pytest.mark.parametrize(
        "replacement",
        [
            {"new": lambda self, name, params: {"mocked": name}},
            {"autospec": True, "side_effect": lambda self, name, params: {"mocked": name}},
            {"side_effect": lambda name, params: {"mocked": name}},
            {"return_value": {"mocked": "Converse"}},
            {"new": staticmethod(lambda name, params: {"mocked": name})},
        ],
    )
    def test_a_mock_is_called_and_nothing_is_sent(self, library, replacement, server):
        before = make_client(library, server.url)
        with mock.patch(API_CALL, **replacement):
            meanwhile = make_client(library, server.url)
            for client in (before, meanwhile):
                assert client.converse(**HELLO) == {"mocked": "Converse"}
        assert server.requests == []
        assert "mocked" not in before.converse(**HELLO)
        assert len(server.requests) == 1

    @libraries
    def test_a_mock_may_fall_back_to_the_original(self, library, server):
        original = botocore.client.BaseClient._make_api_call

        def fake(self: Any, name: str, params: Any) -> Any:
            return {"mocked": name} if name == "CountTokens" else original(self, name, params)

        client = make_client(library, server.url)
        with mock.patch(API_CALL, new=fake):
            assert client.converse(**HELLO)["stopReason"] == "end_turn"
            assert client.count_tokens(modelId="m", input={}) == {"mocked": "CountTokens"}
        assert len(server.requests) == 1

    @libraries
    def test_code_that_was_replaced_in_place_is_called(self, library, server):
        function = botocore.client.BaseClient._make_api_call
        code = function.__code__
        # It has as many free variables as the original, as Python demands.
        names = ", ".join(code.co_freevars)
        source = f"""
def outer({names}):
    def replacement(*args, **kwargs):
        {names}
        return {{"mocked": args[1]}}
    return replacement
"""
        scope: dict[str, Any] = {}
        exec(source, scope)
        new = scope["outer"](*code.co_freevars).__code__
        client = make_client(library, server.url)
        client.converse(**HELLO)
        try:
            function.__code__ = new
            assert client.converse(**HELLO) == {"mocked": "Converse"}
        finally:
            function.__code__ = code
        assert "mocked" not in client.converse(**HELLO)

    def test_a_subclass_may_override_it(self, server):
        client = make_client(fastbedrock, server.url)
        seen = []

        class Counting(type(client)):
            def _make_api_call(self, operation_name, api_params):
                seen.append(operation_name)
                return super()._make_api_call(operation_name, api_params)

        spans = Spans()
        original = botocore.client.BaseClient._make_api_call
        own = Counting(client._options)
        assert own.converse(**HELLO)["stopReason"] == "end_turn"
        with mock.patch(API_CALL, new=spans.around(original)):
            assert own.converse(**HELLO)["stopReason"] == "end_turn"
        assert seen == ["Converse", "Converse"]
        assert spans.seen == [("us-east-1", "Converse", HELLO), 200]

    def test_without_patches_botocores_function_is_not_called(self, server, monkeypatch):
        from fastbedrock._client import botocore_parts

        monkeypatch.setattr(botocore_parts, "part", mock.Mock(side_effect=AssertionError))
        make_client(fastbedrock, server.url).converse(**HELLO)
        assert len(server.requests) == 1

    def test_botocore_may_be_loaded_and_patched_after_the_client_was_made(self, server):
        code = """
import sys, fastbedrock
from programs import HELLO
client = fastbedrock.client("bedrock-runtime", endpoint_url=%r, **%r)
client.converse(**HELLO)
assert "botocore" not in sys.modules
import botocore.client
original = botocore.client.BaseClient._make_api_call
seen = []
def traced(self, name, params):
    seen.append(name)
    return original(self, name, params)
client.converse(**HELLO)
botocore.client.BaseClient._make_api_call = traced
client.converse(**HELLO)
print(seen)
"""
        assert run_python(code % (server.url, SETTINGS)).strip() == "['Converse']"
        assert len(server.requests) == 3

    @libraries
    def test_paginators_and_waiters_go_through_a_wrapper(self, library):
        pages = [{"asyncInvokeSummaries": [1], "nextToken": "t"}, {"asyncInvokeSummaries": [2]}]
        with mock.patch(API_CALL, side_effect=pages) as replaced:
            client = make_client(library, "http://127.0.0.1:1")
            found = client.get_paginator("list_async_invokes").paginate().build_full_result()
        assert found == {"asyncInvokeSummaries": [1, 2]}
        assert replaced.call_args_list[1] == mock.call("ListAsyncInvokes", {"nextToken": "t"})


class TestStreams:
    @libraries
    def test_an_event_goes_through_a_wrapper_of_one_stream(self, library, server):
        stream = make_client(library, server.url).converse_stream(**HELLO)["stream"]
        original, seen = stream._parse_event, []

        def parse(*args: Any, **kwargs: Any) -> Any:
            event = original(*args, **kwargs)
            seen.append(event)
            return event

        stream._parse_event = parse
        events = list(stream)
        assert event_numbers(events) == [0, 1, 2]
        assert seen == events

    @libraries
    def test_a_mock_of_the_class_fails_an_event(self, library, server):
        stream = make_client(library, server.url).converse_stream(**HELLO)["stream"]
        error = botocore.exceptions.EventStreamError({"Error": {}}, "ConverseStream")
        with mock.patch.object(EventStream, "_parse_event", side_effect=error):
            with pytest.raises(botocore.exceptions.EventStreamError):
                list(stream)

    @libraries
    def test_iterating_and_closing_go_through_wrappers_of_the_class(self, library, server):
        iterate, close, seen = EventStream.__iter__, EventStream.close, []

        def wrapped_iter(self: Any) -> Iterator[Any]:
            for event in iterate(self):
                seen.append(event)
                yield event

        def wrapped_close(self: Any) -> None:
            seen.append("close")
            close(self)

        client = make_client(library, server.url)
        stream = client.converse_stream(**HELLO)["stream"]
        with (
            mock.patch.object(EventStream, "__iter__", wrapped_iter),
            mock.patch.object(EventStream, "close", wrapped_close),
        ):
            events = list(stream)
            stream.close()
        assert event_numbers(events) == [0, 1, 2]
        assert seen == [*events, "close"]
        stream = client.converse_stream(**HELLO)["stream"]
        assert event_numbers(stream) == [0, 1, 2]
        assert len(seen) == 4

    def test_a_stream_whose_close_is_wrapped_is_closed(self, server):
        close = EventStream.close
        stream = make_client(fastbedrock, server.url).converse_stream(**HELLO)["stream"]
        with mock.patch.object(EventStream, "close", lambda self: close(self)):
            with stream:
                assert next(iter(stream))
        assert "ended" in repr(stream)
        assert list(stream) == []


class TestAttributes:
    @libraries
    def test_an_attribute_of_botocores_class_is_the_clients(self, library, monkeypatch):
        client = make_client(library, "http://127.0.0.1:1")
        monkeypatch.setattr(botocore.client.BaseClient, "_pin", "class", raising=False)
        monkeypatch.setattr(
            botocore.client.BaseClient, "_region", lambda self: self.meta.region_name, raising=False
        )
        assert client._pin == "class"
        assert client._region() == "us-east-1"
        client._pin = "instance"
        assert client._pin == "instance"
        monkeypatch.undo()
        assert not hasattr(client, "_region")

    @pytest.mark.parametrize(
        "read",
        [
            lambda client: client._endpoint.host,
            lambda client: client._endpoint._endpoint_prefix,
            lambda client: client._endpoint._event_emitter is client.meta.events,
            lambda client: client._endpoint.http_session.close(),
            lambda client: repr(client._endpoint),
            lambda client: client._request_signer._credentials.access_key,
            lambda client: client._request_signer.region_name,
            lambda client: client._request_signer.signing_name,
            lambda client: client._request_signer is client._request_signer,
            lambda client: type(client._serializer).__name__,
            lambda client: client._serializer.serialize_to_request(
                HELLO, client.meta.service_model.operation_model("Converse")
            ),
            lambda client: type(client._response_parser).__name__,
            lambda client: isinstance(client.meta.config, botocore.client.Config),
            lambda client: client._client_config is client.meta.config,
        ],
    )
    def test_private_parts_are_boto3s(self, read):
        expected = read(make_client(boto3, "http://127.0.0.1:1"))
        assert read(make_client(fastbedrock, "http://127.0.0.1:1")) == expected

    @libraries
    def test_assigned_credentials_sign_the_next_call(self, library, server):
        client = make_client(library, server.url)
        client.converse(**HELLO)
        client._request_signer._credentials = botocore.credentials.Credentials("AKOTHER", "s")
        client.converse(**HELLO)
        client._request_signer._credentials = None
        with pytest.raises(botocore.exceptions.NoCredentialsError):
            client.converse(**HELLO)
        first, second = (request.header("authorization") for request in server.requests)
        assert "Credential=AKIDEXAMPLE/" in first
        assert "Credential=AKOTHER/" in second

    def test_without_botocore_there_are_only_our_own_parts(self):
        code = """
import sys, fastbedrock
client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
print(client._endpoint._endpoint_prefix, hasattr(client, "_serializer"), "botocore" in sys.modules)
"""
        assert run_python(code).split() == ["bedrock-runtime", "False", "False"]


class TestCreation:
    @libraries
    def test_a_wrapper_may_change_the_client_that_it_returns(self, library, server, monkeypatch):
        original = botocore.client.ClientCreator.create_client
        seen = []

        def create(self: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append((args, kwargs["service_name"], kwargs["endpoint_url"], set(kwargs)))
            client = original(self, *args, **kwargs)
            converse = client.converse
            client.converse = lambda **params: {**converse(**params), "wrapped": True}
            return client

        monkeypatch.setattr(botocore.client.ClientCreator, "create_client", create)
        client = make_client(library, server.url)
        assert client.converse(**HELLO)["wrapped"]
        assert isinstance(client, botocore.client.BaseClient)
        assert len(server.requests) == 1
        names = set(SIGNATURE) - {"self"}
        assert seen == [((), "bedrock-runtime", server.url, names)]
        monkeypatch.undo()
        assert "wrapped" not in make_client(library, server.url).converse(**HELLO)

    def test_the_client_is_fastbedrocks(self, server):
        original = botocore.client.ClientCreator.create_client

        def create(self, *args, **kwargs):
            return original(self, *args, **kwargs)

        plain = make_client(fastbedrock, server.url)
        with mock.patch(CREATE_CLIENT, new=create):
            assert type(make_client(fastbedrock, server.url)) is type(plain)
        with mock.patch(CREATE_CLIENT, new=Descriptor(create)):
            assert type(make_client(fastbedrock, server.url)) is type(plain)

    @libraries
    def test_a_wrapper_may_change_arguments(self, library, server):
        original = botocore.client.ClientCreator.create_client

        def create(self: Any, *args: Any, **kwargs: Any) -> Any:
            kwargs.update(endpoint_url=server.url, region_name="eu-west-3")
            kwargs["client_config"] = kwargs["client_config"].merge(
                botocore.client.Config(user_agent_extra="wrapped/1")
            )
            return original(self, *args, **kwargs)

        with mock.patch(CREATE_CLIENT, new=create):
            client = make_client(library, "http://127.0.0.1:1")
        client.converse(**HELLO)
        assert client.meta.region_name == "eu-west-3"
        assert "/eu-west-3/" in server.requests[0].header("authorization")
        assert server.requests[0].header("user-agent").endswith("wrapped/1")

    @libraries
    def test_a_mock_replaces_the_client(self, library):
        with mock.patch(CREATE_CLIENT) as replaced:
            assert make_client(library, "http://127.0.0.1:1") is replaced.return_value

    def test_errors_pass_through_a_wrapper(self):
        original = botocore.client.ClientCreator.create_client

        def create(self, *args, **kwargs):
            return original(self, *args, **kwargs)

        with mock.patch(CREATE_CLIENT, new=create):
            with pytest.raises(fastbedrock.exceptions.NoRegionError):
                fastbedrock.client("bedrock-runtime")
            with pytest.raises(fastbedrock.exceptions.UnknownServiceError):
                fastbedrock.client("s3", region_name="us-east-1")
            with pytest.raises(ValueError, match="Invalid endpoint"):
                make_client(fastbedrock, "nothing")

    @libraries
    def test_a_wrapper_of_the_initializer_sees_the_new_client(self, library, server):
        original = botocore.client.BaseClient.__init__
        seen = []

        def initialize(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            seen.append((self.meta.service_model.service_name, self.meta.region_name))
            self._marked = True

        with mock.patch("botocore.client.BaseClient.__init__", new=initialize):
            client = make_client(library, server.url)
        assert seen == [("bedrock-runtime", "us-east-1")]
        assert client._marked
        assert client.converse(**HELLO)["stopReason"] == "end_turn"


SIGNATURE = botocore.client.ClientCreator.create_client.__code__.co_varnames[
    : botocore.client.ClientCreator.create_client.__code__.co_argcount
]
assert isinstance(botocore.client.BaseClient._make_api_call, types.FunctionType)
