"""Real Bedrock traffic that public projects have recorded, as calls and their responses.

The recordings are not part of this repository. They are looked up beside it.
"""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.model import OperationModel, Shape

import reference
from repository import ROOT
from scripted_server import Reply

FILE = ROOT.parent / "shared" / "recorded" / "interactions.jsonl.gz"

SERVICES = {"": "bedrock-runtime", "agent-runtime": "bedrock-agent-runtime"}


@dataclass(frozen=True)
class Interaction:
    """One recorded call: its keyword arguments and its response."""

    name: str
    operation: OperationModel
    params: dict[str, Any]
    body: bytes
    reply: Reply


def interactions(service: str = "bedrock-runtime") -> list[Interaction]:
    """The recorded calls to a service. Skips the test if there are no recordings."""
    if not FILE.exists():
        pytest.skip(f"no recorded traffic at {FILE}")
    found = []
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            prefix, _, operation = record["operation"].rpartition(":")
            if SERVICES.get(prefix) == service:
                found.append(_interaction(record, reference.operation(operation, service)))
    return found


def _interaction(record: dict[str, Any], operation: OperationModel) -> Interaction:
    body = b64decode(record["request_body_b64"])
    reply = Reply(
        status=record["status"],
        headers=list(record["response_headers"].items()),
        body=b64decode(record["response_body_b64"]),
    )
    name = f"{record['id']} {record['source']} {operation.name}"
    return Interaction(name, operation, _params(record, operation, body), body, reply)


def _params(record: dict[str, Any], operation: OperationModel, body: bytes) -> dict[str, Any]:
    shape = operation.input_shape
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^?]+)", operation.http["requestUri"].rstrip("/"))
    labels = re.fullmatch(pattern, record["path"].rstrip("/")).groupdict()
    headers = {name.lower(): value for name, value in record["request_headers"].items()}
    payload = shape.serialization.get("payload")
    fields = {} if payload else json.loads(body or b"{}")
    params: dict[str, Any] = {payload: body} if payload else {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if location == "uri":
            params[name] = unquote(labels[wire_name])
        elif location == "header" and wire_name.lower() in headers:
            params[name] = headers[wire_name.lower()]
    for name, value in fields.items():
        # Unknown members are passed too, because both clients must report them.
        params[name] = _value(value, shape.members[name]) if name in shape.members else value
    return params


def _value(value: Any, shape: Shape) -> Any:
    """The Python argument that is serialized as this JSON value."""
    if shape.type_name == "blob":
        return b64decode(value)
    if shape.type_name == "list":
        return [_value(item, shape.member) for item in value]
    if shape.type_name == "map":
        return {key: _value(item, shape.value) for key, item in value.items()}
    if shape.type_name == "structure" and not shape.is_document_type:
        members = shape.members
        return {k: _value(v, members[k]) if k in members else v for k, v in value.items()}
    return value
