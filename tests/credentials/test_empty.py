"""Empty strings in place of credentials and their settings, from every source, against boto3."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

import fastbedrock
from http_servers import http_server
from settings_scenarios import outcome, quick

FIELDS = ("access_key", "secret_key", "token", "account_id")
FULL = {
    "access_key": "AKID",
    "secret_key": "SECRET",
    "token": "TOKEN",
    "account_id": "123456789012",
}
EXPIRATION = "2099-01-01T00:00:00Z"

# Every combination in which up to two fields are empty or missing.
KINDS = [
    dict(zip(FIELDS, kinds, strict=True))
    for kinds in itertools.product(("full", "empty", "none"), repeat=4)
    if sum(kind != "full" for kind in kinds) <= 2
]
IDS = ["-".join(kind[0] for kind in kinds.values()) for kinds in KINDS]


def _values(kinds: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    """The values of the fields, by the names that a source uses; missing fields are left out."""
    texts = {"full": lambda field: FULL[field], "empty": lambda _: ""}
    return {names[field]: texts[kind](field) for field, kind in kinds.items() if kind != "none"}


ARGUMENTS = {
    "access_key": "aws_access_key_id",
    "secret_key": "aws_secret_access_key",
    "token": "aws_session_token",
    "account_id": "aws_account_id",
}
VARIABLES = {field: name.upper() for field, name in ARGUMENTS.items()}
JSON = {
    "access_key": "AccessKeyId",
    "secret_key": "SecretAccessKey",
    "token": "SessionToken",
    "account_id": "AccountId",
}
ENDPOINT_JSON = {**JSON, "token": "Token"}


class Source:
    """A source of credentials: sets itself up, and makes the session and its client."""

    arguments: dict[str, str] = {}
    client_arguments: dict[str, str] = {}

    def __init__(self, kinds: dict[str, str], tmp_path: Path, monkeypatch: Any) -> None:
        self.kinds, self.tmp_path, self.monkeypatch = kinds, tmp_path, monkeypatch
        self.set_up()

    def set_up(self) -> None:
        raise NotImplementedError

    def write(self, variable: str, text: str) -> None:
        path = self.tmp_path / variable
        path.write_text(text)
        self.monkeypatch.setenv(variable, str(path))

    def session(self, module: Any) -> Any:
        return quick(module.Session(region_name="us-east-1", **self.arguments))


class OfClient(Source):
    def set_up(self) -> None:
        self.client_arguments = _values(self.kinds, ARGUMENTS)


class OfSession(Source):
    def set_up(self) -> None:
        self.arguments = _values(self.kinds, ARGUMENTS)


class Environment(Source):
    def set_up(self) -> None:
        for name, value in _values(self.kinds, VARIABLES).items():
            self.monkeypatch.setenv(name, value)


def _section(kinds: dict[str, str]) -> str:
    lines = (f"{name} = {value}" for name, value in _values(kinds, ARGUMENTS).items())
    return "[default]\n" + "\n".join(lines)


class CredentialsFile(Source):
    def set_up(self) -> None:
        self.write("AWS_SHARED_CREDENTIALS_FILE", _section(self.kinds))


class ConfigFile(Source):
    def set_up(self) -> None:
        self.write("AWS_CONFIG_FILE", _section(self.kinds))


class Process(Source):
    def set_up(self) -> None:
        answer = {"Version": 1, **_values(self.kinds, JSON)}
        (self.tmp_path / "keys").write_text(json.dumps(answer))
        self.write("AWS_CONFIG_FILE", f"[default]\ncredential_process = cat {self.tmp_path}/keys\n")


SOURCES = [OfClient, OfSession, Environment, CredentialsFile, ConfigFile, Process]


def _frozen(found: Any) -> Any:
    return None if found is None else (*found.get_frozen_credentials(), found.method)


def _sent(client: Any, server: Any) -> Any:
    """The access key ID and the session token that a request carries."""
    client.converse(modelId="m", messages=[])
    headers = server.seen[-1][2]
    return headers["authorization"].split("/")[0], headers.get("x-amz-security-token")


@pytest.mark.parametrize("kinds", KINDS, ids=IDS)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_empty_keys_mean_what_they_mean_to_boto3(
    source: type[Source], kinds: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if source is OfSession and _is_half(kinds):
        return  # a difference on purpose, below
    at = source(kinds, tmp_path, monkeypatch)
    with http_server(lambda *_: (200, "{}")) as server:

        def found(module: Any) -> Any:
            session = at.session(module)
            shown = outcome(lambda: _frozen(session.get_credentials()))
            arguments = {"endpoint_url": server.url, **at.client_arguments}
            client = outcome(lambda: session.client("bedrock-runtime", **arguments))
            if isinstance(client, tuple):
                return shown, client
            return shown, outcome(_sent, client, server)

        assert found(fastbedrock) == found(boto3)


def _is_half(kinds: dict[str, str]) -> bool:
    """Whether one or both keys are missing while another field is given."""
    keys = [kinds["access_key"], kinds["secret_key"]]
    return "none" in keys and "full" in kinds.values()


@pytest.mark.parametrize("field", FIELDS[:3])
def test_empty_keys_of_an_endpoint_mean_what_they_mean_to_boto3(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {**dict.fromkeys(FIELDS, "full"), field: "empty"}
    answer = json.dumps({**_values(kinds, ENDPOINT_JSON), "Expiration": EXPIRATION})
    with http_server(
        lambda method, path, *_: (200, "r" if path.endswith("/") else answer)
    ) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url + "/keys")
        _assert_same()
        monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url)
        _assert_same()


def _assert_same(**arguments: Any) -> Any:
    def found(module: Any) -> Any:
        return _frozen(module.Session(**arguments).get_credentials())

    expected = outcome(found, boto3)
    assert outcome(found, fastbedrock) == expected
    return expected


@pytest.mark.parametrize("token", ["", None, "T"])
def test_empty_token_of_a_credentials_object_is_not_sent(token: str | None) -> None:
    theirs = botocore.session.Session()
    theirs.set_credentials("A", "S", token)
    given = [
        theirs.get_credentials(),
        theirs.get_credentials,
        lambda: {
            "aws_access_key_id": "A",
            "aws_secret_access_key": "S",
            "aws_session_token": token,
        },
        lambda: ("A", "S", token),
    ]
    with http_server(lambda *_: (200, "{}")) as server:
        for source in given:
            client = fastbedrock.client(
                "bedrock-runtime", "us-east-1", endpoint_url=server.url, credentials=source
            )
            assert _sent(client, server)[1] == (token or None)


EMPTY_VARIABLES = [
    {name: ""}
    for name in (
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_SECURITY_TOKEN",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_EC2_METADATA_V1_DISABLED",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    )
] + [
    {"AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r"},
    {"AWS_DEFAULT_PROFILE": "", "AWS_PROFILE": "default"},
    {"AWS_DEFAULT_PROFILE": "default", "AWS_PROFILE": ""},
]


@pytest.mark.parametrize("variables", EMPTY_VARIABLES, ids=lambda variables: "-".join(variables))
@pytest.mark.parametrize("keys", ["env", "file", "metadata"])
def test_empty_variables_mean_what_they_mean_to_boto3(
    variables: dict[str, str], keys: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = json.dumps({**dict.fromkeys(ENDPOINT_JSON.values(), "M"), "Expiration": EXPIRATION})
    with http_server(
        lambda method, path, *_: (200, "r" if path.endswith("/") else answer)
    ) as server:
        monkeypatch.setenv("HOME", str(tmp_path))
        if keys == "env":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S")
        elif keys == "file":
            path = tmp_path / "config"
            path.write_text("[default]\naws_access_key_id = A\naws_secret_access_key = S\n")
            monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
        elif "AWS_EC2_METADATA_SERVICE_ENDPOINT" not in variables:
            monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
            monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        _assert_same()


@pytest.mark.parametrize("uri", ["", "/keys", "not a url"])
def test_container_uri_that_leads_nowhere_is_an_error(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)
    expected = outcome(boto3.Session().get_credentials)
    assert expected[0] == "ValueError"
    assert expected[1].startswith("Unsupported host")
    name, text = outcome(fastbedrock.Session().get_credentials)
    assert name == "CredentialRetrievalError"
    assert "Unsupported host" in text


def test_empty_profile_name_is_no_profile() -> None:
    for session in (boto3.Session, fastbedrock.Session):
        with pytest.raises(Exception, match=r"The config profile \(\) could not be found"):
            session(profile_name="")


def test_empty_container_tokens_mean_what_they_mean_to_boto3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def answer(_: str, __: str, headers: dict[str, str], ___: str) -> tuple[int, str]:
        keys = {**_values(dict.fromkeys(FIELDS, "full"), ENDPOINT_JSON), "Expiration": EXPIRATION}
        return 200, json.dumps({**keys, "AccessKeyId": repr(headers.get("authorization"))})

    with http_server(answer) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url)
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        assert _assert_same()[0] == "''"
        (tmp_path / "token").write_text("")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
        assert _assert_same()[0] == "''"
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "")
        assert outcome(boto3.Session().get_credentials)[0] == "FileNotFoundError"
        error = outcome(fastbedrock.Session().get_credentials)
        assert error[0] == "CredentialRetrievalError"
        assert "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" in error[1]
