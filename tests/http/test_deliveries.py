"""A server gets a request at most ``total_max_attempts`` times.

If a connection ends without a response, the server may still have done the work. There is one
exception: a connection that was idle for seconds, and ended as soon as something was sent, had been
closed before the request.
"""

from __future__ import annotations

import socket
import struct
import threading
import time

import botocore.exceptions
import pytest

from faces import Caller, both_faces
from programs import DEADLINE
from scripted_server import Reply, Server, per_connection

OK = Reply(body=b'{"stopReason": "end_turn"}')
# The server ends the connection instead of responding.
GONE = Reply(cut=0, then="close")
RESET = Reply(cut=0, then="reset")
# In seconds: more than the idle time after which a request may be sent again for free.
LONG = 2.2


def attempts(server: Server) -> list[str | None]:
    return [request.header("amz-sdk-request") for request in server.requests]


@both_faces
@pytest.mark.parametrize("end", [GONE, RESET], ids=["closed", "reset"])
@pytest.mark.parametrize("delay", [0, 0.3], ids=["at once", "after a while"])
def test_a_connection_in_use_that_dies_costs_an_attempt(
    face: str, end: Reply, delay: float
) -> None:
    dying = Reply(cut=end.cut, then=end.then, delay=delay)
    with Server(per_connection([OK, dying], [OK])) as server, Caller(face, server.url) as caller:
        caller.converse()
        assert caller.converse()["RetryAttempts"] == 1
        assert attempts(server)[1:] == ["attempt=1; max=3", "attempt=2; max=3"]


@both_faces
@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_a_server_gets_a_request_as_often_as_allowed(face: str, mode: str, allowed: int) -> None:
    """The first connection dies at its second request, and every other one at its first."""
    retries = {"total_max_attempts": allowed, "mode": mode}
    with Server(per_connection([OK, GONE], [GONE])) as server:
        with Caller(face, server.url, {"retries": retries}) as caller:
            caller.converse()
            with pytest.raises(botocore.exceptions.ConnectionClosedError):
                caller.converse()
            assert len(server.requests) == 1 + allowed


@both_faces
def test_after_long_idleness_a_request_that_meets_a_close_is_sent_again_for_free(
    face: str,
) -> None:
    retries = {"total_max_attempts": 1}
    with Server(per_connection([OK, GONE], [OK])) as server:
        with Caller(face, server.url, {"retries": retries}) as caller:
            caller.converse()
            time.sleep(LONG)
            assert caller.converse()["RetryAttempts"] == 0
            first, resent = server.requests[1:]
            assert [first.connection, resent.connection] == [0, 1]
            assert first.body == resent.body
            for name in ("amz-sdk-request", "amz-sdk-invocation-id"):
                assert first.header(name) == resent.header(name)


@both_faces
def test_a_request_is_sent_again_for_free_only_once(face: str) -> None:
    with Server(per_connection([OK, GONE], [GONE], [OK])) as server:
        with Caller(face, server.url) as caller:
            caller.converse()
            time.sleep(LONG)
            assert caller.converse()["RetryAttempts"] == 1
            sent = ["attempt=1; max=3", "attempt=1; max=3", "attempt=2; max=3"]
            assert attempts(server)[1:] == sent


@both_faces
def test_a_server_that_worked_for_a_while_gets_no_second_request(face: str) -> None:
    """However long the connection had been idle."""
    worked = Reply(cut=0, then="close", delay=0.4)
    retries = {"total_max_attempts": 1}
    with Server(per_connection([OK, worked], [OK])) as server:
        with Caller(face, server.url, {"retries": retries}) as caller:
            caller.converse()
            time.sleep(LONG)
            with pytest.raises(botocore.exceptions.ConnectionClosedError):
                caller.converse()
            assert len(server.requests) == 2


@both_faces
def test_a_long_upload_that_breaks_off_is_not_sent_again_for_free(face: str) -> None:
    """By then, the server had read a part of the request."""
    connections = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            connection.settimeout(DEADLINE)
            data = b""
            while not data.endswith(b"}"):
                data += connection.recv(1 << 16)
            connection.sendall(OK.message())
            connection.recv(1)  # the next request begins
            end = time.monotonic() + 0.6
            while time.monotonic() < end and connection.recv(1 << 12):
                time.sleep(0.002)
            reset = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Caller(face, url, {"retries": {"total_max_attempts": 1}}) as caller:
            caller.converse()
            time.sleep(LONG)
            with pytest.raises(botocore.exceptions.ConnectionClosedError):
                caller.converse("x" * (16 << 20))
        assert len(connections) == 1
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(DEADLINE)
