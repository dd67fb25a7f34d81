"""``endpoint`` of the event ``needs-retry``."""

from __future__ import annotations

from fastbedrock._botocore import BotocoreInstance
from fastbedrock._replaced import PREPARE_REQUEST, bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._core import Engine
    from fastbedrock._events.emitter import Emitter
    from fastbedrock._events.headers import HeadersDict
    from fastbedrock._events.request import AWSPreparedRequest, AWSRequest


class HttpSession:
    """The connections of a client."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> Any:
        """Close the idle connections."""
        self._engine.close()


class AsyncHttpSession(HttpSession):
    async def close(self) -> None:
        """Close the idle connections."""
        super().close()


class Endpoint(BotocoreInstance):
    """Where the requests of a client go."""

    _BOTOCORE_CLASS = ("botocore.endpoint", "Endpoint")

    def __init__(self, engine: Engine, endpoint_prefix: str, emitter: Emitter) -> None:
        self.host = engine.endpoint_url
        self._endpoint_prefix = endpoint_prefix
        self._event_emitter = emitter
        self.http_session = (AsyncHttpSession if emitter.is_async else HttpSession)(engine)

    def prepare_request(self, request: AWSRequest) -> AWSPreparedRequest:
        """The request in the form in which it is sent. The values of headers become bytes."""
        patch = PREPARE_REQUEST.patch()
        if patch is not None:
            # It ends in botocore's own function, which calls _encode_headers and request.prepare.
            patched: AWSPreparedRequest = bound(patch, self)(request)
            return patched
        given = [name for name, value in request.headers.items() if isinstance(value, str)]
        prepared = request.prepare()
        for name in given:
            value = prepared.headers[name]
            prepared.headers[name] = value.encode() if isinstance(value, str) else value
        return prepared

    def _encode_headers(self, headers: HeadersDict) -> None:
        for name, value in headers.items():
            if isinstance(value, str):
                headers[name] = value.encode()

    def close(self) -> Any:
        """Close the idle connections."""
        return self.http_session.close()

    def __repr__(self) -> str:
        return f"{self._endpoint_prefix}({self.host})"
