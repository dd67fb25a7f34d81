"""Requests go where boto3 sends them, for every region that it knows."""

from __future__ import annotations

import itertools
from typing import Any

import boto3
import pytest
from botocore.config import Config

import fastbedrock
from http_servers import http_server
from settings_scenarios import client_of, group, outcome, recorder, session_of

PARTITIONS = recorder.LOADER.load_data("partitions")["partitions"]
REGIONS = [region for partition in PARTITIONS for region in partition["regions"]]
UNKNOWN = [
    "us-new-9", "us-gov-new-9", "cn-new-9", "us-iso-new-9", "us-isob-new-9", "eu-isoe-new-9",
    "us-isof-new-9", "eusc-de-new-9", "eusc-fr-new-9", "moon-base-1", "localhost", "US-EAST-1",
    "fips-us-east-1", "us-gov-west-1-fips", "us-fips-gov-west-1", "fips-aws-global",
]  # fmt: skip
KEYS: dict[str, Any] = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}


def _shown(module: Any, region: str, use_ssl: bool, options: dict[str, Any]) -> Any:
    client = session_of(module).client(
        "bedrock-runtime", region, use_ssl=use_ssl, config=Config(**options), **KEYS
    )
    return client.meta.endpoint_url, client.meta.region_name, client.meta.partition


@pytest.mark.parametrize("region", REGIONS + UNKNOWN)
def test_every_regions_endpoint_is_boto3s(region: str) -> None:
    for fips, dualstack, use_ssl in itertools.product((False, True), repeat=3):
        options = {"use_fips_endpoint": fips, "use_dualstack_endpoint": dualstack}
        expected = outcome(_shown, boto3, region, use_ssl, options)
        found = outcome(_shown, fastbedrock, region, use_ssl, options)
        assert found == expected, options


def test_every_partition_is_covered() -> None:
    known = {partition["id"] for partition in PARTITIONS}
    assert {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-eusc"} <= known
    assert len(REGIONS) > 40


@pytest.mark.parametrize("scenario", group("endpoints"))
def test_configured_endpoint_is_boto3s(scenario: dict[str, Any]) -> None:
    def shown(module: Any) -> Any:
        client = client_of(module, scenario)
        return client.meta.endpoint_url, client.meta.region_name, client.meta.partition

    with recorder.surroundings(scenario):
        assert outcome(shown, fastbedrock) == outcome(shown, boto3)


@pytest.mark.parametrize("path", ["", "/", "/a", "/a/b/", "/a//"])
def test_the_endpoints_path_is_a_prefix_of_the_operations_path(path: str) -> None:
    def answer(*_: Any) -> tuple[int, str]:
        return 200, "{}"

    with http_server(answer) as server:
        for module in (boto3, fastbedrock):
            url = server.url.replace("127.0.0.1", "LocalHost") + path
            client = session_of(module).client(
                "bedrock-runtime", "us-east-1", endpoint_url=url, **KEYS
            )
            client.converse(modelId="a:b", messages=[])
        sent = [(method, path, headers["host"]) for method, path, headers, _ in server.seen]
    assert len(sent) == 2
    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    "url",
    ["ftp://h", "//h", "http://h:abc", "http://h:+80", "http://h:65536", "http://h/?a=b",
     "http://h/#a"],
)  # fmt: skip
def test_a_url_that_cannot_be_an_endpoint_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="Invalid endpoint: "):
        fastbedrock.client("bedrock-runtime", "us-east-1", endpoint_url=url, **KEYS)
