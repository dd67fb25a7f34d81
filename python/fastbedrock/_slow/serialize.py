"""Parameters to a request, as botocore's serializers and its HTTP layer make it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from decimal import Decimal
from math import inf, isnan
from typing import Any
from uuid import uuid4

from fastbedrock._model import (
    ListShape,
    MapShape,
    Shape,
    StructureShape,
    service_model,
)

from . import timestamps, validate


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
    operation = service_model(service_name).operation_model(operation_name)
    shape = operation.input_shape
    speaks_json = operation.service_model.speaks_json
    if shape is None:
        # botocore ignores the parameters of an operation without an input.
        return ([], [], operation.json_headers, b"{}") if speaks_json else ([], [], [], None)
    params = {**params}
    for name in operation.idempotent_members:
        if name not in params:
            params[name] = str(uuid4())
    report = validate.report(params, shape)
    if report:
        from fastbedrock._installed import parameter_hint
        from fastbedrock.exceptions import ParamValidationError

        report += parameter_hint(service_name, operation_name, params, report)
        raise ParamValidationError(report=report)
    if speaks_json:
        return [], [], operation.json_headers, _json(params, shape)
    # Only documents may be None after validation. They are left out.
    given = {name: value for name, value in params.items() if value is not None}
    labels, query = _labels_and_query(given, shape)
    body = _body(given, shape)
    headers = _headers(given, shape)
    # Blobs and texts have the content type that the caller gives, or none.
    is_json = body and shape.body.kind in ("members", "json")
    if is_json and all(name.lower() != "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return labels, query, headers, body or None


def _labels_and_query(
    given: dict[str, Any], shape: StructureShape
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The values of the path's labels, by their members' names, and the query, both as text."""
    labels: list[tuple[str, str]] = []
    # A parameter that is a map may have the name of another parameter, and the last one counts.
    query: dict[str, list[str]] = {}
    for name, value in given.items():
        member = shape.members[name]
        if member.location == "uri":
            labels.append((name, _text(_plain_text(value, member))))
        elif member.location == "querystring":
            for key, items in _query_items(member.wire_name(name), value, member):
                query[_text(key)] = [_text(item) for item in items]
    return labels, [(key, item) for key, items in query.items() for item in items]


def query_string(params: dict[str, Any], shape: StructureShape) -> dict[str, Any]:
    """The query as botocore keeps it in a request's dict: not encoded, lists as lists."""
    query: dict[str, Any] = {}
    for name, value in params.items():
        member = shape.members[name]
        if member.location == "querystring" and value is not None:
            if isinstance(member, MapShape):
                query.update(value)
                continue
            [(key, items)] = _query_items(member.wire_name(name), value, member)
            query[key] = items if isinstance(member, ListShape) else items[0]
    return query


def _query_items(name: str, value: Any, shape: Shape) -> list[tuple[str, Sequence[Any]]]:
    if isinstance(shape, MapShape):
        return [(k, v if isinstance(v, (list, tuple)) else [v]) for k, v in value.items()]
    if isinstance(shape, ListShape):
        return [(name, [_plain_text(each, shape.member) for each in value])]
    return [(name, [_plain_text(value, shape)])]


def _plain_text(value: Any, shape: Shape) -> Any:
    """The value as it goes into a path or a query."""
    match shape.type_name:
        case "boolean":
            return str(value).lower()
        case "timestamp":
            form = shape.serialization.get("timestampFormat", "iso8601")
            return timestamps.to_wire(value, form)
        case "float" | "double":
            return str(_float(value))
    return value


def _headers(given: dict[str, Any], shape: StructureShape) -> list[tuple[str, str]]:
    headers = []
    for name, value in given.items():
        member = shape.members[name]
        if member.location == "headers":
            prefix = member.wire_name("")
            headers += [(prefix + key, _header(str(each))) for key, each in value.items()]
        elif member.location == "header" and (value or not isinstance(member, ListShape)):
            text = _header(_header_text(value, member))
            headers.append((member.wire_name(name), text))
    return headers


def _header_text(value: Any, shape: Shape) -> str:
    if isinstance(shape, ListShape):
        texts = [_header_text(each, shape.member) for each in value if each is not None]
        return ",".join(map(_quoted, texts) if shape.member.type_name == "string" else texts)
    if shape.serialization.get("jsonvalue"):
        return b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()
    match shape.type_name:
        case "boolean":
            return str(value).lower()
        case "timestamp":
            form = shape.serialization.get("timestampFormat", "rfc822")
            # botocore drops fractions of seconds in headers.
            return str(timestamps.to_wire(timestamps.aware(value).replace(microsecond=0), form))
        case "float" | "double":
            return str(_float(value))
    return str(value)


def _quoted(text: str) -> str:
    """An item of a list in a header, where commas separate the items."""
    if '"' not in text and "," not in text:
        return text
    return '"' + text.replace('"', '\\"') + '"'


def _text(value: Any) -> str:
    """The value as text that UTF-8 can carry: a lone surrogate raises UnicodeEncodeError."""
    text = value if isinstance(value, str) else str(value)
    text.encode()
    return text


def _header(value: str) -> str:
    """The value as one header line. Joins folded lines. Refuses characters that HTTP forbids."""
    # http.client sends a fold (a line break before white space) unchanged. Old versions of HTTP
    # read it as white space; newer versions forbid it.
    value = re.sub(r"(?:\r\n?|\n)(?=[ \t])", "", value)
    encoded = value.encode()
    # http.client refuses only line breaks. hyper refuses every control character.
    if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", encoded):
        from fastbedrock.exceptions import HTTPClientError

        raise HTTPClientError(error=ValueError(f"Invalid header value {encoded!r}"))
    return value


def _body(given: dict[str, Any], shape: StructureShape) -> bytes:
    body = shape.body
    if body.kind == "members":
        in_body = {name for name, member in shape.members.items() if member.location is None}
        fields = {name: value for name, value in given.items() if name in in_body}
        return _json(fields, shape) if in_body else b""
    if body.kind == "json":
        return _json(given.get(body.name, {}), body.shape)
    return _content(given.get(body.name, b""))


def _json(value: Any, shape: Shape) -> bytes:
    """JSON as ``json.dumps`` writes it: ASCII, lone surrogates escaped, NaN without quotes."""
    return json.dumps(_json_value(value, shape)).encode()


def _json_value(value: Any, shape: Shape) -> Any:
    """The value in the form that ``json`` writes."""
    match shape:
        case StructureShape() if not shape.is_document_type:
            members = shape.members
            return {
                (member := members[name]).wire_name(name): _json_value(item, member)
                for name, item in value.items()
            }
        case MapShape():
            return {key: _json_value(item, shape.value) for key, item in value.items()}
        case ListShape():
            return [_json_value(item, shape.member) for item in value]
    match shape.type_name:
        case "blob":
            return b64encode(_content(value)).decode()
        case "timestamp":
            form = shape.serialization.get("timestampFormat", "unixTimestamp")
            return timestamps.to_wire(value, form)
        case "float" | "double":
            return _float(float(value) if isinstance(value, Decimal) else value)
    return value


def _float(value: Any) -> Any:
    """NaN and infinities are sent as strings. (In a document they have no quotes.)"""
    if value == inf:
        return "Infinity"
    if value == -inf:
        return "-Infinity"
    return "NaN" if isnan(value) else value


def _content(blob: Any) -> bytes:
    """The bytes of a blob: text as UTF-8, a file-like object from its current position."""
    if not isinstance(blob, (str, bytes, bytearray, memoryview)):
        blob = blob.read()
    return blob.encode() if isinstance(blob, str) else memoryview(blob).tobytes()
