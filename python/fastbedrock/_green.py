"""Synchronous calls in programs that gevent or eventlet has patched, so that threads are green.

In such a program a call must not block its thread, because all green threads share it. So calls run
and bodies are read on the Rust core's own thread. This module waits for a pipe to become readable
with the library's own functions, so that other green threads run meanwhile. If an exception such as
``gevent.Timeout`` is thrown into the waiting green thread, the call ends and its request is
aborted.
"""

from __future__ import annotations

import sys
from io import RawIOBase
from types import SimpleNamespace

# Imported here, because an import can switch green threads, and that must not happen below a frame
# of the Rust core.
from fastbedrock import _core, errorfactory, exceptions
from fastbedrock._botocore import BotocoreInstance
from fastbedrock._slow import events, parse, serialize
from fastbedrock.response import StreamingBody

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Any

    # Waits until a descriptor is readable, or raises _WaitTimeout after that many seconds.
    _Wait = Callable[[int, float | None], object]

__all__ = [
    "call",
    "credentials",
    "errorfactory",
    "events",
    "parse",
    "send",
    "serialize",
    "start_thread",
    "waiting",
]


class _WaitTimeout(Exception):
    pass


def waiting() -> _Wait | None:
    """The function by which this program's green threads wait; None if the threads are real."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("socket"):
        from gevent.socket import wait_read

        return lambda fileno, timeout: wait_read(fileno, timeout, _WaitTimeout())
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("socket"):
        from eventlet.hubs import trampoline

        return lambda fileno, timeout: trampoline(
            fileno, read=True, timeout=timeout, timeout_exc=_WaitTimeout
        )
    return None


def start_thread(function: Callable[[], object]) -> Callable[[float], object] | None:
    """Run a function on a real thread.

    Returns a function that waits for the end, for at most the number of seconds passed to it. If
    :mod:`threading` makes real threads itself, this does nothing and returns None.
    """
    patched = _original_thread_module()
    if patched is None:
        return None
    running = patched.allocate_lock()
    running.acquire()

    def run() -> None:
        try:
            function()
        finally:
            running.release()

    patched.start_new_thread(run, ())

    def join(timeout: float) -> None:
        if running.acquire(timeout=timeout):
            running.release()

    return join


def _original_thread_module() -> Any:
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("_thread"):
        names = ("start_new_thread", "allocate_lock")
        return SimpleNamespace(**{name: monkey.get_original("_thread", name) for name in names})
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("thread"):
        return patcher.original("_thread")
    return None


def call(
    engine: _core.Engine, prepared: _core.PreparedCall, identity: _core.Identity | None, wait: _Wait
) -> dict[str, Any]:
    """Make a prepared call and return its response; raises as ``Engine.call`` does."""
    pending = engine.call_pending(prepared, identity)
    try:
        response = _next(pending, wait)
    finally:
        pending.close()
    if type(response) is not dict:  # a large response that is not decoded yet
        response = response()
    result: dict[str, Any] = response
    for key, value in result.items():
        if isinstance(value, _core.AsyncEventStream):
            result[key] = EventStream(value, wait)
        elif hasattr(value, "raw_stream"):
            result[key] = StreamingBody(RawBody(value.raw_stream, wait), value._content_length)
    return result


def send(pending: _core.Pending, wait: _Wait) -> tuple[int, list[tuple[str, str]], Any]:
    """Wait for the response to one request. Its body is bytes, a stream of events or a raw body."""
    try:
        status, headers, body = _next(pending, wait)
    finally:
        pending.close()
    if isinstance(body, _core.AsyncEventStream):
        body = EventStream(body, wait)
    elif isinstance(body, _core.AsyncRawBody):
        body = RawBody(body, wait)
    return status, headers, body


def credentials(engine: _core.Engine, wait: _Wait) -> dict[str, Any] | None:
    """Look up the engine's own credentials. Returns and raises as ``Engine.credentials`` does."""
    pending = engine.credentials_pending()
    try:
        found: dict[str, Any] | None = _next(pending, wait) or None
    finally:
        pending.close()
    return found


def _next(pending: _core.Pending, wait: _Wait, timeout: float | None = None) -> Any:
    while (value := pending.poll()) is None:
        wait(pending.fileno(), timeout)
    return value


class _Reader:
    """Lets one green thread at a time wait for a stream or body.

    gevent and eventlet do not allow two threads to wait for one socket either.
    """

    def __init__(self, stream: _core.AsyncEventStream | _core.AsyncRawBody, wait: _Wait) -> None:
        self._stream = stream
        self._wait = wait
        self._is_waiting = False

    def check(self) -> None:
        """Raise RuntimeError if another green thread waits."""
        if self._is_waiting:
            raise RuntimeError("another green thread is already waiting for this stream or body")

    def next(self, pending: _core.Pending, timeout: float | None = None) -> Any:
        """The next value. If the wait is interrupted, the request is aborted."""
        self.check()
        self._is_waiting = True
        try:
            return _next(pending, self._wait_or_abort, timeout)
        finally:
            self._is_waiting = False

    def _wait_or_abort(self, fileno: int, timeout: float | None) -> None:
        try:
            self._wait(fileno, timeout)
        except BaseException:
            # The traceback may keep the stream alive for a long time.
            self._stream.abandon()
            raise


class EventStream(BotocoreInstance):
    """The events of a ConverseStream or InvokeModelWithResponseStream call.

    Iterate over it for the events, each a dict with one key, the event's type. Iterating again
    continues after the last event.
    """

    _BOTOCORE_CLASS = ("botocore.eventstream", "EventStream")

    def __init__(self, stream: _core.AsyncEventStream, wait: _Wait) -> None:
        self._stream = stream
        self._pending = stream.pending()
        self._reader = _Reader(stream, wait)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            try:
                event: dict[str, Any] = self._reader.next(self._pending)
            except StopAsyncIteration:
                return
            yield event

    def get_initial_response(self) -> Any:
        """The first event, if it is an ``initial-response``; NoInitialResponseError otherwise."""
        return self._reader.next(self._stream.pending_initial_response())

    def close(self) -> None:
        """End the stream: a request that still runs is aborted, and a waiting ``next()`` ends."""
        self._stream.close()

    def __enter__(self) -> EventStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class RawBody(RawIOBase):
    """The raw stream under a ``StreamingBody``: a response body as a readable file."""

    def __init__(self, stream: _core.AsyncRawBody, wait: _Wait) -> None:
        self._stream = stream
        self._reader = _Reader(stream, wait)
        self._timeout: float | None = None
        # Bytes that readline() has read beyond the line's end.
        self._rest = b""
        self._position = 0

    def read(self, amt: int | None = None) -> bytes:
        """Read up to ``amt`` bytes, fewer only at the end; all that are left if it is None or
        negative.

        Raises ReadTimeoutError or ResponseStreamingError if the connection fails.
        """
        data = self._take(-1 if amt is None else amt)
        self._position += len(data)
        return data

    def read1(self, amt: int | None = None) -> bytes:
        """Read what has arrived, at most ``amt`` bytes. Waits only if nothing has arrived.

        Raises as :meth:`read` does.
        """
        most = sys.maxsize if amt is None or amt < 0 else amt
        if self._rest:
            data = self._take(min(most, len(self._rest)))
        else:
            data = self._next(self._stream.pending1(most))
        self._position += len(data)
        return data

    def _take(self, amt: int) -> bytes:
        self._reader.check()
        if 0 <= amt <= len(self._rest):
            data, self._rest = self._rest[:amt], self._rest[amt:]
            return data
        more = self._next(self._stream.pending(amt if amt < 0 else amt - len(self._rest)))
        data, self._rest = self._rest + more, b""
        return data

    def _next(self, pending: _core.Pending) -> bytes:
        try:
            data: bytes = self._reader.next(pending, self._timeout)
        except _WaitTimeout:
            raise exceptions.ReadTimeoutError(
                endpoint_url=None, error=f"no data for {self._timeout} s"
            ) from None
        return data

    def readinto(self, buffer: Any) -> int:
        """Read into a writable buffer of bytes and return how many were read."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def readline(self, size: int | None = None) -> bytes:
        """Read one line with its end; at most ``size`` bytes, unless it is None or negative."""
        most = sys.maxsize if size is None or size < 0 else size
        line = self._take(min(most, 1024))
        while b"\n" not in line and len(line) < most:
            more = self._take(min(most - len(line), len(line) or 1))
            if not more:
                break
            line += more
        end = line.find(b"\n") + 1 or len(line)
        line, self._rest = line[:end], line[end:] + self._rest
        self._position += len(line)
        return line

    def tell(self) -> int:
        """The number of bytes read so far."""
        return self._position

    def readable(self) -> bool:
        return True

    def set_timeout(self, timeout: float | None) -> None:
        """Set how many seconds a read may wait for the next bytes, if less than ``read_timeout``.

        None means ``read_timeout`` alone.
        """
        self._timeout = timeout

    def close(self) -> None:
        """Close the body: a request that still runs is aborted, and a waiting read ends."""
        self._rest = b""
        self._stream.close()
        super().close()
