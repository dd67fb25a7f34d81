"""Settings of the services that give keys, with odd values, against boto3: what is refused, when,
and that no text of an error quotes a secret."""

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
from identity_places import LATER, NESTED, START_URL, Settings, answer_with, found
from records import keeping
from scenarios import outcome, quick, serving


def session_token(settings: Settings, monkeypatch: pytest.MonkeyPatch, expires: str) -> Path:
    """Has keys come from an SSO session; the file with its token."""
    role = "sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
    where = f"[sso-session s]\nsso_start_url = {START_URL}\nsso_region = eu-west-1\n"
    settings.profile = role + where
    settings.say("")
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


def place_with_secrets(
    place: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    settings = Settings("sso" if place == "session" else place, url, tmp_path, monkeypatch)
    if place == "session":
        session_token(settings, monkeypatch, "2001-01-01T00:00:00Z")
    if place == "role":
        settings.say("external_id = the-external-id")
    return settings


@pytest.mark.parametrize("url", ODD_URLS)
@pytest.mark.parametrize("place", URLS)
def test_an_odd_url_of_a_service_is_refused_and_gives_nothing_away(
    place: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer_with("A")) as service:
        place_with_secrets(place, service.url, tmp_path, monkeypatch)
        odd = url.replace("{host}", service.url.removeprefix("http://"))
        for name in URLS[place]:
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", odd)
        error = found(fastbedrock)
        assert error == ("ValueError", f"Invalid endpoint: {odd}")
        assert not service.seen
        # boto3 sends to a URL without a scheme by plain HTTP.
        assert isinstance(found(boto3), tuple) or url == "//{host}"


@pytest.mark.parametrize("place", URLS)
def test_a_url_of_a_service_may_be_written_in_other_ways(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(method: str, path: str, headers: Any, body: str) -> tuple[int, str]:
        if path.endswith("/token"):
            return 200, json.dumps({"accessToken": "new", "expiresIn": 3600})
        reply: tuple[int, str] = answer_with("A")(method, path, headers, body)
        return reply

    with serving(answer) as service:
        for number, written in enumerate(["HTTP://{host}", " http://{host}", "http://u:p@{host}/"]):
            home = tmp_path / str(number)
            home.mkdir()
            url = written.replace("{host}", service.url.removeprefix("http://"))
            place_with_secrets(place, url, home, monkeypatch)
            for name in URLS[place]:
                monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", url)
            assert found(fastbedrock) == "A"
            hosts = {headers["host"] for _, _, headers, _ in service.seen}
            assert hosts == {service.url.removeprefix("http://")}


@pytest.mark.parametrize("region", ["exa mple", "x/y", "a@b", "-", "123"])
def test_an_odd_region_of_sso_is_refused_and_gives_nothing_away(
    region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer_with("A")) as service:
        settings = Settings("sso", service.url, tmp_path, monkeypatch)
        settings.profile = settings.profile.replace("= eu-west-1", f"= {region}")
        settings.say("")
        assert found(fastbedrock) == found(boto3)
        assert found(fastbedrock)[0] == "InvalidRegionError"
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
@pytest.mark.parametrize("place", NESTED)
def test_odd_settings_of_services_are_refused_as_by_boto3(
    place: str, where: str, name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer_with("A")) as service:
        settings = Settings(place, service.url, tmp_path, monkeypatch)
        if where == "variable":
            monkeypatch.setenv(name, value)
        else:
            settings.say(f"{name} = {value}")
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
        assert found(fastbedrock, **arguments) == errors[0]
        assert not service.seen

        def made(module: Any) -> Any:
            keys = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}
            client = quick(module.Session()).client("bedrock-runtime", **arguments, **keys)
            return client.meta.region_name

        # Neither does a client that has keys need the services.
        assert outcome(made, fastbedrock) == outcome(made, boto3) == "eu-west-1"


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_services_are_asked_as_often_as_the_retry_mode_says(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with serving(lambda *_: (500, "")) as service:
        Settings("web", service.url, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_RETRY_MODE", mode)
        counts = []
        for module in (boto3, fastbedrock):
            service.seen.clear()
            assert isinstance(found(module), tuple)
            counts.append(len(service.seen))
        assert counts[0] == counts[1]


def test_an_expired_token_whose_refresh_fails_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = json.dumps({"error": "invalid_grant", "error_description": "no"})
    with serving(answer_with("A")) as portal, serving(lambda *_: (400, refusal)) as tokens:
        settings = Settings("sso", portal.url, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", tokens.url)
        for expires, keys in [("2001-01-01T00:00:00Z", None), (_in_two_minutes(), "A")]:
            session_token(settings, monkeypatch, expires)
            for module in (boto3, fastbedrock):
                portal.seen.clear()
                tokens.seen.clear()
                told = found(module)
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
    with serving(answer_with("A")) as service:
        settings = Settings("role", service.url, tmp_path, monkeypatch)
        settings.say(f"duration_seconds = {seconds}")
        asked = []
        for module in (boto3, fastbedrock):
            service.seen.clear()
            assert found(module) == "A"
            fields = service.seen[0][3].split("&")
            asked.append([field for field in fields if field.startswith("DurationSeconds=")])
        # STS takes twelve hours at most, so that it says the same to both of the largest.
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
def test_odd_answers_of_instance_metadata_end_as_with_boto3(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(method: str, path: str, headers: Any, body: str) -> tuple[int, str]:
        reply: tuple[int, str] = answer_with("A")(method, path, headers, body)
        return (200, ANSWERS[text]) if reply[1].startswith("{") else reply

    with serving(answer) as service:
        Settings("metadata", service.url, tmp_path, monkeypatch)
        told = []
        for module in (boto3, fastbedrock):
            service.seen.clear()
            keys = outcome(module.Session().get_credentials)
            told.append(("nothing" if keys is None else "an error", len(service.seen)))
        assert told[0] == told[1]
        if text == "no JSON":
            with keeping() as kept:
                assert fastbedrock.Session().get_credentials() is None
            lines = kept.texts("fastbedrock.credentials")
            assert any("gave no credentials: " in line and "not JSON" in line for line in lines)
