"""The examples in the pages on streams, tools and errors run as they are."""

from __future__ import annotations

import pytest

from page_examples import examples_of, missing_links, run
from repository import ROOT

STREAMING, TOOLS, ERRORS = (
    ROOT / "docs" / f"{name}.md" for name in ("streaming", "tools", "errors")
)


def test_the_examples_of_streams():
    _, text, async_text, shown, collected, _, error = run(examples_of(STREAMING))
    assert text == async_text == "The sea is wide"
    first, last = shown.splitlines()
    assert first == text
    stop_reason, tokens = last.split()
    assert stop_reason == "end_turn"
    assert int(tokens) > 0
    assert collected == f"assistant {text}\n"
    assert error.endswith("... throttlingException\n")


def test_the_examples_of_tools():
    _, loop, streamed = run(examples_of(TOOLS))
    blocks, reply = loop.splitlines()
    assert blocks == "['toolUse'] ['toolResult']"
    assert "clear" in reply
    assert "clear" in streamed


def test_the_examples_of_errors():
    _, refused, retried, timed_out = run(examples_of(ERRORS))
    assert refused == "AccessDeniedException 403\n"
    assert retried == "1\n"
    assert timed_out == "ReadTimeoutError\n"


@pytest.mark.parametrize("page", [STREAMING, TOOLS, ERRORS], ids=lambda page: page.stem)
def test_the_pages_links_lead_to_files(page):
    assert missing_links(page) == []
