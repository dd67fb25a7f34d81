"""What differs between two models of a service, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Files = dict[str, dict[str, Any]]
Members = dict[str, str]

# What a member's line says besides its type.
_LIMITS = ("min", "max", "pattern", "document", "union", "sensitive")


def changes(before: Files, after: Files) -> list[str]:
    """Lines that say what changed; an empty list if nothing did.

    Both map botocore's names of files (``service-2`` and so on) to contents. A file may be missing.
    """
    old, new = before.get("service-2", {}), after.get("service-2", {})
    lines = list(_facts("", old.get("metadata", {}), new.get("metadata", {})))
    old_operations, new_operations = old.get("operations", {}), new.get("operations", {})
    for name in {**old_operations, **new_operations}:
        if name not in old_operations:
            lines.append(f"{name}: added")
        elif name not in new_operations:
            lines.append(f"{name}: removed")
        else:
            found = list(_operation(old, new, name))
            lines += [f"{name}:", *(f"  {line}" for line in found)] if found else []
    for file, section, word in (
        ("paginators-1", "pagination", "paginator"),
        ("waiters-2", "waiters", "waiter"),
    ):
        sides = (side.get(file, {}).get(section, {}) for side in (before, after))
        lines += _facts(f"{word} ", *sides)
    return lines


def _operation(old: dict[str, Any], new: dict[str, Any], name: str) -> Iterator[str]:
    before, after = old["operations"][name], new["operations"][name]
    for side in ("input", "output"):
        members = [
            _members(model, facts.get(side)) for model, facts in ((old, before), (new, after))
        ]
        yield from (f"{side}: {line}" for line in _compared(*members))
    errors = [
        {shape["shape"]: _error(model, shape["shape"]) for shape in facts.get("errors", [])}
        for model, facts in ((old, before), (new, after))
    ]
    yield from (f"error {line}" for line in _compared(*errors))
    others = [
        {key: value for key, value in facts.items() if key not in ("input", "output", "errors")}
        for facts in (before, after)
    ]
    yield from _facts("", *others)


def _error(model: dict[str, Any], name: str) -> str:
    shape = model["shapes"][name]
    members = _members(model, {"shape": name}).items()
    described = "; ".join(f"{member}: {text}" for member, text in members)
    return f"{shape.get('error', {})} of {described}"


def _facts(prefix: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    sides = ({key: str(value) for key, value in side.items()} for side in (before, after))
    return (prefix + line for line in _compared(*sides))


def _compared(before: Members, after: Members) -> Iterator[str]:
    """One line for each entry that was added, removed or changed."""
    for name, text in after.items():
        if name not in before and not _is_within(name, after.keys() - before.keys()):
            yield f"{name} added: {text}"
    for name, text in before.items():
        if name not in after and not _is_within(name, before.keys() - after.keys()):
            yield f"{name} removed: {text}"
    for name in before:
        if name in after and before[name] != after[name]:
            yield f"{name} changed: {before[name]} to {after[name]}"


def _is_within(path: str, others: set[str]) -> bool:
    """Whether a structure that is itself among the others has this member."""
    return any(path.startswith((f"{other}.", f"{other}[]", f"{other}{{}}")) for other in others)


def _members(model: dict[str, Any], reference: dict[str, Any] | None) -> Members:
    """A description of each member, by its path, e.g. ``messages[].content[].text``."""
    found: Members = {}
    if reference is not None:
        _walk(model, reference, "", (), found)
        del found[""]
    return found


def _walk(
    model: dict[str, Any],
    reference: dict[str, Any],
    path: str,
    parents: tuple[str, ...],
    found: Members,
    required: bool = False,
) -> None:
    name = reference["shape"]
    shape = model["shapes"][name]
    found[path] = _described(shape, reference, required)
    if name in parents:
        return
    parents = (*parents, name)
    for member, each in shape.get("members", {}).items():
        within = f"{path}.{member}" if path else member
        _walk(model, each, within, parents, found, member in shape.get("required", ()))
    if "member" in shape:
        _walk(model, shape["member"], f"{path}[]", parents, found)
    if "value" in shape:
        _walk(model, shape["value"], f"{path}{{}}", parents, found)


def _described(shape: dict[str, Any], reference: dict[str, Any], required: bool) -> str:
    words = [shape["type"], "required" if required else "optional"]
    words += [f"{key} {value}" for key, value in reference.items() if key != "shape"]
    words += [f"{limit} {shape[limit]}" for limit in _LIMITS if limit in shape]
    if "enum" in shape:
        words.append("one of " + " ".join(shape["enum"]))
    return ", ".join(words)
