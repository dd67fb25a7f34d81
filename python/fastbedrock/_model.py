"""The service model as data, with the attributes that users of botocore's ServiceModel read.

Shapes are resolved when they are first asked for, so that a shape may contain itself.
"""

from __future__ import annotations

import json
from functools import cached_property

from fastbedrock import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    _BodyKind: TypeAlias = Literal["members", "json", "blob", "text", "events"]

_SERIALIZATION = (
    "locationName", "location", "payload", "streaming", "timestampFormat", "eventstream", "event",
    "eventheader", "eventpayload", "jsonvalue", "hostLabel", "flattened",
)  # fmt: skip
_METADATA = (
    "required", "min", "max", "pattern", "sensitive", "enum", "idempotencyToken", "error",
    "exception", "retryable", "document", "union", "requiresLength",
)  # fmt: skip


class NoShapeFoundError(LookupError):
    """The service has no such shape."""


class OperationNotFoundError(LookupError):
    """The service has no such operation."""


class ServiceId(str):
    """A service id, e.g. ``Bedrock Runtime``."""

    def hyphenize(self) -> str:
        """The id in the form of event names, e.g. ``bedrock-runtime``."""
        return self.replace(" ", "-").lower()


class Shape:
    """One type of the model: its facts, and the shapes that it refers to.

    ``type_name`` is structure, list, map, string, character, integer, long, float, double,
    boolean, blob or timestamp. A member's own traits (``location``,
    ``idempotencyToken``) are among its facts.
    """

    documentation = ""

    def __init__(self, name: str, facts: dict[str, Any], model: ServiceModel) -> None:
        self.name = name
        self.type_name: str = facts["type"]
        # The place of a member that is not in the body, e.g. ``header``.
        self.location: str | None = facts.get("location")
        self._facts = facts
        self._model = model

    def wire_name(self, name: str) -> str:
        """The name that this shape has in JSON, headers or queries as the member ``name``."""
        wire_name: str = self._facts.get("locationName", name)
        return wire_name

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """Constraints and traits: required, min, max, pattern, enum, union, exception and so on."""
        return {name: self._facts[name] for name in _METADATA if name in self._facts}

    @cached_property
    def serialization(self) -> dict[str, Any]:
        """Traits about the request or response: name, location, payload, eventstream and so on."""
        found = {name: self._facts[name] for name in _SERIALIZATION if name in self._facts}
        if "locationName" in found:
            found["name"] = found.pop("locationName")
        return found

    @property
    def required_members(self) -> list[str]:
        required: list[str] = self._facts.get("required", [])
        return required

    @property
    def event_stream_name(self) -> str | None:
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}({self.name})>"


class StructureShape(Shape):
    @cached_property
    def members(self) -> dict[str, Shape]:
        members = self._facts.get("members", {})
        return {name: self._model.resolve_shape_ref(ref) for name, ref in members.items()}

    @cached_property
    def body(self) -> Body:
        """What the body is, if this structure is the input or the output of an operation."""
        name = self._facts.get("payload")
        if name is None:
            return Body("members", "", self)
        shape = self.members[name]
        if shape.serialization.get("eventstream"):
            return Body("events", name, shape)
        kinds: dict[str, _BodyKind] = {"blob": "blob", "string": "text"}
        return Body(kinds.get(shape.type_name, "json"), name, shape)

    @property
    def event_stream_name(self) -> str | None:
        for name, member in self.members.items():
            if member.serialization.get("eventstream"):
                return name
        return None

    @property
    def error_code(self) -> str | None:
        if not self._facts.get("exception"):
            return None
        code: str = self._facts.get("error", {}).get("code") or self.name
        return code

    @cached_property
    def is_document_type(self) -> bool:
        return bool(self._facts.get("document", False))

    @cached_property
    def is_tagged_union(self) -> bool:
        return bool(self._facts.get("union", False))


class ListShape(Shape):
    @cached_property
    def member(self) -> Shape:
        return self._model.resolve_shape_ref(self._facts["member"])


class MapShape(Shape):
    @cached_property
    def key(self) -> Shape:
        return self._model.resolve_shape_ref(self._facts["key"])

    @cached_property
    def value(self) -> Shape:
        return self._model.resolve_shape_ref(self._facts["value"])


class StringShape(Shape):
    @property
    def enum(self) -> list[str]:
        values: list[str] = self._facts.get("enum", [])
        return values


class Body:
    """What the body of a request or a response is.

    ``kind`` is ``members`` (a JSON object of the members that have no other location), ``json``
    (the JSON of one member), ``blob`` or ``text`` (one member as it is) or ``events`` (an event
    stream). ``name`` and ``shape`` are those of the one member, or an empty name and the
    structure itself.
    """

    def __init__(self, kind: _BodyKind, name: str, shape: Shape) -> None:
        self.kind = kind
        self.name = name
        self.shape = shape

    @property
    def is_streamed(self) -> bool:
        """Whether callers read a response's body in parts."""
        return self.kind in ("blob", "events")


_SHAPES = {"structure": StructureShape, "list": ListShape, "map": MapShape, "string": StringShape}


class OperationModel:
    """One operation: its HTTP binding and the shapes of its input, output and errors."""

    documentation = ""

    def __init__(self, name: str, facts: dict[str, Any], model: ServiceModel) -> None:
        self.name = name
        self.http: dict[str, Any] = facts["http"]
        self.service_model = model
        self.metadata = model.metadata
        self._facts = facts

    @property
    def wire_name(self) -> str:
        name: str = self._facts["name"]
        return name

    @cached_property
    def input_shape(self) -> StructureShape | None:
        return self._structure("input")

    @cached_property
    def output_shape(self) -> StructureShape | None:
        return self._structure("output")

    @cached_property
    def input(self) -> StructureShape:
        """``input_shape``, or a structure without members."""
        return self.input_shape or self._empty_structure()

    @cached_property
    def output(self) -> StructureShape:
        """``output_shape``, or a structure without members."""
        return self.output_shape or self._empty_structure()

    def _empty_structure(self) -> StructureShape:
        return StructureShape("", {"type": "structure"}, self.service_model)

    @cached_property
    def idempotent_members(self) -> list[str]:
        """Members of the input that are filled in if the caller leaves them out."""
        members = self.input.members.items()
        return [name for name, member in members if member.metadata.get("idempotencyToken")]

    @property
    def auth(self) -> list[str] | None:
        """The auth schemes of this operation, if it lists its own."""
        return self._facts.get("auth")

    @property
    def resolved_auth_type(self) -> str | None:
        """The signature version for this operation, if it differs from the service's."""
        if not self.auth:
            return self._facts.get("authtype")
        versions = {"aws.auth#sigv4": "v4", "smithy.api#httpBearerAuth": "bearer"}
        known = {**versions, "smithy.api#noAuth": "none"}
        return next((known[scheme] for scheme in self.auth if scheme in known), None)

    @property
    def unsigned_payload(self) -> bool | None:
        return self._facts.get("unsignedPayload")

    @property
    def json_headers(self) -> list[tuple[str, str]]:
        """The headers of a request of the protocol json."""
        headers = [
            ("X-Amz-Target", f"{self.metadata['targetPrefix']}.{self.name}"),
            ("Content-Type", f"application/x-amz-json-{self.metadata['jsonVersion']}"),
        ]
        if "awsQueryCompatible" in self.metadata:
            headers.append(("x-amzn-query-mode", "true"))
        return headers

    def _structure(self, side: str) -> StructureShape | None:
        if side not in self._facts:
            return None
        shape = self.service_model.resolve_shape_ref(self._facts[side])
        return shape if isinstance(shape, StructureShape) else None

    @property
    def error_shapes(self) -> list[Shape]:
        return [self.service_model.resolve_shape_ref(ref) for ref in self._facts.get("errors", [])]

    def get_event_stream_input(self) -> StructureShape | None:
        """The shape of the stream of events that is sent, or None."""
        return _event_stream(self.input)

    def get_event_stream_output(self) -> StructureShape | None:
        """The shape of the stream of events that is received, or None."""
        return _event_stream(self.output)

    @property
    def has_event_stream_input(self) -> bool:
        return self.get_event_stream_input() is not None

    @property
    def has_event_stream_output(self) -> bool:
        return self.get_event_stream_output() is not None

    @property
    def has_streaming_input(self) -> bool:
        return self.input.body.kind == "blob"

    @property
    def has_streaming_output(self) -> bool:
        """Whether the output has a StreamingBody."""
        return self.output.body.kind == "blob"

    def __repr__(self) -> str:
        return f"OperationModel(name={self.name})"


def _event_stream(shape: StructureShape) -> StructureShape | None:
    stream = shape.body.shape
    return stream if shape.body.kind == "events" and isinstance(stream, StructureShape) else None


class ServiceModel:
    """One service: its metadata, operations and shapes.

    ``description`` is the content of botocore's file ``service-2.json``, ``paginators`` and
    ``waiters`` are the entries of ``paginators-1.json`` and ``waiters-2.json``.
    """

    documentation = ""

    def __init__(
        self,
        description: dict[str, Any],
        service_name: str,
        paginators: dict[str, dict[str, Any]] | None = None,
        waiters: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        self.description = description
        self.metadata: dict[str, Any] = description["metadata"]
        self.service_name = service_name
        self.service_id = ServiceId(self.metadata["serviceId"])
        self.full_name: str = self.metadata.get("serviceFullName", self.service_id)
        self.api_version: str = self.metadata["apiVersion"]
        self.endpoint_prefix: str = self.metadata["endpointPrefix"]
        self.signing_name: str = self.metadata.get("signingName", self.endpoint_prefix)
        self.protocol: str = self.metadata["protocol"]
        # botocore prefers json if a service speaks several protocols.
        self.speaks_json = "json" in self.metadata.get("protocols", (self.protocol,))
        self.operation_names = list(description["operations"])
        self.shape_names = list(description["shapes"])
        self.paginators = paginators or {}
        self.waiters = waiters or {}
        self._operations: dict[str, OperationModel] = {}
        self._botocore_model: Any = None

    def as_instance_of(self, botocore_class: type[Any]) -> Any:
        """The same model as an instance of botocore's ServiceModel."""
        if not isinstance(self._botocore_model, botocore_class):
            self._botocore_model = botocore_class(self.description, self.service_name)
        return self._botocore_model

    def operation_model(self, operation_name: str) -> OperationModel:
        """The operation with AWS's name, e.g. ``Converse``."""
        found = self._operations.get(operation_name)
        if found is None:
            if operation_name not in self.description["operations"]:
                raise OperationNotFoundError(operation_name)
            facts = self.description["operations"][operation_name]
            found = OperationModel(operation_name, facts, self)
            self._operations[operation_name] = found
        return found

    def shape_for(self, shape_name: str, member_traits: dict[str, Any] | None = None) -> Shape:
        """The shape with that name, with the traits of a member merged over its facts."""
        if shape_name not in self.description["shapes"]:
            raise NoShapeFoundError(shape_name)
        facts = {**self.description["shapes"][shape_name], **(member_traits or {})}
        return _SHAPES.get(facts["type"], Shape)(shape_name, facts, self)

    def resolve_shape_ref(self, shape_ref: dict[str, Any]) -> Shape:
        """The shape that a member refers to: ``{"shape": name, **traits}``."""
        traits = dict(shape_ref)
        return self.shape_for(traits.pop("shape"), traits)

    @cached_property
    def error_shapes(self) -> list[StructureShape]:
        shapes = [self.shape_for(name) for name in self.shape_names]
        return [
            shape
            for shape in shapes
            if isinstance(shape, StructureShape) and shape.metadata.get("exception")
        ]

    def shape_for_error_code(self, error_code: str) -> StructureShape | None:
        """The error shape with that code, or None."""
        return self._error_shapes_by_code.get(error_code)

    @cached_property
    def _error_shapes_by_code(self) -> dict[str | None, StructureShape]:
        return {shape.error_code: shape for shape in self.error_shapes}

    def __repr__(self) -> str:
        return f"ServiceModel({self.service_name})"


_models: dict[str, ServiceModel] = {}


def service_model(key: str) -> ServiceModel:
    """The model with a key, one object per process.

    The key of a model of this build is the name of its service. The first line of another key is
    the name of the service; see :mod:`fastbedrock._search`.
    """
    if key not in _models:
        description, paginators, waiters = (
            json.loads(_core.model_json(key, file) or "{}")
            for file in ("service-2", "paginators-1", "waiters-2")
        )
        service_name = key.partition("\n")[0]
        model = ServiceModel(
            description, service_name, paginators.get("pagination"), waiters.get("waiters")
        )
        _models.setdefault(key, model)
    return _models[key]
