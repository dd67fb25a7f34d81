"""TLS servers that present a certificate of the test data."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from programs import DEADLINE
from repository import ROOT

CERTIFICATES = ROOT / "tests" / "data" / "certificates"
OWN, TWIN = CERTIFICATES / "own_authority.pem", CERTIFICATES / "own_authority_twin.pem"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@contextlib.contextmanager
def tls_server(
    certificate: Path,
    prepare: Callable[[ssl.SSLContext], Any] = lambda context: None,
    address: str = "127.0.0.1",
) -> Iterator[str]:
    """The endpoint of a server that presents this certificate and responds to every request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    prepare(context)
    listener = socket.create_server((address, 0))

    def answer(connection: socket.socket) -> None:
        connection.settimeout(DEADLINE)
        with contextlib.suppress(OSError), connection:
            with context.wrap_socket(connection, server_side=True) as secure:
                request = b""
                while not request.endswith(b"}"):  # the end of the JSON body
                    piece = secure.recv(1 << 16)
                    if not piece:
                        return
                    request += piece
                secure.sendall(ANSWER)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"https://{address}:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
