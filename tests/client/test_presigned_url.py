"""Presigned URLs are those of boto3 at the same time."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.auth
import botocore.config
import pytest
from botocore import UNSIGNED
from botocore.exceptions import (
    NoCredentialsError,
    ParamValidationError,
    UnknownClientMethodError,
    UnsupportedSignatureVersionError,
)

import fastbedrock
from programs import DEADLINE

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
SETTINGS = {"region_name": "eu-west-1", **KEYS}
QUESTION = {"modelId": "a:b/c", "messages": [{"role": "user", "content": [{"text": "hi é"}]}]}
# Its models are read once.
SESSION = boto3.session.Session()
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("converse", QUESTION),
    ("list_async_invokes", {}),
    ("list_async_invokes", {"maxResults": 3, "statusEquals": "Completed"}),
    ("invoke_model", {"modelId": "m", "body": b'{"a": [1, "x y", {"b": null}], "c": true}'}),
    ("invoke_model", {"modelId": "m", "body": "{}", "accept": "text/plain; q=0.5"}),
]


@pytest.fixture(params=["sync", "async"])
def presign(request):
    """Presigns with a client of fastbedrock; the arguments are those of the two functions."""

    def call(arguments: dict[str, Any], service: str = "bedrock-runtime", **settings: Any) -> str:
        settings = {**SETTINGS, **settings}
        if request.param == "sync":
            client = fastbedrock.client(service, **settings)
            return client.generate_presigned_url(**arguments)
        asynchronous = fastbedrock.async_client(service, **settings)
        pending = asynchronous.generate_presigned_url(**arguments)
        return asyncio.run(asyncio.wait_for(pending, DEADLINE))

    return call


@pytest.fixture
def reference(monkeypatch):
    """Presigns with boto3, at the time in another URL."""

    def call(
        url: str, arguments: dict[str, Any], service: str = "bedrock-runtime", **settings: Any
    ) -> str:
        (text,) = parse_qs(urlsplit(url).query).get("X-Amz-Date", ["20260101T000000Z"])
        time = datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ")
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: time)
        client = SESSION.client(service, **{**SETTINGS, **settings})
        expected: str = client.generate_presigned_url(**arguments)
        return expected

    return call


@pytest.mark.parametrize(("method", "params"), CALLS)
def test_url_is_boto3s(presign, reference, method, params):
    arguments = {"ClientMethod": method, "Params": params}
    url = presign(arguments)
    assert "X-Amz-Signature=" in url
    assert url == reference(url, arguments)


@pytest.mark.parametrize(
    "settings",
    [
        {"aws_session_token": "a/token+with=signs"},
        {"endpoint_url": "http://localhost:1234/prefix/"},
        {"endpoint_url": "https://localhost:443"},
        {"region_name": "cn-north-1"},
        {"config": botocore.config.Config(use_fips_endpoint=True)},
        {"config": botocore.config.Config(signature_version=UNSIGNED)},
        {"config": botocore.config.Config(signature_version="v4")},
        {"config": botocore.config.Config(auth_scheme_preference="httpBearerAuth")},
    ],
    ids=range(8),
)
def test_url_is_boto3s_with_other_settings(presign, reference, settings):
    arguments = {"ClientMethod": "list_async_invokes", "Params": {"maxResults": 3}}
    url = presign(arguments, **settings)
    assert url == reference(url, arguments, **settings)


def test_service_expiry_and_method_are_boto3s(presign, reference):
    arguments = {
        "ClientMethod": "list_foundation_models",
        "Params": {"byProvider": "Some One"},
        "ExpiresIn": 7,
        "HttpMethod": "PATCH",
    }
    url = presign(arguments, "bedrock")
    assert "X-Amz-Expires=7&" in url
    assert url == reference(url, arguments, "bedrock")


def test_keys_of_a_credentials_object_sign(presign, reference):
    arguments = {"ClientMethod": "list_async_invokes"}
    given = botocore.credentials.Credentials("AKOTHER", "other", "token")
    nothing = {"aws_access_key_id": None, "aws_secret_access_key": None}
    url = presign(arguments, credentials=given, **nothing)
    keys = {"aws_access_key_id": "AKOTHER", "aws_secret_access_key": "other"}
    assert url == reference(url, arguments, **keys, aws_session_token="token")


def test_a_bearer_token_in_the_environment_does_not_presign(presign, reference, monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "token")
    arguments = {"ClientMethod": "list_async_invokes"}
    url = presign(arguments)
    assert "X-Amz-Signature=" in url
    assert url == reference(url, arguments)


ERRORS: list[tuple[type[Exception], dict[str, Any], dict[str, Any]]] = [
    (UnknownClientMethodError, {"ClientMethod": "nothing"}, {}),
    (ParamValidationError, {"ClientMethod": "converse"}, {}),
    (
        ValueError,
        {"ClientMethod": "invoke_model", "Params": {"modelId": "m", "body": b"no JSON"}},
        {},
    ),
    (
        UnsupportedSignatureVersionError,
        {"ClientMethod": "list_async_invokes"},
        {"config": botocore.config.Config(signature_version="bearer")},
    ),
    (
        NoCredentialsError,
        {"ClientMethod": "list_async_invokes"},
        {"aws_access_key_id": None, "aws_secret_access_key": None},
    ),
]


@pytest.mark.parametrize(("kind", "arguments", "settings"), ERRORS)
def test_errors_are_boto3s(presign, reference, kind, arguments, settings):
    with pytest.raises(kind) as expected:
        reference("", arguments, **settings)
    with pytest.raises(kind) as raised:
        presign(arguments, **settings)
    assert type(raised.value).__name__ == type(expected.value).__name__
    assert str(raised.value) == str(expected.value)


@pytest.mark.parametrize("library", [boto3, fastbedrock])
def test_handlers_may_change_the_parameters(library):
    def add(params: Any, context: Any, **_: Any) -> None:
        assert context == {"is_presign_request": True, "use_global_endpoint": True}
        params["maxResults"] = 3

    def replace(params: Any, **_: Any) -> Any:
        return {**params, "statusEquals": "Failed"}

    client = library.client("bedrock-runtime", **SETTINGS)
    client.meta.events.register("before-parameter-build", add)
    client.meta.events.register("provide-client-params", replace)
    url = client.generate_presigned_url("list_async_invokes", Params={"sortBy": "SubmissionTime"})
    found = parse_qs(urlsplit(url).query)
    names = ("maxResults", "statusEquals", "sortBy", "X-Amz-Expires")
    assert [found[name] for name in names] == [["3"], ["Failed"], ["SubmissionTime"], ["3600"]]


@pytest.mark.parametrize(
    ("value", "kind"), [("3600", TypeError), (1.5, TypeError), (-1, ValueError)]
)
def test_an_expiry_that_is_no_number_of_seconds_is_refused(presign, value, kind):
    with pytest.raises(kind, match="ExpiresIn"):
        presign({"ClientMethod": "list_async_invokes", "ExpiresIn": value})


def test_an_api_key_does_not_presign():
    client = fastbedrock.client("bedrock-runtime", region_name="us-east-1", api_key="key")
    with pytest.raises(UnsupportedSignatureVersionError):
        client.generate_presigned_url("list_async_invokes")
