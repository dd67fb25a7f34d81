"""Requests of all Bedrock services are signed, or carry a bearer token, as boto3's."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import boto3
import pytest
from botocore.config import Config

import fastbedrock
import generators
import reference
from comparison import outcome
from fastbedrock import _core
from scripted_server import Reply, Server, in_order

SERVICES = _core.service_names()
TAKE_TOKENS = {"bedrock", "bedrock-runtime"}
SCOPE = re.compile(r"Credential=\w+/\d+/(.*?),")
KEYS: dict[str, Any] = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
# The settings that choose between a signature and a token: environment variables, and a Config.
CHOICES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "nothing": ({}, {}),
    "a token": ({"AWS_BEARER_TOKEN_BEDROCK": "token"}, {}),
    "a token of AgentCore": ({"AWS_BEARER_TOKEN_BEDROCK_AGENTCORE": "token"}, {}),
    "a token and v4": ({"AWS_BEARER_TOKEN_BEDROCK": "token"}, {"signature_version": "v4"}),
    "a preference": ({"AWS_AUTH_SCHEME_PREFERENCE": "httpBearerAuth"}, {}),
    "a token and a preference": (
        {"AWS_BEARER_TOKEN_BEDROCK": "token", "AWS_AUTH_SCHEME_PREFERENCE": "httpBearerAuth"},
        {},
    ),
    "bearer": ({}, {"signature_version": "bearer"}),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(in_order(Reply())) as server:
        yield server


def authorization(library: Any, service: str, server: Server, config: dict[str, Any]) -> Any:
    """What a call sends as its authorization: the token, or the scope of the signature."""
    client = library.Session().client(
        service,
        "eu-west-1",
        endpoint_url=server.url,
        config=Config(retries={"total_max_attempts": 1}, **config),
        **KEYS,
    )
    operation = next(
        each
        for each in reference.operations(service)
        if not each.has_event_stream_output and not each.has_streaming_output
    )
    params = generators.valid_params(Random(1), operation)
    server.play(Reply())
    client._make_api_call(operation.name, params)
    [request] = server.requests
    sent = request.header("Authorization") or ""
    scope = SCOPE.search(sent)
    return scope[1] if scope else sent


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("service", SERVICES)
def test_authorization_is_boto3s(
    service: str, choice: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables, config = CHOICES[choice]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ours, theirs = (
        outcome(functools.partial(authorization, library, service, server, config))
        for library in (fastbedrock, boto3)
    )
    assert ours == theirs
    if choice == "nothing":
        name = reference.session().get_service_model(service).signing_name
        assert ours == f"eu-west-1/{name}/aws4_request"


@pytest.mark.parametrize("service", sorted({*SERVICES} - TAKE_TOKENS))
def test_a_token_stays_away_from_services_without_bearer_auth(
    service: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """boto3 would send it to those that sign as ``bedrock``, if they use HTTPS."""
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "token")
    config = {"signature_version": "bearer"}
    with pytest.raises(fastbedrock.exceptions.NoAuthTokenError):
        authorization(fastbedrock, service, server, config)
    assert server.requests == []


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("make", [fastbedrock.client, fastbedrock.async_client])
def test_api_keys_are_refused_for_services_that_accept_none(service: str, make: Any) -> None:
    if service in TAKE_TOKENS:
        assert make(service, "eu-west-1", api_key="key")
    else:
        with pytest.raises(ValueError, match=f"api_key: {service} accepts no API keys"):
            make(service, "eu-west-1", api_key="key")
