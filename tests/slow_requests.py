"""Requests of the slow tier, in the form in which ``reference.request`` gives botocore's."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from fastbedrock._wire import model, serialize


def request(
    service_name: str, operation_name: str, params: dict[str, Any]
) -> tuple[str, list[tuple[str, str]], bytes | None]:
    """Path and query, modelled headers, body. Raises as a client does."""
    labels, query, headers, body = serialize.prepare(service_name, operation_name, params)
    operation = model.service(service_name).operation(operation_name)
    members = operation.input.members
    values = {members[name].wire_name(name): value for name, value in labels}

    def fill(label: re.Match[str]) -> str:
        # A greedy label, {name+}, keeps its slashes.
        return quote(values[label[1]], safe="/" if label[2] else "")

    path = re.sub(r"{(.*?)(\+?)}", fill, operation.uri)
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    return f"{path}?{pairs}" if pairs else path, headers, body
