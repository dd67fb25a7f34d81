"""What nearly every program does with a reply of Converse: take its text, or collect its stream.

The functions work on boto3's dicts and return boto3's dicts, so they also take the responses of
boto3's and aiobotocore's clients. Those for asynchronous streams begin with an ``a``.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from typing import Any


def reply_text(response: Mapping[str, Any]) -> str:
    """The text of a response of ``converse``, without reasoning and calls of tools.

    The texts of several content blocks follow each other. Empty if the model wrote no text, e.g.
    because it only calls a tool.
    """
    output = _part(response, "output", "reply_text needs a response of converse, with an 'output'")
    message = output.get("message") or {}
    return "".join(_block_text(block) for block in message.get("content", ()))


def stream_text(response: Mapping[str, Any]) -> Iterator[str]:
    """The text of a response of ``converse_stream``, piece by piece as it arrives.

    Without reasoning and calls of tools. The stream is closed at the end, and when the iteration is
    given up. Raises what the stream raises.
    """
    stream = _stream(response, "__iter__", "this stream is asynchronous: use astream_text")
    try:
        for event in stream:
            text = _event_text(event)
            if text:
                yield text
    finally:
        _close(stream)


async def astream_text(response: Mapping[str, Any]) -> AsyncIterator[str]:
    """:func:`stream_text` for a response of an asynchronous client."""
    stream = _stream(response, "__aiter__", "this stream is synchronous: use stream_text")
    try:
        async for event in stream:
            text = _event_text(event)
            if text:
                yield text
    finally:
        _close(stream)


def collect_stream(response: Mapping[str, Any]) -> dict[str, Any]:
    """Read a response of ``converse_stream`` to its end. ``{"stream": events}`` will do, too.

    Returns the dict that ``converse`` would have returned: ``output`` with the whole message
    (texts, reasoning, citations, images, and calls of tools with their arguments as objects),
    ``stopReason``, ``usage``, ``metrics`` and ``ResponseMetadata``. If a model stops in the middle
    of a tool's arguments, these stay a string. Raises what the stream raises.
    """
    reply = _Reply()
    stream = _stream(response, "__iter__", "this stream is asynchronous: use acollect_stream")
    try:
        for event in stream:
            reply.add(event)
    finally:
        _close(stream)
    return reply.response(response.get("ResponseMetadata"))


async def acollect_stream(response: Mapping[str, Any]) -> dict[str, Any]:
    """:func:`collect_stream` for a response of an asynchronous client."""
    reply = _Reply()
    stream = _stream(response, "__aiter__", "this stream is synchronous: use collect_stream")
    try:
        async for event in stream:
            reply.add(event)
    finally:
        _close(stream)
    return reply.response(response.get("ResponseMetadata"))


def _stream(response: Any, kind: str, otherwise: str) -> Any:
    needed = "the whole response of converse_stream is needed, with its 'stream'"
    stream = _part(response, "stream", needed)
    # An asynchronous stream has an __iter__ that says what to do.
    if not hasattr(stream, kind) or (kind == "__iter__" and hasattr(stream, "__aiter__")):
        raise TypeError(otherwise)
    return stream


def _part(response: Any, name: str, needed: str) -> Any:
    if isinstance(response, Coroutine):
        raise TypeError(f"await the call: {response} is not its response yet")
    if not isinstance(response, Mapping):
        raise TypeError(f"{needed}, not {type(response).__name__}")
    if name not in response:
        raise TypeError(f"{needed}; this dict has {', '.join(map(str, response)) or 'nothing'}")
    return response[name]


def _close(stream: Any) -> None:
    # Events that have been kept in a list are a stream, too.
    if hasattr(stream, "close"):
        stream.close()


def _block_text(block: Mapping[str, Any]) -> str:
    if "citationsContent" in block:
        content = block["citationsContent"].get("content", ())
        return "".join(part.get("text", "") for part in content)
    text: str = block.get("text", "")
    return text


def _event_text(event: Mapping[str, Any]) -> str:
    delta = event.get("contentBlockDelta", {}).get("delta", {})
    text: str = delta.get("text", "")
    return text


class _Reply:
    """The response of one stream, as far as its events have arrived."""

    def __init__(self) -> None:
        self._role = "assistant"
        self._blocks: dict[int, _Block] = {}
        self._end: dict[str, Any] = {}
        self._metadata: dict[str, Any] = {}

    def add(self, event: Mapping[str, Any]) -> None:
        for kind, content in event.items():
            if kind == "messageStart":
                self._role = content["role"]
            elif kind == "contentBlockStart":
                self._block(content).start.update(content["start"])
            elif kind == "contentBlockDelta":
                self._block(content).add(content["delta"])
            elif kind == "messageStop":
                self._end.update(content)
            elif kind == "metadata":
                self._metadata.update(content)

    def _block(self, event: Mapping[str, Any]) -> _Block:
        return self._blocks.setdefault(event["contentBlockIndex"], _Block())

    def response(self, metadata: Any) -> dict[str, Any]:
        content = [self._blocks[index].content() for index in sorted(self._blocks)]
        response: dict[str, Any] = {} if metadata is None else {"ResponseMetadata": metadata}
        response["output"] = {"message": {"role": self._role, "content": content}}
        given = {**self._end, **self._metadata}
        for name in ("stopReason", "usage", "metrics"):
            if name in given:
                response[name] = given.pop(name)
        return {**response, **given}


class _Block:
    """One content block of a reply."""

    def __init__(self) -> None:
        self.start: dict[str, Any] = {}
        self._texts: list[str] = []
        self._input: list[str] = []
        self._reasoning: dict[str, Any] = {}
        self._citations: list[Any] = []
        self._results: list[Any] = []
        self._image: dict[str, Any] = {}

    def add(self, delta: Mapping[str, Any]) -> None:
        for kind, value in delta.items():
            if kind == "text":
                self._texts.append(value)
            elif kind == "toolUse":
                self._input.append(value["input"])
            elif kind == "reasoningContent":
                for name, part in value.items():
                    known = self._reasoning.get(name)
                    self._reasoning[name] = part if known is None else known + part
            elif kind == "citation":
                self._citations.append(value)
            elif kind == "toolResult":
                self._results += value
            elif kind == "image":
                self._image.update(value)

    def content(self) -> dict[str, Any]:
        """The block as ``converse`` returns it."""
        if "toolUse" in self.start:
            return {"toolUse": {**self.start["toolUse"], "input": self._arguments()}}
        if "toolResult" in self.start:
            return {"toolResult": {**self.start["toolResult"], "content": self._results}}
        if "image" in self.start or self._image:
            return {"image": {**self.start.get("image", {}), **self._image}}
        if "redactedContent" in self._reasoning:
            return {"reasoningContent": self._reasoning}
        if self._reasoning:
            return {"reasoningContent": {"reasoningText": self._reasoning}}
        text = "".join(self._texts)
        if self._citations:
            content = {"content": [{"text": text}], "citations": self._citations}
            return {"citationsContent": content}
        return {"text": text}

    def _arguments(self) -> Any:
        text = "".join(self._input)
        try:
            return json.loads(text) if text else {}
        except ValueError:
            return text
