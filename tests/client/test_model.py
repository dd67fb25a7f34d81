"""Our service model answers like botocore's."""

from __future__ import annotations

import botocore.session
import pytest

from fastbedrock._model import NoShapeFoundError, OperationNotFoundError, service_model
from model_attributes import OPERATION, SERVICE, SHAPE, STRUCTURE, assert_same


@pytest.fixture(scope="module")
def models():
    reference = botocore.session.get_session().get_service_model("bedrock-runtime")
    return service_model("bedrock-runtime"), reference


def test_the_service(models):
    ours, reference = models
    assert_same(ours, reference, SERVICE)
    assert ours.service_id.hyphenize() == reference.service_id.hyphenize()
    assert [s.name for s in ours.error_shapes] == [s.name for s in reference.error_shapes]
    assert repr(ours) == repr(reference)


def test_the_operations(models):
    ours, reference = models
    for name in reference.operation_names:
        mine, expected = ours.operation_model(name), reference.operation_model(name)
        assert_same(mine, expected, OPERATION)
        for side in ("input_shape", "output_shape"):
            assert_same(getattr(mine, side), getattr(expected, side), SHAPE)
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
        assert_same(mine, expected, SHAPE)
        if expected.type_name == "structure":
            assert_same(mine, expected, STRUCTURE)
            assert list(mine.members) == list(expected.members)
            for member in expected.members:
                assert_same(mine.members[member], expected.members[member], SHAPE)
        elif expected.type_name == "list":
            assert_same(mine.member, expected.member, SHAPE)
        elif expected.type_name == "map":
            assert_same(mine.key, expected.key, SHAPE)
            assert_same(mine.value, expected.value, SHAPE)
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
