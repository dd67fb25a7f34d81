"""Draw the figures of results.json into docs/charts, as SVG: python bench/chart.py

Bars begin at zero, have their values beside them, and differ by position and text, not by colour
alone. The summary is for the README, in two files, because code hosts choose one by the reader's
colour scheme. The chart of a case has both schemes in one file.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import report

CHARTS = report.BENCH.parent / "docs" / "charts"
WIDTH = 560
LABEL = 176  # where bars begin
VALUE = 130  # room for the value behind the longest bar
ROW = 26
BAR = 16
TIMES = "\N{MULTIPLICATION SIGN}"
# The text, its softer form, our bars and those of peers: readable on white and on black, and told
# apart by people who do not see colours.
LIGHT = {"ink": "#1f2328", "soft": "#59636e", "ours": "#0072b2", "peer": "#a8b0b8"}
DARK = {"ink": "#f0f6fc", "soft": "#9198a1", "ours": "#56b4e9", "peer": "#6e7681"}
FONT = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"

# The panels of the summary: a title, and bars of a client in a case.
SUMMARY = [
    (
        "CPU time of a call",
        "less is better",
        [
            ("fastbedrock", "converse", "cpu", "fastbedrock"),
            ("boto3", "converse", "cpu", "boto3"),
            ("fastbedrock, asyncio", "async_converse", "cpu", "fastbedrock"),
            ("aiobotocore", "async_converse", "cpu", "aiobotocore"),
        ],
    ),
    (
        "Calls per second with 100 in flight",
        "more is better",
        [
            ("fastbedrock, asyncio", "converse_100", "rate", "fastbedrock"),
            ("boto3, 100 threads", "converse_100", "rate", "boto3"),
            ("aiobotocore", "converse_100", "rate", "aiobotocore"),
        ],
    ),
    (
        "Import and make a client",
        "less is better",
        [
            ("fastbedrock", "creation", "wall", "fastbedrock"),
            ("boto3", "creation", "wall", "boto3"),
            ("aiobotocore", "creation", "wall", "aiobotocore"),
        ],
    ),
]


class Drawing:
    """An SVG that grows downwards, and the sentences that say the same."""

    def __init__(self) -> None:
        self.y = 0
        self.parts: list[str] = []
        self.said: list[str] = []

    def text(self, x: int, y: float, text: str, style: str, attributes: str = "") -> None:
        self.parts.append(
            f'<text x="{x}" y="{y:g}" class="{style}"{attributes}>{escape(text)}</text>'
        )

    def panel(self, title: str, hint: str, bars: list[tuple[str, float, str, bool]]) -> None:
        """Bars: a label, a value, its text, and whether it is ours."""
        self.y += 38 if self.parts else 16
        self.text(0, self.y, title, "title")
        self.text(WIDTH, self.y, hint, "soft", ' text-anchor="end"')
        self.y += 10
        most = max(value for _, value, _, _ in bars)
        for label, value, shown, is_ours in bars:
            length = max(2.0, (WIDTH - LABEL - VALUE) * value / most)
            middle = self.y + ROW / 2 + 5
            style = "ink ours" if is_ours else "ink"
            self.text(LABEL - 10, middle, label, style, ' text-anchor="end"')
            kind = "bar-ours" if is_ours else "bar-peer"
            self.parts.append(
                f'<rect x="{LABEL}" y="{self.y + (ROW - BAR) / 2:g}" width="{length:.1f}" '
                f'height="{BAR}" rx="2" class="{kind}"/>'
            )
            self.text(round(LABEL + length + 8), middle, shown, style)
            self.y += ROW
        self.said.append(f"{title}: " + ", ".join(f"{bar[0]} {bar[2]}" for bar in bars) + ".")

    def footer(self, lines: list[str]) -> None:
        self.y += 14
        for line in lines:
            self.y += 18
            self.text(0, self.y, line, "small")

    def svg(self, title: str, css: str, padding: int = 0, background: str = "") -> str:
        width, height = WIDTH + 2 * padding, self.y + 8 + 2 * padding
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="title desc">\n'
            f'<title id="title">{escape(title)}</title>\n'
            f'<desc id="desc">{escape(" ".join(self.said))}</desc>\n'
            f"<style>\ntext {{ font-family: {FONT}; font-size: 14px }}\n"
            ".title { font-size: 16px; font-weight: 600 } .ours { font-weight: 600 } "
            f".small {{ font-size: 12px }}\n{css}</style>\n{background}"
            f'<g transform="translate({padding} {padding})">\n{body}\n</g>\n</svg>\n'
        )


def css(colours: dict[str, str]) -> str:
    return (
        f".title, .ink {{ fill: {colours['ink']} }} .soft, .small {{ fill: {colours['soft']} }} "
        f".bar-ours {{ fill: {colours['ours']} }} .bar-peer {{ fill: {colours['peer']} }}\n"
    )


def bar(figure: dict[str, Any], label: str, client: str) -> tuple[str, float, str, bool]:
    """A bar of a panel. The text of a peer's bar compares it with ours."""
    value = report.median(figure, client)
    shown = report.amount(value, figure["unit"])
    if client != "fastbedrock":
        times = f"{report.ratio(figure, client):.2g}"
        shown += f" (1/{times})" if figure["more_is_better"] else f" ({times}{TIMES})"
    return label, value, shown, client == "fastbedrock"


def summary(results: dict[str, Any]) -> Drawing:
    """CPU, throughput and cold start."""
    figures = {(figure["case"], figure["figure"]): figure for figure in results["figures"]}
    drawing = Drawing()
    for title, hint, rows in SUMMARY:
        bars = []
        for label, case, name, client in rows:
            bars.append(bar(figures[case, name], label, client))
        drawing.panel(title, hint, bars)
    versions = results["versions"]
    lines = [
        f"{results['date']}, {results['processor']}, {results['cores']} cores, "
        f"Python {results['python']}, local server",
        f"fastbedrock {versions['fastbedrock']}, boto3 {versions['boto3']}, "
        f"aiobotocore {versions['aiobotocore']}; medians of {results['rounds']} rounds",
    ]
    if report.is_busy(results):
        lines.append("measured while the machine was busy with other work")
    drawing.footer(lines)
    return drawing


def case_chart(figure: dict[str, Any]) -> str:
    """The chart of one figure, for both colour schemes."""
    drawing = Drawing()
    bars = [bar(figure, report.NAMES.get(client, client), client) for client in figure["rounds"]]
    hint = "more is better" if figure["more_is_better"] else "less is better"
    drawing.panel(figure["title"], hint, bars)
    sheet = '<rect width="100%" height="100%" rx="6" class="sheet"/>\n'
    both = (
        f"{css(LIGHT)}.sheet {{ fill: #ffffff }}\n@media (prefers-color-scheme: dark) {{\n"
        f"{css(DARK)}.sheet {{ fill: #0d1117 }}\n}}\n"
    )
    return drawing.svg(figure["title"], both, 16, sheet)


def charts(results: dict[str, Any]) -> dict[str, str]:
    """The files of docs/charts: their names and contents."""
    title = "fastbedrock beside boto3 and aiobotocore"
    drawn = summary(results)
    files = {
        "summary-light.svg": drawn.svg(title, css(LIGHT)),
        "summary-dark.svg": drawn.svg(title, css(DARK)),
    }
    for figure in results["figures"]:
        if len(figure["rounds"]) > 1:
            files[f"{figure['case']}-{figure['figure']}.svg"] = case_chart(figure)
    return files


def write(results: dict[str, Any], folder: Path = CHARTS) -> None:
    """Write the files, and remove those of cases that are gone."""
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.svg"):
        file.unlink()
    for name, text in charts(results).items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write(json.loads(report.RESULTS.read_text("utf-8")))
