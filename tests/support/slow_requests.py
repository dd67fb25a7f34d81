"""Requests of the slow path, in the form in which ``reference.request`` returns botocore's."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from fastbedrock._model import service_model
from fastbedrock._slow import serialize


def request(
    service_name: str, operation_name: str, params: dict[str, Any]
) -> tuple[str, list[tuple[str, str]], bytes | None]:
    """Path and query, modelled headers, body. Raises as a client does."""
    labels, query, headers, body = serialize.prepare(service_name, operation_name, params)
    operation = service_model(service_name).operation_model(operation_name)
    members = operation.input_shape.members if operation.input_shape else {}
    values = {members[name].wire_name(name): value for name, value in labels}

    def fill(label: re.Match[str]) -> str:
        # A greedy label, {name+}, keeps its slashes.
        return quote(values[label[1]], safe="/" if label[2] else "")

    path = re.sub(r"{(.*?)(\+?)}", fill, operation.http["requestUri"])
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    if not pairs:
        return path, headers, body
    return f"{path}{'&' if '?' in path else '?'}{pairs}", headers, body
