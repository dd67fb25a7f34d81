"""What the package claims is what the workflows test."""

from __future__ import annotations

import re

import pytest

import fastbedrock
from page_examples import examples_of, missing_links, run
from repository import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
REPOSITORY = "https://github.com/fastbedrock/fastbedrock"


def test_the_classifiers_name_the_pythons_that_are_tested() -> None:
    claimed = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PYPROJECT)
    ci, wheels = (path.read_text("utf-8") for path in WORKFLOWS)
    assert re.findall(r'"(3\.\d+)"', ci.split("python: [")[1].split("]")[0]) == claimed
    assert f'requires-python = ">={claimed[0]}"' in PYPROJECT
    # One wheel for all of them, and the tests are run with a build of that kind.
    wheel = f'"pyo3/abi3-py{claimed[0].replace(".", "")}"'
    assert re.search(f"^wheel = .*{wheel}", (ROOT / "Cargo.toml").read_text("utf-8"), re.MULTILINE)
    assert "--features wheel" in ci
    assert wheels.count("--features wheel") == wheels.count("args: --release")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_to_commits(workflow) -> None:
    uses = re.findall(r"uses: (.*)", workflow.read_text("utf-8"))
    assert uses
    assert [
        each for each in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", each)
    ] == []


def test_all_addresses_are_of_one_repository() -> None:
    files = [ROOT / "Cargo.toml", ROOT / "pyproject.toml", ROOT / "mkdocs.yml", *ROOT.glob("*.md")]
    files += [*ROOT.glob(".github/**/*.yml"), *ROOT.glob("python/fastbedrock/*.py")]
    text = "\n".join(file.read_text("utf-8") for file in files)
    ours = set(re.findall(r"https://github\.com/[\w-]*bedrock[\w-]*/[\w-]+", text))
    assert ours == {REPOSITORY}
    named = re.findall(rf"{REPOSITORY}/(?:blob|tree)/main/([\w./-]+\w)", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_pages_about_the_project_are_true() -> None:
    pages = [ROOT / "docs" / "versions.md", *ROOT.glob("*.md")]
    assert {page.name: missing_links(page) for page in pages if missing_links(page)} == {}
    [models] = run(examples_of(ROOT / "docs" / "versions.md"))
    reference = re.search(r'"botocore==([\d.]+)"', PYPROJECT)
    assert reference is not None
    assert {line.split()[-1] for line in models.splitlines()} == {reference[1]}
    for page in ("docs/versions.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        assert reference[1] in (ROOT / page).read_text("utf-8"), page
    assert fastbedrock.__version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")
