"""Requests through the HTTP proxies that the environment or the Config names."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import boto3
import botocore.config
import botocore.httpsession
import botocore.utils
import pytest

import fastbedrock
import fastbedrock.local
from differential import SETTINGS
from faces import both_faces
from scripted_server import Reply, Server, in_order
from tls_servers import OWN

MODEL = "amazon.nova-lite-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": "Hello"}]}]


ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """An HTTP proxy that records the head of each request."""

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
            try:
                client = self._tls.wrap_socket(client, server_side=True)
            except OSError:  # the client does not trust the proxy
                return
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


def test_a_plain_endpoint_is_requested_by_its_whole_url(proxy, monkeypatch):
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


def test_the_error_of_a_dead_proxy_names_it_without_the_password(monkeypatch):
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
def test_a_tunnel_opens_with_any_status_line_of_success(established):
    with closing(Proxy(established)) as proxy, fastbedrock.local.serve(tls=True) as server:
        converse(server, config=fastbedrock.Config(proxies={"https": proxy.url}))
        assert len(proxy.heads) == 1


@pytest.mark.parametrize(
    "status", [b"403 Forbidden", b"407 Proxy Authentication Required", b"502 Bad"]
)
def test_a_refused_tunnel_is_a_proxy_error(status):
    answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 4\r\n\r\nnope"
    with closing(Proxy(answer)) as proxy, fastbedrock.local.serve(tls=True) as server:
        config = fastbedrock.Config(
            proxies={"https": proxy.url}, retries={"total_max_attempts": 1}, connect_timeout=5
        )
        with pytest.raises(fastbedrock.exceptions.ProxyConnectionError) as raised:
            converse(server, config=config)
        assert status.decode().split()[0] in raised.value.kwargs["error"]


@pytest.mark.parametrize("garbage", [b"", b"HTTP/1.1 200 OK\r\n", b"SSH-2.0-x\r\n\r\n"])
def test_a_proxy_that_speaks_no_http_is_a_proxy_error(garbage):
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


# {at} is the address of a listening proxy.
URLS = [
    "http://{at}", "//{at}", "{at}", "https:{at}", "http:/{at}", "http:///{at}", "HTTP://{at}",
    " http://{at}", "http://{at} ", "http://{at}\n", "\thttp://{at}\r", "http://{at}/",
    "http://{at}/path?query#fragment", "http://user:secret@{at}", "user:secret@{at}",
    "http://user:se^cret@{at}", "http://user:se|cret@{at}", 'http://user:se"cret@{at}',
    "http://user:se cret@{at}", "http://user:se%20cret@{at}", "http://user:secret%40@{at}",
    "http://user:secret@x@{at}", "http://user:secret:x@{at}", "http://user:secret%@{at}",
    "http://user:secret\tx@{at}", "http://CORP%5Cuser:secret@{at}", "http://CORP\\user:secret@{at}",
    "http://user@{at}", "http://user:@{at}", "http://:secret@{at}", "http://@{at}",
    "http://user:s\u00e9cret@{at}", "http://user:s%C3%A9cret@{at}", "http://user:secret/x@{at}",
    "http://user:12/secret@{at}", "http://user:12#secret@{at}", "http://user:secret?@{at}",
    "ftp://user:secret@{at}", "socks5://{at}", "http//{at}", "://{at}", "{{proxy}}", "http://",
    "http:", "https:", " ", "http://proxy host:1", "http://127.0.0.1:abc", "http://127.0.0.1:65536",
    "http://127.0.0.1:-1", "http://127.0.0.1:0", "http://pr\u00f6xy:1",
]  # fmt: skip
# Unlike boto3, we accept white space around a URL and a scheme in capitals.
TOLERATED = [" http://{at}", "http://{at} ", "http://{at}\n", "\thttp://{at}\r", "HTTP://{at}"]


def authorization_of_boto3(url: str, address: str) -> str | None:
    """The Proxy-Authorization that boto3 sends to this address; None if it does not use a proxy."""
    asked = botocore.httpsession.ProxyConfiguration({"http": url})
    try:
        fixed = asked.proxy_url_for("http://endpoint")
        headers = asked.proxy_headers_for(fixed)
        proxy = botocore.httpsession.proxy_from_url(fixed).proxy
    except Exception:
        return None
    used = f"{proxy.host}:{proxy.port}" == address and proxy.scheme == "http"
    return headers.get("Proxy-Authorization", "") if used else None


@both_faces
@pytest.mark.parametrize("source", ["Config", "http_proxy", "HTTP_PROXY", "Http_Proxy"])
def test_a_proxy_is_used_as_boto3_uses_it_or_refused(source, face, monkeypatch):
    with Server(in_order(Reply())) as proxy, Server(in_order(Reply())) as endpoint:
        address = proxy.url.removeprefix("http://")
        for text in URLS:
            url = text.format(at=address)
            options: dict[str, object] = {"retries": {"total_max_attempts": 1}}
            if source == "Config":
                options["proxies"] = {"http": url}
            else:
                monkeypatch.setenv(source, url)
            proxy.requests.clear()
            try:
                ask(face, endpoint.url, fastbedrock.Config(**options))
            except ValueError as error:
                told = str(error)
                assert ("proxies['http']" if source == "Config" else source) in told, text
                assert "secret" not in told, text
                assert "cret" not in repr(error), text
            login = "" if text in TOLERATED else authorization_of_boto3(url, address)
            used = [request.header("Proxy-Authorization") or "" for request in proxy.requests]
            assert used == ([] if login is None else [login]), text
            assert endpoint.requests == [], f"{text!r} was passed by"


def ask(face: str, url: str, config: fastbedrock.Config) -> None:
    arguments = {"endpoint_url": url, "config": config, **SETTINGS}
    if face == "sync":
        fastbedrock.client("bedrock-runtime", **arguments).converse(modelId="m", messages=[])
        return

    async def converse() -> None:
        async with fastbedrock.async_client("bedrock-runtime", **arguments) as client:
            await client.converse(modelId="m", messages=[])

    asyncio.run(converse())


@pytest.mark.parametrize(
    ("proxies", "error"),
    [
        ("http://proxy", "proxies must be a dict, not str"),
        (["http://proxy"], "proxies must be a dict, not list"),
        ({"https": 3128}, "proxies['https'] must be a str, not int"),
        ({"https": b"http://proxy"}, "proxies['https'] must be a str, not bytes"),
    ],
)
def test_proxies_of_another_type_are_refused(proxies, error):
    config = fastbedrock.Config(proxies=proxies)
    with pytest.raises(TypeError, match=re.escape(error)):
        fastbedrock.client("bedrock-runtime", config=config, **SETTINGS)


def test_a_proxy_for_an_unused_scheme_is_warned_of():
    config = fastbedrock.Config(proxies={"https": "http://proxy", "no": "localhost", "ftp": ""})
    with pytest.warns(UserWarning, match=r"without effect.*: proxies\['no'\]$"):
        fastbedrock.client("bedrock-runtime", config=config, **SETTINGS)


def test_no_proxy_is_read_as_by_boto3(monkeypatch):
    monkeypatch.setenv("http_proxy", "ftp://unusable")
    for host in ("127.0.0.1:80", "127.0.0.1", "bedrock.corp", "bedrock.corp:8080", "notcorp"):
        for text in (
            "*", "*,x", "x, *", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:81", "corp", ".corp",
            "CORP", " corp ,", "*.corp", "corp:8080", "..corp", "bedrock.corp.", "", ",", "0.0.1",
        ):  # fmt: skip
            monkeypatch.setenv("no_proxy", text)
            url = f"http://{host}"
            expected = not botocore.utils.get_environ_proxies(url)
            assert goes_directly(url) == expected, (text, host)


def goes_directly(url: str) -> bool:
    """Whether the client, whose proxy is unusable, can be made: it does not need the proxy then."""
    try:
        fastbedrock.client("bedrock-runtime", endpoint_url=url, **SETTINGS)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("library", [boto3, fastbedrock], ids=["boto3", "fastbedrock"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain endpoint", "TLS endpoint"])
def test_a_proxy_may_speak_tls(library, tls, tmp_path):
    """The proxy's certificate is verified against the same bundle as the endpoint's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OWN)
    with closing(Proxy(tls=context)) as proxy, fastbedrock.local.serve(tls=tls) as server:
        bundle = tmp_path / "bundle.pem"
        own = Path(server.ca_bundle).read_text() if tls else ""
        bundle.write_text(OWN.read_text() + own)
        url = proxy.url.replace("//", "//user:secret@")
        client = library.client(
            "bedrock-runtime",
            endpoint_url=server.endpoint_url,
            verify=str(bundle),
            config=botocore.config.Config(proxies={"http": url, "https": url}),
            **server.credentials,
        )
        assert client.converse(modelId=MODEL, messages=MESSAGES)["stopReason"] == "end_turn"
        head, *headers = proxy.heads[0].splitlines()
        assert head.split()[0] == ("CONNECT" if tls else "POST")
        assert "proxy-authorization: basic dXNlcjpzZWNyZXQ=".lower() in map(str.lower, headers)
        client.close()


@both_faces
def test_a_proxy_whose_certificate_is_unknown_is_refused(face):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OWN)
    with closing(Proxy(tls=context)) as proxy, Server(in_order(Reply())) as endpoint:
        config = fastbedrock.Config(
            proxies={"http": proxy.url}, retries={"total_max_attempts": 1}, connect_timeout=5
        )
        with pytest.raises(fastbedrock.exceptions.SSLError):
            ask(face, endpoint.url, config)
        assert endpoint.requests == []
