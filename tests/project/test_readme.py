"""The examples in README.md run as they are, and its commands exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

import fastbedrock.local
from page_examples import missing_links
from repository import ROOT

README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(number):
    with fastbedrock.local.serve() as server:
        keys = server.credentials
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.endpoint_url,
            "AWS_ACCESS_KEY_ID": keys["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["aws_secret_access_key"],
        }
        run = subprocess.run(
            [sys.executable, "-c", EXAMPLES[number]],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        requests = server.counters["requests"]
    assert run.returncode == 0, run.stderr
    # The example about the local Bedrock starts one of its own.
    is_local = "local.serve" in EXAMPLES[number]
    assert requests == ({} if is_local else {"ConverseStream": {"200": 1}})


def test_the_links_lead_to_files():
    assert missing_links(ROOT / "README.md") == []


def test_the_swap_is_two_lines():
    diff = re.search(r"```diff\n(.*?)```", README, re.DOTALL)
    assert diff is not None
    assert [line[0] for line in diff[1].splitlines()] == ["-", "+", "-", "+"]


def test_both_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in ("demo", "test"):
        assert f"make {command} " in README
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)


def test_the_demo_runs():
    run = subprocess.run(
        [sys.executable, ROOT / "examples" / "demo.py"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    for shown in ("stopped: end_turn", "the model calls get_weather", "256 dimensions"):
        assert shown in run.stdout
    assert "ValidationException: An error occurred (ValidationException)" in run.stdout
