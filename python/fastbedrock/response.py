"""The body of a response that is read in parts, like botocore's StreamingBody."""

from __future__ import annotations

from io import IOBase

from fastbedrock._botocore import BotocoreInstance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Any


def complete_lines(text: bytes) -> tuple[list[bytes], bytes]:
    """The lines of a text that are complete, with their ends, and the rest of the text."""
    lines = text.splitlines(True)
    # A "\r" may be half of a "\r\n".
    rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
    return lines, rest


class StreamingBody(BotocoreInstance, IOBase):
    """The bytes of a response, read from the connection on demand.

    ``raw_stream`` has ``read(amt=None)``, ``readinto(buffer)``, ``tell()`` and ``close()``;
    ``content_length`` is the number of bytes that the server announced, or None. As a context
    manager it returns the raw stream, as botocore's does.
    """

    _BOTOCORE_CLASS = ("botocore.response", "StreamingBody")
    _DEFAULT_CHUNK_SIZE = 1024

    def __init__(self, raw_stream: Any, content_length: int | str | None) -> None:
        self._raw_stream = raw_stream
        self._content_length = content_length
        self._amount_read = 0

    def __del__(self) -> None:
        # IOBase would close the raw stream here, but it may outlive this object.
        pass

    def set_socket_timeout(self, timeout: float | None) -> None:
        """Set how many seconds a read may wait for the next bytes; None means no limit."""
        self._raw_stream.set_timeout(timeout)

    def readable(self) -> bool:
        """Whether the raw stream can be read."""
        readable = getattr(self._raw_stream, "readable", None)
        return bool(readable()) if readable else hasattr(self._raw_stream, "readinto")

    def read(self, amt: int | None = None) -> bytes:
        """Read at most ``amt`` bytes, or all that are left.

        Raises IncompleteReadError if the body ends before its announced length, and
        ReadTimeoutError or ResponseStreamingError if the connection fails.
        """
        chunk: bytes = self._raw_stream.read(amt)
        self._amount_read += len(chunk)
        if amt is None or (not chunk and amt > 0):
            self._verify_content_length()
        return chunk

    def readinto(self, b: Any) -> int:
        """Read into a writable buffer and return the number of bytes. Raises as :meth:`read`."""
        count: int = self._raw_stream.readinto(b)
        self._amount_read += count
        if count == 0 and len(b) > 0:
            self._verify_content_length()
        return count

    def readlines(self) -> list[bytes]:  # type: ignore[override]
        """Read the rest of the body as a list of lines."""
        if hasattr(self._raw_stream, "readlines"):
            lines: list[bytes] = self._raw_stream.readlines()
            return lines
        *full, last = self._raw_stream.read().split(b"\n")
        return [line + b"\n" for line in full] + ([last] if last else [])

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over chunks of 1024 bytes."""
        return self.iter_chunks(self._DEFAULT_CHUNK_SIZE)

    def __next__(self) -> bytes:
        """The next chunk of 1024 bytes."""
        chunk = self.read(self._DEFAULT_CHUNK_SIZE)
        if chunk:
            return chunk
        raise StopIteration()

    next = __next__

    def __enter__(self) -> Any:
        return self._raw_stream

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._raw_stream.close()

    def iter_lines(
        self, chunk_size: int = _DEFAULT_CHUNK_SIZE, keepends: bool = False
    ) -> Iterator[bytes]:
        """Iterate over lines. Each is returned as soon as it has arrived.

        ``chunk_size`` is the most bytes to read at a time. Raises as :meth:`read`.
        """
        pending = b""
        while chunk := self._read_arrived(chunk_size):
            lines, pending = complete_lines(pending + chunk)
            for line in lines:
                yield line.splitlines(keepends)[0]
        if pending:
            yield pending.splitlines(keepends)[0]

    def _read_arrived(self, amt: int) -> bytes:
        """At most ``amt`` bytes, without waiting for more than the first."""
        if not hasattr(self._raw_stream, "read1"):
            return self.read(amt)
        chunk: bytes = self._raw_stream.read1(amt)
        self._amount_read += len(chunk)
        if not chunk:
            self._verify_content_length()
        return chunk

    def iter_chunks(self, chunk_size: int = _DEFAULT_CHUNK_SIZE) -> Iterator[bytes]:
        """Iterate over chunks of ``chunk_size`` bytes."""
        while chunk := self.read(chunk_size):
            yield chunk

    def _verify_content_length(self) -> None:
        expected = self._content_length
        if expected is not None and self._amount_read != int(expected):
            from fastbedrock.exceptions import IncompleteReadError

            raise IncompleteReadError(actual_bytes=self._amount_read, expected_bytes=int(expected))

    def tell(self) -> int:
        """The number of bytes read so far."""
        position: int = self._raw_stream.tell()
        return position

    def close(self) -> None:
        """Close the connection. Later reads return no bytes."""
        self._raw_stream.close()
