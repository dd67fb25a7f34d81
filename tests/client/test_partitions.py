"""The session's lists of partitions and regions are boto3's."""

from __future__ import annotations

import boto3
import botocore
import pytest

import fastbedrock
from repository import ROOT, load_tool

PARTITIONS = boto3.session.Session().get_available_partitions()
REGIONS = [
    *["us-east-1", "us-east-99", "cn-north-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"],
    *["aws-global", "bedrock-us-east-1", "fips-us-east-1", "us-east-1\n", "", "x"],
]


def outcome(session: object, region: str) -> object:
    try:
        return session.get_partition_for_region(region)
    except botocore.exceptions.UnknownRegionError as error:
        return type(error).__name__, str(error)


def test_partitions_are_boto3s():
    assert fastbedrock.Session().get_available_partitions() == PARTITIONS


@pytest.mark.parametrize("service", [*fastbedrock.Session().get_available_services(), "nothing"])
@pytest.mark.parametrize("all_endpoints", [False, True])
def test_regions_of_a_service_are_boto3s(service, all_endpoints):
    own, reference = fastbedrock.Session(), boto3.session.Session()
    assert own.get_available_regions(service) == reference.get_available_regions(service)
    for partition in [*PARTITIONS, "nowhere"]:
        arguments = (service, partition, all_endpoints)
        expected = reference.get_available_regions(*arguments)
        assert own.get_available_regions(*arguments) == expected


def test_some_service_has_regions():
    assert "us-east-1" in fastbedrock.Session().get_available_regions("bedrock")


@pytest.mark.parametrize("region", REGIONS)
def test_partition_of_a_region_is_boto3s(region):
    assert outcome(fastbedrock.Session(), region) == outcome(boto3.session.Session(), region)


def test_the_file_is_current():
    tool = load_tool("record_partitions")
    assert tool.REFERENCE.is_relative_to(ROOT)
    assert tool.REFERENCE.read_text("utf-8") == tool.text(), "run: make update-models"
