"""A scripted HTTP/1.1 server on loopback: it records requests, and sends any bytes in any parts."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from programs import DEADLINE

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """A request as it was received (text is decoded as Latin-1)."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    # The number of the connection, and of the request on it, from 0.
    connection: int
    turn: int
    # When the last byte was read, in seconds on the monotonic clock.
    time: float

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        found = (value for key, value in self.headers if key.lower() == name.lower())
        return next(found, None)


@dataclass(frozen=True)
class Reply:
    """One response, and how it is sent."""

    status: int = 200
    headers: Headers = (("Content-Type", "application/json"),)
    body: bytes = b"{}"
    # length: with a Content-Length; chunked: in chunks of ``chunks`` bytes; close: the body ends
    # with the connection; as-is: no header is added.
    framing: str = "length"
    chunks: int = 1 << 20
    # The whole message, instead of the fields above.
    raw: bytes | None = None
    # The message is written in parts that end at these offsets; the last part ends with it.
    splits: Sequence[int] = ()
    # Seconds before the first write, and between writes.
    delay: float = 0
    pause: float = 0
    # Only this many bytes of the message are written.
    cut: int | None = None
    # Afterwards keep, close (FIN) or reset (RST) the connection.
    then: str = "keep"

    def message(self) -> bytes:
        """Head and body as bytes."""
        if self.raw is not None:
            return self.raw
        headers, body = list(self.headers), self.body
        if self.framing == "length":
            headers.append(("Content-Length", str(len(body))))
        elif self.framing == "chunked":
            headers.append(("Transfer-Encoding", "chunked"))
            chunks = [body[at : at + self.chunks] for at in range(0, len(body), self.chunks)]
            body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
            body += b"0\r\n\r\n"
        elif self.framing == "close":
            headers.append(("Connection", "close"))
        lines = [f"HTTP/1.1 {self.status} Scripted", *(f"{k}: {v}" for k, v in headers), "", ""]
        return "\r\n".join(lines).encode("latin-1") + body

    def split_everywhere(self) -> list[Reply]:
        """This reply in two parts, once for each byte at which it can be cut."""
        return [replace(self, splits=(at,)) for at in range(1, len(self.message()))]


Answer = Callable[[Request], "Reply | None"]


def in_order(*replies: Reply) -> Answer:
    """One reply after another on any connection; the last one is repeated."""
    left = list(replies)
    lock = threading.Lock()

    def answer(_: Request) -> Reply:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return answer


def per_connection(*scripts: Sequence[Reply]) -> Answer:
    """A sequence of replies for each connection, which is closed at the end of the sequence."""

    def answer(request: Request) -> Reply | None:
        script = scripts[min(request.connection, len(scripts) - 1)]
        return script[request.turn] if request.turn < len(script) else None

    return answer


@dataclass
class Server:
    """Listens from construction until :meth:`close`; also a context manager.

    ``answer`` returns the reply to a request, or None to close the connection without one.
    """

    answer: Answer
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """The endpoint, e.g. ``http://127.0.0.1:12345``."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def open_connections(self) -> int:
        """How many connections neither side has closed."""
        with self._lock:
            return len(self._open)

    def play(self, *replies: Reply) -> None:
        """Forget the requests so far, and send these replies to the next ones in order."""
        self.answer = in_order(*replies)
        self.requests = []

    def close(self) -> None:
        """Close all connections and wait for the threads."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(DEADLINE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
            number, self.connections = self.connections, self.connections + 1
            thread = threading.Thread(target=self._serve, args=(connection, number), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        # If the client disconnects early, its test notices; the server need not fail.
        with contextlib.suppress(OSError, EOFError), connection:
            reader = _Reader(connection)
            turn = 0
            while True:
                request = reader.request(number, turn)
                self.requests.append(request)
                reply = self.answer(request)
                if reply is None or not _write(connection, reply):
                    break
                turn += 1
        with self._lock:
            self._open.discard(connection)


def _write(connection: socket.socket, reply: Reply) -> bool:
    """Send a reply; returns whether the connection is kept."""
    message = reply.message()[: reply.cut]
    time.sleep(reply.delay)
    start = 0
    for end in (*reply.splits, len(message)):
        if start:
            time.sleep(reply.pause)
        connection.sendall(message[start:end])
        start = max(start, end)
    if reply.then == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return reply.then == "keep" and reply.framing != "close"


class _Reader:
    """Reads requests from a connection. Raises EOFError at its end."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def request(self, connection: int, turn: int) -> Request:
        head = self._until(b"\r\n\r\n").decode("latin-1")
        line, *lines = head.split("\r\n")
        method, target, _ = line.split(" ")
        # A folded line continues the one before.
        unfolded = "\n".join(lines).replace("\n ", " ").replace("\n\t", "\t").split("\n")
        pairs = [line.split(":", 1) for line in unfolded if line]
        headers = [(name, value.strip(" \t")) for name, value in pairs]
        known: dict[str, Any] = {name.lower(): value for name, value in headers}
        if known.get("transfer-encoding", "").lower() == "chunked":
            body = self._chunks()
        else:
            body = self._exactly(int(known.get("content-length", 0)))
        return Request(method, target, headers, body, connection, turn, time.monotonic())

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n").split(b";")[0], 16):
            body += self._exactly(size)
            self._until(b"\r\n")
        while self._until(b"\r\n"):
            pass
        return body

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._fill()
        found, self._buffer = self._buffer.split(mark, 1)
        return found

    def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        found, self._buffer = self._buffer[:count], self._buffer[count:]
        return found

    def _fill(self) -> None:
        more = self._connection.recv(1 << 16)
        if not more:
            raise EOFError
        self._buffer += more
