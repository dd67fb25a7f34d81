"""Our service model answers like botocore's."""

from __future__ import annotations

import botocore.session
import pytest

from fastbedrock._model import NoShapeFoundError, OperationNotFoundError, service_model

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


@pytest.fixture(scope="module")
def models():
    reference = botocore.session.get_session().get_service_model("bedrock-runtime")
    return service_model("bedrock-runtime"), reference


def same(ours, reference, names):
    for name in names:
        assert getattr(ours, name) == getattr(reference, name), (ours, name)


def test_the_service(models):
    ours, reference = models
    same(ours, reference, SERVICE)
    assert ours.service_id.hyphenize() == reference.service_id.hyphenize()
    assert [s.name for s in ours.error_shapes] == [s.name for s in reference.error_shapes]
    assert repr(ours) == repr(reference)


def test_the_operations(models):
    ours, reference = models
    for name in reference.operation_names:
        mine, expected = ours.operation_model(name), reference.operation_model(name)
        same(mine, expected, OPERATION)
        for side in ("input_shape", "output_shape"):
            same(getattr(mine, side), getattr(expected, side), SHAPE)
        for side in ("input", "output"):
            streams = [getattr(one, f"get_event_stream_{side}")() for one in (mine, expected)]
            assert [s and s.name for s in streams] == [streams[1] and streams[1].name] * 2
        assert [s.name for s in mine.error_shapes] == [s.name for s in expected.error_shapes]
        assert repr(mine) == repr(expected)


def test_the_shapes_and_their_members(models):
    ours, reference = models
    for name in reference.shape_names:
        mine, expected = ours.shape_for(name), reference.shape_for(name)
        assert type(mine).__name__ == type(expected).__name__
        assert repr(mine) == repr(expected)
        same(mine, expected, SHAPE)
        if expected.type_name == "structure":
            same(mine, expected, STRUCTURE)
            assert list(mine.members) == list(expected.members)
            for member in expected.members:
                same(mine.members[member], expected.members[member], SHAPE)
        elif expected.type_name == "list":
            same(mine.member, expected.member, SHAPE)
        elif expected.type_name == "map":
            same(mine.key, expected.key, SHAPE)
            same(mine.value, expected.value, SHAPE)
        elif expected.type_name == "string":
            assert mine.enum == expected.enum


def test_missing_attributes_raise(models):
    ours, reference = models
    with pytest.raises(OperationNotFoundError, match="Nope"):
        ours.operation_model("Nope")
    with pytest.raises(NoShapeFoundError, match="Nope"):
        ours.shape_for("Nope")
    for code in ("ThrottlingException", "Nope"):
        mine, expected = ours.shape_for_error_code(code), reference.shape_for_error_code(code)
        assert (mine and mine.name) == (expected and expected.name)
