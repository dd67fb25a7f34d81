"""What the tests of all Bedrock services cover: every operation, paginator and waiter."""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel

import botocore_models
import reference

SERVICES = [name for name in botocore_models.services() if name.startswith("bedrock")]


def operations() -> list[OperationModel]:
    """Every operation for which boto3's clients have a method."""
    return [operation for service in SERVICES for operation in reference.operations(service)]


def streaming() -> list[OperationModel]:
    """Every operation whose response is a stream of events."""
    return [operation for operation in operations() if operation.has_event_stream_output]


def paginators() -> list[tuple[str, str, dict[str, Any]]]:
    """Every paginator: its service, its operation and its description."""
    return _entries("paginators-1", "pagination")


def waiters() -> list[tuple[str, str, dict[str, Any]]]:
    """Every waiter: its service, its name and its description."""
    return _entries("waiters-2", "waiters")


def _entries(file: str, section: str) -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for service in SERVICES:
        entries = botocore_models.file(service, file).get(section, {})
        found += [(service, name, entry) for name, entry in entries.items()]
    return found


def named(value: Any) -> str:
    """A test id for an operation, a paginator or a waiter."""
    if isinstance(value, OperationModel):
        return value.name
    return f"{value[0]}.{value[1]}" if isinstance(value, tuple) else str(value)
