"""An extension of griffe: the docstrings as Markdown with the sections that griffe knows."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|attr|mod|exc):`~?([^`]+)`")
ARGUMENTS = re.compile(r"^(Arguments[^:\n]*):$", re.MULTILINE)
# The tree of the exceptions.
TREE = re.compile(r"^\w+\n(?: +[x+].*\n|\w+\n)+", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Rewrites each docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    text = TREE.sub(lambda tree: f"```text\n{tree[0].replace('``', '')}```\n", text)
    text = ROLE.sub(r"`\1`", text)
    # A section of griffe may have a title of its own.
    return ARGUMENTS.sub(r"Args: \1", text)
