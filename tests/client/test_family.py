"""Each Bedrock service has clients with boto3's names, methods, errors and paginators."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import boto3
import pytest

import family
import fastbedrock
from fastbedrock import _core
from fastbedrock._client.docstring import docstring
from fastbedrock._model import service_model

SERVICES = _core.service_names()
KEYS: dict[str, Any] = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}
MAKE = {"": fastbedrock.client, "Async": fastbedrock.async_client}


@functools.cache
def reference(service: str) -> Any:
    return boto3.Session("A", "S", region_name="eu-west-1").client(service)


@pytest.fixture(params=MAKE)
def prefix(request: pytest.FixtureRequest) -> str:
    return request.param


def test_no_service_of_the_family_is_left_out() -> None:
    assert sorted(SERVICES) == family.SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_class_and_methods_have_boto3s_names(service: str, prefix: str) -> None:
    client, theirs = MAKE[prefix](service, "eu-west-1", **KEYS), reference(service)
    cls = type(client)
    assert cls.__name__ == prefix + type(theirs).__name__
    assert getattr(fastbedrock, cls.__name__) is cls
    assert client.meta.method_to_api_mapping.items() >= theirs.meta.method_to_api_mapping.items()
    for name, operation in theirs.meta.method_to_api_mapping.items():
        assert hasattr(client, name) is hasattr(theirs, name)
        assert client.can_paginate(name) is theirs.can_paginate(name)
        if hasattr(client, name):
            model = service_model(service).operation_model(operation)
            assert getattr(cls, name).__doc__ == docstring(model)


@pytest.mark.parametrize("service", SERVICES)
def test_errors_have_boto3s_classes(service: str) -> None:
    ours, theirs = fastbedrock.client(service, "eu-west-1", **KEYS), reference(service)
    assert type(ours.exceptions).__name__ == type(theirs.exceptions).__name__
    found = ours.exceptions._code_to_exception
    expected = theirs.exceptions._code_to_exception
    assert {code: cls.__name__ for code, cls in found.items()} == {
        code: cls.__name__ for code, cls in expected.items()
    }
    for cls in found.values():
        error = cls({"Error": {"Code": cls.__name__, "Message": "m"}}, "Act")
        assert isinstance(pickle.loads(pickle.dumps(error)), cls)


@pytest.mark.parametrize("service", SERVICES)
def test_clients_can_be_pickled(service: str, prefix: str) -> None:
    client = MAKE[prefix](service, "eu-west-1", **KEYS)
    copy = pickle.loads(pickle.dumps(client))
    assert type(copy) is type(client)
    assert copy.meta.endpoint_url == client.meta.endpoint_url


@pytest.mark.parametrize("service", SERVICES)
def test_model_is_boto3s(service: str) -> None:
    ours, theirs = fastbedrock.client(service, "eu-west-1", **KEYS).meta, reference(service).meta
    assert ours.service_model.service_id == theirs.service_model.service_id
    assert ours.service_model.api_version == theirs.service_model.api_version
    assert ours.service_model.operation_names == theirs.service_model.operation_names
    assert list(ours.service_model.shape_names) == list(theirs.service_model.shape_names)
