"""The tests do not read the home folder of the person who runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from programs import DEADLINE
from repository import ROOT

# What boto3 and fastbedrock find without credentials, region and models of the user's own.
TEST = """
import boto3
import fastbedrock

def test_nothing_is_found():
    for session in (boto3.Session(), fastbedrock.Session()):
        assert session.available_profiles == []
        assert session.get_credentials() is None
        assert session.region_name is None
        client = session.client("bedrock-runtime", region_name="us-east-1")
        assert client.meta.service_model.api_version == "2023-09-30"
        assert client.meta.endpoint_url == "https://bedrock-runtime.us-east-1.amazonaws.com"
"""
SETTINGS = """
[default]
region = eu-west-3
endpoint_url = http://localhost:9
aws_access_key_id = mine
aws_secret_access_key = mine
"""
FILES = {
    ".aws/config": SETTINGS,
    ".aws/credentials": SETTINGS,
    ".aws/models/bedrock-runtime/2099-01-01/service-2.json": "{",
    ".boto": "[Credentials]\naws_access_key_id = mine\naws_secret_access_key = mine\n",
}


def test_files_of_the_home_folder_change_no_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    test = tmp_path / "test_nothing.py"
    test.write_text(TEST)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"), prepend=os.pathsep)
    options = ["-q", "-p", "no:cacheprovider", "-c", "pyproject.toml", "-p", "conftest"]
    command = [sys.executable, "-m", "pytest", *options, str(test)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE)
    assert result.returncode == 0, result.stdout + result.stderr
