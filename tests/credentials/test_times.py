"""The expiration times of credentials, in every format that programs write, against boto3.

Each format is tried with a time ahead and a time past: a parser that misreads the offset finds
valid credentials expired, or expired ones valid.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

import fastbedrock
from http_servers import http_server
from settings_scenarios import outcome

MINUTES = 50
UTC = datetime.timezone.utc
EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
WEST = datetime.timezone(-datetime.timedelta(hours=8))

# A strftime format, and the time zone in which the time is written.
READ = [
    ("%Y-%m-%dT%H:%M:%SZ", UTC),
    ("%Y-%m-%dt%H:%M:%Sz", UTC),
    ("%Y-%m-%dT%H:%M:%S.%fZ", UTC),
    ("%Y-%m-%dT%H:%M:%S,%fZ", UTC),
    ("%Y-%m-%dT%H:%M:%S.123456789Z", UTC),
    ("%Y-%m-%dT%H:%M:%SUTC", UTC),
    ("%Y-%m-%dT%H:%M:%S UTC", UTC),
    ("%Y-%m-%d %H:%M:%SZ", UTC),
    ("%Y-%m-%d %H:%M:%S Z", UTC),
    ("%Y-%m-%d %H:%M:%S UTC", UTC),
    ("%Y-%m-%d %H:%M:%S GMT", UTC),
    ("%Y-%m-%dT%H:%MZ", UTC),
    ("%Y%m%dT%H%M%SZ", UTC),
    ("%Y%m%dT%H%MZ", UTC),
    ("%Y%m%d%H%M%SZ", UTC),
    ("%Y%m%d%H%MZ", UTC),
    ("%Y-%m-%dT%H%M%SZ", UTC),
    ("%Y/%m/%d %H:%M:%S UTC", UTC),
    ("%Y.%m.%d %H:%M:%SZ", UTC),
    ("  %Y-%m-%dT%H:%M:%SZ\n", UTC),
    ("%Y-%m-%dT%H:%M:%S+00:00", UTC),
    ("%Y-%m-%d %H:%M:%S.%f+00:00", UTC),
    ("%Y-%m-%dT%H:%M:%S+05:30", EAST),
    ("%Y-%m-%dT%H:%M:%S+0530", EAST),
    ("%Y-%m-%d %H:%M:%S +0530", EAST),
    ("%Y%m%dT%H%M%S+0530", EAST),
    ("%Y-%m-%dT%H:%M:%S-08:00", WEST),
    ("%Y-%m-%dT%H:%M:%S-0800", WEST),
    ("%Y-%m-%dT%H:%M:%S-08", WEST),
    ("%Y-%m-%dT%H:%M:%S-8", WEST),
    ("%Y-%m-%dT%H:%M:%S.%f-08:00", WEST),
    ("%a, %d %b %Y %H:%M:%S GMT", UTC),
    ("%a, %d %b %Y %H:%M:%S +0530", EAST),
    ("%d %b %Y %H:%M:%S Z", UTC),
    ("%A, %d %B %Y %H:%M:%S UTC", UTC),
    ("%a %b %d %H:%M:%S UTC %Y", UTC),
    ("%a %b %d %H:%M:%S %Y UTC", UTC),
    ("%b %d %Y %H:%M:%S UTC", UTC),
    ("%B %d, %Y %I:%M:%S %p UTC", UTC),
    ("%d-%b-%Y %H:%M:%SZ", UTC),
    ("%Y-%b-%d %H:%M:%SZ", UTC),
]
# Neither library reads these.
REFUSED = [
    "",
    "soon",
    "%s",
    "%Y-%m-%d",
    "%Y-%m-%dZ",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%SEST",
    "%Y-%m-%dT%H:%M:%Sutc",
    "%Y-%m-%dT24:00:00Z",
    "%Y-%m-%dT%H:%M:60Z",
    "%Y-02-30T%H:%M:%SZ",
    "%Y-13-01T%H:%M:%SZ",
    "%Y-W01-3T%H:%MZ",
    "%Y-%jT%H:%MZ",
    "%Y-%m-%dT%H:%M:%S+053",
    "%Y-%m-%dT%H:%M:%S+24:00",
    "%Y-%m-%dT%H:%M:%S+00:00Z",
    "%Y-%m-%dT%H:%M:%SZ[UTC]",
    "%Y-%m-%dT%H:%M:%S.Z",
]
# boto3 guesses; fastbedrock refuses them.
AMBIGUOUS = [
    "%m/%d/%Y %H:%M:%SZ",
    "%d-%m-%Y %H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%SUTC+3",
    "%Y-%m-%dT%H:%M:%SGMT+3",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "-%Y-%m-%dT%H:%M:%SZ",
]


def _written(form: str, zone: datetime.tzinfo, minutes: int) -> str:
    now = datetime.datetime.now(UTC) + datetime.timedelta(minutes=minutes)
    return now.astimezone(zone).strftime(form)


class Process:
    field = "Expiration"

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _: Any) -> None:
        self.keys = tmp_path / "keys.json"
        config = tmp_path / "config"
        config.write_text(f"[default]\ncredential_process = cat {self.keys}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))

    def expire(self, text: object) -> None:
        keys = {"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T"}
        self.keys.write_text(json.dumps({**keys, "Expiration": text}))


class Variable:
    field = "AWS_CREDENTIAL_EXPIRATION"

    def __init__(self, _: Path, monkeypatch: pytest.MonkeyPatch, __: Any) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S")
        self.monkeypatch = monkeypatch

    def expire(self, text: str) -> None:
        self.monkeypatch.setenv(self.field, text)


class Container:
    field = "Expiration"

    def __init__(self, _: Path, monkeypatch: pytest.MonkeyPatch, server: Any) -> None:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url)
        self.server = server

    def expire(self, text: object) -> None:
        keys = {"AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T", "Expiration": text}
        self.server.answer = lambda *_: (200, json.dumps(keys))


@pytest.fixture(params=[Process, Variable, Container], ids=lambda source: source.__name__)
def source(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with http_server(lambda *_: (404, "")) as server:
        # The pauses between boto3's attempts.
        monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
        yield request.param(tmp_path, monkeypatch, server)


def _key(module: Any) -> Any:
    return module.Session().get_credentials().get_frozen_credentials().access_key


def _has_keys(module: Any) -> bool:
    return outcome(_key, module) == "A"


@pytest.mark.parametrize(("form", "zone"), READ, ids=[form for form, _ in READ])
def test_a_time_is_the_one_that_boto3_reads(source: Any, form: str, zone: Any) -> None:
    source.expire(_written(form, zone, MINUTES))
    assert _has_keys(boto3)
    assert outcome(_key, fastbedrock) == "A"
    source.expire(_written(form, zone, -MINUTES))
    assert not _has_keys(boto3)
    assert not _has_keys(fastbedrock)


@pytest.mark.parametrize("form", REFUSED + AMBIGUOUS)
def test_the_error_of_an_unclear_time_quotes_it(source: Any, form: str) -> None:
    if isinstance(source, Variable) and not form:
        return  # the same as not set
    text = _written(form, UTC, 600)
    source.expire(text)
    assert form in AMBIGUOUS or not _has_keys(boto3)
    name, message = outcome(_key, fastbedrock)
    assert name == ("ValueError" if isinstance(source, Variable) else "CredentialRetrievalError")
    assert f"{source.field} is no time that can be read" in message
    assert text in message


@pytest.mark.parametrize("value", [1893553445, 1893553445.5, [], {}, True])
def test_the_error_of_a_time_that_is_no_string_names_the_field(
    value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Process(tmp_path, monkeypatch, None).expire(value)
    assert not _has_keys(boto3)
    name, message = outcome(_key, fastbedrock)
    assert name == "CredentialRetrievalError"
    assert "'Expiration'" in message


def test_credentials_without_a_time_do_not_expire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Process(tmp_path, monkeypatch, None)
    source.expire(None)
    assert _has_keys(boto3)
    assert _has_keys(fastbedrock)
    source.keys.write_text('{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S"}')
    assert _has_keys(boto3)
    assert _has_keys(fastbedrock)


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S+05:30", "%Y-%m-%d %H:%M:%S UTC", "soon"])
def test_times_of_instance_metadata_are_read(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T"}
    answer = json.dumps({**keys, "Expiration": _written(form, EAST, 600)})
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    with http_server(
        lambda _, path, *__: (200, "role" if path.endswith("/") else answer)
    ) as server:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url)
        assert _has_keys(fastbedrock) == _has_keys(boto3) == (form != "soon")
        assert form != "soon" or "Expiration" in outcome(_key, fastbedrock)[1]


SSO = """
import json, sys
module = __import__(sys.argv[1])
try:
    found = module.Session(profile_name="p").get_credentials().get_frozen_credentials()
    print(json.dumps([found.access_key, ""]))
except Exception as error:
    print(json.dumps([None, str(error)]))
"""


@pytest.mark.parametrize("session", [False, True], ids=["legacy", "session"])
@pytest.mark.parametrize(
    ("form", "minutes", "read"),
    [
        ("%Y-%m-%dT%H:%M:%SZ", 600, True),
        ("%Y-%m-%dT%H:%M:%SUTC", 600, True),
        ("%Y-%m-%dT%H:%M:%SUTC", -600, False),
        ("%Y-%m-%dT%H:%M:%S+00:00", 600, True),
        ("%Y-%m-%dT%H:%M:%S", 600, False),
    ],
)
def test_times_of_sso_tokens_are_those_that_boto3_reads(
    session: bool, form: str, minutes: int, read: bool, tmp_path: Path
) -> None:
    start_url = "https://example.awsapps.com/start"
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    name = hashlib.sha1(b"s" if session else start_url.encode()).hexdigest()
    token = {"accessToken": "hidden", "expiresAt": _written(form, UTC, minutes)}
    (cache / f"{name}.json").write_text(json.dumps(token))
    where = f"sso_start_url = {start_url}\nsso_region = eu-west-1\n"
    shared = f"sso_session = s\n[sso-session s]\n{where}" if session else where
    config = tmp_path / "config"
    role = "[profile p]\nregion = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = r\n"
    config.write_text(role + shared)
    keys = {"accessKeyId": "A", "secretAccessKey": "S", "sessionToken": "T"}
    answer = {"roleCredentials": {**keys, "expiration": 4070908800000}}
    with http_server(lambda *_: (200, json.dumps(answer))) as server:
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "AWS_CONFIG_FILE": str(config),
            "AWS_ENDPOINT_URL_SSO": server.url,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        found = {}
        for module in ("boto3", "fastbedrock"):
            printed = subprocess.run(
                [sys.executable, "-c", SSO, module],
                env=environment,
                capture_output=True,
                check=True,
                timeout=60,
            ).stdout
            found[module] = json.loads(printed)
    assert found["boto3"][0] == found["fastbedrock"][0] == ("A" if read else None)
    assert "hidden" not in found["fastbedrock"][1]
    assert read or minutes < 0 or "expiresAt" in found["fastbedrock"][1]
