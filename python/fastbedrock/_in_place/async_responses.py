"""Responses as aiobotocore returns them: its own classes of streams and bodies, over ours."""

from __future__ import annotations

import asyncio

from aiobotocore import response as _response
from aiobotocore.eventstream import AioEventStream as _AioEventStream

from fastbedrock import exceptions
from fastbedrock._in_place import timestamps
from fastbedrock._in_place.errors import of_transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any


class AioEventStream(_AioEventStream):
    """aiobotocore's stream, whose generator gets the events from the engine, parsed already."""

    async def _create_raw_event_generator(self) -> AsyncIterator[dict[str, Any]]:
        in_zones: Callable[[Any], Any] | None = self._parser
        events = aiter(self._raw_stream)
        while True:
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
            except Exception as error:
                failure = of_transport(error)
                break
            yield event if in_zones is None else in_zones(event)
        raise failure

    async def _parse_event(self, event: dict[str, Any]) -> dict[str, Any]:
        return event

    async def get_initial_response(self) -> Any:
        try:
            return await self._raw_stream.get_initial_response()
        except Exception as error:
            failure = of_transport(error)
        raise failure


class RawBody:
    """The raw stream under a body, with the attributes of aiohttp's response that bodies use."""

    def __init__(self, raw: Any, url: str) -> None:
        self._raw = raw
        self.url = url
        self.close = raw.close
        self.at_eof = raw.at_eof

    @property
    def content(self) -> RawBody:
        return self

    # The bodies of aiobotocore 2 enter the raw stream, whose block releases the connection.
    async def __aenter__(self) -> RawBody:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def read(self, amount: int = -1) -> bytes:
        try:
            chunk: bytes = await self._raw.read(None if amount < 0 else amount)
            return chunk
        except exceptions.ReadTimeoutError:
            failure: BaseException = asyncio.TimeoutError()  # of which the body makes its own error
        except Exception as error:
            failure = of_transport(error)
        raise failure


def event_streams(operation: Any) -> Callable[[Any], AioEventStream]:
    """A function that makes aiobotocore's stream of an operation from the engine's stream."""
    shape = operation.get_event_stream_output()
    in_zones = timestamps.converter(shape)
    return lambda ours: AioEventStream(ours, shape, in_zones, operation.name)


def streaming_bodies(url: str) -> Callable[[Any], Any]:
    """A function that makes aiobotocore's body from the engine's."""
    cls = getattr(_response, "AioStreamingBody", None) or _response.StreamingBody
    return lambda ours: cls(RawBody(ours.raw_stream, url), ours._content_length)
