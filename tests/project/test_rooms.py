"""The project's folders and files depend on each other in one direction only (ARCHITECTURE.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from repository import ROOT

SRC = ROOT / "src"
PACKAGE = ROOT / "python" / "fastbedrock"

# Each folder of src/ and the folders that it uses.
ARROWS = {
    "error": set(),
    "model": set(),
    "runtime": {"error"},
    "log": {"error", "runtime"},
    "environment": {"error"},
    "http": {"environment", "error", "log", "runtime"},
    "credentials": {"environment", "error", "http", "log", "runtime"},
    "config": {"credentials", "environment", "error", "http", "log", "model"},
    "event_stream": {"error", "runtime"},
    "call": {"config", "credentials", "environment", "error", "http", "log", "model", "runtime"},
    "drive": {"call", "config", "credentials", "error", "event_stream", "http", "log", "runtime"},
    "codec": {"model"},
    "local": {"model"},
    "python": {
        "call",
        "codec",
        "config",
        "credentials",
        "drive",
        "environment",
        "error",
        "event_stream",
        "http",
        "local",
        "log",
        "model",
        "runtime",
    },
}
# What a folder must not know at all.
NO_PYTHON = r"pyo3"
FOREIGN = {
    "model": r"pyo3|tokio|hyper|http|aws_\w+|std::(?:env|net|process|thread)",
    "codec": r"tokio|hyper|http|aws_(?!smithy_types)\w+|std::(?:env|fs|net|process|thread)",
    "python": r"hyper|aws_(?!smithy_types)\w+|std::(?:env|fs|net|process)",
}


def rust_files() -> list[Path]:
    """The sources of the crate without its tests, in a fixed order."""
    files = (file for file in SRC.rglob("*.rs") if "bin" not in file.parts)
    return sorted(file for file in files if not is_test(file))


def is_test(file: Path) -> bool:
    """Whether only `cargo test` compiles the file."""
    names = [*file.relative_to(SRC).parent.parts, file.stem]
    return (
        "referee" in names
        or any(name.endswith("tests") for name in names)
        or file.stem == "reference"
    )


def code(file: Path) -> str:
    """The file without comments and without its module of tests."""
    text = re.sub(r"//.*", "", file.read_text("utf-8"))
    return re.split(r"#\[cfg\((?:all\()?test\b[^\]]*\][^{;]*\bmod tests\b", text)[0]


def module_of(file: Path) -> tuple[str, ...]:
    parts = file.relative_to(SRC).with_suffix("").parts
    return parts[:-1] if parts[-1] in ("mod", "lib") else parts


def paths_of_use(tree: str) -> Iterator[str]:
    """The paths that a `use` tree stands for: `a::{b, c::{d, e}}` is three paths."""
    prefix, brace, rest = tree.partition("{")
    if not brace:
        yield tree.partition(" as ")[0].strip()
        return
    depth, item = 0, ""
    for letter in rest.rstrip().removesuffix("}") + ",":
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            if item.strip():
                yield from (prefix.strip() + path for path in paths_of_use(item.strip()))
            item = ""
        else:
            item += letter


class RustFiles:
    """Which file of the crate uses which other one."""

    def __init__(self) -> None:
        self.files = {module_of(file): file for file in rust_files()}
        self.exported: dict[tuple[str, ...], tuple[str, ...]] = {}
        for module, file in self.files.items():
            for tree in re.findall(r"\bpub use ([^;]+);", code(file)):
                for path in paths_of_use(tree):
                    target = self.absolute(module, path.split("::"))
                    self.exported[(*module, target[-1])] = target

    def absolute(self, module: tuple[str, ...], path: list[str]) -> tuple[str, ...]:
        if path[0] == "crate":
            return tuple(path[1:])
        if path[0] == "self":
            path = path[1:]
        while path and path[0] == "super":
            module, path = module[:-1], path[1:]
        return (*module, *path)

    def owner(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        """The module of the file that defines what the path names."""
        seen = set()
        while path in self.exported and path not in seen:
            seen.add(path)
            path = self.exported[path]
        for length in range(len(path), 0, -1):
            if path[:length] in self.files:
                shorter = path[: length + 1]
                if length < len(path) and shorter in self.exported and shorter not in seen:
                    return self.owner((*self.exported[shorter], *path[length + 1 :]))
                return path[:length]
        return None

    def uses(self, module: tuple[str, ...]) -> set[tuple[str, ...]]:
        text = code(self.files[module])
        paths = [
            path for tree in re.findall(r"\buse ([^;]+);", text) for path in paths_of_use(tree)
        ]
        text = re.sub(r"\buse [^;]+;", "", text)
        paths += re.findall(r"\b(?:crate|super|self)(?:::\w+)+", text)
        children = {path[-1] for path in self.files if path[:-1] == module and path}
        if children:
            paths += re.findall(rf"(?<![\w:])(?:{'|'.join(sorted(children))})(?:::\w+)+", text)
        owners = (self.owner(self.absolute(module, path.split("::"))) for path in paths)
        return {owner for owner in owners if owner is not None and owner != module}

    def graph(self) -> dict[str, set[str]]:
        return {
            "/".join(module) or "lib": {"/".join(used) for used in self.uses(module)}
            for module in self.files
        }


def python_graph() -> dict[str, set[str]]:
    """Which module of the package imports which other one, inside functions too."""
    files = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}
    known = {*files, "fastbedrock._core"}
    graph = {}
    for name, file in files.items():
        imported: set[str] = set()
        package = name if file.stem == "__init__" else name.rpartition(".")[0]
        for node in at_run_time(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                    base = ".".join([*parents, *([base] if base else [])])
                for alias in node.names:
                    longer = f"{base}.{alias.name}"
                    imported.add(longer if longer in known else base)
        graph[name] = {module for module in imported if module in files} - {name}
    return graph


def name_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only type checkers read."""
    yield node
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        children: list[ast.AST] = list(node.orelse)
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from at_run_time(child)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of files each of which leads back to itself."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        found: set[str] = set()
        todo = [start]
        while todo:
            for used in graph.get(todo.pop(), ()):
                if used not in found:
                    found.add(used)
                    todo.append(used)
        reached[start] = found
    groups = {
        tuple(sorted(other for other in found if start in reached.get(other, ())))
        for start, found in reached.items()
        if start in found
    }
    return sorted(map(list, groups))


def test_no_circle_between_the_files_of_the_crate() -> None:
    assert circles(RustFiles().graph()) == []


def test_no_circle_between_the_modules_of_the_package() -> None:
    assert circles(python_graph()) == []


@pytest.mark.parametrize("folder", ARROWS)
def test_a_folder_uses_the_folders_below_it_and_nothing_foreign(folder: str) -> None:
    files = RustFiles()
    used = {
        other[0]
        for module in files.files
        if module[:1] == (folder,)
        for other in files.uses(module)
    }
    assert used - {folder} == ARROWS[folder]
    foreign = FOREIGN.get(folder, NO_PYTHON)
    for module, file in files.files.items():
        if module[:1] == (folder,):
            found = re.search(rf"\b(?:{foreign})\b(?=::|;)", code(file))
            assert found is None, f"{file} knows {found[0]}"


def test_every_folder_of_the_crate_has_its_arrows() -> None:
    assert {module[0] for module in RustFiles().files if module} == set(ARROWS)


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}}
    assert circles(graph) == [["a", "b", "c"]]
    assert list(paths_of_use("crate::a::{self, b::C as D, e::{f, g}}")) == [
        "crate::a::self",
        "crate::a::b::C",
        "crate::a::e::f",
        "crate::a::e::g",
    ]


def test_the_page_shows_the_same_arrows() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rows = re.findall(r"    (\w+) +→ (.*)", page)
    shown = {folder: set(re.findall(r"\w+", used)) for folder, used in rows}
    assert shown == {folder: used for folder, used in ARROWS.items() if used}
