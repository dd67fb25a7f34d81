"""Requests through HTTP proxies, as the environment or the Config says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

import fastbedrock
import fastbedrock.local

MODEL = "amazon.nova-lite-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": "Hello"}]}]


class Proxy:
    """An HTTP proxy that remembers the heads of what it was asked."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            data = b""
            while b"\r\n\r\n" not in data:
                data += client.recv(65536)
            self.heads.append(data.split(b"\r\n\r\n")[0].decode())
            method, target, _ = self.heads[-1].splitlines()[0].split()
            if method == "CONNECT":
                host, port = target.rsplit(":", 1)
                data = data.split(b"\r\n\r\n", 1)[1]
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                host, port = target.removeprefix("http://").split("/")[0].rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                server.sendall(data)
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                _copy(client, server)
                back.join(5)

    def close(self) -> None:
        self.socket.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with closing(Proxy()) as proxy:
        yield proxy


def converse(server: fastbedrock.local.LocalBedrock, **options: object) -> None:
    client = fastbedrock.client(
        "bedrock-runtime",
        endpoint_url=server.endpoint_url,
        verify=server.ca_bundle,
        **server.credentials,
        **options,
    )
    answer = client.converse(modelId=MODEL, messages=MESSAGES)
    assert answer["output"]["message"]["role"] == "assistant"
    client.close()


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY"])
def test_a_tls_endpoint_is_reached_through_a_tunnel(proxy, monkeypatch, name):
    monkeypatch.setenv(name, proxy.url.replace("//", "//user:secret@"))
    with fastbedrock.local.serve(tls=True) as server:
        converse(server)
        head, *headers = proxy.heads[0].splitlines()
        assert head == f"CONNECT {server.endpoint_url.removeprefix('https://')} HTTP/1.1"
        assert "proxy-authorization: basic dXNlcjpzZWNyZXQ=".lower() in map(str.lower, headers)
        assert not any("aws4" in header.lower() for header in headers)


def test_a_plain_endpoint_is_asked_for_by_its_whole_url(proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", proxy.url)
    with fastbedrock.local.serve() as server:
        converse(server)
        assert proxy.heads[0].startswith(f"POST {server.endpoint_url}/model/")


def test_no_proxy_is_obeyed(proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with fastbedrock.local.serve() as server:
        converse(server)
    assert proxy.heads == []


def test_the_config_replaces_the_environment(proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with fastbedrock.local.serve() as server:
        converse(server, config=fastbedrock.Config(proxies={"http": proxy.url}))
        assert len(proxy.heads) == 1
        converse(server, config=fastbedrock.Config(proxies={}))
        assert len(proxy.heads) == 1


def test_a_dead_proxy_is_named_without_its_password(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://user:secret@127.0.0.1:1")
    config = fastbedrock.Config(retries={"total_max_attempts": 1})
    client = fastbedrock.client(
        "bedrock-runtime",
        endpoint_url="https://127.0.0.1:2",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=config,
    )
    with pytest.raises(fastbedrock.exceptions.ProxyConnectionError) as raised:
        client.converse(modelId=MODEL, messages=MESSAGES)
    assert "127.0.0.1:1" in str(raised.value)
    assert "secret" not in str(raised.value)
