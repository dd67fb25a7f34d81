"""The examples in docs/asyncio.md run as they are, one after another on one loop."""

from __future__ import annotations

import re

import pytest

from page_examples import examples_of, run
from repository import ROOT

PAGE = ROOT / "docs" / "asyncio.md"


@pytest.fixture
def environment(local_bedrock):
    keys = local_bedrock.credentials
    return {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": local_bedrock.endpoint_url,
        "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": keys["region_name"],
    }


@pytest.mark.local_bedrock(tokens_per_second=500)
def test_the_examples_run(local_bedrock, environment):
    answer, stream, _, _, _, given_up, events, *_ = run(examples_of(PAGE), environment)
    assert answer.strip() == stream.strip() == ("Tell me about the sea. " * 10).strip()
    assert given_up == "given up\n"
    # The cancelled waits lost no event.
    assert "still waiting" in events
    texts = re.findall(r"'text': '([^']*)'", events)
    assert "".join(texts) == "Tell me about the sea. " * 10
    requests = local_bedrock.counters["requests"]
    assert requests["ListAsyncInvokes"] == {"200": 1}
    assert requests["ConverseStream"] == {"200": 2}
    assert requests["Converse"]["200"] >= 1 + 4 + 100 + 1
