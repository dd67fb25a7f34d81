"""``credential_process``: the command gets the same stdin, stdout and stderr as under boto3."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "S"}'

FIND = """
import os, signal, sys
if sys.argv[2] == "ignored":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
module = __import__(sys.argv[1])
try:
    print(module.Session().get_credentials().access_key)
except Exception as error:
    print(type(error).__name__, error)
"""


def _found(module: str, folder: Path, command: str, *, children: str, typed: str = "") -> str:
    config = folder / "config"
    config.write_text(f"[default]\ncredential_process = {command}\n")
    path = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", FIND, module, children],
        env={**os.environ, "AWS_CONFIG_FILE": str(config), "PYTHONPATH": path},
        input=typed,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def _command(folder: Path, text: str) -> str:
    script = folder / "script"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o700)
    return str(script)


@pytest.mark.skipif(os.name != "posix", reason="the commands are shell scripts")
@pytest.mark.parametrize("module", ["boto3", "fastbedrock"])
@pytest.mark.parametrize("children", ["awaited", "ignored"])
class TestCommands:
    def test_it_reads_what_the_user_types(self, module: str, children: str, tmp_path: Path) -> None:
        command = _command(tmp_path, f"read name; printf '{KEYS}' \"$name\"")
        typed = "TYPED\n"
        assert _found(module, tmp_path, command, children=children, typed=typed) == "TYPED"

    def test_much_output_on_both_sides(self, module: str, children: str, tmp_path: Path) -> None:
        noise = "head -c 300000 /dev/zero"
        command = _command(tmp_path, f"{noise} >&2; printf '{KEYS}' MUCH; {noise} | tr '\\0' ' '")
        assert _found(module, tmp_path, command, children=children) == "MUCH"

    def test_its_failure_is_reported(self, module: str, children: str, tmp_path: Path) -> None:
        command = _command(tmp_path, "echo no luck >&2; exit 3")
        told = _found(module, tmp_path, command, children=children)
        if children == "awaited":
            assert told.startswith("CredentialRetrievalError")
            assert "no luck" in told
        else:
            # The exit status is lost, and the output holds no credentials.
            assert "Error" in told.partition(" ")[0]
