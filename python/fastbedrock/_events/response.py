"""The responses that handlers of events see, with the attributes of botocore's."""

from __future__ import annotations

from io import BytesIO

from fastbedrock._botocore import BotocoreInstance
from fastbedrock._events.headers import HeadersDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any


class AWSResponse(BotocoreInstance):
    """The response to one request.

    ``raw`` is the body as a readable file. ``headers`` ignore the case of names.
    """

    _BOTOCORE_CLASS = ("botocore.awsrequest", "AWSResponse")

    def __init__(self, url: str, status_code: int, headers: Any, raw: Any) -> None:
        self.url = url
        self.status_code = status_code
        self.headers = HeadersDict(headers)
        self.raw = raw
        self._content: bytes | None = None

    @property
    def content(self) -> bytes:
        """The whole body. A streaming body is read to its end, and nothing is left for others."""
        if self._content is None:
            self._content = content_of(self.raw)
        return self._content

    @property
    def text(self) -> str:
        """The body as text, in the charset that the headers name or in UTF-8."""
        return self.content.decode(_charset(self.headers.get("content-type")) or "utf-8")


class _AwaitableBytes(bytes):
    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, bytes]:
        return bytes(self)
        yield


class _AwaitableText(str):
    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, str]:
        return str(self)
        yield


class AsyncAWSResponse(AWSResponse):
    """The response to a request of an asynchronous client.

    ``content`` and ``text`` can be awaited, as in aiobotocore, or used as they are.
    """

    @property
    def content(self) -> bytes:
        return _AwaitableBytes(super().content)

    @property
    def text(self) -> str:
        return _AwaitableText(super().text)


class ReadBody(BytesIO):
    """``raw`` of a response whose body was read already."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        while data := self.read(amt):
            yield data


def content_of(raw: Any) -> bytes:
    """All bytes of a raw body."""
    if isinstance(raw, bytes):
        return raw
    return b"".join(raw.stream()) if hasattr(raw, "stream") else bytes(raw.read())


def _charset(content_type: Any) -> str | None:
    if not content_type:
        return None
    from email.message import Message

    message = Message()
    message["content-type"] = content_type
    charset = message.get_param("charset")
    if isinstance(charset, str):
        return charset
    return "ISO-8859-1" if "text" in content_type else None
