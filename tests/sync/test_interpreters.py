"""With several interpreters in a process, the core works in the first that imports it."""

from __future__ import annotations

import pytest

from programs import Program

USE = """
import os
try:
    import fastbedrock
    fastbedrock.client("bedrock-runtime", "us-east-1").converse()
except ImportError:
    os.write(1, b'"refused"\\n')
except fastbedrock.exceptions.ParamValidationError:
    os.write(1, b'"works"\\n')
"""
PROGRAM = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
from programs import arguments

use, places = arguments()
for place in places:
    if place == "main":
        exec(use)
    else:
        interpreter = interpreters.create()
        interpreters.run_string(interpreter, use)
        interpreters.destroy(interpreter)
"""


def used_in(*places: str) -> list[object]:
    """The results of using the core in each of these interpreters, one after another."""
    with Program(PROGRAM, [USE, places]) as program:
        found: list[object] = [program.next() for _ in places]
        assert (program.end(), program.errors) == (0, "")
    return found


@pytest.mark.parametrize("others", [1, 3])
def test_the_main_interpreter_keeps_working_and_others_are_refused(others: int) -> None:
    places = ["main", *["another"] * others, "main"]
    assert used_in(*places) == ["works", *["refused"] * others, "works"]


def test_using_the_core_after_a_subinterpreter_is_an_error_and_no_crash() -> None:
    """From Python 3.12 on, a subinterpreter has its own GIL and may not import the core at all."""
    assert used_in("another", "main") in [["works", "refused"], ["refused", "works"]]
