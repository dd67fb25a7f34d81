"""Models that no build of the package has seen: every service's of botocore, and damaged ones."""

from __future__ import annotations

import gzip
import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

import botocore_models
import family
import fastbedrock
import generators
from comparison import difference
from fastbedrock import _core, _model, _search
from fastbedrock._search import SearchPath
from fastbedrock._slow import parse, serialize
from fastbedrock.exceptions import DataNotFoundError
from model_attributes import OPERATION, SERVICE, SHAPE, STRUCTURE, assert_same
from scripted_server import Reply, Server, in_order
from slow_path import comparable_request, response_metadata

NAME = "bedrock-made-up"
METADATA = {
    "apiVersion": "2026-01-01",
    "endpointPrefix": NAME,
    "protocol": "rest-json",
    "serviceId": "Made Up",
}


@pytest.fixture(scope="module")
def apart():
    """Runs functions in a process of its own, since loaded models stay for good."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield lambda function, *args: pool.submit(function, *args).result(timeout=300)


def load(model: dict[str, Any] | bytes, folder: Any, file: str = "service-2.json") -> str:
    """The key of a model that a search finds in the folder."""
    content = model if isinstance(model, bytes) else json.dumps(model).encode()
    place = folder / NAME / "2026-01-01"
    place.mkdir(parents=True)
    (place / file).write_bytes(content)
    return SearchPath(str(folder), None).find(NAME)


def load_botocores(service: str) -> str:
    """The key of botocore's model of a service, which need not be one of Bedrock."""
    key = f"{service}\nbotocore"
    _search.load(key, "botocore", botocore_models.description(service))
    return key


# Services of the protocol json. (Loading all of them would take half a minute.)
JSON = {"bedrock-data-automation-runtime", "dynamodb", "kms", "sqs", "ssm", "textract"}


def is_supported(service: str, description: dict[str, Any]) -> bool:
    metadata = description["metadata"]
    protocols = metadata.get("protocols", [metadata["protocol"]])
    return service in JSON or "rest-json" in protocols


def load_every_service() -> list[str]:
    loaded = []
    for service in botocore_models.services():
        description = botocore_models.description(service)
        if not is_supported(service, description):
            continue
        key = load_botocores(service)
        loaded.append(service)
        ours, expected = _model.service_model(key), ServiceModel(description, service)
        assert_same(ours, expected, SERVICE)
        service_id, api_version, operations = _core.outline(key)
        assert (service_id, api_version) == (expected.service_id, expected.api_version)
        for (method, name, bidirectional), wanted in zip(
            operations, expected.operation_names, strict=True
        ):
            assert (method, name) == (xform_name(wanted), wanted)
            theirs = expected.operation_model(name)
            assert bidirectional == theirs.has_event_stream_input, (service, name)
            assert_same(ours.operation_model(name), theirs, OPERATION)
            assert ours.operation_model(name).idempotent_members == theirs.idempotent_members
        for name in expected.shape_names:
            mine, theirs = ours.shape_for(name), expected.shape_for(name)
            assert_same(mine, theirs, SHAPE)
            if theirs.type_name == "structure":
                assert_same(mine, theirs, STRUCTURE)
                assert list(mine.members) == list(theirs.members)
    return loaded


def test_every_service_of_both_protocols_is_what_botocore_says(apart):
    loaded = apart(load_every_service)
    assert len(loaded) > 200
    assert {*family.SERVICES, *JSON} <= {*loaded}


def compare_paths(cases: int) -> tuple[int, int]:
    """How often the fast path answers for requests and responses of services that are loaded."""
    fast_requests = fast_responses = 0
    operations = []
    for service in botocore_models.services():
        description = botocore_models.description(service)
        if is_supported(service, description):
            load_botocores(service)
            model = ServiceModel(description, service)
            every = map(model.operation_model, model.operation_names)
            operations += [each for each in every if not each.has_event_stream_input]
    for seed in range(cases):
        rng = Random(seed)
        operation = rng.choice(operations)
        service = f"{operation.service_model.service_name}\nbotocore"
        if operation.input_shape is not None:
            params = generators.plain(generators.valid_params(rng, operation))
            fast = _core.fast_request(service, operation.name, params)
            if fast is not None:
                fast_requests += 1
                slow = serialize.prepare(service, operation.name, params)
                found = difference(comparable_request(*slow), comparable_request(*fast))
                assert found is None, (service, operation, params)
        if operation.output_shape is not None and not operation.has_event_stream_output:
            answer = generators.output_body(rng, operation, odd=0.02)
            headers = generators.output_headers(rng, operation)
            raw = [(name, value.encode("latin-1")) for name, value in headers]
            fast = _core.fast_response(service, operation.name, 200, raw, answer)
            if fast is not None:
                fast_responses += 1
                del fast["ResponseMetadata"]["RetryAttempts"]
                protocol = operation.service_model.resolved_protocol
                metadata = response_metadata(200, headers, protocol)
                slow = parse.success(service, operation.name, metadata, answer)
                assert difference(slow, fast) is None, (service, operation, answer)
    return fast_requests, fast_responses


def test_fast_path_answers_for_loaded_services_as_the_slow_path_does(apart, cases):
    fast_requests, fast_responses = apart(compare_paths, 2 * cases)
    assert fast_requests > cases // 4
    assert fast_responses > cases // 4


def compare_method_names(folder: Any) -> int:
    names = {
        name
        for service in botocore_models.services()
        for name in botocore_models.description(service)["operations"]
    }
    http = {"method": "POST", "requestUri": "/"}
    operations = {name: {"name": name, "http": http} for name in sorted(names)}
    key = load({"metadata": METADATA, "operations": operations, "shapes": {}}, folder)
    _, _, found = _core.outline(key)
    assert {name: method for method, name, _ in found} == {n: xform_name(n) for n in names}
    return len(found)


def test_method_names_of_every_operation_are_botocores(apart, tmp_path):
    assert apart(compare_method_names, tmp_path) > 10_000


def operation(input_shape: str = "Input", uri: str = "/") -> dict[str, Any]:
    http = {"method": "POST", "requestUri": uri}
    return {"name": "Act", "http": http, "input": {"shape": input_shape}}


def model(shapes: dict[str, Any], uri: str = "/", **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {**METADATA, **metadata},
        "operations": {"Act": operation(uri=uri)},
        "shapes": shapes,
    }


def structure(**members: Any) -> dict[str, Any]:
    return {"type": "structure", "members": members}


def load_recursive(folder: Any) -> tuple[Any, ...] | None:
    shapes = {
        "Input": structure(self={"shape": "Input"}, all={"shape": "Inputs"}),
        "Inputs": {"type": "list", "member": {"shape": "Input"}},
    }
    key = load(model(shapes), folder)
    params = {"self": {"self": {}, "all": [{}, {"all": []}]}}
    return _core.fast_request(key, "Act", params)


def test_shapes_that_contain_themselves(apart, tmp_path):
    *_, body = apart(load_recursive, tmp_path)
    assert body == b'{"self":{"self":{},"all":[{},{"all":[]}]}}'


STRING = {"type": "string"}
DAMAGED = {
    "truncated JSON": (b'{"metadata": {"apiVersion', "Unterminated string"),
    "no JSON": (b"<html>", "Expecting value: line 1 column 1"),
    "not UTF-8": (b'{"metadata": "\xff"}', "can't decode byte 0xff"),
    "compressed without saying so": (gzip.compress(b"{}" * 99), "can't decode byte"),
    "another JSON type": (b"[]", "it is no JSON object"),
    "another JSON type inside": (b'{"metadata": []}', "its metadata has no apiVersion"),
    "no metadata": ({"operations": {}, "shapes": {}}, "its metadata has no apiVersion"),
    "no operations": ({"metadata": METADATA, "shapes": {}}, "missing field `operations`"),
    "a shape of shapes": ({"metadata": METADATA, "operations": {}, "shapes": 5}, "invalid type"),
    "deep nesting": (b'{"metadata":' * 100_000, "nested too deeply"),
    "JSON that only Python reads": (b'{"metadata": NaN}', "its metadata has no apiVersion"),
    "too large": (b" " * (_search.LARGEST + 1), f"it is larger than {_search.LARGEST} bytes"),
    "a lone surrogate": (model({"Input": {"type": "\ud800"}}), "surrogates not allowed"),
    "many lists inside each other": (
        model(
            {
                "Input": structure(a={"shape": "0"}),
                **{
                    str(depth): {"type": "list", "member": {"shape": str(depth + 1)}}
                    for depth in range(30_000)
                },
            }
        ),
        "is inside more than 100 lists or maps",
    ),
    "an operation that would hide an attribute": (
        {
            "metadata": METADATA,
            "operations": {"__init__": operation()},
            "shapes": {"Input": structure()},
        },
        "__init__: the name of an operation",
    ),
    "an operation with its own host": (
        {
            "metadata": METADATA,
            "operations": {"Act": {**operation(), "endpoint": {"hostPrefix": "elsewhere."}}},
            "shapes": {"Input": structure()},
        },
        "Act has a host of its own: use boto3 for bedrock-made-up",
    ),
    "no shape": (model({}), "Act: there is no shape Input"),
    "no shape of a member": (
        model({"Input": structure(a={"shape": "Gone"})}),
        "Input.a: there is no shape Gone",
    ),
    "an input that is no structure": (
        model({"Input": STRING}),
        "Act: the shape Input is not a structure",
    ),
    "an unknown type": (
        model({"Input": structure(a={"shape": "Odd"}), "Odd": {"type": "odd"}}),
        "Input.a: the type odd of the shape Odd is unknown",
    ),
    "an unknown location": (
        model({"Input": structure(a={"shape": "Text", "location": "moon"}), "Text": STRING}),
        "Input.a: the location moon is unknown",
    ),
    "an unknown timestamp format": (
        model(
            {
                "Input": structure(a={"shape": "Time", "timestampFormat": "lunar"}),
                "Time": {"type": "timestamp"},
            }
        ),
        "Input.a: the timestamp format lunar is unknown",
    ),
    "a label without a member": (
        model({"Input": structure()}, uri="/act/{id}"),
        "Act: the URI /act/{id} has the label id, and no member",
    ),
    "a label that does not end": (
        model({"Input": structure()}, uri="/act/{id"),
        "Act: a label of the URI /act/{id does not end",
    ),
    "a required member that is not there": (
        model({"Input": {**structure(), "required": ["a"]}}),
        "Act: the structure Input has no member a",
    ),
    "a payload that is not there": (
        model({"Input": {**structure(), "payload": "a"}}),
        "Act: the structure Input has no member a",
    ),
    "a list of nothing": (
        model({"Input": structure(a={"shape": "List"}), "List": {"type": "list"}}),
        "Input.a: the list List does not say what it contains",
    ),
    "a list of itself": (
        model(
            {
                "Input": structure(a={"shape": "List"}),
                "List": {"type": "list", "member": {"shape": "List"}},
            }
        ),
        "Input.a: the shape List contains only itself",
    ),
    **{
        f"the protocol {protocol}": (
            model({"Input": structure()}, protocol=protocol, protocols=[protocol]),
            f"bedrock-made-up speaks the protocol {protocol}, and fastbedrock speaks json and "
            "rest-json only: use boto3 for bedrock-made-up",
        )
        for protocol in ("query", "ec2", "rest-xml", "smithy-rpc-v2-cbor")
    },
    "the protocol json without a prefix": (
        model({"Input": structure()}, protocol="json", jsonVersion="1.1"),
        "a model of the protocol json has no targetPrefix",
    ),
    "the protocol json without a version": (
        model({"Input": structure()}, protocol="json", targetPrefix="Made"),
        "a model of the protocol json has no jsonVersion",
    ),
    "events of the protocol json": (
        model(
            {
                "Input": structure(a={"shape": "Events"}),
                "Events": {**structure(), "eventstream": True},
            },
            protocol="json",
            jsonVersion="1.1",
            targetPrefix="Made",
        ),
        "Act: fastbedrock reads no event streams of the protocol json: use boto3",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_model_says_which_file_and_what_is_wrong(damage, tmp_path):
    content, problem = DAMAGED[damage]
    with pytest.raises(DataNotFoundError) as raised:
        load(content, tmp_path)
    path = f"{tmp_path}/{NAME}/2026-01-01/service-2.json"
    assert str(raised.value).startswith(f"Unable to load data for: {path}: ")
    assert problem in str(raised.value)


COMPRESSED = {
    "truncated": (gzip.compress(b"{}" * 99)[:-9], "ended before the end-of-stream marker"),
    "damaged": (gzip.compress(b"{}" * 99)[:-20] + b"\xff" * 20, ""),
    "not compressed": (b"{}", "Not a gzipped file"),
    "a bomb": (gzip.compress(bytes(64 * _search.LARGEST), 1), "it is larger than"),
}


@pytest.mark.parametrize("damage", COMPRESSED)
def test_damaged_compression_says_which_file_and_what_is_wrong(damage, tmp_path):
    content, problem = COMPRESSED[damage]
    with pytest.raises(DataNotFoundError, match=r"service-2\.json\.gz: .*" + problem):
        load(content, tmp_path, "service-2.json.gz")


# A call of each kind: a token in the environment counts, or not; members in the query; a status and
# a document as the payload.
CALLS = [
    ("bedrock", "list_foundation_models", {"byProvider": "a b"}, b'{"modelSummaries": []}'),
    ("bedrock-agent", "list_agents", {"maxResults": 5}, b'{"agentSummaries": []}'),
    ("bedrock-agentcore", "get_agent_card", {"agentRuntimeArn": "arn:a/b"}, b'{"card": [1]}'),
    (
        "bedrock-data-automation-runtime",
        "get_data_automation_status",
        {"invocationArn": "arn"},
        b'{"status": "Success"}',
    ),
]


def make(client: Any, method: str, params: dict[str, Any], server: Server) -> tuple[Any, ...]:
    server.requests.clear()
    try:
        answer: Any = getattr(client, method)(**params)
        del answer["ResponseMetadata"]
    except Exception as error:
        answer = (type(error).__name__, str(error))
    return answer, *(
        (request.method, request.target, (request.header("authorization") or "").split("/")[0])
        for request in server.requests
    )


def calls_of_both(token: str | None) -> list[tuple[Any, Any]]:
    os.environ["AWS_DATA_PATH"] = str(botocore_models.FOLDER)
    os.environ.pop("AWS_BEARER_TOKEN_BEDROCK", None)
    if token is not None:
        os.environ["AWS_BEARER_TOKEN_BEDROCK"] = token
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
    found = []
    for service, method, params, body in CALLS:
        with Server(in_order(Reply(body=body), Reply(body=body))) as server:
            given = {"region_name": "us-east-1", "endpoint_url": server.url, **keys}
            clients = [boto3.client(service, **given), fastbedrock.client(service, **given)]
            assert "\n" in clients[1]._MODEL_KEY
            found.append(tuple(make(client, method, params, server) for client in clients))
    return found


@pytest.mark.parametrize("token", [None, "token"])
def test_calls_of_loaded_services_are_boto3s(apart, token):
    for theirs, ours in apart(calls_of_both, token):
        assert ours == theirs


def test_a_token_counts_only_for_services_that_list_it(apart):
    bedrock, agent, *_ = (ours for _, ours in apart(calls_of_both, "token"))
    assert "Bearer" in bedrock[0][1]
    assert agent[1][2] == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE"
