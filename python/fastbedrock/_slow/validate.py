"""Parameter validation: every problem of a call's parameters, in botocore's words and order."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from fastbedrock._model import ListShape, MapShape, Shape, StructureShape

from . import timestamps

_Check = Callable[[Any, Any, str, list[str]], None]


def report(params: dict[str, Any], shape: Shape) -> str:
    """The problems of ``params`` as an input of this shape, one per line; empty if none."""
    problems: list[str] = []
    _check(params, shape, "", problems)
    return "\n".join(problems)


def _check(value: Any, shape: Shape, path: str, problems: list[str]) -> None:
    _CHECKS[shape.type_name](value, shape, path, problems)


def _named(path: str) -> str:
    """The path as a report shows it.

    A path may be a document's key, and a key that is no string fails here with an AttributeError,
    as in botocore.
    """
    if not path:
        return "input"
    return path[1:] if path.startswith(".") else path


def _invalid_type(value: Any, path: str, valid: str, problems: list[str], what: str = "") -> None:
    problems.append(
        f"Invalid type for {what}parameter {_named(path)}, value: {value}, type: {type(value)}, "
        f"valid types: {valid}"
    )


def _of_type(value: Any, types: tuple[type, ...], path: str, problems: list[str]) -> bool:
    if isinstance(value, types):
        return True
    _invalid_type(value, path, ", ".join(map(str, types)), problems)
    return False


def _structure(value: Any, shape: StructureShape, path: str, problems: list[str]) -> None:
    if shape.is_document_type:
        _document(value, path, problems)
        return
    if not _of_type(value, (dict,), path, problems):
        return
    members = shape.members
    names = ", ".join(members)
    if shape.is_tagged_union and len(value) == 0:
        # The missing space is botocore's.
        problems.append(
            f"Must set one of the following keys for tagged unionstructure {_named(path)}: {names}."
        )
    elif shape.is_tagged_union and len(value) > 1:
        problems.append(
            f"Invalid number of parameters set for tagged union structure {_named(path)}. "
            f"Can only set one of the following keys: {names}."
        )
    for name in shape.required_members:
        if name not in value:
            problems.append(f'Missing required parameter in {_named(path)}: "{name}"')
    for name in value:
        if name not in members:
            problems.append(
                f'Unknown parameter in {_named(path)}: "{name}", must be one of: {names}'
            )
    for name in value:
        if name in members:
            _check(value[name], members[name], f"{path}.{name}", problems)


def _document(value: Any, path: Any, problems: list[str]) -> None:
    if isinstance(value, dict):
        for key in value:
            # The path starts anew at every key of a document.
            _document(value[key], key, problems)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _document(item, f"{path}[{index}]", problems)
    elif value is not None and not isinstance(value, (str, int, bool, float)):
        valid = ", ".join(map(str, (str, int, bool, float, list, dict)))
        _invalid_type(value, path, valid, problems, what="document ")


def _list(value: Any, shape: ListShape, path: str, problems: list[str]) -> None:
    if _of_type(value, (list, tuple), path, problems):
        _length(value, shape, path, problems)
        for index, item in enumerate(value):
            _check(item, shape.member, f"{path}[{index}]", problems)


def _map(value: Any, shape: MapShape, path: str, problems: list[str]) -> None:
    if _of_type(value, (dict,), path, problems):
        for key, item in value.items():
            _check(key, shape.key, f"{path} (key: {key})", problems)
            _check(item, shape.value, f"{path}.{key}", problems)


def _string(value: Any, shape: Shape, path: str, problems: list[str]) -> None:
    if shape.location == "header" and shape.serialization.get("jsonvalue"):
        try:
            json.dumps(value)
        except (ValueError, TypeError) as error:
            problems.append(f"Invalid parameter {_named(path)} must be json serializable: {error}")
    elif _of_type(value, (str,), path, problems):
        _length(value, shape, path, problems)


def _length(value: Any, shape: Shape, path: str, problems: list[str]) -> None:
    least = shape.metadata.get("min")
    if least is not None and len(value) < least:
        problems.append(
            f"Invalid length for parameter {_named(path)}, value: {len(value)}, "
            f"valid min length: {least}"
        )


def _number(*types: type) -> _Check:
    def check(value: Any, shape: Shape, path: str, problems: list[str]) -> None:
        if _of_type(value, types, path, problems):
            least = shape.metadata.get("min")
            if least is not None and value < least:
                problems.append(
                    f"Invalid value for parameter {_named(path)}, value: {value}, "
                    f"valid min value: {least}"
                )

    return check


def _boolean(value: Any, shape: Shape, path: str, problems: list[str]) -> None:
    _of_type(value, (bool,), path, problems)


def _blob(value: Any, shape: Shape, path: str, problems: list[str]) -> None:
    # botocore refuses a memoryview, which is accepted here.
    if not isinstance(value, (bytes, bytearray, str, memoryview)) and not hasattr(value, "read"):
        _invalid_type(value, path, f"{bytes}, {bytearray}, file-like object", problems)


def _timestamp(value: Any, shape: Shape, path: str, problems: list[str]) -> None:
    try:
        timestamps.aware(value)
    except (TypeError, ValueError):
        _invalid_type(value, path, f"{datetime}, timestamp-string", problems)


_integer = _number(int)
_float = _number(float, Decimal, int)

_CHECKS: dict[str, _Check] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "character": _string,
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "blob": _blob,
    "timestamp": _timestamp,
}
