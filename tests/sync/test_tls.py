"""A client trusts the servers that boto3 trusts, and failed handshakes raise boto3's errors."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import pytest
import urllib3.exceptions

import fastbedrock.local
from failures import assert_same, client, outcome, raw_server, reset, send_bytes
from programs import DEADLINE, HELLO

Local = fastbedrock.local.LocalBedrock
pytestmark = pytest.mark.filterwarnings(
    f"ignore::{urllib3.exceptions.InsecureRequestWarning.__module__}.InsecureRequestWarning"
)


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    """A server that listens on all loopback addresses, with a certificate for 127.0.0.1 only."""
    with fastbedrock.local.serve(host="0.0.0.0", tls=True) as server:
        yield server


def port(local: Local) -> str:
    return local.endpoint_url.rpartition(":")[2]


def converse(library: Any, local: Local, endpoint_url: str | None = None, **arguments: Any) -> Any:
    url = endpoint_url or f"https://127.0.0.1:{port(local)}"
    return client(library, url, **local.credentials, **arguments).converse(**HELLO)["stopReason"]


def assert_refused(local: Local, *told: str, **arguments: Any) -> None:
    """Both raise SSLError, and ours has ``told`` in its text.

    The rest of the texts is OpenSSL's and rustls' own.
    """
    expected = outcome(boto3, lambda library: converse(library, local, **arguments))
    found = outcome(fastbedrock, lambda library: converse(library, local, **arguments))
    assert found["raised"] == expected["raised"] == "SSLError"
    assert found["caught as"] == expected["caught as"]
    start = re.compile(r"SSL validation failed for https://\S+/converse .")
    assert start.match(found["text"])[0][:-1] == start.match(expected["text"])[0][:-1]
    assert all(words in found["text"] for words in told)


@pytest.mark.parametrize("way", ["argument", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_is_trusted(local: Local, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = {}
    if way == "argument":
        arguments["verify"] = local.ca_bundle
    else:
        monkeypatch.setenv(way, str(local.ca_bundle))
    assert assert_same(lambda library: converse(library, local, **arguments)) == "end_turn"


def test_the_systems_authorities_do_not_trust_the_server(local: Local) -> None:
    assert_refused(local, "UnknownIssuer", "AWS_CA_BUNDLE")
    assert_refused(local, "UnknownIssuer", verify=True)


def test_nothing_is_verified_if_verify_is_off(local: Local) -> None:
    elsewhere = f"https://127.0.0.2:{port(local)}"
    for url in (None, elsewhere):
        verify_off = {"endpoint_url": url, "verify": False}
        assert assert_same(lambda lib, to=verify_off: converse(lib, local, **to)) == "end_turn"


def test_a_certificate_for_another_name_is_refused(local: Local) -> None:
    url = f"https://127.0.0.2:{port(local)}"
    assert_refused(local, "127.0.0.2", "not valid", endpoint_url=url, verify=local.ca_bundle)


def test_unusable_bundles_are_refused(local: Local, tmp_path: Path) -> None:
    missing, empty, odd = (tmp_path / name for name in ("missing", "empty", "odd"))
    empty.write_text("")
    odd.write_text("-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n")
    assert_refused(local, str(missing), "No such file", verify=str(missing))
    assert_refused(local, str(empty), "holds no certificate", verify=str(empty))
    assert_refused(local, str(odd), verify=str(odd))
    # A directory is refused, even if a file in it would do.
    (tmp_path / "vouches.pem").write_text(Path(local.ca_bundle).read_text())
    assert_refused(local, str(tmp_path), "Is a directory", verify=str(tmp_path))


def test_a_bundle_that_was_missing_is_used_once_it_exists(local: Local, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    client = fastbedrock.client(
        "bedrock-runtime",
        endpoint_url=local.endpoint_url,
        verify=str(bundle),
        config=fastbedrock.Config(retries={"total_max_attempts": 1}),
        **local.credentials,
    )
    with pytest.raises(fastbedrock.exceptions.SSLError):
        client.converse(**HELLO)
    bundle.write_text(Path(local.ca_bundle).read_text())
    assert client.converse(**HELLO)["stopReason"] == "end_turn"


def test_a_missing_bundle_does_not_matter_without_tls() -> None:
    with fastbedrock.local.serve() as server:
        arguments = {"endpoint_url": server.endpoint_url, "verify": "/no/such/file"}
        assert assert_same(lambda lib: converse(lib, server, **arguments)) == "end_turn"


def test_plain_http_to_a_tls_port(local: Local) -> None:
    url = f"http://127.0.0.1:{port(local)}"
    found = assert_same(lambda library: converse(library, local, endpoint_url=url))
    assert found["raised"] == "ConnectionClosedError"


def test_tls_to_a_port_of_another_protocol(local: Local) -> None:
    with fastbedrock.local.serve() as plain:
        assert_refused(local, endpoint_url=plain.endpoint_url.replace("http:", "https:"))
    assert_refused(
        local, endpoint_url=raw_server(send_bytes(b"220 smtp\r\n")).replace("http:", "https:")
    )


def test_a_reset_in_the_handshake(local: Local) -> None:
    url = raw_server(reset).replace("http:", "https:")
    found = assert_same(lambda library: converse(library, local, endpoint_url=url))
    assert found["raised"] == "ConnectionClosedError"


def test_a_silent_handshake_is_a_connect_timeout(local: Local) -> None:
    """boto3 raises a read timeout. But no model has run yet, so the call may be retried."""
    done = threading.Event()

    def stay_silent(connection: socket.socket) -> None:
        with connection:
            done.wait(DEADLINE)

    url = raw_server(stay_silent).replace("http:", "https:")
    with pytest.raises(botocore.exceptions.ConnectTimeoutError):
        converse(fastbedrock, local, endpoint_url=url, config={"connect_timeout": 0.2})
    done.set()
