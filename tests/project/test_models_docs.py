"""The commands and the example in docs/models.md do what the page says."""

from __future__ import annotations

import re
import subprocess
import sys

import botocore

from programs import run_python
from repository import ROOT

PAGE = (ROOT / "docs" / "models.md").read_text("utf-8")


def test_the_example_lists_every_service() -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    [line] = [line for line in run_python(example).splitlines() if "bedrock-runtime" in line]
    assert re.fullmatch(r"bedrock-runtime \d{4}-\d\d-\d\d built in \S+", line)


def test_the_command_prints_botocores_folder() -> None:
    [code] = re.findall(r"python -c '(.*?)'", PAGE)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert found.stdout.strip() == botocore.__path__[0]


def test_the_page_names_the_version_of_the_models() -> None:
    assert f"botocore {botocore.__version__}" in PAGE
