"""The credentials that a client finds are those that boto3 finds in the same environment.

All servers are on loopback.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

import fastbedrock
from http_servers import HttpServer, http_server
from settings_scenarios import client_of, group, outcome, recorder, session_of

LATER = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=6)
EXPIRATION = LATER.strftime("%Y-%m-%dT%H:%M:%SZ")
KEYS = {
    "AccessKeyId": "SA",
    "SecretAccessKey": "SS",
    "Token": "ST",
    "Expiration": EXPIRATION,
}
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "EA", "AWS_SECRET_ACCESS_KEY": "ES"}


def _found(module: Any, profile: str | None = None) -> Any:
    found = session_of(module, profile).get_credentials()
    if found is None:
        return None
    frozen = found.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token, found.method


def _found_by_both(profile: str | None = None) -> Any:
    """The credentials that both libraries find."""
    expected = outcome(_found, boto3, profile)
    assert outcome(_found, fastbedrock, profile) == expected
    return expected


def _answer(access_key: str) -> str:
    return json.dumps({**KEYS, "Code": "Success", "AccessKeyId": access_key})


def _is_offline(scenario: dict[str, Any]) -> bool:
    """Whether boto3 gets to its result, keys or none, without calling STS or SSO."""
    methods = ("assume-role", "sso", "assume-role-with-web-identity")
    return scenario["expected"].get("method") not in methods


def _is_session(scenario: dict[str, Any]) -> bool:
    """Whether a session alone finds the same, because no credentials are given to the client."""
    arguments = scenario["arguments"]
    return _is_offline(scenario) and not any(name.startswith("aws_") for name in arguments)


def _is_default_endpoint(scenario: dict[str, Any]) -> bool:
    return _is_offline(scenario) and "endpoint_url" not in scenario["arguments"]


AUTH_SCENARIOS = group("authentication", _is_default_endpoint) + group(
    "credentials", _is_default_endpoint
)


@pytest.mark.parametrize("scenario", group("credentials", _is_session))
def test_source_is_boto3s(scenario: dict[str, Any]) -> None:
    with recorder.surroundings(scenario):
        _found_by_both(scenario["arguments"].get("profile"))


@pytest.mark.parametrize("region", ["", "no region!"])
def test_credentials_are_found_whatever_the_region(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert _found_by_both() == ("EA", "ES", None, "env")


def test_bearer_token_does_not_hide_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "token")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert _found_by_both() == ("EA", "ES", None, "env")


@pytest.mark.parametrize("scenario", AUTH_SCENARIOS)
def test_the_auth_of_a_request_is_boto3s(scenario: dict[str, Any]) -> None:
    def answer(*_: Any) -> tuple[int, str]:
        return 200, "{}"

    def auth(module: Any, server: HttpServer) -> Any:
        client_of(module, scenario, endpoint_url=server.url).converse(modelId="m", messages=[])
        authorization = server.seen[-1][2].get("authorization")
        # Access key ID, region and service; not the time and the signature.
        return authorization and authorization.partition(", ")[0].split("/")[::2]

    with recorder.surroundings(scenario), http_server(answer) as server:
        expected = outcome(auth, boto3, server)
        assert outcome(auth, fastbedrock, server) == expected


def test_an_api_key_replaces_all_other_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "half of a pair")
    client = fastbedrock.client("bedrock-runtime", "us-east-1", api_key="key")
    assert client.meta.region_name == "us-east-1"
    plain = fastbedrock.client(
        "bedrock-runtime", "us-east-1", api_key="key", endpoint_url="http://127.0.0.1:1"
    )
    error = outcome(plain.converse, modelId="m", messages=[])
    text = "Invalid endpoint configuration: Bearer authorization requires an HTTPS endpoint."
    assert error == ("InvalidEndpointConfigurationError", text)


def test_container_keys_are_boto3s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def answer(_: str, path: str, headers: dict[str, str], __: str) -> tuple[int, str]:
        return 200, _answer(f"{path} {headers.get('authorization')}")

    with http_server(answer) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{server.url}/keys?a=b")
        assert _found_by_both()[::3] == ("/keys?a=b None", "container-role")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "in the environment")
        assert _found_by_both()[0] == "/keys?a=b in the environment"
        token = tmp_path / "token"
        token.write_text("in a file")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
        assert _found_by_both()[0] == "/keys?a=b in a file"


def test_refused_container_keys_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server(lambda *_: (403, "no")) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url)
        with pytest.raises(Exception, match="container-role") as raised:
            fastbedrock.Session().get_credentials()
    assert type(raised.value).__name__ == "CredentialRetrievalError"


@pytest.mark.parametrize("version", [1, 2])
def test_instance_metadata_are_boto3s(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    def answer(method: str, path: str, headers: dict[str, str], _: str) -> tuple[int, str]:
        if method == "PUT":
            return (200, "token") if version == 2 else (403, "")
        if headers.get("x-aws-ec2-metadata-token") != ("token" if version == 2 else None):
            return 401, ""
        return 200, "role" if path.endswith("/") else _answer(path.rpartition("/")[2])

    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    with http_server(answer) as server:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url)
        assert _found_by_both()[::3] == ("role", "iam-role")


@pytest.mark.parametrize("source", [None, lambda: None], ids=["botocore", "callable"])
def test_a_source_that_returns_nothing_is_a_no_credentials_error(source: Any) -> None:
    """A botocore session's ``get_credentials`` returns None if it finds none."""
    given = {"credentials": source} if source else {"botocore_session": botocore.session.Session()}
    session = fastbedrock.Session(region_name="us-east-1", **given)
    assert session.get_credentials() is None
    client = session.client("bedrock-runtime", endpoint_url="http://127.0.0.1:1")
    error = outcome(client.converse, modelId="m", messages=[])
    assert error == ("NoCredentialsError", "Unable to locate credentials")


@pytest.mark.parametrize(
    "source", [5, "AKID:secret", lambda: ("AKID", "secret")], ids=["number", "text", "pair"]
)
def test_the_error_of_a_wrong_credentials_argument_says_what_is_expected(source: Any) -> None:
    client = fastbedrock.client("bedrock-runtime", "us-east-1", credentials=source)
    with pytest.raises(TypeError, match="credentials= must be or return a credentials object"):
        client.converse(modelId="m", messages=[])


def test_the_lack_of_credentials_is_found_within_three_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    with http_server(lambda *_: (404, "")) as server:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url)
        client = fastbedrock.client("bedrock-runtime", "us-east-1")
        started = time.monotonic()
        error = outcome(client.converse, modelId="m", messages=[])
    assert error == ("NoCredentialsError", "Unable to locate credentials")
    assert time.monotonic() - started < 3


def _sts(_: str, __: str, headers: dict[str, str], body: str) -> tuple[int, str]:
    """Credentials whose access key ID names the caller and the role."""
    action = body.split("Action=")[1].split("&")[0]
    signer = headers.get("authorization", "=nobody/").split("=")[1].split("/")[0]
    role = body.split("RoleArn=")[1].split("&")[0].rpartition("%2F")[2]
    return 200, (
        f"<{action}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><{action}Result>"
        f"<Credentials><AccessKeyId>{signer}-{role}</AccessKeyId>"
        f"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        f"<Expiration>{EXPIRATION}</Expiration></Credentials></{action}Result></{action}Response>"
    )


ROLE = "role_arn = arn:aws:iam::1:role/{}\n"
BASE = "[profile base]\naws_access_key_id = base\naws_secret_access_key = s\n"
ROLES = {
    "source": ROLE.format("r") + "source_profile = base\n" + BASE,
    "chain": ROLE.format("b") + "source_profile = m\n[profile m]\n" + ROLE.format("a")
    + "source_profile = base\n" + BASE,
    "environment": ROLE.format("r") + "credential_source = Environment\n",
    "web": ROLE.format("w") + "web_identity_token_file = {token}\nrole_session_name = me\n",
    "web then role": ROLE.format("r") + "source_profile = w\n[profile w]\n" + ROLE.format("w")
    + "web_identity_token_file = {token}\n",
}  # fmt: skip


@pytest.mark.parametrize("text", ROLES.values(), ids=ROLES)
def test_assumed_roles_are_boto3s(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("the-jwt")
    config = tmp_path / "config"
    config.write_text("[profile p]\nregion = eu-west-1\n" + text.format(token=tmp_path / "token"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with http_server(_sts) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        assert _found_by_both("p")[0].count("-") >= 1
        asked = [_without_session_name(body) for *_, body in server.seen]
    assert asked[: len(asked) // 2] == asked[len(asked) // 2 :]


def _without_session_name(body: str) -> list[str]:
    parts = body.split("&")
    return sorted(part for part in parts if "session-" not in part)


def test_the_error_of_a_refused_role_has_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile p]\n" + ROLES["source"])
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    refusal = f"<ErrorResponse>{error}</ErrorResponse>"
    with http_server(lambda *_: (403, refusal)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        with pytest.raises(Exception, match=r"assume-role.*AccessDenied") as raised:
            fastbedrock.Session(profile_name="p").get_credentials()
    assert type(raised.value).__name__ == "CredentialRetrievalError"


SSO = """
import json, sys
module = __import__(sys.argv[1])
found = module.Session(profile_name="p").get_credentials()
frozen = found.get_frozen_credentials()
print(json.dumps([frozen.access_key, frozen.secret_key, frozen.token, found.method]))
"""


@pytest.mark.parametrize("session", [False, True])
def test_sso_roles_are_boto3s(
    session: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start_url = "https://example.awsapps.com/start"
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    name = hashlib.sha1(b"s" if session else start_url.encode()).hexdigest()
    token = {"accessToken": "sso-token", "expiresAt": EXPIRATION, "startUrl": start_url}
    (cache / f"{name}.json").write_text(json.dumps({**token, "region": "eu-west-1"}))
    where = f"sso_start_url = {start_url}\nsso_region = eu-west-1\n"
    role = "[profile p]\nregion = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = r\n"
    config = tmp_path / "config"
    shared = f"sso_session = s\n[sso-session s]\n{where}"
    config.write_text(role + (shared if session else where))

    def answer(_: str, path: str, headers: dict[str, str], __: str) -> tuple[int, str]:
        if headers.get("x-amz-sso_bearer_token") != "sso-token" or "role_name=r" not in path:
            return 401, "{}"
        keys = {"accessKeyId": "A", "secretAccessKey": "S", "sessionToken": "T"}
        expiration = int(LATER.timestamp() * 1000)
        return 200, json.dumps({"roleCredentials": {**keys, "expiration": expiration}})

    with http_server(answer) as server:
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "AWS_CONFIG_FILE": str(config),
            "AWS_ENDPOINT_URL_SSO": server.url,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        # botocore decides on the directory of its cache when it is imported.
        found = [
            subprocess.run(
                [sys.executable, "-c", SSO, module],
                env=environment,
                capture_output=True,
                check=True,
                timeout=60,
            ).stdout
            for module in ("boto3", "fastbedrock")
        ]
    assert json.loads(found[1]) == json.loads(found[0]) == ["A", "S", "T", "sso"]


def test_no_error_contains_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for text in (
        "[default]\naws_secret_access_key hidden",
        "aws_secret_access_key = hidden",
        "[default]\naws_secret_access_key = hidden\naws_secret_access_key = hidden\n",
        "[default]\ncredential_process = no-such-program --password hidden\n",
        "[default]\ncredential_process = printf %s hidden\n",
        "[default]\ncredential_process = 'hidden\n",
    ):
        config.write_text(text)
        error = outcome(fastbedrock.Session().get_credentials)
        assert isinstance(error, tuple), text
        assert "hidden" not in str(error)


UNSIGNABLE = [
    (name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN")
    for value in ("A\nB", "A\r\nB", "A\x7f")
] + [("AWS_DEFAULT_REGION", "us-east-1\n")]  # passes botocore's check of regions


@pytest.mark.parametrize(("name", "value"), UNSIGNABLE)
def test_keys_that_no_header_can_carry_do_not_assume_a_role(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile p]\n" + ROLES["environment"])
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for variable, key in {**ENVIRONMENT, name: value}.items():
        monkeypatch.setenv(variable, key)
    with http_server(_sts) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        error = outcome(fastbedrock.Session(profile_name="p").get_credentials)
        assert error[0] == "CredentialRetrievalError"
        assert "interrupted" not in error[1]
        assert not server.seen
