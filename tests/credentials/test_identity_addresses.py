"""Container endpoints and instance metadata get boto3's requests: hosts, Host headers, targets."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import boto3
import pytest

import fastbedrock
from credential_services import ServiceSettings, answer_with, found_key_id
from http_servers import HttpServer, http_server
from settings_scenarios import outcome


class LoopbackV6(HttpServer):
    address_family = socket.AF_INET6
    host = "::1"

    @property
    def url(self) -> str:
        return f"http://[::1]:{self.server_address[1]}"


@pytest.mark.parametrize("source", ["container", "metadata"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "user:secret@127.0.0.1"])
def test_the_host_header_is_boto3s(
    source: str, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("A")) as service:
        _assert_same_host(
            source, service, service.url.replace("127.0.0.1", host), tmp_path, monkeypatch
        )


@pytest.mark.parametrize("source", ["container", "metadata"])
def test_the_host_header_of_an_ipv6_address_is_boto3s(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not socket.has_ipv6:
        pytest.skip("there is no IPv6")
    with http_server(answer_with("A"), LoopbackV6) as service:
        _assert_same_host(source, service, service.url, tmp_path, monkeypatch)


def _assert_same_host(
    source: str, service: HttpServer, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ServiceSettings(source, url, tmp_path, monkeypatch)
    hosts = []
    for module in (boto3, fastbedrock):
        service.seen.clear()
        assert found_key_id(module) == "A"
        hosts.append({headers["host"] for _, _, headers, _ in service.seen})
    assert hosts[0] == hosts[1]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.2", "localhost", "Localhost", "2130706433", "0x7f000001", "127.1",
     "0177.0.0.1", "localhost.", "example.invalid", "10.0.0.1", ""],
)  # fmt: skip
def test_hosts_of_a_container_are_those_of_boto3(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("A")) as service:
        # The server listens on 127.0.0.1 only, so it receives what resolves to that address.
        url = service.url.replace("127.0.0.1", host)
        ServiceSettings("container", url, tmp_path, monkeypatch)
        allowed = {}
        for module in (boto3, fastbedrock):
            service.seen.clear()
            told = found_key_id(module)
            allowed[module] = "Unsupported host" not in str(told)
            assert allowed[module] or not service.seen
    assert (
        allowed[boto3]
        == allowed[fastbedrock]
        == (host.lower().startswith(("127.0", "localhost")) and host != "localhost.")
    )


TARGETS = [
    "/a b",
    '/{x}|y"z',
    "/ü?q=ä&b=c",
    "/a^b`c\\d<e>",
    "/tab\there",
    "/x ",
    "/x\n",
    "/%7Bx%7D",
]
TARGETS += ["/a//b/../c/./d", "?only=query", "/x#fragment", "", "/"]


@pytest.mark.parametrize("target", TARGETS)
def test_the_target_of_a_container_is_boto3s(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("A")) as service:
        ServiceSettings("container", service.url, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", service.url + target)
        assert found_key_id(fastbedrock) == found_key_id(boto3) == "A"
        assert service.seen[0][1] == service.seen[1][1]


@pytest.mark.parametrize("role", ["role", "a role", "role\n", "rôle"])
def test_the_target_of_a_role_is_boto3s(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*request: Any) -> tuple[int, str]:
        reply: tuple[int, str] = answer_with("A")(*request)
        return (200, role) if reply == (200, "role") else reply

    targets = []
    with http_server(answer) as service:
        ServiceSettings("metadata", service.url, tmp_path, monkeypatch)
        for module in (boto3, fastbedrock):
            service.seen.clear()
            assert outcome(lambda used=module: used.Session().get_credentials().access_key) == "A"
            targets.append([path for _, path, *_ in service.seen])
    assert targets[0] == targets[1]
