"""The body of an asynchronous response, with the interface of aiobotocore's StreamingBody."""

from __future__ import annotations

from fastbedrock.response import complete_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from fastbedrock._core import AsyncRawBody


class AsyncStreamingBody:
    """The bytes of a response, read from the connection when they are awaited.

    ``content_length`` is the number of bytes that the server announced, or None. ``async with``
    closes the body at the end.
    """

    _DEFAULT_CHUNK_SIZE = 1024

    def __init__(self, raw_stream: AsyncRawBody, content_length: int | str | None) -> None:
        self._raw_stream = raw_stream
        self._content_length = content_length
        self._amount_read = 0

    @property
    def raw_stream(self) -> AsyncRawBody:
        """The stream under this object."""
        return self._raw_stream

    def readable(self) -> bool:
        """Whether there may be bytes left to read."""
        return not self._raw_stream.at_eof()

    async def read(self, amt: int | None = None) -> bytes:
        """Read at most ``amt`` bytes, or all that are left.

        Raises IncompleteReadError if the body ends before its announced length, and
        ReadTimeoutError or ResponseStreamingError if the connection fails.
        """
        chunk: bytes = await self._raw_stream.read(amt)
        self._amount_read += len(chunk)
        if amt is None or (not chunk and amt > 0):
            self._verify_content_length()
        return chunk

    async def readinto(self, b: bytearray) -> int:
        """Read into a writable buffer and return the number of bytes. Raises as :meth:`read`."""
        chunk = await self.read(len(b))
        b[: len(chunk)] = chunk
        return len(chunk)

    async def readlines(self) -> list[bytes]:
        """Read the rest of the body as a list of lines without their ends."""
        return [line async for line in self.iter_lines()]

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over chunks of 1024 bytes."""
        return self.iter_chunks(self._DEFAULT_CHUNK_SIZE)

    async def __anext__(self) -> bytes:
        """The next chunk of 1024 bytes."""
        chunk = await self.read(self._DEFAULT_CHUNK_SIZE)
        if chunk:
            return chunk
        raise StopAsyncIteration

    anext = __anext__

    async def iter_lines(
        self, chunk_size: int = _DEFAULT_CHUNK_SIZE, keepends: bool = False
    ) -> AsyncIterator[bytes]:
        """Iterate over lines. Each is returned as soon as it has arrived.

        ``chunk_size`` is the most bytes to read at a time. Raises as :meth:`read`.
        """
        pending = b""
        while chunk := await self._read_arrived(chunk_size):
            lines, pending = complete_lines(pending + chunk)
            for line in lines:
                yield line.splitlines(keepends)[0]
        if pending:
            yield pending.splitlines(keepends)[0]

    async def iter_chunks(self, chunk_size: int = _DEFAULT_CHUNK_SIZE) -> AsyncIterator[bytes]:
        """Iterate over chunks of ``chunk_size`` bytes."""
        while chunk := await self.read(chunk_size):
            yield chunk

    async def _read_arrived(self, amt: int) -> bytes:
        """At most ``amt`` bytes, without waiting for more than the first."""
        chunk: bytes = await self._raw_stream.read1(amt)
        self._amount_read += len(chunk)
        if not chunk:
            self._verify_content_length()
        return chunk

    def tell(self) -> int:
        """The number of bytes read so far."""
        return self._amount_read

    def close(self) -> None:
        """Close the connection. Later reads return no bytes."""
        self._raw_stream.close()

    async def aclose(self) -> None:
        """:meth:`close` as a coroutine."""
        self.close()

    async def __aenter__(self) -> AsyncStreamingBody:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _verify_content_length(self) -> None:
        expected = self._content_length
        if expected is not None and self._amount_read != int(expected):
            from fastbedrock.exceptions import IncompleteReadError

            raise IncompleteReadError(actual_bytes=self._amount_read, expected_bytes=int(expected))

    def __repr__(self) -> str:
        return f"<AsyncStreamingBody {self._amount_read} bytes read>"
