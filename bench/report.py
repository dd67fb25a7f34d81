"""Write the figures of results.json into RESULTS.md, between two marks: python bench/report.py"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
RESULTS = BENCH / "results.json"
PAGE = BENCH / "RESULTS.md"
BEGIN = "<!-- Written by make bench from results.json. -->"
END = "<!-- The end of what make bench writes. -->"
HEAD = "| case | fastbedrock | peer | ratio |\n|---|---|---|---|"
# What the clients are called.
NAMES = {
    "sdk": "official Rust client",
    "engine": "our engine, without Python",
    "bare": "bare asyncio.Protocol",
    "socket": "ready-made request, blocking socket",
}
# Above this share of the cores, other programs disturb the figures.
BUSY = 0.3


def median(figure: dict[str, Any], client: str) -> float:
    """The median of a client's rounds."""
    return statistics.median(figure["rounds"][client])


def ratio(figure: dict[str, Any], peer: str) -> float:
    """How many times as good fastbedrock's figure is."""
    ours, theirs = median(figure, "fastbedrock"), median(figure, peer)
    return ours / theirs if figure["more_is_better"] else theirs / ours


def amount(value: float, unit: str) -> str:
    """A value with its unit, with three digits or more."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}{'' if unit == '/s' else ' '}{unit}"


def rows(figure: dict[str, Any]) -> list[str]:
    """The lines of a table for one figure, one for each peer."""
    unit = figure["unit"]
    start = f"| {figure['title']} | {amount(median(figure, 'fastbedrock'), unit)} |"
    lines = []
    for peer in figure["rounds"]:
        if peer != "fastbedrock":
            theirs = amount(median(figure, peer), unit)
            lines.append(f"{start} {NAMES.get(peer, peer)} {theirs} | {ratio(figure, peer):.1f} |")
            start = "| | |"
    return lines or [f"{start} | |"]


def is_busy(results: dict[str, Any]) -> bool:
    """Whether other programs ran when the figures were measured."""
    return bool(results["load"] > BUSY * results["cores"])


def machine(results: dict[str, Any]) -> str:
    """Where and when the figures were measured, as a paragraph."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    text = (
        f"{results['date']}, {results['cores']} cores ({results['processor']}; SHA instructions "
        f"{results['sha_instructions']}), {results['system']}, Python {results['python']}, "
        f"{versions}. Medians of {results['rounds']} rounds."
    )
    if is_busy(results):
        text += (
            f" The machine was busy with other work (it used {results['load']} cores):"
            " repeat this on a quiet one."
        )
    return f"{text} {results['note']}".strip()


def section(results: dict[str, Any]) -> str:
    """What stands between the marks in RESULTS.md."""
    lines = [row for figure in results["figures"] for row in rows(figure)]
    table = "\n".join([HEAD, *lines])
    return f"{BEGIN}\n\n## The latest run\n\n{machine(results)}\n\n{table}\n\n{END}"


def write(results: dict[str, Any]) -> None:
    """Replace what stands between the marks in RESULTS.md."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{section(results)}{after}", "utf-8")


if __name__ == "__main__":
    write(json.loads(RESULTS.read_text("utf-8")))
