"""The service model as data: operations and shapes, resolved when first asked for."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

_services: dict[str, Service] = {}


def service(name: str) -> Service:
    """The service that boto3 calls ``name``, e.g. ``bedrock-runtime``; read once per process."""
    found = _services.get(name)
    if found is None:
        from fastbedrock._core import model_json

        found = _services[name] = Service(model_json(name))
    return found


class Service:
    """One service model, from the text of its ``models/<service>.json``."""

    def __init__(self, text: str) -> None:
        facts = json.loads(text)
        self._shapes: dict[str, dict[str, Any]] = facts["shapes"]
        self._operation_facts: dict[str, dict[str, Any]] = facts["operations"]
        self._operations: dict[str, Operation] = {}

    def operation(self, name: str) -> Operation:
        """The operation with AWS's ``name``, e.g. ``ConverseStream``."""
        found = self._operations.get(name)
        if found is None:
            facts = self._operation_facts[name]
            found = self._operations[name] = Operation(self._shapes, facts)
        return found

    @cached_property
    def errors(self) -> dict[str, Shape]:
        """The error shapes by error code."""
        return {
            facts.get("error", {}).get("code") or name: Shape(self._shapes, {"shape": name})
            for name, facts in self._shapes.items()
            if facts.get("exception")
        }


class Operation:
    """One operation: its URI template and the structures that it takes and returns."""

    def __init__(self, shapes: dict[str, dict[str, Any]], facts: dict[str, Any]) -> None:
        self.uri: str = facts["http"]["requestUri"]
        self.input = Shape(shapes, facts["input"])
        self.output = Shape(shapes, facts["output"])

    @cached_property
    def idempotency_tokens(self) -> list[str]:
        """Members of the input that are filled in where the caller leaves them out."""
        members = self.input.members.items()
        return [name for name, member in members if member.traits.get("idempotencyToken")]


class Shape:
    """A shape, with the traits of the reference (member, list item, …) that led to it."""

    def __init__(self, shapes: dict[str, dict[str, Any]], reference: dict[str, Any]) -> None:
        self.name: str = reference["shape"]
        self.traits: dict[str, Any] = {**shapes[self.name], **reference}
        self.type: str = self.traits["type"]
        # Any JSON value goes.
        self.is_document: bool = self.traits.get("document", False)
        # Exactly one member must be set.
        self.is_union: bool = self.traits.get("union", False)
        # As a payload: the body's bytes as they are, or as the caller reads them.
        self.is_raw: bool = self.type == "blob"
        self.is_streamed: bool = self.is_raw or self.traits.get("eventstream", False)
        # Where a member travels if not in the body: ``uri``, ``querystring`` or ``header``.
        self.location: str | None = self.traits.get("location")
        self._wire_name: str | None = self.traits.get("locationName")
        self._shapes = shapes

    @cached_property
    def members(self) -> dict[str, Shape]:
        """A structure's members, in the model's order."""
        references = self.traits["members"].items()
        return {name: Shape(self._shapes, reference) for name, reference in references}

    @cached_property
    def item(self) -> Shape:
        """What a list holds."""
        return Shape(self._shapes, self.traits["member"])

    @cached_property
    def key(self) -> Shape:
        """A map's keys."""
        return Shape(self._shapes, self.traits["key"])

    @cached_property
    def value(self) -> Shape:
        """A map's values."""
        return Shape(self._shapes, self.traits["value"])

    @cached_property
    def payload(self) -> tuple[str, Shape] | None:
        """The member that is the HTTP body as a whole: its name and its shape."""
        name = self.traits.get("payload")
        return None if name is None else (name, self.members[name])

    def wire_name(self, name: str) -> str:
        """The name that the member ``name``, of this shape, has on the wire."""
        return self._wire_name or name
