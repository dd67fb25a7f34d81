"""Errors say what the models of an installed botocore know, and which setting uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_folders import description, write
from programs import Program
from repository import ROOT

RUNTIME, NEW = "bedrock-runtime", "bedrock-made-up"
CODE = """
import os, sys
from programs import arguments, say
sys.path.insert(0, arguments()["site"])
import fastbedrock

def text(work):
    try:
        return repr(work())
    except Exception as error:
        return str(error)

def client(service="bedrock-runtime"):
    keys = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}
    return fastbedrock.client(service, "us-east-1", **keys)

def apply(**params):
    return client().apply_guardrail(
        guardrailIdentifier="g", guardrailVersion="1", source="INPUT", content=[], **params
    )

say(
    parameter=text(lambda: apply(futureThing="x", nonsense=1)),
    nonsense=text(lambda: apply(nonsense=1)),
    operation=text(lambda: client().foretell),
    no_operation=text(lambda: client().nonsense),
    service=text(lambda: client("bedrock-made-up")),
    no_service=text(lambda: client("bedrock-nonsense")),
    loaded="botocore" in sys.modules,
)
os.environ["AWS_DATA_PATH"] = arguments()["site"] + "/botocore/data"
say(
    operation=text(lambda: client().foretell),
    service=text(lambda: client("bedrock-made-up")),
    parameter=text(lambda: client()._engine.prepare("ApplyGuardrail", {
        "guardrailIdentifier": "g", "guardrailVersion": "1", "source": "INPUT", "content": [],
        "futureThing": "x",
    })),
)
"""


def built_in() -> tuple[str, dict[str, Any]]:
    """The API version and the content of the runtime's model."""
    [path] = (ROOT / "models" / RUNTIME).glob("*/service-2.json")
    return path.parent.name, json.loads(path.read_text("utf-8"))


def install(site: Path, version: str = "1.99.0") -> None:
    """A botocore whose models have a parameter, an operation and a service more than ours."""
    package = site / "botocore"
    package.mkdir()
    (package / "__init__.py").write_text(f"import nothing\n__version__ = '{version}'\n")
    api_version, model = built_in()
    del model["botocore"]
    shape = model["operations"]["ApplyGuardrail"]["input"]["shape"]
    model["shapes"][shape]["members"]["futureThing"] = {"shape": "FutureThing"}
    model["shapes"]["FutureThing"] = {"type": "string"}
    foretell = {"name": "Foretell", "http": {"method": "POST", "requestUri": "/foretell"}}
    model["operations"]["Foretell"] = foretell
    write(package / "data", RUNTIME, api_version, model, ending=".json.gz")
    write(package / "data", NEW, "2026-01-01", description(NEW, "2026-01-01", "Act"))


def report(site: Path, **environment: str) -> tuple[dict[str, Any], dict[str, Any]]:
    with Program(CODE, {"site": str(site)}, environment) as program:
        return program.next(), program.next()


def test_the_hint_names_the_setting_that_helps(tmp_path: Path) -> None:
    install(tmp_path)
    hints, used = report(tmp_path)
    advice = (
        "the installed botocore 1.99.0 knows {}; "
        f"set AWS_DATA_PATH={tmp_path}/botocore/data to use its models"
    )
    *problems, hint = hints["parameter"].splitlines()
    assert problems[0] == "Parameter validation failed:"
    assert [line.split(",")[0] for line in problems[1:]] == [
        'Unknown parameter in input: "futureThing"',
        'Unknown parameter in input: "nonsense"',
    ]
    assert hint == advice.format('"futureThing"')
    assert "1.99.0" not in hints["nonsense"]
    attribute = "'BedrockRuntime' object has no attribute"
    assert hints["operation"] == f"{attribute} 'foretell': {advice.format('it')}"
    assert hints["no_operation"] == f"{attribute} 'nonsense'"
    assert hints["service"].endswith(f"bedrock-runtime ({advice.format('it')})")
    assert "1.99.0" not in hints["no_service"]
    assert hints["loaded"] is False
    assert used["operation"].startswith("<bound method")
    assert used["service"].startswith("<fastbedrock.BedrockMadeUp")
    assert "Prepared" in used["parameter"]


def test_the_setting_keeps_the_folders_that_are_set(tmp_path: Path) -> None:
    install(tmp_path)
    hints, _ = report(tmp_path, AWS_DATA_PATH="/elsewhere")
    for name in ("parameter", "operation", "service"):
        assert f"set AWS_DATA_PATH={tmp_path}/botocore/data:/elsewhere to use" in hints[name]


@pytest.mark.parametrize("what", ["an older API version", "damage", "no data", "our own version"])
def test_no_hint_if_the_setting_would_not_help(what: str, tmp_path: Path) -> None:
    install(tmp_path, built_in()[1]["botocore"] if what == "our own version" else "1.99.0")
    data = tmp_path / "botocore" / "data"
    [path] = (data / RUNTIME).glob("*/service-2.json.gz")
    if what == "an older API version":
        path.parent.rename(data / RUNTIME / "2001-01-01")
    elif what == "damage":
        path.write_bytes(b"damaged")
    elif what == "no data":
        data.rename(tmp_path / "data")
    hints, _ = report(tmp_path)
    for name in ("parameter", "operation"):
        assert "the installed botocore" not in hints[name], hints[name]
