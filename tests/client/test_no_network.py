"""Test tools that forbid or record connections are not bypassed."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import socket
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import boto3
import botocore.awsrequest
import botocore.endpoint
import botocore.exceptions
import botocore.handlers
import pytest
from botocore.awsrequest import AWSResponse

import fastbedrock
from failures import client as make_client
from programs import DEADLINE, HELLO, Program
from scripted_server import Reply, Request, Server
from streaming_replies import STREAM, event_numbers, numbered_events

ANSWER = Reply(body=json.dumps({"stopReason": "end_turn"}).encode())

libraries = pytest.mark.parametrize("library", [boto3, fastbedrock])


class Forbidden(RuntimeError):
    pass


class GuardedSocket(socket.socket):
    """Forbids sockets, as pytest-socket's ``--disable-socket`` does."""

    def __new__(cls, *args: Any, **kwargs: Any) -> GuardedSocket:
        raise Forbidden("no sockets in tests")


class CountingSocket(socket.socket):
    """A class of sockets that allows connections."""

    connections = 0

    def connect(self, address: Any) -> None:
        CountingSocket.connections += 1
        super().connect(address)


def only(*hosts: str) -> Callable[..., None]:
    """A ``connect`` for these hosts only, as pytest-socket's ``--allow-hosts`` sets it."""
    original = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if address[0] not in hosts:
            raise Forbidden(f"{address[0]} is not allowed")
        original(self, address)

    return connect


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    def answer(request: Request) -> Reply:
        if request.target.endswith("-stream"):
            return Reply(body=b"".join(numbered_events(3)), **STREAM)
        return ANSWER

    with Server(answer) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_requests_yet(server):
    server.requests.clear()
    CountingSocket.connections = 0


def synchronous(library: Any) -> Callable[[Server], Callable[[], Any]]:
    def prepare(server: Server) -> Callable[[], Any]:
        client = make_client(library, server.url)
        return lambda: client.converse(**HELLO)

    return prepare


def asynchronous(server: Server) -> Callable[[], Any]:
    client = fastbedrock.async_client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        endpoint_url=server.url,
    )
    loop = asyncio.new_event_loop()

    def call() -> Any:
        return loop.run_until_complete(asyncio.wait_for(client.converse(**HELLO), DEADLINE))

    return call


@pytest.fixture(params=["boto3", "sync", "async"])
def call(request, server) -> Callable[[], Any]:
    """Makes a call, with a client that was made before the test."""
    prepare = {
        "boto3": synchronous(boto3),
        "sync": synchronous(fastbedrock),
        "async": asynchronous,
    }[request.param]
    return prepare(server)


def test_a_forbidden_socket_is_not_opened(call, server, monkeypatch):
    monkeypatch.setattr(socket, "socket", GuardedSocket)
    with pytest.raises(botocore.exceptions.HTTPClientError) as raised:
        call()
    assert str(raised.value) == (
        "An HTTP Client raised an unhandled exception: no sockets in tests"
    )
    assert server.requests == []
    monkeypatch.undo()
    assert call()["stopReason"] == "end_turn"


def test_an_allowed_host_is_reached(call, server, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", only("127.0.0.1"), raising=False)
    assert call()["stopReason"] == "end_turn"
    assert len(server.requests) == 1


def test_another_host_is_not_reached(call, server, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", only("10.0.0.1"), raising=False)
    with pytest.raises(botocore.exceptions.HTTPClientError) as raised:
        call()
    assert str(raised.value).endswith("127.0.0.1 is not allowed")
    assert server.requests == []


def test_idle_connections_are_not_used_past_a_guard(server, monkeypatch):
    prepared = synchronous(fastbedrock)(server)
    prepared()
    monkeypatch.setattr(socket, "socket", GuardedSocket)
    with pytest.raises(botocore.exceptions.HTTPClientError):
        prepared()
    assert len(server.requests) == 1


def test_python_itself_opens_nothing_without_a_guard(server, monkeypatch):
    prepared = synchronous(fastbedrock)(server)
    monkeypatch.setattr("fastbedrock._python_network.check", None)
    before = server.connections
    prepared()
    assert server.connections == before + 1


@libraries
def test_another_class_of_sockets_is_used_by_botocores_connections(library, server, monkeypatch):
    call = synchronous(library)(server)
    monkeypatch.setattr(socket, "socket", CountingSocket)
    assert call()["stopReason"] == "end_turn"
    assert CountingSocket.connections == 1
    assert len(server.requests) == 1


def test_an_asynchronous_call_says_that_it_cannot_use_another_class(server, monkeypatch):
    call = asynchronous(server)
    monkeypatch.setattr(socket, "socket", CountingSocket)
    with pytest.raises(botocore.exceptions.HTTPClientError, match="CountingSocket"):
        call()
    assert server.requests == []


@pytest.fixture
def cassette(monkeypatch):
    """Replaces classes of connections as VCR does while a cassette is in use."""

    class Recorded(http.client.HTTPConnection):
        pass

    class RecordedOfBotocore(botocore.awsrequest.AWSHTTPConnection):
        requests = 0

        def request(self, *args: Any, **kwargs: Any) -> None:
            RecordedOfBotocore.requests += 1
            super().request(*args, **kwargs)

    monkeypatch.setitem(sys.modules, "vcr", types.ModuleType("vcr"))
    monkeypatch.setattr(http.client, "HTTPConnection", Recorded)
    pool = botocore.awsrequest.AWSHTTPConnectionPool
    monkeypatch.setattr(pool, "ConnectionCls", RecordedOfBotocore)
    return RecordedOfBotocore


@libraries
def test_a_call_is_recorded(library, server, cassette):
    assert synchronous(library)(server)()["stopReason"] == "end_turn"
    assert cassette.requests == 1
    assert len(server.requests) == 1


@libraries
def test_the_events_of_a_recorded_stream_arrive(library, server, cassette):
    client = make_client(library, server.url)
    assert event_numbers(client.converse_stream(**HELLO)["stream"]) == [0, 1, 2]
    assert cassette.requests == 1


def test_an_asynchronous_call_that_cannot_be_recorded_says_so(server, cassette):
    with pytest.raises(botocore.exceptions.HTTPClientError, match="cassette of VCR"):
        asynchronous(server)()
    assert server.requests == []


@libraries
def test_a_replaced_http_client_of_botocore_answers(library, server, monkeypatch):
    def send(self: Any, request: Any) -> AWSResponse:
        response = AWSResponse(request.url, 200, {"x-replaced": request.method}, None)
        response._content = ANSWER.body
        return response

    call = synchronous(library)(server)
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)
    assert call()["ResponseMetadata"]["HTTPHeaders"] == {"x-replaced": "POST"}
    assert server.requests == []


def test_a_replaced_http_client_of_botocore_gets_botocores_bytes(server, monkeypatch):
    """VCR compares a request's body with that of its recording, by default byte by byte."""
    bodies = []

    def send(self: Any, request: Any) -> AWSResponse:
        bodies.append(request.body)
        response = AWSResponse(request.url, 200, {}, None)
        response._content = ANSWER.body
        return response

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)
    for library in (boto3, fastbedrock):
        client = make_client(library, server.url)
        client.converse(
            system=[{"text": "h\u00e9 \U0001f600 \x01/"}],
            inferenceConfig={"topP": 0.1, "temperature": 1e-7, "maxTokens": 3},
            additionalModelRequestFields={"z": 1e300, "a": [1.0, True, None, {}]},
            **HELLO,
        )
        client.invoke_model(modelId="m", body=b'{"a":1}')
    assert bodies[:2] == bodies[2:]


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (
            botocore.exceptions.ReadTimeoutError(endpoint_url="http://x"),
            fastbedrock.exceptions.ReadTimeoutError,
        ),
        (
            botocore.exceptions.InvalidProxiesConfigError(),
            fastbedrock.exceptions.HTTPClientError,
        ),
    ],
)
def test_errors_of_botocores_http_client_are_also_ours(raised, expected, server, monkeypatch):
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", mock.Mock(side_effect=raised))
    with pytest.raises(expected) as found:
        synchronous(fastbedrock)(server)()
    assert found.value.__cause__ is raised


@libraries
@pytest.mark.parametrize("status", [200, 400])
def test_a_builtin_handler_of_another_package_answers(library, status, server, monkeypatch):
    """moto appends a handler to botocore's built-in ones, and enables it for a time."""

    class Stubber:
        enabled = False

        def __call__(self, event_name: str, request: Any, **_: Any) -> Any:
            if not self.enabled:
                return None
            body = io.BytesIO(b'{"stopReason": "stop_sequence", "message": "no"}')
            return AWSResponse(request.url, status, {"x-amzn-errortype": "E"}, Raw(body.read()))

    stubber = Stubber()
    before = make_client(fastbedrock, server.url)
    handlers = [*botocore.handlers.BUILTIN_HANDLERS, ("before-send", stubber)]
    monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)
    client = make_client(boto3.session.Session(), server.url) if library is boto3 else before
    assert client.converse(**HELLO)["stopReason"] == "end_turn"
    assert len(server.requests) == 1
    stubber.enabled = True
    if status == 200:
        assert client.converse(**HELLO)["stopReason"] == "stop_sequence"
    else:
        with pytest.raises(botocore.exceptions.ClientError, match="no"):
            client.converse(**HELLO)
    assert len(server.requests) == 1


class Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@libraries
def test_a_wrapper_of_prepare_request_may_add_a_header(library, server, monkeypatch):
    original = botocore.endpoint.Endpoint.prepare_request

    def prepare_request(self: Any, request: Any) -> Any:
        request.headers["X-Trace"] = "1"
        return original(self, request)

    monkeypatch.setattr(botocore.endpoint.Endpoint, "prepare_request", prepare_request)
    assert synchronous(library)(server)()["stopReason"] == "end_turn"
    (request,) = server.requests
    assert request.header("x-trace") == "1"
    assert "x-trace" not in request.header("authorization")


PROGRAM = """
import json, socket, sys, fastbedrock
from programs import HELLO, arguments, say

class GuardedSocket(socket.socket):
    def __new__(cls, *args, **kwargs):
        raise RuntimeError("no sockets in tests")

class PermissiveSocket(socket.socket):
    pass

def connect(self, address, original=socket.socket.connect):
    if address[0] in allowed:
        return original(self, address)
    raise RuntimeError(f"{address[0]} is not allowed")

allowed = ["127.0.0.1"]
own = socket.socket
client = fastbedrock.client(
    "bedrock-runtime", region_name="us-east-1", endpoint_url=arguments(),
    aws_access_key_id="a", aws_secret_access_key="b",
)
def outcome():
    try:
        return client.converse(**HELLO)["stopReason"]
    except fastbedrock.exceptions.HTTPClientError as error:
        return [str(error), type(error.__cause__).__name__]

found = {"own": outcome()}
socket.socket = GuardedSocket
found["guarded"] = outcome()
socket.socket = PermissiveSocket
found["permissive"] = outcome()
socket.socket = own
own.connect = connect
found["allowed"] = outcome()
allowed.clear()
found["refused"] = outcome()
del own.connect
found["own again"] = outcome()
say(**found, botocore="botocore" in sys.modules)
"""


def test_without_botocore_a_guard_is_asked_and_another_class_is_refused(server):
    with Program(PROGRAM, server.url) as program:
        found = program.next()
    prefix = "An HTTP Client raised an unhandled exception: "
    assert found["guarded"] == [f"{prefix}no sockets in tests", "RuntimeError"]
    assert found["refused"] == [f"{prefix}127.0.0.1 is not allowed", "RuntimeError"]
    text, _ = found["permissive"]
    assert "socket.socket has been replaced by __main__.PermissiveSocket" in text
    assert "imported botocore" in text
    assert [found[key] for key in ("own", "allowed", "own again")] == ["end_turn"] * 3
    assert not found["botocore"]
    assert len(server.requests) == 3
