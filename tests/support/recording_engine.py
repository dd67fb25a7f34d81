"""For the tests of the Python classes: an engine that records calls, and a clean environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# No deadline: an example that loads boto3's model may take long on a busy machine.
settings.register_profile("surface", deadline=None)
settings.load_profile("surface")


def clean_environment(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Remove all AWS settings: variables, files and instance metadata."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class RecordingEngine:
    """Stands in for the core's Engine: records its arguments and returns ``pages``."""

    made: list[RecordingEngine] = []

    def __init__(
        self, service_name: str, options: dict[str, Any], environment: object = None
    ) -> None:
        self.service_name = service_name
        self.options = dict(options)
        # Another test covers what the clients of a session share.
        self.shared = self.options.pop("session_credentials", None)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.pages: list[dict[str, Any]] = []
        self.closed = 0
        self.made.append(self)

    external = None
    asks_for_codes = False
    region_name = "eu-west-1"
    endpoint_url = "https://user:hunter2@localhost/"
    partition = "aws"
    settings = {
        "region_name": "eu-west-1",
        "connect_timeout": 10,
        "read_timeout": 600,
        "retries": {"mode": "standard", "total_max_attempts": 3},
        "retry_read_timeout": False,
        "a setting of our own": 1,
    }

    def call(self, operation_name: str, params: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((operation_name, params))
        return self.pages.pop(0) if self.pages else {"operation": operation_name}

    def credentials(self) -> dict[str, Any] | None:
        if "aws_access_key_id" not in self.options:
            return None
        return {
            "access_key": self.options["aws_access_key_id"],
            "secret_key": self.options["aws_secret_access_key"],
            "token": self.options.get("aws_session_token"),
            "method": "explicit",
            "account_id": None,
        }

    def close(self) -> None:
        self.closed += 1

    def log_settings(self) -> None:
        pass
