"""The tables and charts of the benchmarks say what bench/results.json says."""

from __future__ import annotations

import importlib
import json
import re
from xml.etree import ElementTree

import pytest

from repository import ROOT

CHARTS = ROOT / "docs" / "charts"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def bench(monkeypatch):
    """The modules that write tables and charts."""
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    return importlib.import_module("report"), importlib.import_module("chart")


@pytest.fixture
def results(bench):
    return json.loads(bench[0].RESULTS.read_text("utf-8"))


def figure(**values):
    rounds = {client: [value, value * 3, value / 3] for client, value in values.items()}
    return {
        "case": "converse",
        "figure": "cpu",
        "title": "a call",
        "unit": "µs",
        "more_is_better": False,
        "rounds": rounds,
    }


def test_the_table_is_current(bench, results):
    report, _ = bench
    assert report.section(results) in report.PAGE.read_text("utf-8")


def test_the_charts_are_current(bench, results):
    _, chart = bench
    written = {file.name: file.read_text("utf-8") for file in CHARTS.glob("*.svg")}
    assert written == chart.charts(results)


def test_the_page_shows_the_charts_of_all_cases():
    shown = re.findall(r"\(charts/(.*?)\)", (ROOT / "docs" / "benchmarks.md").read_text("utf-8"))
    drawn = {file.name for file in CHARTS.glob("*.svg")}
    assert {*shown, "summary-light.svg", "summary-dark.svg"} == drawn


def test_a_row_has_the_medians_and_how_many_times_as_good_ours_is(bench):
    report, _ = bench
    measured = figure(fastbedrock=50, boto3=800, sdk=100)
    assert report.rows(measured) == [
        "| a call | 50.0 µs | boto3 800 µs | 16.0 |",
        "| | | official Rust client 100 µs | 2.0 |",
    ]
    measured.update(more_is_better=True, unit="/s")
    assert report.rows(measured)[0] == "| a call | 50.0/s | boto3 800/s | 0.1 |"


def test_a_busy_machine_is_told(bench, results):
    report, _ = bench
    told = "The machine was busy"
    assert told in report.machine({**results, "cores": 2, "load": 2.5})
    assert told not in report.machine({**results, "cores": 2, "load": 0.1})


def test_bars_begin_at_zero_and_their_texts_can_be_read_aloud(bench):
    _, chart = bench
    drawn = ElementTree.fromstring(chart.case_chart(figure(fastbedrock=50, boto3=800)))
    ours, theirs = (
        float(bar.get("width", "")) for bar in drawn.iter(f"{SVG}rect") if bar.get("rx") == "2"
    )
    assert theirs / ours == pytest.approx(16, rel=0.01)
    assert (
        drawn.findtext(f"{SVG}desc")
        == f"a call: fastbedrock 50.0 µs, boto3 800 µs (16{chart.TIMES})."
    )
