"""Odd values for the settings of credential services are refused when boto3 refuses them.

No error quotes a secret.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

import fastbedrock
from credential_services import (
    LATER,
    SERVICES_OF_PROFILES,
    START_URL,
    ServiceSettings,
    answer_with,
    found_key_id,
)
from http_servers import http_server
from log_records import recording_logs
from settings_scenarios import outcome, quick


def session_token(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, expires: str) -> Path:
    """Make the profile use an SSO session; returns the file with its token."""
    role = "sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
    where = f"[sso-session s]\nsso_start_url = {START_URL}\nsso_region = eu-west-1\n"
    settings.profile = role + where
    settings.add_line("")
    cache = settings.home / ".aws" / "sso" / "cache"
    for name in ("credentials.SSOProvider", "tokens.SSOTokenProvider"):
        monkeypatch.setattr(f"botocore.{name}._SSO_TOKEN_CACHE_DIR", str(cache))
    file = cache / f"{hashlib.sha1(b's').hexdigest()}.json"
    token = {
        "accessToken": "sso-token",
        "expiresAt": expires,
        "refreshToken": "refresh-secret",
        "clientId": "client",
        "clientSecret": "client-secret",
        "registrationExpiresAt": LATER,
        "startUrl": START_URL,
        "region": "eu-west-1",
    }
    file.write_text(json.dumps(token))
    return file


ODD_URLS = [
    "http://exa mple", "http://[::1", "http://", "http:///x", "//{host}", "{host}", "x",
    "http:{host}", "ftp://{host}", "ws://{host}", "httpss://{host}", "unix://{host}",
    "http://{host}9999", "http://127.0.0.1:99999", "http://127.0.0.1:+80", "http://127.0.0.1:-1",
    "http://127.0.0.1:0x50", "http://ho_st", "http://h\tost/", "http://user name@", "http://%31/",
]  # fmt: skip
URLS = {"role": ["STS"], "web": ["STS"], "sso": ["SSO"], "session": ["SSO", "SSO_OIDC"]}


def settings_with_secrets(
    source: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ServiceSettings:
    settings = ServiceSettings("sso" if source == "session" else source, url, tmp_path, monkeypatch)
    if source == "session":
        session_token(settings, monkeypatch, "2001-01-01T00:00:00Z")
    if source == "role":
        settings.add_line("external_id = the-external-id")
    return settings


@pytest.mark.parametrize("url", ODD_URLS)
@pytest.mark.parametrize("source", URLS)
def test_the_error_of_an_odd_url_of_a_service_quotes_no_secret(
    source: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("A")) as service:
        settings_with_secrets(source, service.url, tmp_path, monkeypatch)
        odd = url.replace("{host}", service.url.removeprefix("http://"))
        for name in URLS[source]:
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", odd)
        error = found_key_id(fastbedrock)
        assert error == ("ValueError", f"Invalid endpoint: {odd}")
        assert not service.seen
        # boto3 uses plain HTTP for a URL without a scheme.
        assert isinstance(found_key_id(boto3), tuple) or url == "//{host}"


@pytest.mark.parametrize("source", URLS)
def test_unusual_spellings_of_a_services_url_work(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(method: str, path: str, headers: Any, body: str) -> tuple[int, str]:
        if path.endswith("/token"):
            return 200, json.dumps({"accessToken": "new", "expiresIn": 3600})
        reply: tuple[int, str] = answer_with("A")(method, path, headers, body)
        return reply

    with http_server(answer) as service:
        for number, written in enumerate(["HTTP://{host}", " http://{host}", "http://u:p@{host}/"]):
            home = tmp_path / str(number)
            home.mkdir()
            url = written.replace("{host}", service.url.removeprefix("http://"))
            settings_with_secrets(source, url, home, monkeypatch)
            for name in URLS[source]:
                monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", url)
            assert found_key_id(fastbedrock) == "A"
            hosts = {headers["host"] for _, _, headers, _ in service.seen}
            assert hosts == {service.url.removeprefix("http://")}


@pytest.mark.parametrize("region", ["exa mple", "x/y", "a@b", "-", "123"])
def test_an_odd_region_of_sso_is_refused_before_anything_is_sent(
    region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("A")) as service:
        settings = ServiceSettings("sso", service.url, tmp_path, monkeypatch)
        settings.profile = settings.profile.replace("= eu-west-1", f"= {region}")
        settings.add_line("")
        assert found_key_id(fastbedrock) == found_key_id(boto3)
        assert found_key_id(fastbedrock)[0] == "InvalidRegionError"
        assert not service.seen


ODD_SETTINGS = [
    ("variable", "AWS_MAX_ATTEMPTS", "abc"),
    ("variable", "AWS_MAX_ATTEMPTS", ""),
    ("variable", "AWS_MAX_ATTEMPTS", "1.5"),
    ("variable", "AWS_MAX_ATTEMPTS", "0"),
    ("variable", "AWS_MAX_ATTEMPTS", "-1"),
    ("property", "max_attempts", "abc"),
    ("property", "max_attempts", "0"),
    ("variable", "AWS_RETRY_MODE", "odd"),
    ("property", "retry_mode", "odd"),
    ("property", "services", "nowhere"),
]


@pytest.mark.parametrize(("where", "name", "value"), ODD_SETTINGS)
@pytest.mark.parametrize("source", SERVICES_OF_PROFILES)
def test_odd_settings_of_services_are_refused_as_by_boto3(
    source: str, where: str, name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("A")) as service:
        settings = ServiceSettings(source, service.url, tmp_path, monkeypatch)
        if where == "variable":
            monkeypatch.setenv(name, value)
        else:
            settings.add_line(f"{name} = {value}")
        if name == "services":
            for service_name in ("STS", "SSO"):
                monkeypatch.delenv(f"AWS_ENDPOINT_URL_{service_name}", raising=False)
        # The client itself does not need the setting, because its own arguments win.
        config = Config(retries={"total_max_attempts": 2, "mode": "standard"})
        arguments: dict[str, Any] = {"config": config, "endpoint_url": service.url}

        def called(module: Any) -> Any:
            client = quick(module.Session()).client("bedrock-runtime", **arguments)
            return client.converse(modelId="m", messages=[])

        errors = [outcome(called, module) for module in (boto3, fastbedrock)]
        assert errors[0] == errors[1]
        assert isinstance(errors[0], tuple)
        assert found_key_id(fastbedrock, **arguments) == errors[0]
        assert not service.seen

        def made(module: Any) -> Any:
            keys = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}
            client = quick(module.Session()).client("bedrock-runtime", **arguments, **keys)
            return client.meta.region_name

        # A client that has keys does not need the services either.
        assert outcome(made, fastbedrock) == outcome(made, boto3) == "eu-west-1"


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_services_are_asked_as_often_as_the_retry_mode_says(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with http_server(lambda *_: (500, "")) as service:
        ServiceSettings("web", service.url, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_RETRY_MODE", mode)
        counts = []
        for module in (boto3, fastbedrock):
            service.seen.clear()
            assert isinstance(found_key_id(module), tuple)
            counts.append(len(service.seen))
        assert counts[0] == counts[1]


def test_an_expired_token_whose_refresh_fails_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = json.dumps({"error": "invalid_grant", "error_description": "no"})
    with http_server(answer_with("A")) as portal, http_server(lambda *_: (400, refusal)) as tokens:
        settings = ServiceSettings("sso", portal.url, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", tokens.url)
        for expires, keys in [("2001-01-01T00:00:00Z", None), (_in_two_minutes(), "A")]:
            session_token(settings, monkeypatch, expires)
            for module in (boto3, fastbedrock):
                portal.seen.clear()
                tokens.seen.clear()
                told = found_key_id(module)
                assert len(tokens.seen) == 1
                assert len(portal.seen) == (keys is not None)
                if keys is None:
                    assert "Token has expired and refresh failed" in told[1]
                    assert not any(secret in told[1] for secret in ("sso-token", "-secret"))
                else:
                    assert told == keys


def _in_two_minutes() -> str:
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=2)
    return soon.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("seconds", ["900", "3_600", " 1000 ", "abc", "", "1.5", "99999999999"])
def test_the_duration_of_a_role_is_boto3s(
    seconds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("A")) as service:
        settings = ServiceSettings("role", service.url, tmp_path, monkeypatch)
        settings.add_line(f"duration_seconds = {seconds}")
        asked = []
        for module in (boto3, fastbedrock):
            service.seen.clear()
            assert found_key_id(module) == "A"
            fields = service.seen[0][3].split("&")
            asked.append([field for field in fields if field.startswith("DurationSeconds=")])
        # STS allows twelve hours at most, so that it refuses both numbers.
        assert asked[0] == asked[1] or (seconds == "99999999999" and len(asked[1]) == 1)


ANSWERS = {
    "no JSON": "<html>",
    "nothing": "",
    "a list": "[]",
    "an error": '{"Code": "AssumeRoleUnauthorizedAccess", "Message": "no"}',
    "no token": json.dumps({"AccessKeyId": "A", "SecretAccessKey": "s", "Expiration": LATER}),
    "odd expiry": json.dumps(
        {"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t", "Expiration": "soon"}
    ),
    "no expiry": json.dumps({"AccessKeyId": "A", "SecretAccessKey": "s", "Token": "t"}),
}


@pytest.mark.parametrize("text", ANSWERS)
def test_odd_responses_of_instance_metadata_end_as_with_boto3(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(method: str, path: str, headers: Any, body: str) -> tuple[int, str]:
        reply: tuple[int, str] = answer_with("A")(method, path, headers, body)
        return (200, ANSWERS[text]) if reply[1].startswith("{") else reply

    with http_server(answer) as service:
        ServiceSettings("metadata", service.url, tmp_path, monkeypatch)
        told = []
        for module in (boto3, fastbedrock):
            service.seen.clear()
            keys = outcome(module.Session().get_credentials)
            told.append(("nothing" if keys is None else "an error", len(service.seen)))
        assert told[0] == told[1]
        if text == "no JSON":
            with recording_logs() as kept:
                assert fastbedrock.Session().get_credentials() is None
            lines = kept.texts("fastbedrock.credentials")
            assert any("gave no credentials: " in line and "not JSON" in line for line in lines)
