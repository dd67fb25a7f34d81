"""HTTP servers on loopback, with a function that decides their responses."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any


class HttpServer(http.server.ThreadingHTTPServer):
    """Responds with the status and body that ``answer(method, path, headers, body)`` returns."""

    daemon_threads = True
    host = "127.0.0.1"

    def __init__(self, answer: Callable[[str, str, dict[str, str], str], tuple[int, str]]) -> None:
        super().__init__((self.host, 0), _Handler)
        self.answer = answer
        self.seen: list[tuple[str, str, dict[str, str], str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: HttpServer

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0))).decode()
        request = (self.command, self.path, headers, body)
        self.server.seen.append(request)
        status, text = self.server.answer(*request)
        self.send_response(status)
        content = text.encode()
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = _serve

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def http_server(
    answer: Callable[[str, str, dict[str, str], str], tuple[int, str]],
    kind: type[HttpServer] = HttpServer,
) -> Iterator[HttpServer]:
    server = kind(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
