"""The examples in docs/logging.md run one after another, and its tables are complete."""

from __future__ import annotations

import re

import fastbedrock._logging
from programs import Program
from repository import ROOT

PAGE = (ROOT / "docs" / "logging.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SOURCES = (ROOT / "src" / "log").glob("*.rs")
SOURCE = "".join(file.read_text("utf-8") for file in SOURCES)

READER = """
from programs import arguments, say

*examples, call = arguments()
names = {}
for number, example in enumerate([*examples, call]):
    exec(compile(example, f"<example {number}>", "exec"), names)
say(retries=names["Retries"].seen)
"""


def test_the_examples_run(local_bedrock):
    *examples, _ = EXAMPLES
    call = "client.converse" + examples[0].partition("client.converse")[2]
    keys = local_bedrock.credentials
    environment = {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": local_bedrock.endpoint_url,
        "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": keys["region_name"],
    }
    local_bedrock.fault("error", code="ThrottlingException", calls=[2])
    with Program(READER, [*examples, call], environment) as reader:
        [[operation, reason, request_id]] = reader.next()["retries"]
        assert reader.end() == 0, reader.errors
    assert (operation, reason.split(",")[0]) == ("Converse", "ThrottlingException")
    assert request_id in reason
    lines = reader.errors.splitlines()
    assert "fastbedrock.client [DEBUG] Sending Converse to " in lines[1]
    assert any(re.match(r"[0-9a-f]{8} Sending Converse to ", line) for line in lines)
    assert any(line.startswith("fastbedrock.retries: Retrying Converse") for line in lines)


def test_the_example_of_a_test_passes(caplog, local_bedrock):
    names = {"fastbedrock": fastbedrock, "logging": __import__("logging")}
    exec(compile(EXAMPLES[-1], "<example>", "exec"), names)
    names["test_a_question_is_answered_at_once"](caplog, local_bedrock)


def test_the_tables_name_every_logger_and_every_attribute():
    loggers = {f"fastbedrock.{area}" for area in fastbedrock._logging._AREAS}
    assert set(re.findall(r'= "(fastbedrock\.\w+)";', SOURCE)) == loggers
    assert set(re.findall(r"^\| `(fastbedrock\.\w+)` \|", PAGE, re.MULTILINE)) == loggers
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    told = set(re.findall(r'\(\s*"(\w+)",', SOURCE)) | set(re.findall(r"%\((\w+)\)", SOURCE))
    assert told - {"number", "fastbedrock"} == documented
