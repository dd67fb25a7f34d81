"""tools/update_models.py against a botocore that was made newer by hand, and older again."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore
import pytest

from repository import ROOT

INSTALLED = Path(botocore.__file__).parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The tool with models/ of its own. Its recorders, which other tests cover, do nothing."""
    folder = tmp_path / "checkout"
    for part in ("tools", "models"):
        shutil.copytree(ROOT / part, folder / part)
    # tools/update_types.py reads the session's signatures and writes stubs beside it.
    (folder / "python/fastbedrock/_client").mkdir(parents=True)
    shutil.copy(ROOT / "python/fastbedrock/session.py", folder / "python/fastbedrock")
    for recorder in (folder / "tools").glob("record_*.py"):
        recorder.write_text("")
    return folder


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """A folder with a botocore that has a newer version and newer models of the runtime."""
    site = tmp_path / "site"

    def other_services(folder: str, names: list[str]) -> list[str]:
        if Path(folder) != INSTALLED / "data":
            return []
        return [name for name in names if "." not in name and not name.startswith("bedrock")]

    shutil.copytree(INSTALLED, site / "botocore", ignore=other_services)
    init = site / "botocore" / "__init__.py"
    init.write_text(init.read_text().replace(f"'{botocore.__version__}'", "'9.9.9'"))
    [place] = (site / "botocore" / "data" / "bedrock-runtime").iterdir()
    model = json.loads(gzip.decompress((place / "service-2.json.gz").read_bytes()))
    change(model)
    (place / "service-2.json.gz").write_bytes(gzip.compress(json.dumps(model).encode()))
    waiters = {"version": 2, "waiters": {"Done": {"delay": 1}}}
    (place / "waiters-2.json").write_text(json.dumps(waiters))
    return site


def change(model: dict[str, Any]) -> None:
    shapes, operations = model["shapes"], model["operations"]
    shapes["FutureThing"] = {"type": "string", "max": 9}
    shapes["CountTokensRequest"]["members"]["future"] = {"shape": "FutureThing"}
    operations["Foretell"] = {"name": "Foretell", "http": {"method": "GET", "requestUri": "/f"}}
    del operations["ApplyGuardrail"]


def update(checkout: Path, *site: Path) -> dict[str, list[str]]:
    """What the tool prints, by service."""
    done = subprocess.run(
        [sys.executable, checkout / "tools" / "update_models.py"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, site))},
    )
    assert done.returncode == 0, done.stderr
    lines: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if not line.startswith(" "):
            lines[line] = []
        else:
            lines[[*lines][-1]].append(line)
    return lines


def test_a_newer_botocore_shows_its_changes_and_an_older_one_takes_them_back(
    checkout: Path, newer: Path
) -> None:
    version = botocore.__version__
    before = {path: path.read_bytes() for path in (checkout / "models").rglob("*.json")}
    changed = update(checkout, newer)
    assert changed.pop(f"bedrock-runtime: botocore {version} to 9.9.9") == [
        "  ApplyGuardrail: removed",
        "  CountTokens:",
        "    input: future added: string, optional, max 9",
        "  Foretell: added",
        "  waiter Done added: {'delay': 1}",
    ]
    assert {line.partition(":")[2] for line in changed if line.startswith("bedrock")} == {
        f" botocore {version} to 9.9.9"
    }
    assert all(lines in ([], ["  nothing changed"]) for lines in changed.values())
    again = update(checkout, newer)
    assert again["bedrock-runtime: botocore 9.9.9 to 9.9.9"] == ["  nothing changed"]
    back = update(checkout)
    assert sorted(back[f"bedrock-runtime: botocore 9.9.9 to {version}"]) == [
        "    input: future removed: string, optional, max 9",
        "  ApplyGuardrail: added",
        "  CountTokens:",
        "  Foretell: removed",
        "  waiter Done removed: {'delay': 1}",
    ]
    assert {path: path.read_bytes() for path in (checkout / "models").rglob("*.json")} == before
