"""Servers that respond before they have read the whole request, as gateways do with large ones.

The caller gets that response, and the connection is not used again, because the rest of the request
would precede the next request.
"""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import pytest

import fastbedrock
from differential import SETTINGS
from faces import Caller, both_faces
from programs import DEADLINE
from scripted_server import Reply

# In bytes, far more than the buffers of both sockets hold.
LARGE = "x" * (16 << 20)
CONFIG = {"connect_timeout": 5, "read_timeout": 5}
OK = Reply(body=b'{"stopReason": "end_turn"}')


class Gateway:
    """Responds to its first request at once, reads no further, and then ``stays`` or ``closes``.

    Later connections get ``OK`` after their whole request.
    """

    def __init__(self, first: Reply, then: str) -> None:
        self._first, self._then = first, then
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(DEADLINE)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            serve = self._answer_early if self.connections == 1 else self._answer
            thread = threading.Thread(target=serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer_early(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(DEADLINE)
            connection.recv(1 << 12)
            connection.sendall(self._first.message())
            if self._then == "stays":
                self._over.wait(DEADLINE)

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(DEADLINE)
            while True:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = connection.recv(1 << 16)
                    if not piece:
                        return
                    head += piece
                head, _, body = head.partition(b"\r\n\r\n")
                left = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                left -= len(body)
                while left:
                    piece = connection.recv(min(left, 1 << 20))
                    if not piece:
                        return
                    left -= len(piece)
                connection.sendall(OK.message())


def refusal(status: int) -> Reply:
    return Reply(status, body=b'{"message": "early"}')


def error_of(call: Any) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call()
    return str(raised.value)


@both_faces
@pytest.mark.parametrize("then", ["stays", "closes"])
@pytest.mark.parametrize("status", [400, 403, 413, 424])
def test_the_caller_gets_the_early_response_and_the_next_call_another_connection(
    face: str, then: str, status: int
) -> None:
    with Gateway(refusal(status), then) as gateway, Caller(face, gateway.url, CONFIG) as caller:
        error = error_of(lambda: caller.converse(LARGE))
        assert error == f"An error occurred ({status}) when calling the Converse operation: early"
        assert caller.converse()["RetryAttempts"] == 0
        assert caller.converse(LARGE)["RetryAttempts"] == 0
        assert gateway.connections == 2


@pytest.mark.parametrize("status", [400, 413])
def test_the_early_response_of_a_server_that_closes_is_boto3s_error(status: int) -> None:
    """If the server stays, boto3 keeps sending and does not see the response."""
    message = {"role": "user", "content": [{"text": LARGE}]}
    texts = []
    for make in (boto3.client, fastbedrock.client):
        with Gateway(refusal(status), "closes") as gateway:
            config = botocore.config.Config(**CONFIG, retries={"total_max_attempts": 1})
            client = make("bedrock-runtime", endpoint_url=gateway.url, config=config, **SETTINGS)
            text = error_of(lambda client=client: client.converse(modelId="m", messages=[message]))
            texts.append(text)
    assert texts[0] == texts[1]


@both_faces
@pytest.mark.parametrize("then", ["stays", "closes"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_next_attempt_gets_another_connection(face: str, then: str, status: int) -> None:
    first = Reply(status, headers=(("x-amz-retry-after", "1"),), body=b'{"message": "early"}')
    with Gateway(first, then) as gateway, Caller(face, gateway.url, CONFIG) as caller:
        assert caller.converse(LARGE)["RetryAttempts"] == 1
        assert gateway.connections == 2


@both_faces
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_early_success_is_a_success(face: str, framing: str) -> None:
    """Unusual, but the response is complete; boto3 accepts it too."""
    early = dataclasses.replace(OK, framing=framing, chunks=3)
    with Gateway(early, "stays") as gateway, Caller(face, gateway.url, CONFIG) as caller:
        assert caller.converse(LARGE)["HTTPStatusCode"] == 200
        assert caller.converse()["RetryAttempts"] == 0
        assert gateway.connections == 2


@both_faces
def test_a_server_that_stops_reading_and_stays_silent_is_a_read_timeout(face: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = {"read_timeout": 1, "retries": {"total_max_attempts": 1}}
        with Caller(face, url, config) as caller:
            with pytest.raises(botocore.exceptions.ReadTimeoutError):
                caller.converse(LARGE)
