"""The limits of the local Bedrock: bodies, heads, connections, time. It never hangs."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import ssl
import struct
import time
from binascii import crc32
from urllib.parse import urlsplit

import pytest

import fastbedrock
from fastbedrock.local import serve
from local_requests import CHAT, connect, user
from programs import wait_for

LONGEST = 40 * 1024 * 1024
PIECE = bytes(1 << 20)
TARGETS = [
    ("POST", "/_local/scenario"),
    ("DELETE", "/_local/faults"),
    ("POST", f"/model/{CHAT}/converse"),
    ("POST", f"/model/{CHAT}/invoke"),
    ("POST", "/nowhere"),
]


def address(server):
    parts = urlsplit(server.endpoint_url)
    return parts.hostname, parts.port


def opened(server, timeout=10):
    return socket.create_connection(address(server), timeout=timeout)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("method", "target"), TARGETS)
def test_a_body_beyond_the_limit_is_refused(local_bedrock, method, target, chunked):
    connection = http.client.HTTPConnection(*address(local_bedrock), timeout=30)
    pieces = LONGEST // len(PIECE) + 1
    framing = {} if chunked else {"Content-Length": str(pieces * len(PIECE))}
    headers = {"Content-Type": "application/json", **framing}
    body = (PIECE for _ in range(pieces))
    connection.request(method, target, body, headers, encode_chunked=chunked)
    response = connection.getresponse()
    assert response.status == 413
    assert str(LONGEST) in json.loads(response.read())["message"]
    assert response.getheader("connection") == "close"
    connection.close()
    assert connect(local_bedrock).converse(modelId=CHAT, messages=user("Hello"))


def test_a_body_at_the_services_limit_is_judged_by_the_service_model(local_bedrock):
    client = connect(local_bedrock)
    with pytest.raises(client.exceptions.ValidationException, match="at 'body' failed to satisfy"):
        client.invoke_model(modelId=CHAT, body=bytes(25_000_001))
    # This body passes every limit of length, but is not JSON.
    with pytest.raises(client.exceptions.ValidationException) as caught:
        client.invoke_model(modelId=CHAT, body=bytes(25_000_000))
    assert "length" not in str(caught.value)
    body = json.dumps({"prompt": "x" * 24_000_000}).encode()
    request = {"invokeModel": {"body": body}}
    assert client.count_tokens(modelId="meta.llama3-8b-instruct-v1:0", input=request)


def test_an_event_beyond_the_limit_ends_its_stream(local_bedrock):
    lengths = struct.pack("!II", 1 << 31, 0)
    prelude = lengths + struct.pack("!I", crc32(lengths))
    connection = http.client.HTTPConnection(*address(local_bedrock), timeout=30)
    connection.request(
        "POST",
        "/model/amazon.nova-sonic-v1:0/invoke-with-bidirectional-stream",
        itertools.chain([prelude], (PIECE for _ in range(LONGEST // len(PIECE) + 2))),
        {"Authorization": f"Bearer {local_bedrock.api_key}"},
        encode_chunked=True,
    )
    assert b"An event of the stream is too long." in connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize("target", ["/_local/counters", "/async-invoke"])
def test_a_head_beyond_the_limit_is_refused(local_bedrock, target):
    for header, status in (("x" * 30_000, {200, 403}), ("x" * 70_000, {431})):
        with opened(local_bedrock) as connection:
            connection.sendall(
                f"GET {target} HTTP/1.1\r\nHost: localhost\r\nX: {header}\r\n\r\n".encode()
            )
            assert int(connection.makefile("rb").readline().split()[1]) in status


def silent(connection):
    """Sends nothing."""


def half_a_preface(connection):
    """Sends the beginning of an HTTP/2 preface."""
    connection.sendall(b"PRI * HT")


def head_only(connection):
    connection.sendall(b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Le")


def trickle(connection):
    """Sends a head that never ends, a byte at a time."""
    connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nX: ")
    connection.settimeout(0.02)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        connection.sendall(b"x")
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue
        except OSError:
            return


def idle_after_a_response(connection):
    connection.sendall(b"GET /_local/counters HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"200 OK" in connection.recv(65536)


def http_2_without_requests(connection):
    """Sends the preface and an empty SETTINGS frame, and then nothing."""
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")


@pytest.mark.parametrize(
    "behave",
    [silent, half_a_preface, head_only, trickle, idle_after_a_response, http_2_without_requests],
)
@pytest.mark.local_bedrock(idle_timeout=0.5)
def test_a_connection_without_a_request_is_closed(local_bedrock, behave):
    with opened(local_bedrock, timeout=20) as connection:
        start = time.monotonic()
        try:
            behave(connection)
            connection.settimeout(20)
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
        assert 0.3 < time.monotonic() - start < 15
    wait_for(lambda: local_bedrock.counters["connections_open"] == 0)


@pytest.mark.parametrize("beginning", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01\x00"])
@pytest.mark.local_bedrock(tls=True, idle_timeout=0.5)
def test_a_stalled_handshake_is_closed(local_bedrock, beginning):
    with opened(local_bedrock, timeout=20) as connection:
        connection.sendall(beginning)
        assert connection.recv(65536) == b""
    wait_for(lambda: local_bedrock.counters["connections_open"] == 0)


@pytest.mark.parametrize("framing", ["Content-Length: 10", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(("method", "target"), TARGETS)
@pytest.mark.local_bedrock(idle_timeout=0.5)
def test_a_body_that_does_not_arrive_is_refused(local_bedrock, method, target, framing):
    with opened(local_bedrock, timeout=20) as connection:
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
        connection.sendall(f"{head}\r\n{framing}\r\n\r\n1".encode())
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"took too long" in answer


@pytest.mark.local_bedrock(idle_timeout=0.5, tokens_per_second=20)
def test_a_response_may_take_longer_than_the_idle_timeout(local_bedrock):
    client = connect(local_bedrock)
    stream = client.converse_stream(modelId=CHAT, messages=user("word " * 30))["stream"]
    assert sum("contentBlockDelta" in event for event in stream) >= 30
    local_bedrock.configure(first_token_seconds=1.5)
    assert client.converse(modelId=CHAT, messages=user("Hello"))


@pytest.mark.local_bedrock(idle_timeout=0.5)
def test_a_client_may_read_slowly(local_bedrock):
    client = connect(local_bedrock)
    local_bedrock.reply("word " * 2_000_000)
    body = client.invoke_model(
        modelId="mistral.mistral-7b-instruct-v0:2", body=json.dumps({"prompt": "x"})
    )["body"]
    received = body.read(1000)
    # The server cannot write meanwhile, because the response is larger than the sockets' buffers.
    time.sleep(2)
    received += body.read()
    assert json.loads(received)["outputs"][0]["text"].count("word") == 2_000_000


def test_a_connection_may_be_idle_without_an_idle_timeout():
    with serve(idle_timeout=None) as server, opened(server) as connection:
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            connection.recv(1)


@pytest.mark.parametrize("tls", [False, True])
def test_connections_beyond_the_limit_get_an_error_that_says_so(tls):
    with serve(tls=tls, max_connections=3) as server:
        held = [opened(server) for _ in range(3)]
        if tls:
            context = ssl.create_default_context(cafile=server.ca_bundle)
            held = [context.wrap_socket(each, server_hostname="localhost") for each in held]
        wait_for(lambda: server.counters["connections_open"] == 3)
        client = connect(server)
        with pytest.raises(client.exceptions.ClientError, match=r"\(3\).*--max-connections"):
            client.converse(modelId=CHAT, messages=user("Hello"))
        ours = fastbedrock.client(
            "bedrock-runtime",
            endpoint_url=server.endpoint_url,
            verify=server.ca_bundle,
            config=fastbedrock.Config(retries={"total_max_attempts": 1}),
            **server.credentials,
        )
        with pytest.raises(fastbedrock.exceptions.ClientError, match="--max-connections"):
            ours.converse(modelId=CHAT, messages=user("Hello"))
        held.pop().close()
        wait_for(lambda: server.counters["connections_open"] <= 2)
        assert connect(server).converse(modelId=CHAT, messages=user("Hello"))
        for each in held:
            each.close()


def test_the_server_recovers_from_a_flood_of_connections(descriptors_for_many):
    with serve(max_connections=10) as server:
        flood = [opened(server) for _ in range(300)]
        # Beyond the limit, at most 64 connections are open to send their refusals.
        wait_for(lambda: server.counters["connections_open"] == 10 + 64)
        for each in flood:
            each.close()
        wait_for(lambda: server.counters["connections_open"] == 0)
        assert connect(server).converse(modelId=CHAT, messages=user("Hello"))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"max_connections": 0}, "max_connections: a number from 1, not 0"),
        ({"idle_timeout": 0}, "idle_timeout: seconds above 0, at most a day, not 0"),
        ({"idle_timeout": -1.5}, "not -1.5"),
        ({"idle_timeout": float("nan")}, "not nan"),
        ({"idle_timeout": float("inf")}, "not inf"),
    ],
)
def test_the_error_of_a_wrong_limit_names_it(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        serve(**arguments)
