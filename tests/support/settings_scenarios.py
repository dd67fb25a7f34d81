"""The recorded scenarios of settings: arguments, environment and profile files of a client."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import boto3
import botocore
import pytest
from botocore.config import Config

from repository import load_tool

recorder: Any = load_tool("record_settings_reference")
RECORDED: dict[str, Any] = json.loads(recorder.REFERENCE.read_text("utf-8"))


def group(name: str, chosen: Callable[[dict[str, Any]], bool] = bool) -> list[Any]:
    """The recorded scenarios of one group that are ``chosen``."""
    return [
        pytest.param(scenario, id=f"{name}-{number}")
        for number, scenario in enumerate(RECORDED[name])
        if chosen(scenario)
    ]


def client_of(module: Any, scenario: dict[str, Any], **changes: Any) -> Any:
    """The client that ``boto3`` or ``fastbedrock`` makes for a scenario."""
    arguments = {**scenario.get("arguments", {}), **changes}
    config = dict(scenario.get("config", {}))
    if config.get("signature_version") == "UNSIGNED":
        config["signature_version"] = botocore.UNSIGNED
    session = session_of(module, arguments.pop("profile", None))
    return session.client("bedrock-runtime", config=Config(**config), **arguments)


def session_of(module: Any, profile: str | None = None) -> Any:
    return quick(module.Session(profile_name=profile))


def quick(session: Any) -> Any:
    """The session with a shared loader, because reading models is most of a boto3 client's cost."""
    if isinstance(session, boto3.Session):
        session._session.register_component("data_loader", recorder.LOADER)
    return session


def outcome(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What the work returns, or the name and text of what it raises."""
    try:
        return work(*arguments, **options)
    except Exception as error:
        # botocore's text does not name the setting, ours does.
        return type(error).__name__, re.sub(".*(?=invalid literal for int)", "", str(error))
