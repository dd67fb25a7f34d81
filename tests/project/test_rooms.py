"""The rooms of the Rust core know each other in one direction only (ARCHITECTURE.md)."""

from __future__ import annotations

import re

import pytest

from repository import ROOT

# Each room and the rooms that it uses.
ARROWS = {
    "model": set(),
    "codec": {"model"},
    "transport": {"model"},
    "local": {"model"},
    "python": {"codec", "local", "model", "transport"},
}
# What a room must not know at all.
FOREIGN = {
    "model": r"pyo3|tokio|hyper|http|serde\w*|aws_\w+|std::(?:env|fs|io|net|process|thread)",
    "codec": r"tokio|hyper|http|aws_(?!smithy_types)\w+|std::(?:env|fs|net|process|thread)",
    "transport": r"pyo3",
    "local": r"pyo3",
    "python": r"hyper|aws_(?!smithy_types)\w+|std::(?:env|fs|net|process)",
}


@pytest.mark.parametrize("room", ARROWS)
def test_room_uses_the_rooms_below_it_and_nothing_foreign(room):
    used = set()
    for file in sorted((ROOT / "src" / room).rglob("*.rs")):
        code = re.sub(r"//.*", "", file.read_text("utf-8"))
        used |= set(re.findall(r"\bcrate::(\w+)", code)) - {room}
        foreign = re.search(rf"\b(?:{FOREIGN[room]})\b(?=::|;)", code)
        assert foreign is None, f"{file} knows {foreign[0]}"
        # Forms that the search above does not see through.
        assert "crate::{" not in code, file
        assert file.parent.name != room or file.name != "mod.rs" or "\nuse super::" not in code
    assert used == ARROWS[room]
