"""The Python examples of a page of the documentation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from programs import Program

READER = """
import ast, asyncio, io, types
from contextlib import redirect_stdout
from programs import arguments, say

async def main():
    names = {"__builtins__": __builtins__}
    for number, example in enumerate(arguments()):
        code = compile(example, f"<example {number}>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        with redirect_stdout(io.StringIO()) as printed:
            started = types.FunctionType(code, names)()
            if asyncio.iscoroutine(started):
                await started
        say(printed=printed.getvalue())

asyncio.run(main())
"""


def examples_of(page: Path) -> list[str]:
    """The blocks of Python code."""
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def run(examples: list[str], environment: Mapping[str, str | None] | None = None) -> list[str]:
    """Run the examples in a program of their own, on one loop, with top-level ``await``.

    Returns what each of them prints. Raises AssertionError if one fails.
    """
    with Program(READER, examples, environment) as reader:
        try:
            printed = [reader.next()["printed"] for _ in examples]
        except EOFError:
            raise AssertionError(reader.errors) from None
        assert reader.end() == 0, reader.errors
    return printed


def missing_links(page: Path) -> list[str]:
    """The targets of links to files and folders that do not exist."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    return [target for target in targets if not (page.parent / target).exists()]
