"""The requests that handlers of events see and change, with the attributes of botocore's."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPMessage
from urllib.parse import urlencode, urlsplit

from fastbedrock._botocore import BotocoreInstance
from fastbedrock._events.headers import HeadersDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class HTTPHeaders(BotocoreInstance, HTTPMessage):
    """Headers of a request. Names ignore case; setting a header adds one, as in an e-mail."""

    _BOTOCORE_CLASS = ("botocore.compat", "HTTPHeaders")


class AWSRequest(BotocoreInstance):
    """A request before it is prepared: handlers may change every attribute.

    ``data`` is the body (bytes, text, a dict of form fields or a readable file), ``params`` are
    added to the query, and ``context`` is the dict that the handlers of one call share.
    """

    _BOTOCORE_CLASS = ("botocore.awsrequest", "AWSRequest")

    def __init__(
        self,
        method: str | None = None,
        url: str | None = None,
        headers: Mapping[str, Any] | None = None,
        data: Any = None,
        params: Any = None,
        auth_path: str | None = None,
        stream_output: bool = False,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = HTTPHeaders()
        for name, value in (headers or {}).items():
            self.headers[name] = value
        self.data = data
        self.params = {} if params is None else params
        self.auth_path = auth_path
        self.stream_output = stream_output
        self.context: dict[str, Any] = {}

    def prepare(self) -> AWSPreparedRequest:
        """The request in the form in which it is sent."""
        body = self._prepared_body()
        return AWSPreparedRequest(
            self.method,
            self._prepared_url(),
            self._prepared_headers(body),
            body,
            self.stream_output,
            self.context,
        )

    @property
    def body(self) -> Any:
        """The body that is sent; text as bytes."""
        body = self._prepared_body()
        return body.encode() if isinstance(body, str) else body

    def _prepared_url(self) -> str:
        url = self.url or ""
        if not self.params:
            return url
        params = self.params
        pairs = list(params.items()) if isinstance(params, Mapping) else params
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(pairs, doseq=True)}"

    def _prepared_body(self) -> Any:
        if self.data == b"":
            return None
        return urlencode(self.data, doseq=True) if isinstance(self.data, dict) else self.data

    def _prepared_headers(self, body: Any) -> HeadersDict:
        headers = HeadersDict(self.headers.items())
        is_framed = "Transfer-Encoding" in headers or "Content-Length" in headers
        if is_framed or self.method in ("GET", "HEAD", "OPTIONS"):
            return headers
        length = content_length(body)
        if length is None:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(length)
        return headers


class AWSPreparedRequest(BotocoreInstance):
    """A request as it is sent. Changes to it are not signed."""

    _BOTOCORE_CLASS = ("botocore.awsrequest", "AWSPreparedRequest")

    def __init__(
        self,
        method: str | None,
        url: str,
        headers: HeadersDict,
        body: Any,
        stream_output: bool,
        context: dict[str, Any] | None = None,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.stream_output = stream_output
        self.context = context

    def reset_stream(self) -> None:
        """Rewind a body that is a file, so that it can be sent again.

        Raises UnseekableStreamError if it cannot be rewound.
        """
        if self.body is None or isinstance(self.body, (bytes, str, bytearray)):
            return
        try:
            self.body.seek(0)
        except Exception:
            from fastbedrock.exceptions import UnseekableStreamError

            raise UnseekableStreamError(stream_object=self.body) from None

    def __repr__(self) -> str:
        return (
            f"<AWSPreparedRequest stream_output={self.stream_output}, method={self.method}, "
            f"url={self.url}, headers={self.headers}>"
        )


def content_length(body: Any) -> int | None:
    """The number of bytes in a body; None if the body does not tell it."""
    if not body:
        return 0
    if isinstance(body, str):
        return len(body.encode())
    try:
        return len(body)
    except (AttributeError, TypeError):
        pass
    if not (hasattr(body, "seek") and hasattr(body, "tell")):
        return None
    try:
        start = body.tell()
        body.seek(0, 2)
        end = body.tell()
        body.seek(start)
    except OSError:
        return None
    length: int = end - start
    return length


def bytes_of(body: Any) -> bytes:
    """The bytes of a body: of text, bytes, or a file, which is read from its current position."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if hasattr(body, "read"):
        return bytes_of(body.read())
    return b"".join(bytes_of(part) for part in body)
