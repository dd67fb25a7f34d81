"""The model files are what the tool writes, and contain nothing that the codec does not support."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore
import botocore.loaders
import pytest

from repository import ROOT

FILES = sorted((ROOT / "models").glob("*/*/service-2.json"))

# The locations of members outside the body, with the types that the codec supports there.
BOUND_INPUTS = {
    "uri": {"string"},
    "header": {"string"},
    "querystring": {"string", "integer", "boolean", "timestamp", "list"},
}
BOUND_OUTPUTS = {
    "header": {"string", "integer", "boolean", "timestamp"},
    "statusCode": {"integer"},
}
# Traits of botocore's that change the wire and that no Bedrock service uses.
UNSUPPORTED = {"eventheader", "eventpayload", "hostLabel", "flattened", "jsonvalue"}


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    # Tools import their neighbours.
    sys.path.insert(0, str(ROOT / "tools"))
    yield importlib.import_module("update_models")
    sys.path.remove(str(ROOT / "tools"))


def named(path: Path) -> str:
    return path.parents[1].name


@pytest.mark.parametrize("path", FILES, ids=named)
def test_model_is_current_for_the_botocore_it_names(path, tool):
    named_version = json.loads(path.read_text("utf-8"))["botocore"]
    if named_version != botocore.__version__:
        pytest.skip(f"{path.name} is of botocore {named_version}, not {botocore.__version__}")
    assert tool.present(named(path)) == tool.wanted(named(path))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_botocore_can_load_the_files(path):
    loader = botocore.loaders.Loader([str(ROOT / "models")], include_default_search_paths=False)
    for file in path.parent.iterdir():
        assert loader.load_service_model(named(path), file.stem)
    assert loader.list_available_services("service-2") == [named(each) for each in FILES]


def test_all_models_together_take_at_most_300_kb_of_the_wheel():
    files = (ROOT / "models").glob("*/*/*.json")
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 300_000


def test_tool_knows_the_services_that_there_are(tool):
    assert sorted(tool.SERVICES) == [named(path) for path in FILES]


def test_tool_ignores_the_models_of_its_user(tool, tmp_path, monkeypatch):
    loader = tool.botocore.loaders.Loader
    monkeypatch.setattr(loader, "CUSTOMER_DATA_PATH", str(tmp_path))
    (tmp_path / "bedrock-runtime" / "2099-01-01").mkdir(parents=True)
    own = tmp_path / "bedrock-runtime" / "2099-01-01" / "service-2.json"
    own.write_text('{"metadata": {}, "operations": {}, "shapes": {}}')
    assert tool.facts("bedrock-runtime")["service-2"]["operations"]


def test_members_named_like_prose_are_kept(tool):
    reference = {"shape": "documentation", "documentation": "prose"}
    structure = {"type": "structure", "members": {"documentation": reference, "members": reference}}
    model = {"documentation": "prose", "shapes": {"documentation": structure}}
    bare = {"shape": "documentation"}
    assert tool.without_prose(model) == {
        "shapes": {
            "documentation": {
                "type": "structure",
                "members": {"documentation": bare, "members": bare},
            }
        }
    }


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_codec_supports_the_whole_model(path):
    model = json.loads(path.read_text("utf-8"))
    [protocol] = model["metadata"]["protocols"]
    assert protocol in ("json", "rest-json")
    shapes = model["shapes"]
    for name, shape in shapes.items():
        references = [shape[key] for key in ("member", "key", "value") if key in shape]
        for traits in (shape, *references, *shape.get("members", {}).values()):
            # jsonvalue has a meaning in headers only.
            unsupported = UNSUPPORTED & traits.keys()
            assert unsupported <= ({"jsonvalue"} if "location" not in traits else set()), name
    for operation in model["operations"].values():
        for side, bound in (("input", BOUND_INPUTS), ("output", BOUND_OUTPUTS)):
            if side in operation:
                # In the protocol json, every member is in the body.
                bound = bound if protocol == "rest-json" else {}
                check_bindings(shapes, operation[side], bound)


def check_bindings(
    shapes: dict[str, Any], reference: dict[str, Any], bound: dict[str, set[str]]
) -> None:
    structure = shapes[reference["shape"]]
    for name, member in structure["members"].items():
        if "location" in member:
            where = f"{reference['shape']}.{name}"
            assert shapes[member["shape"]]["type"] in bound[member["location"]], where
    payload = structure.get("payload")
    if payload:
        kind = shapes[structure["members"][payload]["shape"]]
        assert kind["type"] in ("blob", "structure"), reference
