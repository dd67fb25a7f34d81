"""The slow path for the fuzzer, which embeds an interpreter without the extension module."""

from __future__ import annotations

import sys
import types
from typing import Any


def install(directory: str, models: dict[str, str]) -> None:
    """Make the package importable, with an extension module that only provides service models.

    The slow path needs nothing else of it.
    """
    package, core = types.ModuleType("fastbedrock"), types.ModuleType("fastbedrock._core")
    package.__path__ = [directory]
    files = {(name, "service-2"): model for name, model in models.items()}
    core.model_json = lambda name, file: files.get((name, file))  # type: ignore[attr-defined]
    sys.modules |= {"fastbedrock": package, "fastbedrock._core": core}


def decode(service: str, operation: str, event: str | None, body: bytes) -> dict[str, Any]:
    """The members in the body of a successful response, or in an event."""
    from fastbedrock._slow import events, parse

    if event is None:
        metadata = {"HTTPStatusCode": 200, "HTTPHeaders": {}}
        parsed = parse.success(service, operation, metadata, bytes(body))
        del parsed["ResponseMetadata"]
        return parsed
    headers: dict[str, object] = {":message-type": "event", ":event-type": event}
    found = events.event(service, operation, headers, bytes(body))
    return {} if found is None else found[event]
