"""Type checkers pass correct user code and find mistakes, with and without the extra ``types``.

The modules in tests/data/typing and the examples in docs/typing.md are checked, never run. A line
that must fail says so: the codes of mypy are before the bar, those of pyright after it.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

import fastbedrock
from repository import ROOT

SAMPLES = ROOT / "tests" / "data" / "typing"
WITHOUT_EXTRA = sorted(SAMPLES.glob("*/without_extra.py"))
FILES = {
    "with": sorted({*SAMPLES.glob("*/*.py")} - {*WITHOUT_EXTRA}),
    "without": WITHOUT_EXTRA,
}
TIMEOUT = 300

# Sets of file, line and code.
Errors = set[tuple[str, int, str]]


def expected(files: list[Path], checker: int) -> Errors:
    errors = set()
    for file in files:
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if found := re.search(r"# error: (.*) \| (.*)", line):
                codes = found[1 + checker].split()
                errors |= {(shown(file), number, code) for code in codes}
    return errors


def shown(file: Path) -> str:
    return "/".join(file.parts[-2:])


class Checks:
    """One run of each checker for each environment, all at the same time."""

    def __init__(self, folder: Path, caches: Path) -> None:
        examples = folder / "docs" / "examples.py"
        examples.parent.mkdir()
        page = (ROOT / "docs" / "typing.md").read_text("utf-8")
        examples.write_text("\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)))
        self.files = {**FILES, "with": [*FILES["with"], examples]}
        self._running = {}
        for name, files in self.files.items():
            python = self._environment(folder / name, with_extra=name == "with")
            cache = f"--cache-dir={caches / name}"
            mypy = ["mypy", "--strict", "--config-file=", "--explicit-package-bases", cache]
            self._start("mypy", name, [*mypy, f"--python-executable={python}"], files)
            self._start(
                "pyright", name, ["pyright", "--outputjson", f"--pythonpath={python}"], files
            )

    @staticmethod
    def _environment(folder: Path, with_extra: bool) -> Path:
        """An environment with this package and, if wanted, all that this process has."""
        venv.create(folder, symlinks=os.name != "nt")
        paths = [os.fspath(Path(fastbedrock.__file__).parent.parent)]
        if with_extra:
            paths.append(sysconfig.get_path("purelib"))
        (packages,) = folder.rglob("site-packages")
        (packages / "paths.pth").write_text("\n".join(paths))
        scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        return scripts / Path(sys.executable).name

    def _start(self, checker: str, environment: str, command: list[str], files: list[Path]) -> None:
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._running[checker, environment] = subprocess.Popen(
            [sys.executable, "-m", *command, *map(os.fspath, files)],
            cwd=SAMPLES,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def mypy(self, environment: str) -> Errors:
        said = self._output("mypy", environment)
        lines = re.findall(r"^(.*\.py):(\d+): error: .*\[([\w-]+)\]$", said, re.MULTILINE)
        assert len(lines) == said.count(": error: "), said
        return {(shown(Path(file)), int(line), code) for file, line, code in lines}

    def pyright(self, environment: str) -> Errors:
        said = json.loads(self._output("pyright", environment))["generalDiagnostics"]
        return {
            (shown(Path(each["file"])), each["range"]["start"]["line"] + 1, each.get("rule", ""))
            for each in said
            if each["severity"] == "error"
        }

    def _output(self, checker: str, environment: str) -> str:
        process = self._running[checker, environment]
        said, failure = process.communicate(timeout=TIMEOUT)
        assert process.returncode in (0, 1), failure + said
        return said

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def checks(request, tmp_path_factory) -> Iterator[Checks]:
    caches = Path(request.config.cache.mkdir("typing"))
    running = Checks(tmp_path_factory.mktemp("typing"), caches)
    yield running
    running.close()


@pytest.mark.parametrize("environment", FILES)
def test_mypy_finds_the_mistakes_and_nothing_else(checks, environment):
    assert checks.mypy(environment) == expected(checks.files[environment], 0)


@pytest.mark.parametrize("environment", FILES)
def test_pyright_finds_the_mistakes_and_nothing_else(checks, environment):
    assert checks.pyright(environment) == expected(checks.files[environment], 1)


def test_the_stubs_have_the_parameters_of_the_methods():
    stubs = Path(fastbedrock.__file__).parent / "_client" / "operations.pyi"
    classes = ast.parse(stubs.read_text("utf-8")).body
    operations = {each.name: each.body for each in classes if isinstance(each, ast.ClassDef)}
    for service in fastbedrock.Session().get_available_services():
        cls = type(fastbedrock.client(service, region_name="us-east-1"))
        shown = {each.name: each.args for each in operations[f"{cls.__name__}Operations"]}
        assert shown.keys() == {name for name in cls._PY_TO_OP_NAME if name in vars(cls)}
        for method, stub in shown.items():
            _, *parameters = inspect.signature(getattr(cls, method)).parameters.values()
            defaults = zip(stub.kwonlyargs, stub.kw_defaults, strict=True)
            assert {name.arg: default is None for name, default in defaults} == {
                each.name: each.default is each.empty for each in parameters
            }


def test_the_classes_for_annotations_are_those_of_the_clients():
    assert fastbedrock.types.BedrockRuntime is fastbedrock.BedrockRuntime
    assert fastbedrock.types.AsyncBedrockRuntime is fastbedrock.AsyncBedrockRuntime
    with pytest.raises(AttributeError, match=r"module 'fastbedrock.types' has no attribute 'X'"):
        fastbedrock.types.X  # noqa: B018
