"""Requests through HTTP proxies, as the environment or the Config says."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

import fastbedrock
import fastbedrock.local

MODEL = "amazon.nova-lite-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": "Hello"}]}]


ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """An HTTP proxy that remembers the heads of what it was asked."""

    def __init__(self, established: bytes = ESTABLISHED, tls: ssl.SSLContext | None = None) -> None:
        self.heads: list[str] = []
        self._established, self._tls = established, tls
        self.socket = socket.create_server(("127.0.0.1", 0))
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self._tls is not None:
            client = self._tls.wrap_socket(client, server_side=True)
        with client:
            data = b""
            while b"\r\n\r\n" not in data:
                data += client.recv(65536)
            self.heads.append(data.split(b"\r\n\r\n")[0].decode())
            method, target, _ = self.heads[-1].splitlines()[0].split()
            if method == "CONNECT":
                host, port = target.rsplit(":", 1)
                data = data.split(b"\r\n\r\n", 1)[1]
                client.sendall(self._established)
                if self._established.split(b" ")[1][:3] != b"200":
                    return
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


@pytest.mark.parametrize(
    "established",
    [
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", id="HTTP/1.0"),
        pytest.param(b"HTTP/1.1 200\r\n\r\n", id="no reason"),
        pytest.param(b"HTTP/1.1 200 OK\r\nVia: 1.1 a\r\n b\r\n\r\n", id="folded header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", id="broken header"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", id="length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n", id="20 KB"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X-Many: x\r\n" * 90 + b"\r\n", id="many headers"),
    ],
)
def test_a_tunnel_opens_however_the_proxy_words_it(established):
    with closing(Proxy(established)) as proxy, fastbedrock.local.serve(tls=True) as server:
        converse(server, config=fastbedrock.Config(proxies={"https": proxy.url}))
        assert len(proxy.heads) == 1


@pytest.mark.parametrize(
    "status", [b"403 Forbidden", b"407 Proxy Authentication Required", b"502 Bad"]
)
def test_a_tunnel_that_is_refused_is_the_proxys_error(status):
    answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\n\r\nnope"
    with closing(Proxy(answer)) as proxy, fastbedrock.local.serve(tls=True) as server:
        config = fastbedrock.Config(
            proxies={"https": proxy.url}, retries={"total_max_attempts": 1}, connect_timeout=5
        )
        with pytest.raises(fastbedrock.exceptions.ProxyConnectionError) as raised:
            converse(server, config=config)
        assert status.decode().split()[0] in raised.value.kwargs["error"]


@pytest.mark.parametrize("garbage", [b"", b"HTTP/1.1 200 OK\r\n", b"SSH-2.0-x\r\n\r\n"])
def test_a_proxy_that_speaks_no_http_is_the_proxys_error(garbage):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(65536)
                client.sendall(garbage)

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = fastbedrock.Config(
            proxies={"https": url}, retries={"total_max_attempts": 1}, connect_timeout=5
        )
        with fastbedrock.local.serve(tls=True) as server:
            with pytest.raises(fastbedrock.exceptions.ProxyConnectionError):
                converse(server, config=config)
