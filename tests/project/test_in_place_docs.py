"""The examples and commands in docs/in_place.md do what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

import fastbedrock
from fastbedrock._in_place import run
from repository import ROOT

PAGE = (ROOT / "docs" / "in_place.md").read_text("utf-8")
SCRIPT = """
import sys, fastbedrock
print(__name__, fastbedrock.installed(), *sys.argv[1:])
"""


@pytest.fixture(autouse=True)
def undone():
    yield
    fastbedrock.uninstall()


def test_the_examples_run(capsys):
    names: dict[str, object] = {}
    os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "a"
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 3
    for example in (examples[0], examples[2], examples[1]):
        exec(example, names)
    assert capsys.readouterr().out == "True None\n"
    assert not fastbedrock.installed()


def python(*arguments, **variables):
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT / "python"), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip(), done.stderr


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "own_script.py"
    path.write_text(SCRIPT)
    return path


def test_run_takes_a_script_or_a_module(script):
    for program in ([str(script)], ["-m", "own_script"]):
        path = os.pathsep.join([str(ROOT / "python"), str(script.parent)])
        command = ["-m", "fastbedrock", "run", *program, "--its", "-m", "arguments"]
        assert python(*command, PYTHONPATH=path)[0] == "__main__ True --its -m arguments"


@pytest.mark.parametrize("program", [[], ["--help"]])
def test_run_says_how_it_is_used(program):
    printed = "".join(python("-m", "fastbedrock", "run", *program))
    assert "run (script.py | -m module)" in printed


def test_a_script_that_fails_fails(tmp_path):
    path = tmp_path / "failing.py"
    path.write_text("raise SystemExit(7)")
    command = [sys.executable, "-m", "fastbedrock", "run", str(path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    assert subprocess.run(command, env=env, timeout=60).returncode == 7


def test_the_variable_installs_at_the_start_only_if_it_is_1(script, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "startup_file", lambda: str(tmp_path / "site" / "own.pth"))
    (tmp_path / "site").mkdir()
    run.write_startup_file()
    start = f"import site; site.addsitedir({str(tmp_path / 'site')!r})"
    program = f"{start}\nimport fastbedrock; print(fastbedrock.installed())"
    found = [python("-c", program, FASTBEDROCK_INSTALL=value)[0] for value in ("", "0", "1")]
    assert found == ["False", "False", "True"]
    run.remove_startup_file()
    assert python("-c", program, FASTBEDROCK_INSTALL="1") == ("False", "")
    run.remove_startup_file()
