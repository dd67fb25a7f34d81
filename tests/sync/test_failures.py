"""Calls without a response, and calls with mistaken arguments, raise boto3's errors."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import botocore.exceptions
import pytest

import fastbedrock.local
from differential import SETTINGS
from failures import assert_same, client, raw_server, reset, send_bytes
from programs import HELLO
from scripted_server import Reply, Server


def converse(endpoint_url: str, **arguments: Any) -> Callable[[Any], Any]:
    return lambda library: client(library, endpoint_url, **arguments).converse(**HELLO)


@pytest.fixture(scope="module")
def local() -> Iterator[fastbedrock.local.LocalBedrock]:
    with fastbedrock.local.serve() as server:
        yield server


def test_a_port_without_a_listener() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        found = assert_same(converse(url))
    assert found["raised"] == "EndpointConnectionError"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_listener_that_does_not_accept(scheme: str) -> None:
    with socket.socket() as listener, socket.socket() as filler:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        filler.connect(listener.getsockname())
        before = time.monotonic()
        url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        found = assert_same(converse(url, config={"connect_timeout": 0.3}))
        assert time.monotonic() - before < 2
    assert found["raised"] == "ConnectTimeoutError"


def test_a_silent_server() -> None:
    with Server(lambda _: Reply(cut=0)) as server:
        found = assert_same(converse(server.url, config={"read_timeout": 0.3}))
        assert found["raised"] == "ReadTimeoutError"
        assert len(server.requests) == 2


def test_read_timeouts_are_retried_only_on_request() -> None:
    """By default boto3 sends the request three times; each time the model may run and be billed."""
    retries = {"total_max_attempts": 3}
    for wanted, attempts in [(False, 1), (True, 3)]:
        with Server(lambda _: Reply(cut=0)) as server:
            config = fastbedrock.Config(
                read_timeout=0.1, retries=retries, retry_read_timeout=wanted
            )
            with pytest.raises(botocore.exceptions.ReadTimeoutError):
                client_with(server, config).converse(**HELLO)
            assert len(server.requests) == attempts


def client_with(server: Server, config: fastbedrock.Config) -> Any:
    return fastbedrock.client("bedrock-runtime", endpoint_url=server.url, config=config, **SETTINGS)


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(reset, id="reset"),
        pytest.param(send_bytes(b""), id="close"),
        pytest.param(send_bytes(b"SSH-2.0-OpenSSH_9.2\r\n"), id="another protocol"),
        pytest.param(send_bytes(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000), id="endless header"),
    ],
)
def test_a_response_that_is_not_http(work: Callable[[socket.socket], None]) -> None:
    assert assert_same(converse(raw_server(work)))["raised"] == "ConnectionClosedError"


def test_a_server_that_went_away() -> None:
    """After a successful call, the connection is closed, and a new one is refused."""

    def call(library: Any) -> Any:
        with fastbedrock.local.serve() as server:
            one = client(library, server.endpoint_url, **server.credentials)
            assert one.converse(**HELLO)["stopReason"] == "end_turn"
        return one.converse(**HELLO)

    assert assert_same(call)["raised"] == "EndpointConnectionError"


MISTAKES = {
    "name": {"modelid": "m"},
    "nested names": {"messages": [{"rol": "user", "content": [{"txt": "a"}]}]},
    "types": {"inferenceConfig": {"maxTokens": "10", "temperature": "hot", "stopSequences": "a"}},
    "missing": {"modelId": None},
    "empty": {"modelId": "", "messages": [{"role": "user", "content": {}}]},
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_wrong_arguments(local: fastbedrock.local.LocalBedrock, mistake: dict[str, Any]) -> None:
    url = local.endpoint_url
    found = assert_same(lambda library: client(library, url).converse(**{**HELLO, **mistake}))
    assert found["raised"] == "ParamValidationError"


def test_positional_arguments(local: fastbedrock.local.LocalBedrock) -> None:
    url = local.endpoint_url
    found = assert_same(lambda library: client(library, url).converse("model"))
    assert found["raised"] == "TypeError"


@pytest.mark.parametrize(
    ("region", "error"),
    [
        ("us east", "InvalidRegionError"),
        ("", "ClientError"),
        (None, "NoRegionError"),
    ],
)
def test_wrong_regions(
    local: fastbedrock.local.LocalBedrock, region: str | None, error: str
) -> None:
    arguments = {**local.credentials, "region_name": region}
    assert assert_same(converse(local.endpoint_url, **arguments))["raised"] == error


def test_wrong_keys(local: fastbedrock.local.LocalBedrock) -> None:
    arguments = {**local.credentials, "aws_secret_access_key": "wrong"}
    found = assert_same(converse(local.endpoint_url, **arguments))
    assert found["response"]["Error"]["Code"] == "InvalidSignatureException"


def test_an_operation_that_does_not_exist(local: fastbedrock.local.LocalBedrock) -> None:
    url = local.endpoint_url
    found = assert_same(lambda library: client(library, url).convers(**HELLO))
    assert found["raised"] == "AttributeError"
    # For an operation of another service, our error says more than boto3's.
    with pytest.raises(AttributeError, match="it is an operation of 'bedrock'"):
        client(fastbedrock, url).create_guardrail()
