"""``endpoint`` of the event ``needs-retry``."""

from __future__ import annotations

from fastbedrock._botocore import BotocoreInstance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fastbedrock._events.emitter import Emitter
    from fastbedrock._events.request import AWSPreparedRequest, AWSRequest


class Endpoint(BotocoreInstance):
    """Where the requests of a client go."""

    _BOTOCORE_CLASS = ("botocore.endpoint", "Endpoint")

    def __init__(self, host: str, endpoint_prefix: str, emitter: Emitter) -> None:
        self.host = host
        self._endpoint_prefix = endpoint_prefix
        self._event_emitter = emitter

    def prepare_request(self, request: AWSRequest) -> AWSPreparedRequest:
        """The request in the form in which it is sent. The values of headers become bytes."""
        given = [name for name, value in request.headers.items() if isinstance(value, str)]
        prepared = request.prepare()
        for name in given:
            value = prepared.headers[name]
            prepared.headers[name] = value.encode() if isinstance(value, str) else value
        return prepared

    def __repr__(self) -> str:
        return f"{self._endpoint_prefix}({self.host})"
