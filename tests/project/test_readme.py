"""The example in README.md runs as it is, and its commands exist."""

from __future__ import annotations

import re
import subprocess
import sys

from page_examples import examples_of, run
from repository import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_example_runs():
    assert run(examples_of(ROOT / "README.md")) == ["The sea is wide."]


def test_the_links_and_images_are_addresses_of_files():
    text, *addresses = re.split(r"^(?=\[\w+\]: )", README, flags=re.MULTILINE)
    defined = [address[1 : address.index("]")] for address in addresses]
    # The name is in the last brackets of a link.
    assert sorted(set(re.findall(r"\[(\w+)\](?!\[)", text))) == defined
    files = re.findall(r"/main/([\w./-]+)", README)
    assert len(files) == len(defined) + 2
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_swap_is_two_lines():
    diff = re.search(r"```diff\n(.*?)```", README, re.DOTALL)
    assert diff is not None
    assert [line[0] for line in diff[1].splitlines()] == ["-", "+", "-", "+"]


def test_both_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in ("demo", "test"):
        assert f"make {command} " in README
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)


def test_the_demo_runs():
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "demo.py"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    for shown in ("stopped: end_turn", "the model calls get_weather", "256 dimensions"):
        assert shown in done.stdout
    assert "ValidationException: An error occurred (ValidationException)" in done.stdout
