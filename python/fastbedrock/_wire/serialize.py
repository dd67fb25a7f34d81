"""Parameters to a request, as botocore's rest-json serializer and its HTTP layer make it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from decimal import Decimal
from math import inf, isnan
from typing import Any
from uuid import uuid4

from . import timestamps, validate
from .model import Operation, Shape, service


def prepare(
    service_name: str, operation_name: str, params: dict[str, Any]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]], bytes | None]:
    """The parts of a request, as (labels of the path, query, modelled headers, body).

    Each label has the name of its member. Labels and query are not escaped. The headers include
    ``Content-Type`` if the serializer sets one; a value outside ASCII is sent as UTF-8. The body
    is None if the request has none. ``params`` is not changed.

    Raises ParamValidationError with the report of everything wrong with ``params``,
    HTTPClientError for a header value that HTTP cannot carry, and what botocore lets through:
    TypeError for a document key that JSON has no form for, UnicodeEncodeError for a lone
    surrogate outside the JSON body, RecursionError for a document that is too deep.
    """
    operation = service(service_name).operation(operation_name)
    params = {**params}
    for name in operation.idempotency_tokens:
        if name not in params:
            params[name] = str(uuid4())
    report = validate.report(params, operation.input)
    if report:
        from fastbedrock.exceptions import ParamValidationError

        raise ParamValidationError(report=report)
    # A parameter that is None past validation is a document: left out, not null.
    given = {name: value for name, value in params.items() if value is not None}
    shape = operation.input
    labels, query = _path_and_query(given, operation)
    body = _body(given, shape)
    headers = [
        (member.wire_name(name), _header(str(value)))
        for name, value in given.items()
        if (member := shape.members[name]).location == "header"
    ]
    # A raw payload is of the type that the caller says, or of none.
    is_json = body and (shape.payload is None or not shape.payload[1].is_raw)
    if is_json and all(name.lower() != "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return labels, query, headers, body or None


def _path_and_query(
    given: dict[str, Any], operation: Operation
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The values of the path's labels and of the query, both as text."""
    labels: list[tuple[str, str]] = []
    query: list[tuple[str, str]] = []
    for name, value in given.items():
        member = operation.input.members[name]
        if member.location == "uri":
            labels.append((name, _text(value)))
        elif member.location == "querystring":
            wire_name = member.wire_name(name)
            items, shape = (value, member.item) if member.type == "list" else ([value], member)
            query += [(wire_name, _text(_query_text(item, shape))) for item in items]
    return labels, query


def _query_text(value: Any, shape: Shape) -> Any:
    if shape.type == "boolean":
        return str(value).lower()
    if shape.type == "timestamp":
        return timestamps.to_wire(value, shape.traits.get("timestampFormat", "iso8601"))
    return value


def _text(value: Any) -> str:
    """The value as text that UTF-8 can carry: a lone surrogate raises UnicodeEncodeError."""
    text = value if isinstance(value, str) else str(value)
    text.encode()
    return text


def _header(value: str) -> str:
    """The value as one header line: folded lines joined, what cannot be sent refused."""
    # http.client sends a fold (a line break before white space) as it is. HTTP gives it the
    # meaning of white space, and it is gone from the protocol since.
    value = re.sub(r"(?:\r\n?|\n)(?=[ \t])", "", value)
    encoded = value.encode()
    # http.client refuses line breaks only. The HTTP engine refuses every control character.
    if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", encoded):
        from fastbedrock.exceptions import HTTPClientError

        raise HTTPClientError(error=ValueError(f"Invalid header value {encoded!r}"))
    return value


def _body(given: dict[str, Any], shape: Shape) -> bytes:
    if shape.payload is None:
        members = shape.members.items()
        in_body = {name: member for name, member in members if member.location is None}
        fields = {name: value for name, value in given.items() if name in in_body}
        return _json(fields, shape) if in_body else b""
    name, payload = shape.payload
    if payload.is_raw:
        return _content(given.get(name, b""))
    return _json(given.get(name, {}), payload)


def _json(value: dict[str, Any], shape: Shape) -> bytes:
    """JSON as ``json.dumps`` writes it: ASCII, lone surrogates escaped, NaN as a bare word."""
    return json.dumps(_wire(value, shape)).encode()


def _wire(value: Any, shape: Shape) -> Any:
    """The value in the form that ``json`` writes."""
    match shape.type:
        case "structure" if not shape.is_document:
            members = shape.members
            return {
                (member := members[name]).wire_name(name): _wire(item, member)
                for name, item in value.items()
            }
        case "map":
            return {key: _wire(item, shape.value) for key, item in value.items()}
        case "list":
            return [_wire(item, shape.item) for item in value]
        case "blob":
            return b64encode(_content(value)).decode()
        case "timestamp":
            return timestamps.to_wire(value, shape.traits.get("timestampFormat", "unixTimestamp"))
        case "float" | "double":
            return _float(float(value) if isinstance(value, Decimal) else value)
    return value


def _float(value: Any) -> Any:
    """A modelled number without a JSON form goes as a string. (In a document it goes bare.)"""
    if value == inf:
        return "Infinity"
    if value == -inf:
        return "-Infinity"
    return "NaN" if isnan(value) else value


def _content(blob: Any) -> bytes:
    """The bytes of a blob: text is UTF-8, a file-like object is read from where it stands."""
    if not isinstance(blob, (str, bytes, bytearray, memoryview)):
        blob = blob.read()
    return blob.encode() if isinstance(blob, str) else memoryview(blob).tobytes()
