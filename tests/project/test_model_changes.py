"""What `make update-models` prints: the difference of two models, operation by operation."""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from repository import ROOT

Model = dict[str, Any]
Report = Callable[[Model, Model], list[str]]

MODEL = {
    "service-2": {
        "metadata": {"serviceId": "Made Up"},
        "operations": {
            "Act": {
                "name": "Act",
                "http": {"method": "POST", "requestUri": "/act"},
                "input": {"shape": "Input"},
                "errors": [{"shape": "Failure"}],
            },
            "Rest": {"name": "Rest", "http": {"method": "GET", "requestUri": "/rest"}},
        },
        "shapes": {
            "Text": {"type": "string"},
            "Input": {
                "type": "structure",
                "required": ["name"],
                "members": {"name": {"shape": "Text"}, "inner": {"shape": "Inner"}},
            },
            "Inner": {
                "type": "structure",
                "members": {"again": {"shape": "Inner"}, "texts": {"shape": "Texts"}},
            },
            "Texts": {"type": "list", "member": {"shape": "Text"}},
            "Failure": {"type": "structure", "members": {"message": {"shape": "Text"}}},
        },
    },
    "paginators-1": {"pagination": {"Act": {"limit_key": "n"}}},
    "waiters-2": {"waiters": {}},
}


@pytest.fixture(scope="module")
def changes() -> Iterator[Report]:
    sys.path.insert(0, str(ROOT / "tools"))
    yield importlib.import_module("model_changes").changes
    sys.path.remove(str(ROOT / "tools"))


@pytest.fixture
def new() -> Model:
    return copy.deepcopy(MODEL)


def test_equal_models_have_no_changes(changes: Report, new: Model) -> None:
    assert changes(MODEL, new) == []


def test_operations(changes: Report, new: Model) -> None:
    operations = new["service-2"]["operations"]
    operations["Play"] = operations.pop("Rest")
    assert changes(MODEL, new) == ["Rest: removed", "Play: added"]


def test_members_wherever_they_are(changes: Report, new: Model) -> None:
    shapes = new["service-2"]["shapes"]
    shapes["Deep"] = {"type": "structure", "members": {"text": {"shape": "Text"}}}
    shapes["Inner"]["members"]["deep"] = {"shape": "Deep"}
    shapes["Input"]["required"] = []
    del shapes["Inner"]["members"]["texts"]
    assert changes(MODEL, new) == [
        "Act:",
        "  input: inner.deep added: structure, optional",
        "  input: inner.texts removed: list, optional",
        "  input: name changed: string, required to string, optional",
    ]


def test_types_and_limits(changes: Report, new: Model) -> None:
    new["service-2"]["shapes"]["Text"] |= {"max": 9, "enum": ["a", "b"]}
    lines = changes(MODEL, new)
    assert "  input: name changed: string, required to string, required, max 9, one of a b" in lines
    assert any(line.startswith("  input: inner.texts[] changed: ") for line in lines)
    assert any(line.startswith("  error Failure changed: ") for line in lines)


def test_errors_bindings_paginators_and_waiters(changes: Report, new: Model) -> None:
    new["service-2"]["operations"]["Act"]["errors"] = []
    new["service-2"]["operations"]["Act"]["http"]["requestUri"] = "/acts"
    new["paginators-1"]["pagination"] = {}
    new["waiters-2"]["waiters"] = {"Done": {"delay": 1}}
    assert changes(MODEL, new) == [
        "Act:",
        "  error Failure removed: {} of message: string, optional",
        "  http changed: {'method': 'POST', 'requestUri': '/act'} "
        "to {'method': 'POST', 'requestUri': '/acts'}",
        "paginator Act removed: {'limit_key': 'n'}",
        "waiter Done added: {'delay': 1}",
    ]


def test_a_service_that_is_new(changes: Report, new: Model) -> None:
    lines = changes({}, new)
    assert {"Act: added", "Rest: added"} <= {*lines}
