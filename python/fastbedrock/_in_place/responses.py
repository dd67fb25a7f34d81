"""Responses as botocore returns them: its own classes of streams and bodies, over ours."""

from __future__ import annotations

from botocore.eventstream import EventStream as _EventStream
from botocore.response import StreamingBody

from fastbedrock._in_place import timestamps
from fastbedrock._in_place.errors import of_transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class EventStream(_EventStream):
    """botocore's stream, whose generator gets the events from the engine, parsed already.

    Iterating and closing are botocore's methods, for those who replace them.
    """

    def _create_raw_event_generator(self) -> Iterator[dict[str, Any]]:
        in_zones: Callable[[Any], Any] | None = self._parser
        events = iter(self._raw_stream)
        while True:
            try:
                event = next(events)
            except StopIteration:
                return
            except Exception as error:
                failure = of_transport(error)
                break
            yield event if in_zones is None else in_zones(event)
        raise failure

    def _parse_event(self, event: dict[str, Any]) -> dict[str, Any]:
        return event

    def get_initial_response(self) -> Any:
        try:
            return self._raw_stream.get_initial_response()
        except Exception as error:
            failure = of_transport(error)
        raise failure


class RawBody:
    """The raw stream under a body: the engine's, which raises botocore's errors here.

    botocore's StreamingBody sets a timeout by ``_fp.fp.raw._sock``, a path through urllib3.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._raw, name)
        if not callable(found) or name == "close":
            return found
        method = _raising_errors_of_botocore(found)
        setattr(self, name, method)
        return method

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk: bytes = self.__getattr__("__next__")()
        return chunk

    def __enter__(self) -> RawBody:
        return self

    def __exit__(self, *exception: object) -> None:
        self._raw.close()

    @property
    def _fp(self) -> RawBody:
        return self

    fp = raw = _sock = _fp

    def settimeout(self, timeout: float | None) -> None:
        self._raw.set_timeout(timeout)


def _raising_errors_of_botocore(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        try:
            return method(*args)
        except StopIteration:
            raise
        except Exception as error:
            failure = of_transport(error)
        raise failure

    return call


def event_streams(operation: Any) -> Callable[[Any], EventStream]:
    """A function that makes botocore's stream of an operation from the engine's stream."""
    shape = operation.get_event_stream_output()
    in_zones = timestamps.converter(shape)
    return lambda ours: EventStream(ours, shape, in_zones, operation.name)


def streaming_body(ours: Any) -> StreamingBody:
    """botocore's body, over the raw stream of the engine's body."""
    return StreamingBody(RawBody(ours._raw_stream), ours._content_length)
