"""A server in front of the local Bedrock that keeps the requests which it passes on."""

from __future__ import annotations

import http.client
import json
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from typing import Any

# What differs between two requests that mean the same: times, random numbers, the connection, and
# who asks.
_VARYING_HEADERS = {
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
}


class Recorder:
    """Passes HTTP/1.1 requests on to ``endpoint_url``, streams included, from a free loopback port.

    The signature of a request covers its ``Host``, which is passed on as it is.
    """

    def __init__(self, endpoint_url: str) -> None:
        address = urllib.parse.urlsplit(endpoint_url)
        self._requests: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = _body(self)
                # Jobs change the server's settings by requests of their own.
                if not self.path.startswith("/_local/"):
                    recorder._keep(self.command, self.path, self.headers, body)
                upstream = http.client.HTTPConnection(address.hostname or "", address.port)
                try:
                    upstream.putrequest(
                        self.command, self.path, skip_host=True, skip_accept_encoding=True
                    )
                    for name, value in self.headers.items():
                        if name.lower() not in ("transfer-encoding", "expect", "content-length"):
                            upstream.putheader(name, value)
                    upstream.putheader("Content-Length", str(len(body)))
                    upstream.endheaders(body)
                    # A client sends nothing before its response, so that this is its end.
                    if self.connection in select([upstream.sock, self.connection], [], [])[0]:
                        self.close_connection = True
                        return
                    response = upstream.getresponse()
                    self._pass_on(response)
                finally:
                    upstream.close()

            do_GET = do_PUT = do_DELETE = do_PATCH = do_POST

            def _pass_on(self, response: http.client.HTTPResponse) -> None:
                self.send_response_only(response.status, response.reason)
                for name, value in response.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection"):
                        self.send_header(name, value)
                is_chunked = response.getheader("Content-Length") is None
                if is_chunked:
                    self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                try:
                    while piece := response.read1(65536):
                        chunk = b"%x\r\n%b\r\n" % (len(piece), piece)
                        self.wfile.write(chunk if is_chunked else piece)
                    if is_chunked:
                        self.wfile.write(b"0\r\n\r\n")
                except ConnectionError:
                    # The client has left; closing the connection upstream tells the server.
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.endpoint_url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self) -> list[dict[str, Any]]:
        """The requests since the last call, as plain data without what varies."""
        with self._lock:
            requests, self._requests = self._requests, []
        return requests

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _keep(self, method: str, path: str, headers: Any, body: bytes) -> None:
        kept = {
            name.lower(): value
            for name, value in headers.items()
            # aiohttp and httpx send the Accept that means the same as none.
            if name.lower() not in _VARYING_HEADERS and (name.lower(), value) != ("accept", "*/*")
        }
        request = {"method": method, "path": path, "headers": kept, "body": _plain(body)}
        with self._lock:
            self._requests.append(request)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *arguments: Any) -> None:
        # A client that gives up a call or a stream may reset its connection.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*arguments)


def _body(handler: BaseHTTPRequestHandler) -> bytes:
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    body = b""
    while size := int(handler.rfile.readline(), 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


def _plain(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("latin-1")
