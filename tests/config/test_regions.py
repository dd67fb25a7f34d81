"""A client takes the region and the profile that boto3 takes in the same environment."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

import fastbedrock
from settings_scenarios import client_of, group, outcome, recorder, session_of

KEYS: dict[str, Any] = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}


def _made(module: Any, scenario: dict[str, Any]) -> Any:
    client = client_of(module, scenario)
    return client.meta.region_name, client.meta.endpoint_url


@pytest.mark.parametrize("scenario", group("regions") + group("profiles"))
def test_region_and_profile_are_boto3s(scenario: dict[str, Any]) -> None:
    with recorder.surroundings(scenario):
        expected = outcome(_made, boto3, scenario)
        assert outcome(_made, fastbedrock, scenario) == expected


@pytest.mark.parametrize("scenario", group("profiles"))
def test_session_is_boto3s(scenario: dict[str, Any]) -> None:
    def asked(module: Any) -> Any:
        session = session_of(module, scenario["arguments"].get("profile"))
        return session.profile_name, session.region_name

    with recorder.surroundings(scenario):
        assert outcome(asked, fastbedrock) == outcome(asked, boto3)


@pytest.mark.parametrize("scenario", group("profiles"))
def test_available_profiles_are_boto3s(scenario: dict[str, Any]) -> None:
    def names(module: Any) -> Any:
        return module.Session().available_profiles

    with recorder.surroundings({**scenario, "env": {}}):
        assert outcome(names, fastbedrock) == outcome(names, boto3)


def test_aws_region_is_read_after_aws_default_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert fastbedrock.client("bedrock-runtime", **KEYS).meta.region_name == "eu-west-3"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert fastbedrock.client("bedrock-runtime", **KEYS).meta.region_name == "eu-west-1"
