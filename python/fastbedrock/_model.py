"""The service model as data, with the attributes that users of botocore's ServiceModel read."""

from __future__ import annotations

import json

from fastbedrock import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SERIALIZATION = (
    "locationName", "location", "payload", "streaming", "timestampFormat", "eventstream", "event",
    "eventheader", "eventpayload", "jsonvalue", "hostLabel",
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
        """The id as it stands in event names, e.g. ``bedrock-runtime``."""
        return self.replace(" ", "-").lower()


class Shape:
    """One type of the model: its facts, and the shapes that it refers to.

    ``type_name`` is structure, list, map, string, integer, long, float, double, boolean, blob
    or timestamp. A member's own traits (``location``, ``idempotencyToken``) are among its facts.
    """

    documentation = ""

    def __init__(self, name: str, facts: dict[str, Any], model: ServiceModel) -> None:
        self.name = name
        self.type_name: str = facts["type"]
        self._facts = facts
        self._model = model

    @property
    def metadata(self) -> dict[str, Any]:
        """Constraints and traits: required, min, max, pattern, enum, union, exception and so on."""
        return {name: self._facts[name] for name in _METADATA if name in self._facts}

    @property
    def serialization(self) -> dict[str, Any]:
        """Where and how a value travels: name, location, payload, eventstream and so on."""
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
    @property
    def members(self) -> dict[str, Shape]:
        members = self._facts.get("members", {})
        return {name: self._model.resolve_shape_ref(ref) for name, ref in members.items()}

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

    @property
    def is_document_type(self) -> bool:
        return bool(self._facts.get("document", False))

    @property
    def is_tagged_union(self) -> bool:
        return bool(self._facts.get("union", False))


class ListShape(Shape):
    @property
    def member(self) -> Shape:
        return self._model.resolve_shape_ref(self._facts["member"])


class MapShape(Shape):
    @property
    def key(self) -> Shape:
        return self._model.resolve_shape_ref(self._facts["key"])

    @property
    def value(self) -> Shape:
        return self._model.resolve_shape_ref(self._facts["value"])


class StringShape(Shape):
    @property
    def enum(self) -> list[str]:
        values: list[str] = self._facts.get("enum", [])
        return values


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

    @property
    def input_shape(self) -> StructureShape | None:
        return self._structure("input")

    @property
    def output_shape(self) -> StructureShape | None:
        return self._structure("output")

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
        return _event_stream(self.input_shape)

    def get_event_stream_output(self) -> StructureShape | None:
        """The shape of the stream of events that comes back, or None."""
        return _event_stream(self.output_shape)

    @property
    def has_event_stream_input(self) -> bool:
        return self.get_event_stream_input() is not None

    @property
    def has_event_stream_output(self) -> bool:
        return self.get_event_stream_output() is not None

    @property
    def has_streaming_input(self) -> bool:
        return _is_blob_payload(self.input_shape)

    @property
    def has_streaming_output(self) -> bool:
        """Whether the output's payload comes as a StreamingBody."""
        return _is_blob_payload(self.output_shape)

    def __repr__(self) -> str:
        return f"OperationModel(name={self.name})"


def _event_stream(shape: StructureShape | None) -> StructureShape | None:
    name = None if shape is None else shape.event_stream_name
    member = None if shape is None or name is None else shape.members[name]
    return member if isinstance(member, StructureShape) else None


def _is_blob_payload(shape: StructureShape | None) -> bool:
    payload = None if shape is None else shape.serialization.get("payload")
    return shape is not None and payload is not None and shape.members[payload].type_name == "blob"


class ServiceModel:
    """One service: its metadata, operations and shapes."""

    documentation = ""

    def __init__(self, description: dict[str, Any], service_name: str) -> None:
        self.description = description
        self.metadata: dict[str, Any] = description["metadata"]
        self.service_name = service_name
        self.service_id = ServiceId(self.metadata["serviceId"])
        self.api_version: str = self.metadata["apiVersion"]
        self.endpoint_prefix: str = self.metadata["endpointPrefix"]
        self.signing_name: str = self.metadata.get("signingName", self.endpoint_prefix)
        self.protocol: str = self.metadata["protocol"]
        self.operation_names = list(description["operations"])
        self.shape_names = list(description["shapes"])
        self.paginators: dict[str, dict[str, Any]] = description["paginators"]
        self._twin: Any = None

    def as_instance_of(self, botocore_class: type[Any]) -> Any:
        """The same model as an instance of botocore's ServiceModel."""
        if not isinstance(self._twin, botocore_class):
            self._twin = botocore_class(self.description, self.service_name)
        return self._twin

    def operation_model(self, operation_name: str) -> OperationModel:
        """The operation with AWS's name, e.g. ``Converse``."""
        if operation_name not in self.description["operations"]:
            raise OperationNotFoundError(operation_name)
        return OperationModel(operation_name, self.description["operations"][operation_name], self)

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

    @property
    def error_shapes(self) -> list[StructureShape]:
        shapes = [self.shape_for(name) for name in self.shape_names]
        return [
            shape
            for shape in shapes
            if isinstance(shape, StructureShape) and shape.metadata.get("exception")
        ]

    def shape_for_error_code(self, error_code: str) -> StructureShape | None:
        """The error shape with that code, or None."""
        for shape in self.error_shapes:
            if shape.error_code == error_code:
                return shape
        return None

    def __repr__(self) -> str:
        return f"ServiceModel({self.service_name})"


_models: dict[str, ServiceModel] = {}


def service_model(service_name: str) -> ServiceModel:
    """The model of a service that this build has, one object per process."""
    if service_name not in _models:
        description = json.loads(_core.model_json(service_name))
        _models.setdefault(service_name, ServiceModel(description, service_name))
    return _models[service_name]
