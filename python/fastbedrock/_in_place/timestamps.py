"""Timestamps in responses as botocore makes them: the same instants, in zones of dateutil."""

from __future__ import annotations

from datetime import datetime, timezone

from dateutil.tz import tzlocal, tzutc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def converter(shape: Any) -> Callable[[Any], Any] | None:
    """A function that changes the zones in a value of the shape, in place if the value is a dict
    or a list, and returns it. None if the shape has no timestamps.

    ``shape`` is one of botocore's, or None.
    """
    return _walk(shape) if shape is not None and _has_timestamps(shape, set()) else None


def _has_timestamps(shape: Any, seen: set[str]) -> bool:
    if shape.type_name == "timestamp":
        return True
    if shape.name in seen:
        return False
    seen.add(shape.name)
    return any(_has_timestamps(child, seen) for child in _children(shape))


def _children(shape: Any) -> list[Any]:
    if shape.type_name == "structure":
        return list(shape.members.values())
    if shape.type_name == "list":
        return [shape.member]
    return [shape.value] if shape.type_name == "map" else []


def _walk(shape: Any) -> Callable[[Any], Any]:
    def walk(value: Any) -> Any:
        # Documents may be nested as deep as they like, but the shapes with timestamps are not.
        return _converted(shape, value)

    return walk


def _converted(shape: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return _in_zone(shape, value) if value.tzinfo is timezone.utc else value
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                value[name] = _converted(member, value[name])
    elif shape.type_name == "map" and isinstance(value, dict):
        for name in value:
            value[name] = _converted(shape.value, value[name])
    elif shape.type_name == "list" and isinstance(value, list):
        value[:] = [_converted(shape.member, item) for item in value]
    return value


def _in_zone(shape: Any, value: datetime) -> datetime:
    # botocore reads numbers in the local zone, and texts in the zone that they name, which is UTC.
    is_number = shape.serialization.get("timestampFormat", "unixTimestamp") == "unixTimestamp"
    if is_number and shape.serialization.get("location") not in ("header", "headers"):
        return value.astimezone(tzlocal())
    return value.replace(tzinfo=tzutc())
