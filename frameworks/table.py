"""What was compared, for the terminal and for docs/frameworks.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "frameworks.md"
BEGIN, END = "<!-- begin of the table by make frameworks -->\n", "<!-- end of the table -->\n"


def report(result: dict[str, Any]) -> str:
    """The outcome for one package, with every difference."""
    paths = ", ".join(f"{mode} {path}" for mode, path in result["paths"].items())
    lines = [
        f"{result['name']}: {len(result['jobs'])} jobs, {len(result['differences'])} differences; "
        f"requests of the engine: {paths}"
    ]
    for found in result["differences"]:
        lines.append(f"  {found['job']} with {found['mode']}:")
        for where, expected, actual in _unequal(found["expected"], found["actual"], "")[:10]:
            lines.append(f"    {where} expected: {json.dumps(expected)[:1000]}")
            lines.append(f"    {where} actual:   {json.dumps(actual)[:1000]}")
    return "\n".join(lines)


def _unequal(expected: Any, actual: Any, where: str) -> list[tuple[str, Any, Any]]:
    """The innermost places at which two values differ."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        names = dict.fromkeys([*expected, *actual])
        pairs = [(name, expected.get(name), actual.get(name)) for name in names]
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = list(zip(range(len(expected)), expected, actual, strict=True))
    else:
        return [] if expected == actual else [(where, expected, actual)]
    return [found for name, *both in pairs for found in _unequal(*both, f"{where}[{name!r}]")]


def write(results: list[dict[str, Any]]) -> None:
    """Replaces the table of the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + _table(results) + END + after)


def _table(results: list[dict[str, Any]]) -> str:
    rows = [
        "| package | jobs | equal | requests of our engine: client, in place | without |",
        "|---|---|---|---|---|",
    ]
    for result in results:
        versions = "<br>".join(f"{name} {number}" for name, number in result["versions"].items())
        without = "; ".join(_with_reasons(result["without"]))
        different = {f"{found['mode']}: {found['job']}" for found in result["differences"]}
        kept = _with_reasons({**result["intended"], **result["without_headers"]})
        equal = "; ".join([*(f"not {where}" for where in sorted(different)), *kept]) or "all"
        paths = ", ".join(result["paths"][mode] for mode in ("fastbedrock", "in place"))
        paths = "; ".join([paths, *_with_reasons(result["own_path"])])
        rows.append(f"| {versions} | {', '.join(result['jobs'])} | {equal} | {paths} | {without} |")
    return "\n".join(rows) + "\n"


def _with_reasons(places: dict[str, str]) -> list[str]:
    """Places with their reason, those that have the same one together."""
    by_reason: dict[str, list[str]] = {}
    for place, reason in places.items():
        by_reason.setdefault(reason, []).append(place)
    return [f"{', '.join(found)}: {reason}" for reason, found in by_reason.items()]
