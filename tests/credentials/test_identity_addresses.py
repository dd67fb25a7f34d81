"""Addresses of container endpoints and instance metadata: which are asked, under which Host header
and which target, against boto3."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import boto3
import pytest

import fastbedrock
from identity_places import Settings, answer_with, found
from scenarios import Loopback, outcome, serving


class LoopbackV6(Loopback):
    address_family = socket.AF_INET6
    host = "::1"

    @property
    def url(self) -> str:
        return f"http://[::1]:{self.server_address[1]}"


@pytest.mark.parametrize("place", ["container", "metadata"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "user:secret@127.0.0.1"])
def test_the_host_header_is_boto3s(
    place: str, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer_with("A")) as service:
        _assert_same_host(
            place, service, service.url.replace("127.0.0.1", host), tmp_path, monkeypatch
        )


@pytest.mark.parametrize("place", ["container", "metadata"])
def test_the_host_header_of_an_ipv6_address_is_boto3s(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not socket.has_ipv6:
        pytest.skip("there is no IPv6")
    with serving(answer_with("A"), LoopbackV6) as service:
        _assert_same_host(place, service, service.url, tmp_path, monkeypatch)


def _assert_same_host(
    place: str, service: Loopback, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Settings(place, url, tmp_path, monkeypatch)
    hosts = []
    for module in (boto3, fastbedrock):
        service.seen.clear()
        assert found(module) == "A"
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
    with serving(answer_with("A")) as service:
        # Listens at 127.0.0.1 alone: what resolves to it would be heard.
        url = service.url.replace("127.0.0.1", host)
        Settings("container", url, tmp_path, monkeypatch)
        allowed = {}
        for module in (boto3, fastbedrock):
            service.seen.clear()
            told = found(module)
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
    with serving(answer_with("A")) as service:
        Settings("container", service.url, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", service.url + target)
        assert found(fastbedrock) == found(boto3) == "A"
        assert service.seen[0][1] == service.seen[1][1]


@pytest.mark.parametrize("role", ["role", "a role", "role\n", "rôle"])
def test_the_target_of_a_role_is_boto3s(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*request: Any) -> tuple[int, str]:
        reply: tuple[int, str] = answer_with("A")(*request)
        return (200, role) if reply == (200, "role") else reply

    targets = []
    with serving(answer) as service:
        Settings("metadata", service.url, tmp_path, monkeypatch)
        for module in (boto3, fastbedrock):
            service.seen.clear()
            assert outcome(lambda used=module: used.Session().get_credentials().access_key) == "A"
            targets.append([path for _, path, *_ in service.seen])
    assert targets[0] == targets[1]
