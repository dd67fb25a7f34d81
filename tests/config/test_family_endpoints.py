"""The clients of all Bedrock services send requests where boto3's send them."""

from __future__ import annotations

import functools
import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

import botocore_models
import fastbedrock
from comparison import outcome
from fastbedrock import _core
from settings_scenarios import recorder

SERVICES = _core.service_names()
LIBRARIES = (fastbedrock, boto3)
PARTITIONS = recorder.LOADER.load_data("partitions")["partitions"]
# Each partition's first region. The runtime has a test with all regions.
REGIONS = [next(iter(each["regions"])) for each in PARTITIONS]


@functools.cache
def session(library: Any) -> Any:
    return library.Session("A", "S")


def shown(library: Any, *args: Any, **kwargs: Any) -> Any:
    meta = session(library).client(*args, **kwargs).meta
    return meta.endpoint_url, meta.region_name, meta.partition, meta.service_model.signing_name


def test_the_rules_of_all_services_differ_only_in_the_host_prefix() -> None:
    rules = []
    for service in SERVICES:
        file = botocore_models.folder(service) / "endpoint-rule-set-1.json.gz"
        text = gzip.decompress(file.read_bytes()).decode()
        for separator in (".", "-fips."):
            text = text.replace(f"https://{service}{separator}", f"https://PREFIX{separator}")
        rules.append(json.loads(text))
    assert rules.count(rules[0]) == len(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_endpoints_of_every_partition_and_variant_are_boto3s(service: str) -> None:
    for region in [*REGIONS, "us-new-9", "fips-us-east-1"]:
        for fips, dualstack, use_ssl in itertools.product((False, True), repeat=3):
            config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dualstack)
            ours, theirs = (
                outcome(
                    functools.partial(
                        shown, library, service, region, use_ssl=use_ssl, config=config
                    )
                )
                for library in LIBRARIES
            )
            assert ours == theirs, (region, fips, dualstack, use_ssl)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("place", ["environment", "profile"])
def test_an_endpoint_url_is_of_the_service_that_is_named(
    service: str, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = service.replace("-", "_")
    if place == "environment":
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name.upper()}", "https://own.test")
    else:
        (tmp_path / "config").write_text(
            "[default]\nservices = s\nregion = us-east-1\n"
            f"[services s]\n{name} =\n  endpoint_url = https://own.test\n"
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    ours, theirs = (library.Session("A", "S", region_name="us-east-1") for library in LIBRARIES)
    assert theirs.client(service).meta.endpoint_url == "https://own.test"
    urls = {each: ours.client(each).meta.endpoint_url for each in SERVICES}
    assert [each for each, url in urls.items() if url == "https://own.test"] == [service]
