"""The examples of pages about single subjects run, and the links of all pages are true."""

from __future__ import annotations

import re

import pytest

import fastbedrock
from page_examples import examples_of, missing_links, run
from repository import ROOT

DOCS = ROOT / "docs"


def test_the_examples_of_streams():
    _, text, async_text, shown, collected, _, error = run(examples_of(DOCS / "streaming.md"))
    assert text == async_text == "The sea is wide"
    first, last = shown.splitlines()
    assert first == text
    stop_reason, tokens = last.split()
    assert stop_reason == "end_turn"
    assert int(tokens) > 0
    assert collected == f"assistant {text}\n"
    assert error.endswith("... throttlingException\n")


def test_the_examples_of_tools():
    _, loop, streamed = run(examples_of(DOCS / "tools.md"))
    blocks, reply = loop.splitlines()
    assert blocks == "['toolUse'] ['toolResult']"
    assert "clear" in reply
    assert "clear" in streamed


def test_the_examples_of_errors():
    assert run(examples_of(DOCS / "errors.md")) == ["", "AccessDeniedException 403\n", "1\n"]


def test_the_examples_of_timeouts():
    _, *printed = run(examples_of(DOCS / "timeouts.md"))
    assert printed == ["ReadTimeoutError\n", "given up\n", "enough\n", "too slow\n"]


def test_the_examples_of_limits():
    assert run(examples_of(DOCS / "limits.md")) == ["", "100 True\n", "100\n"]


def test_the_examples_of_embeddings():
    pytest.importorskip("tqdm")
    first, *others = examples_of(DOCS / "embeddings.md")
    # Thousands take seconds in a debug build.
    first = first.replace("range(5000)", "range(300)")
    assert run([first, *others]) == ["", "300 256\n", "1\n", "300\n", "96\n"]


def test_the_examples_of_images():
    _, made, asked, document = run(examples_of(DOCS / "images.md"))
    assert made == "PNG\n"
    seen = re.findall(r"\[image: png, (\d+) bytes\]", asked)
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert "[document: md, 21 bytes]" in document


def test_the_examples_of_prompt_caching():
    usage, cost, break_even, streamed, counted = run(examples_of(DOCS / "caching.md"))
    first, second = (line.split() for line in usage.splitlines())
    assert (first[2], second[1]) == ("0", "0")
    assert first[1] == second[2] != "0"
    assert 0 < float(cost) < 1
    assert 1 < float(break_even) < 2
    assert streamed == "True\n"
    assert int(counted) > 0


def test_the_examples_of_credentials():
    _, method, _, key, keys = run(examples_of(DOCS / "credentials.md"))
    assert (method, key, keys) == ("explicit\n", "Hello\n", "Hello\n")


def test_the_examples_of_proxies():
    _, refused, unreachable, tls = run(examples_of(DOCS / "proxies.md"))
    assert "its scheme must be http or https" in refused
    assert unreachable.startswith('Failed to connect to proxy URL: "http://127.0.0.1:9"')
    assert tls.startswith("Hello\nSSL validation failed for https://127.0.0.1:")


def test_the_examples_of_processes():
    _, *printed, _ = run(examples_of(DOCS / "processes.md"))
    assert printed == ["one two three\n", "0\n", "a copy\n"]


def test_the_examples_of_installing():
    version, services = run(examples_of(DOCS / "install.md"))[0].splitlines()
    assert version == fastbedrock.__version__
    assert "bedrock-runtime" in services


def test_the_examples_of_switching():
    url = "https://bedrock-runtime.eu-central-1.amazonaws.com"
    assert run(examples_of(DOCS / "boto3.md")) == [f"eu-central-1 {url}\n"]
    assert run(examples_of(DOCS / "aiobotocore.md")) == ["The sea is wide."]


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_to_files(page):
    assert missing_links(page) == []
