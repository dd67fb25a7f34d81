"""The plugin for other packages' suites says which clients and calls were fastbedrock's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from programs import DEADLINE
from repository import ROOT

SUITE = """
import boto3
from fastbedrock.local import serve

def test_call():
    with serve() as server:
        url = server.endpoint_url
        client = boto3.client("bedrock-runtime", endpoint_url=url, **server.credentials)
        message = {"role": "user", "content": [{"text": "hi"}]}
        client.converse(modelId="amazon.nova-lite-v1:0", messages=[message])
"""
NOTHING = "def test_nothing(): pass"


def run(folder, mode, suite):
    (folder / "test_suite.py").write_text(suite)
    paths = [str(ROOT / "frameworks/suites"), str(ROOT / "python")]
    plugins = ["-p", "fastbedrock_suite", f"--fastbedrock={mode}", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "test_suite.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE,
    )


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("client", ["1 calls by the engine at once", "1 clients"]),
        ("in-place", ["1 calls by the engine at once"]),
    ],
)
def test_a_run_says_whose_the_calls_were(mode, said, tmp_path):
    done = run(tmp_path, mode, SUITE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(text in done.stdout for text in said), done.stdout


def test_a_run_in_which_nothing_was_ours_fails(tmp_path):
    done = run(tmp_path, "client", NOTHING)
    assert done.returncode == 1
    assert "no client and no call came here" in done.stdout
