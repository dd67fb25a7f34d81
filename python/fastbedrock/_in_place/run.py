"""Programs that run with boto3 accelerated in place, without a change in their code."""

from __future__ import annotations

import os
import runpy
import sys
import sysconfig

from fastbedrock._in_place import install

#: Turns the installation at the start of an interpreter on, if it is ``1``.
VARIABLE = "FASTBEDROCK_INSTALL"

_STARTUP = (
    f'import os; os.environ.get("{VARIABLE}") == "1" and __import__("fastbedrock").install()\n'
)


def run(arguments: list[str]) -> None:
    """Run ``script.py`` or ``-m module``, with its arguments, as Python's own command does."""
    install()
    if arguments[0] == "-m" and len(arguments) > 1:
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.realpath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


def startup_file() -> str:
    """The file by which each interpreter of this environment asks for the variable."""
    return os.path.join(sysconfig.get_path("purelib"), "fastbedrock_startup.pth")


def write_startup_file() -> None:
    with open(startup_file(), "w", encoding="utf-8") as file:
        file.write(_STARTUP)


def remove_startup_file() -> None:
    if os.path.exists(startup_file()):
        os.remove(startup_file())
