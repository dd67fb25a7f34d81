"""Connections of synchronous calls: how many there are, when they are reused, how they end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.exceptions
import pytest

import fastbedrock.local
from differential import SETTINGS
from frames import event
from programs import DEADLINE, HELLO, wait_for
from scripted_server import Reply, Request, Server, per_connection

OK = Reply(body=b'{"stopReason": "end_turn"}')
EVENTS = Reply(
    headers=(("Content-Type", "application/vnd.amazon.eventstream"),),
    framing="chunked",
    body=event("messageStop", b'{"stopReason":"end_turn"}'),
)
# The server ends the connection instead of responding.
GONE = Reply(cut=0, then="close")


def client(server: Server, **config: Any) -> Any:
    return fastbedrock.client(
        "bedrock-runtime",
        endpoint_url=server.url,
        config=fastbedrock.Config(**config),
        **SETTINGS,
    )


def converse(client: Any) -> dict[str, Any]:
    return client.converse(modelId="m", messages=[])["ResponseMetadata"]


def connections(server: Server) -> list[int]:
    """The number of the connection on which each request arrived."""
    return [request.connection for request in server.requests]


def responding_together(parties: int) -> Callable[[Request], Reply]:
    """Responds once this many requests wait for their response."""
    barrier = threading.Barrier(parties)

    def answer(_: Request) -> Reply:
        barrier.wait(DEADLINE)
        return OK

    return answer


def test_calls_are_not_limited_by_the_number_of_idle_connections() -> None:
    with Server(responding_together(12)) as server, ThreadPoolExecutor(12) as threads:
        one = client(server, max_pool_connections=2)
        for call in [threads.submit(converse, one) for _ in range(12)]:
            call.result(DEADLINE)
        assert sorted(connections(server)) == list(range(12))
        wait_for(lambda: server.open_connections == 2)
        # The two connections that are kept serve the next calls.
        server.answer = lambda _: OK
        for _ in range(4):
            converse(one)
        assert server.connections == 12
        one.close()
        wait_for(lambda: server.open_connections == 0)
        assert converse(one)["HTTPStatusCode"] == 200


def test_a_client_that_is_forgotten_closes_its_connections() -> None:
    with Server(lambda _: OK) as server:
        converse(client(server))
        wait_for(lambda: server.open_connections == 0)


def test_one_connection_serves_every_kind_of_response() -> None:
    replies = [OK, EVENTS, Reply(body=b"12345"), Reply(400), Reply(body=b"")] * 3
    with Server(per_connection(replies)) as server:
        one = client(server)
        for _ in range(3):
            converse(one)
            assert len(list(one.converse_stream(modelId="m", messages=[])["stream"])) == 1
            assert one.invoke_model(modelId="m", body=b"")["body"].read() == b"12345"
            with pytest.raises(one.exceptions.ClientError):
                converse(one)
            one.start_async_invoke(
                modelId="m", modelInput={}, outputDataConfig={"s3OutputDataConfig": {"s3Uri": "s"}}
            )
        assert connections(server) == [0] * 15


def test_threads_take_over_each_others_connection() -> None:
    with Server(lambda _: OK) as server:
        one = client(server)
        for _ in range(5):
            thread = threading.Thread(target=converse, args=(one,))
            thread.start()
            thread.join(DEADLINE)
        assert connections(server) == [0] * 5


@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_connection_closed_while_idle_is_replaced_without_a_retry(then: str) -> None:
    with Server(per_connection([OK, Reply(body=b"{}", then=then)], [OK])) as server:
        one = client(server)
        converse(one)
        converse(one)
        wait_for(lambda: server.open_connections == 0)
        assert converse(one)["RetryAttempts"] == 0
        assert connections(server) == [0, 0, 1]
        assert server.requests[-1].header("amz-sdk-request") == "attempt=1; max=3"


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_restarted_server_causes_no_error(tls: bool) -> None:
    with fastbedrock.local.serve(tls=tls) as server:
        one = fastbedrock.client(
            "bedrock-runtime",
            endpoint_url=server.endpoint_url,
            verify=False,
            **server.credentials,
        )
        one.converse(**HELLO)
        port = int(server.endpoint_url.rpartition(":")[2])
    with fastbedrock.local.serve(tls=tls, port=port) as server:
        assert one.converse(**HELLO)["ResponseMetadata"]["RetryAttempts"] == 0
        assert server.counters["connections_opened"] == 1


def test_a_fresh_connection_that_dies_is_a_failed_attempt() -> None:
    with Server(per_connection([GONE], [OK])) as server:
        assert converse(client(server))["RetryAttempts"] == 1
    with Server(per_connection([GONE])) as server:
        with pytest.raises(botocore.exceptions.ConnectionClosedError):
            converse(client(server, retries={"total_max_attempts": 2}))
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([[Reply(delay=1.05, cut=0, then="close")]], id="fresh"),
        pytest.param([[OK, Reply(delay=1.05, cut=0, then="close")]], id="reused"),
        pytest.param([[OK, Reply(cut=20, then="close")]], id="in the head"),
        pytest.param([[OK, Reply(cut=-1, then="close")]], id="in the body"),
    ],
)
def test_a_request_that_the_model_may_have_served_is_not_sent_again(
    script: Sequence[Sequence[Reply]],
) -> None:
    with Server(per_connection(*script, [OK])) as server:
        one = client(server)
        for _ in script[0][1:]:
            converse(one)
        with pytest.raises(botocore.exceptions.ConnectionClosedError):
            converse(one)
        assert len(server.requests) == len(script[0])
        assert converse(one)["RetryAttempts"] == 0


def test_a_long_upload_causes_no_read_timeout() -> None:
    """Twelve megabytes take longer than the read timeout, but no pause is as long as that."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(DEADLINE)
                head, left = b"", 0
                while left or not head:
                    data = connection.recv(1 << 17)
                    if not head:
                        head, _, data = data.partition(b"\r\n\r\n")
                        length = head.lower().partition(b"content-length: ")[2]
                        left = int(length.split(b"\r\n")[0])
                    left -= len(data)
                    time.sleep(0.006)
                connection.sendall(OK.message())

        thread = threading.Thread(target=serve)
        thread.start()
        one = fastbedrock.client(
            "bedrock-runtime",
            endpoint_url=f"http://127.0.0.1:{listener.getsockname()[1]}",
            config=fastbedrock.Config(read_timeout=0.5),
            **SETTINGS,
        )
        text = "x" * (12 << 20)
        answer = one.converse(modelId="m", messages=[{"role": "user", "content": [{"text": text}]}])
        assert answer["stopReason"] == "end_turn"
        thread.join(DEADLINE)


def test_a_slow_response_head_causes_no_read_timeout() -> None:
    length = len(OK.message())
    slow = Reply(body=OK.body, splits=range(20, length, 20), pause=0.3)
    with Server(lambda _: slow) as server:
        assert converse(client(server, read_timeout=1))["HTTPStatusCode"] == 200
