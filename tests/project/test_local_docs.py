"""The examples in docs/local.md run as they are, and its tables are complete."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys

import pytest

from repository import ROOT

PAGE = (ROOT / "docs" / "local.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(number, tmp_path):
    example = EXAMPLES[number]
    if "langchain" in example and importlib.util.find_spec("langchain_aws") is None:
        pytest.skip("langchain-aws is not installed")
    path = tmp_path / f"test_example_{number}.py"
    is_tests = "def test_" in example
    path.write_text(example if is_tests else f"def test_example():\n{indented(example)}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "fastbedrock.pytest_plugin", str(path)]
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout
    assert f"{max(1, example.count('def test_'))} passed" in run.stdout


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def test_the_page_names_every_setting_and_fault():
    tables = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    source = ROOT / "src" / "local"
    settings = re.findall(
        r'(?:has|count|seconds|read|list|take)\("(\w+)"',
        (source / "scenario/settings.rs").read_text(),
    )
    faults = re.findall(r'^ +"(\w+)" =>', (source / "faults/fault.rs").read_text(), re.MULTILINE)
    assert len(faults) == 12
    inner = {"seconds", "output_folder", "failure"}
    assert set(settings) - inner <= set(tables)
    assert set(faults) <= set(tables)
