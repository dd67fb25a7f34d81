"""What ``python -m fastbedrock`` says of itself."""

from __future__ import annotations

import pytest

import fastbedrock
from fastbedrock.__main__ import main

COMMANDS = ["local", "models", "run", "startup"]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """The exit status, the output and the errors."""
    try:
        status: object = main([*arguments])
    except SystemExit as end:
        status = end.code
    return (status, *capsys.readouterr())


def test_the_version_is_told(capsys):
    told = f"fastbedrock {fastbedrock.__version__}\n"
    assert said(capsys, "--version") == (0, told, "")


def test_the_commands_are_listed_on_request_and_without_any(capsys):
    status, text, errors = said(capsys, "--help")
    assert (status, errors) == (0, "")
    assert all(f"\n    {command} " in text for command in COMMANDS)
    assert "--version" in text
    assert said(capsys) == (2, "", text)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(capsys, command):
    status, text, errors = said(capsys, command, "--help")
    assert (status, errors) == (0, "")
    assert f"python -m fastbedrock {command}" in text


@pytest.mark.parametrize(("name", "meant"), [("lcoal", "local"), ("model", "models"), ("x", None)])
def test_an_unknown_command_is_an_error_that_lists_the_known(capsys, name, meant):
    status, text, errors = said(capsys, name)
    assert (status, text) == (2, "")
    assert f"there is no command {name!r}" in errors
    assert ("did you mean" in errors) == (meant is not None)
    assert meant is None or f"did you mean {meant}?" in errors
    assert all(command in errors for command in COMMANDS)


def test_a_program_that_does_not_exist_is_named(capsys):
    status, text, errors = said(capsys, "run", "no-such.py")
    assert (status, text) == (2, "")
    assert errors.strip().endswith("there is no file 'no-such.py'")


@pytest.mark.parametrize(
    ("command", "arguments", "error"),
    [
        ("local", ["--prot", "1"], "unrecognized arguments: --prot 1"),
        ("models", ["--all"], "unrecognized arguments: --all"),
        ("startup", ["here"], "unrecognized arguments: here"),
        ("run", ["--fast", "no-such.py"], "a script, or -m and a module, is needed"),
        ("run", ["-m"], "a script, or -m and a module, is needed"),
        ("run", [], "a script, or -m and a module, is needed"),
    ],
)
def test_a_wrong_option_shows_the_usage_of_its_command(capsys, command, arguments, error):
    status, text, errors = said(capsys, command, *arguments)
    assert (status, text) == (2, "")
    assert errors.startswith(f"usage: python -m fastbedrock {command}")
    assert errors.endswith(f"python -m fastbedrock {command}: error: {error}\n")
