"""The examples in the pages on installing, switching, streams, tools and errors run as they are."""

from __future__ import annotations

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
    _, refused, retried, timed_out = run(examples_of(DOCS / "errors.md"))
    assert refused == "AccessDeniedException 403\n"
    assert retried == "1\n"
    assert timed_out == "ReadTimeoutError\n"


def test_the_examples_of_installing():
    version, services = run(examples_of(DOCS / "install.md"))[0].splitlines()
    assert version == fastbedrock.__version__
    assert "bedrock-runtime" in services


def test_the_examples_of_switching():
    assert run(examples_of(DOCS / "boto3.md")) == [
        "eu-central-1 https://bedrock-runtime.eu-central-1.amazonaws.com\n"
    ]


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_to_files(page):
    assert missing_links(page) == []
