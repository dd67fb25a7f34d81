"""The JSON values of a response as the Python values that botocore makes of them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from fastbedrock._model import ListShape, MapShape, Shape, StructureShape

from . import timestamps

# How scalars are converted, by the type of their shape. Types without an entry are not converted.
Conversions = Mapping[str, Callable[[Any], Any]]


def malformed(text: str) -> Exception:
    """The error for a response that the service's model does not allow."""
    from fastbedrock.exceptions import ResponseParserError

    error: Exception = ResponseParserError(f"Invalid service response: {text}")
    return error


def kind(found: Any) -> str:
    """The JSON type of a value, in words."""
    return _KINDS[type(found)]


def text(body: bytes) -> str:
    """The body as text. Raises ResponseParserError if it is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise malformed(f"the body is not UTF-8 ({error})") from error


def load(body: bytes) -> Any:
    """The JSON value of a body, ``{}`` for an empty one. Raises ResponseParserError."""
    try:
        return _load(body)
    except ValueError as error:
        raise malformed(f"the body is not JSON ({error})") from error


def load_leniently(body: bytes) -> Any:
    """Like :func:`load`, but text that is not JSON counts as ``{"message": text}``."""
    try:
        return _load(body)
    except ValueError:
        return {"message": text(body)}


def structure(found: Any, shape: StructureShape, conversions: Conversions) -> dict[str, Any]:
    """The members of a structure that must not be null, such as a whole body."""
    if found is None:
        raise _unexpected(found, shape, "an object")
    members: dict[str, Any] = _deep(_structure, found, shape, conversions)
    return members


def value(found: Any, shape: Shape, conversions: Conversions) -> Any:
    """The value of any shape."""
    return _deep(_value, found, shape, conversions)


def scalar(found: Any, shape: Shape, conversions: Conversions) -> Any:
    """The value of a shape that contains no other shapes."""
    convert = conversions.get(shape.type_name)
    if convert is None:
        return found
    try:
        return convert(found)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise malformed(f"{shape.name} cannot be read as a {shape.type_name} ({error})") from error


def header(found: str, shape: Shape) -> Any:
    """The value of a member that is sent in a header."""
    if isinstance(shape, ListShape):
        items = (item.strip() for item in found.split(","))
        return [scalar(item, shape.member, IN_RESPONSES) for item in items]
    if shape.serialization.get("jsonvalue"):
        try:
            return json.loads(b64decode(found))
        except ValueError as error:
            raise malformed(f"{shape.name} cannot be read as JSON ({error})") from error
    return scalar(found, shape, IN_RESPONSES)


def _load(body: bytes) -> Any:
    if not body:
        return {}
    return _deep(json.loads, text(body))


def _deep(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function that recurses as deep as the response is nested."""
    try:
        return function(*args)
    except RecursionError as error:
        raise malformed("the body is nested too deeply") from error


def _value(found: Any, shape: Shape, conversions: Conversions) -> Any:
    match shape:
        case StructureShape():
            if shape.is_document_type or found is None:
                return found
            return _structure(found, shape, conversions)
        case ListShape():
            # botocore iterates over any value: over a string's characters, over an object's keys.
            if not isinstance(found, (list, str, dict)):
                raise _unexpected(found, shape, "a list")
            item = shape.member
            return [None if each is None else _value(each, item, conversions) for each in found]
        case MapShape():
            if not isinstance(found, dict):
                raise _unexpected(found, shape, "an object")
            return {key: _value(each, shape.value, conversions) for key, each in found.items()}
    return scalar(found, shape, conversions)


def _structure(found: Any, shape: StructureShape, conversions: Conversions) -> dict[str, Any]:
    if not shape.members:
        # botocore looks up no member of such a value, so its type does not matter.
        return {}
    if not isinstance(found, dict):
        raise _unexpected(found, shape, "an object")
    if shape.is_tagged_union:
        given = [name for name, each in found.items() if each is not None and name != "__type"]
        if len(given) != 1:
            raise malformed(f"{shape.name} must have one and only one member set.")
        if not any(member.wire_name(name) == given[0] for name, member in shape.members.items()):
            # botocore names the first key, even if it is one that it ignores.
            return {"SDK_UNKNOWN_MEMBER": {"name": next(iter(found))}}
    return {
        name: _value(each, member, conversions)
        for name, member in shape.members.items()
        if (each := found.get(member.wire_name(name))) is not None
    }


def _unexpected(found: Any, shape: Shape, wanted: str) -> Exception:
    return malformed(f"{shape.name} must be {wanted}, not {kind(found)}")


def _boolean(found: Any) -> bool:
    return found if isinstance(found, bool) else str(found).lower() == "true"


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}

# In events and in the protocol json, numbers and booleans keep their JSON types.
AS_SENT: Conversions = {"blob": b64decode, "timestamp": timestamps.from_wire}
IN_RESPONSES: Conversions = {
    **AS_SENT,
    "boolean": _boolean,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
}
