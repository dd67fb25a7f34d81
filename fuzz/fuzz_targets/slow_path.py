"""The slow path for the fuzzer, which embeds an interpreter but no extension module."""

from __future__ import annotations

import sys
import types
from typing import Any


def install(directory: str, model: str) -> None:
    """Make the package importable without its faces, and with the one thing of the extension
    module that the slow path needs: the model."""
    package, core = types.ModuleType("fastbedrock"), types.ModuleType("fastbedrock._core")
    package.__path__ = [directory]
    core.model_json = lambda name, file: model  # type: ignore[attr-defined]
    sys.modules |= {"fastbedrock": package, "fastbedrock._core": core}


def decode(service: str, operation: str, event: str | None, body: bytes) -> dict[str, Any]:
    """The members of a success's body, or those of an event."""
    from fastbedrock._slow import events, parse

    if event is None:
        parsed = parse.success(service, operation, 200, [], bytes(body))
        del parsed["ResponseMetadata"]
        return parsed
    headers: dict[str, object] = {":message-type": "event", ":event-type": event}
    found = events.event(service, operation, headers, bytes(body))
    return {} if found is None else found[event]
