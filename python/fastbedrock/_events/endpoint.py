"""``endpoint`` of the event ``needs-retry``."""

from __future__ import annotations

from weakref import ref

from fastbedrock._botocore import BotocoreInstance
from fastbedrock._events.attempts import send_request
from fastbedrock._events.emitter import run
from fastbedrock._replaced import PREPARE_REQUEST, bound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._core import Engine
    from fastbedrock._events.headers import HeadersDict
    from fastbedrock._events.hooks import Hooks
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

    def __init__(self, hooks: Hooks, endpoint_prefix: str) -> None:
        self.host = hooks.engine.endpoint_url
        self._hooks = ref(hooks)
        self._endpoint_prefix = endpoint_prefix
        self._event_emitter = hooks.emitter
        self.http_session = (AsyncHttpSession if hooks.is_async else HttpSession)(hooks.engine)

    def make_request(self, operation_model: Any, request_dict: dict[str, Any]) -> Any:
        """Make the attempts of a call: the last response, and the dict parsed from it."""
        return self._send_request(request_dict, operation_model)

    def _send_request(self, request_dict: dict[str, Any], operation_model: Any) -> Any:
        hooks = self._hooks()
        if hooks is None:
            raise ReferenceError("the client of this endpoint does not exist any more")
        steps = send_request(hooks, operation_model, request_dict)
        return steps if hooks.is_async else run(steps)

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
