"""The examples in docs/asyncio.md run as they are, one after another on one loop."""

from __future__ import annotations

import re

import pytest

from programs import Program
from repository import ROOT

PAGE = (ROOT / "docs" / "asyncio.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

READER = """
import ast, asyncio, io, types
from contextlib import redirect_stdout
from programs import arguments, say

async def main():
    names = {}
    for number, example in enumerate(arguments()):
        code = compile(example, f"<example {number}>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        with redirect_stdout(io.StringIO()) as printed:
            started = types.FunctionType(code, names)()
            if asyncio.iscoroutine(started):
                await started
        say(printed=printed.getvalue())

asyncio.run(main())
"""


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
    with Program(READER, EXAMPLES, environment) as reader:
        printed = [reader.next()["printed"] for _ in EXAMPLES]
        assert reader.end() == 0, reader.errors
    answer, stream, _, _, _, given_up, events, *_ = printed
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


def test_the_pages_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (ROOT / "docs" / target).is_file(), target
