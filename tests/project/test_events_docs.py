"""The examples in docs/events.md run one after another, and its table names every event."""

from __future__ import annotations

import re

from fastbedrock._events.emitter import CALL_EVENTS
from programs import Program
from repository import ROOT

PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

READER = """
import asyncio
from programs import HELLO, arguments, say

names, sent = {}, []
for number, example in enumerate(arguments()):
    exec(compile(example, f"<example {number}>", "exec"), names)
client, async_client = names["client"], names["async_client"]
for each in client, async_client:
    each.meta.events.register_first(
        "before-send", lambda request, **_: sent.append(dict(request.headers))
    )
question = {"role": "user", "content": [{"text": "What is a haiku?"}]}
answer = client.converse(modelId="m", messages=[question])

async def call():
    async with async_client:
        await asyncio.wait_for(async_client.converse(**HELLO), 20)

asyncio.run(call())
say(
    order=names["order"],
    answer=answer["output"]["message"]["content"][0]["text"],
    token=sent[-1]["X-Token"].decode(),
)
"""


def test_the_examples_run(local_bedrock):
    keys = local_bedrock.credentials
    environment = {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": local_bedrock.endpoint_url,
        "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": keys["region_name"],
    }
    with Program(READER, EXAMPLES, environment) as reader:
        facts = reader.next()
        assert reader.end() == 0, reader.errors
    assert facts == {"order": ["first"], "answer": "5-7-5", "token": "token"}


def test_the_table_names_every_event():
    assert set(re.findall(r"^\| `([a-z-]+)[.<>a-z]*` \| `", PAGE, re.MULTILINE)) == CALL_EVENTS
