"""The attributes of botocore's service models that ours have as well."""

from __future__ import annotations

from typing import Any

SHAPE = ("name", "type_name", "metadata", "serialization", "required_members", "event_stream_name")
STRUCTURE = ("error_code", "is_document_type", "is_tagged_union")
OPERATION = (
    "name",
    "wire_name",
    "http",
    "has_event_stream_input",
    "has_event_stream_output",
    "has_streaming_input",
    "has_streaming_output",
)
SERVICE = (
    "service_name",
    "service_id",
    "api_version",
    "endpoint_prefix",
    "signing_name",
    "protocol",
    "metadata",
    "operation_names",
    "shape_names",
)


def assert_same(ours: Any, reference: Any, names: tuple[str, ...]) -> None:
    for name in names:
        assert getattr(ours, name) == getattr(reference, name), (ours, name)
