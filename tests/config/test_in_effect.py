"""The Config in effect, as ``client.meta.config`` reports it, is boto3's."""

from __future__ import annotations

import platform
from typing import Any

import boto3
import botocore.config
import pytest

import fastbedrock
from differential import SETTINGS
from scripted_server import Reply, Server, in_order

SAID: list[dict[str, Any]] = [
    {"user_agent_extra": "md/mine"},
    {"user_agent_appid": "mine"},
    {"connect_timeout": 3, "read_timeout": 4},
    {"max_pool_connections": 0},
    {"max_pool_connections": -1},
    {"proxies": {"https": "http://proxy:3128"}},
    {"retries": {"max_attempts": 2}},
    {"retries": {"max_attempts": True}},
    {"use_fips_endpoint": True},
    {"use_fips_endpoint": "false"},
    {"use_dualstack_endpoint": 1},
    {"auth_scheme_preference": "sigv4"},
    {"tcp_keepalive": True},
    {"tcp_keepalive": False},
]


def clients(config: dict[str, Any]) -> tuple[Any, Any]:
    """boto3's client and ours."""
    return (
        boto3.client("bedrock-runtime", config=botocore.config.Config(**config), **SETTINGS),
        fastbedrock.client("bedrock-runtime", config=fastbedrock.Config(**config), **SETTINGS),
    )


@pytest.mark.parametrize("said", SAID, ids=str)
def test_a_client_reports_the_given_options(said):
    theirs, ours = clients(said)
    assert ours.meta.endpoint_url == theirs.meta.endpoint_url
    for name in said:
        assert getattr(ours.meta.config, name) == getattr(theirs.meta.config, name)


def test_a_client_made_with_anothers_config_has_the_same_endpoint():
    config = {"use_fips_endpoint": True, "use_dualstack_endpoint": True}
    for library, client in zip((boto3, fastbedrock), clients(config), strict=True):
        again = library.client("bedrock-runtime", config=client.meta.config)
        assert again.meta.endpoint_url == client.meta.endpoint_url
        assert "-fips" in again.meta.endpoint_url


def test_retry_read_timeout_is_reported():
    config = fastbedrock.Config(retry_read_timeout=True)
    client = fastbedrock.client("bedrock-runtime", config=config, **SETTINGS)
    assert client.meta.config.retry_read_timeout is True


@pytest.mark.parametrize(
    ("wrong", "error", "named"),
    [
        ({"connect_timeout": True}, ValueError, "connect_timeout"),
        ({"read_timeout": "5"}, ValueError, "read_timeout"),
        ({"max_pool_connections": "5"}, TypeError, "max_pool_connections"),
        ({"retries": {"max_attempts": 1.5}}, TypeError, "retries: max_attempts"),
        ({"user_agent_extra": 5}, TypeError, "user_agent_extra"),
    ],
)
def test_the_error_of_a_value_of_the_wrong_type_names_the_option(wrong, error, named):
    with pytest.raises(error, match=named):
        fastbedrock.client("bedrock-runtime", config=fastbedrock.Config(**wrong), **SETTINGS)


def test_the_user_agent_names_library_and_python():
    with Server(in_order(Reply())) as server:
        client = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
        client.converse(modelId="m", messages=[])
    words = (server.requests[0].header("User-Agent") or "").split()
    assert words[0] == f"fastbedrock/{fastbedrock.__version__}"
    assert f"lang/python#{platform.python_version()}" in words
    assert client.meta.config.user_agent.split() == words
