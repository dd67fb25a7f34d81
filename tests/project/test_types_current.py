"""The stubs that follow from models/ are what the tool writes."""

from __future__ import annotations

import gzip
import re

from repository import ROOT, load_tool


def test_stubs_are_current():
    for path, text in load_tool("update_types").wanted().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run tools/update_types.py"


def test_stubs_take_at_most_20_kb_of_the_wheel():
    texts = load_tool("update_types").wanted().values()
    assert sum(len(gzip.compress(text.encode())) for text in texts) < 20_000


def test_the_tests_use_the_extra():
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    extra, group = re.findall(r"^types = \[\n(.*?)^\]", project, re.MULTILINE | re.DOTALL)
    assert group == extra
