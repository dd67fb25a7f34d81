"""A server for one response that the test writes step by step."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Any

from differential import SETTINGS
from programs import DEADLINE

EVENT_STREAM = "application/vnd.amazon.eventstream"


class ManualServer:
    """Reads one request, sends the head of a response, and then what :meth:`send` is given.

    ``length`` is the announced length of the body; without it, the body is chunked.
    """

    def __init__(self, content_type: str = EVENT_STREAM, length: int | None = None) -> None:
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        self._head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{framing}\r\n\r\n"
        self._is_chunked = length is None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(DEADLINE)
        self._connected = threading.Event()
        self._connection: socket.socket | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments for a client of this server."""
        port = self._listener.getsockname()[1]
        return {"endpoint_url": f"http://127.0.0.1:{port}", **SETTINGS}

    @property
    def connection(self) -> socket.socket:
        assert self._connected.wait(DEADLINE)
        assert self._connection is not None
        return self._connection

    def send(self, data: bytes) -> None:
        """Send a chunk of the body."""
        if self._is_chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self.connection.sendall(data)

    def finish(self) -> None:
        """End the body as HTTP requires."""
        if self._is_chunked:
            self.connection.sendall(b"0\r\n\r\n")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def reset(self) -> None:
        """Reset the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def wait_for_end(self, within: float = DEADLINE) -> None:
        """Wait until the client closes the connection. Raises TimeoutError if it does not."""
        self.connection.settimeout(within)
        with contextlib.suppress(ConnectionResetError):
            assert self.connection.recv(1) == b""

    def is_open(self) -> bool:
        """Whether the client has kept the connection open."""
        try:
            self.wait_for_end(0.001)
        except TimeoutError:
            return True
        return False

    def __enter__(self) -> ManualServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        if self._connection is not None:
            self._connection.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(DEADLINE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = connection.makefile("rb")
        length = 0
        while (line := reader.readline().strip()) != b"":
            name, _, value = line.partition(b": ")
            length = int(value) if name.lower() == b"content-length" else length
        reader.read(length)
        connection.sendall(self._head.encode())
        self._connection = connection
        self._connected.set()
