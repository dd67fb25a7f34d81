"""Requests for credentials use boto3's proxies, authorities and number of attempts.

The table in ``src/transport/identity_http.rs`` lists the same.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

import fastbedrock
import fastbedrock.local
from credential_services import (
    LATER,
    SERVICES,
    SERVICES_OF_PROFILES,
    START_URL,
    ServiceSettings,
    answer_with,
    found_key_id,
)
from http_servers import http_server
from settings_scenarios import outcome


@pytest.mark.parametrize("told", [{}, {"proxies": {}}, {"proxies": {"http": "127.0.0.1:1"}}])
@pytest.mark.parametrize("source", SERVICES)
def test_the_environments_proxy_is_used_where_boto3_uses_it(
    source: str, told: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("direct")) as service, http_server(answer_with("proxy")) as proxy:
        ServiceSettings(source, service.url, tmp_path, monkeypatch)
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("//", "//user:secret@"))
        for module in (boto3, fastbedrock):
            proxy.seen.clear()
            way = "direct" if source in ("container", "metadata") else "proxy"
            if (source, module) == ("metadata", boto3):
                way = "proxy"  # a difference on purpose
            assert found_key_id(module, config=Config(**told)) == way
            assert bool(proxy.seen) == (way == "proxy")
            for _, target, headers, _ in proxy.seen:
                assert target.startswith(service.url)
                assert headers["host"] == service.url.removeprefix("http://")
                assert headers["proxy-authorization"] == "Basic dXNlcjpzZWNyZXQ="
                assert headers.get("authorization") != "container-token"


@pytest.mark.parametrize("source", SERVICES_OF_PROFILES)
def test_hosts_in_no_proxy_are_asked_directly(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("direct")) as service, http_server(answer_with("proxy")) as proxy:
        ServiceSettings(source, service.url, tmp_path, monkeypatch)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert found_key_id(fastbedrock) == found_key_id(boto3) == "direct"


@pytest.fixture(scope="module")
def private() -> Iterator[fastbedrock.local.LocalBedrock]:
    """A server whose certificate is signed by a private authority."""
    with fastbedrock.local.serve(tls=True) as server:
        yield server


# Where the private authority's bundle is named, and whether requests to STS and SSO use it.
TRUST = {
    "nowhere": False,
    "verify off": False,
    "client's bundle": False,
    "AWS_CA_BUNDLE": True,
    "REQUESTS_CA_BUNDLE": True,
    "profile": True,
    "AWS_CA_BUNDLE, client's system": True,
    "AWS_CA_BUNDLE, verify off": True,
}


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("source", [*SERVICES_OF_PROFILES, "container"])
@pytest.mark.parametrize("trust", TRUST)
def test_the_authorities_are_boto3s(
    source: str, trust: str, private: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ServiceSettings(source, private.endpoint_url, tmp_path, monkeypatch)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    bundle = str(private.ca_bundle)
    arguments: dict[str, Any] = {}
    if trust.endswith("verify off"):
        arguments["verify"] = False
    if trust.endswith("client's system"):
        arguments["verify"] = True
    if trust == "client's bundle":
        arguments["verify"] = bundle
    if trust == "profile":
        settings.add_line(f"ca_bundle = {bundle}")
    if trust.split(",")[0] in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(trust.split(",")[0], bundle)

    def trusts(module: Any) -> bool:
        error = found_key_id(module, **arguments)
        assert isinstance(error, tuple), "the server knows no keys"
        return not any(word in error[1] for word in ("SSL", "certificate"))

    assert trusts(fastbedrock) == trusts(boto3) == (TRUST[trust] and source in SERVICES_OF_PROFILES)


@pytest.mark.parametrize("source", SERVICES_OF_PROFILES)
@pytest.mark.parametrize(("said", "attempts"), [("", 3), ("environment", 2), ("profile", 1)])
def test_services_are_asked_as_often_as_by_boto3(
    source: str, said: str, attempts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with http_server(lambda *_: (500, "")) as service:
        settings = ServiceSettings(source, service.url, tmp_path, monkeypatch)
        if said == "environment":
            monkeypatch.setenv("AWS_MAX_ATTEMPTS", str(attempts))
        if said == "profile":
            settings.add_line(f"max_attempts = {attempts}")
        for module in (boto3, fastbedrock):
            service.seen.clear()
            # The client's own number of attempts does not apply to these services.
            config = Config(retries={"total_max_attempts": 5})
            assert isinstance(found_key_id(module, config=config), tuple)
            assert len(service.seen) == attempts, module


@pytest.mark.parametrize(
    ("status", "text"), [(500, "no"), (403, "no"), (200, "no JSON"), (200, '{"AccessKeyId": "A"}')]
)
def test_containers_are_asked_as_often_as_by_boto3(
    status: int, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(lambda *_: (status, text)) as service:
        ServiceSettings("container", service.url, tmp_path, monkeypatch)
        counts = []
        for module in (boto3, fastbedrock):
            service.seen.clear()
            assert isinstance(found_key_id(module), tuple)
            counts.append(len(service.seen))
    assert counts[0] == counts[1] in (1, 3)


@pytest.mark.parametrize("attempts", [1, 2])
def test_instance_metadata_are_asked_as_often_as_by_boto3(
    attempts: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(lambda *_: (500, "")) as service:
        ServiceSettings("metadata", service.url, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", str(attempts))
        asked = []
        for module in (boto3, fastbedrock):
            service.seen.clear()
            # With a client, boto3 would look twice, because it does not cache a negative result.
            assert outcome(module.Session().get_credentials) is None
            asked.append([(method, path) for method, path, *_ in service.seen])
    assert asked[0] == asked[1]
    assert len(asked[0]) == 2 * attempts


def test_a_silent_container_endpoint_is_asked_again_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    again = threading.Event()

    def answer(*request: Any) -> tuple[int, str]:
        asked.append(time.monotonic())
        if len(asked) == 1:
            again.wait(20)
        again.set()
        reply: tuple[int, str] = answer_with("late")(*request)
        return reply

    with http_server(answer) as service:
        ServiceSettings("container", service.url, tmp_path, monkeypatch)
        assert found_key_id(fastbedrock) == "late"
    # A timeout of 2 s and a pause of 1 s.
    assert 2.5 < asked[1] - asked[0] < 10


@pytest.mark.parametrize("way", ["services", "endpoint_url"])
@pytest.mark.parametrize("source", SERVICES_OF_PROFILES)
def test_endpoints_that_a_profile_names_are_asked(
    source: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_server(answer_with("A")) as service:
        settings = ServiceSettings(source, service.url, tmp_path, monkeypatch)
        for name in ("STS", "SSO"):
            monkeypatch.delenv(f"AWS_ENDPOINT_URL_{name}", raising=False)
        if way == "services":
            name = "sso" if source == "sso" else "sts"
            settings.profile += f"[services s]\n{name} =\n  endpoint_url = {service.url}\n"
            settings.add_line("services = s")
        else:
            settings.add_line(f"endpoint_url = {service.url}")
        assert found_key_id(fastbedrock) == found_key_id(boto3) == "A"


def test_a_token_of_an_sso_session_is_refreshed_and_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=2)
    token = {
        "accessToken": "old",
        "expiresAt": soon.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "refreshToken": "refresh",
        "clientId": "client",
        "clientSecret": "secret",
        "registrationExpiresAt": LATER,
        "startUrl": START_URL,
        "region": "eu-west-1",
    }

    def oidc(_: str, __: str, ___: Any, body: str) -> tuple[int, str]:
        assert json.loads(body)["refreshToken"] == "refresh"
        return 200, json.dumps({"accessToken": "new", "expiresIn": 3600, "refreshToken": "next"})

    with http_server(answer_with("A")) as portal, http_server(oidc) as tokens:
        settings = ServiceSettings("sso", portal.url, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", tokens.url)
        role = "sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
        where = f"[sso-session s]\nsso_start_url = {START_URL}\nsso_region = eu-west-1\n"
        settings.profile = role + where
        settings.add_line("")
        cache = tmp_path / ".aws" / "sso" / "cache"
        for name in ("credentials.SSOProvider", "tokens.SSOTokenProvider"):
            monkeypatch.setattr(f"botocore.{name}._SSO_TOKEN_CACHE_DIR", str(cache))
        file = cache / f"{hashlib.sha1(b's').hexdigest()}.json"
        for module in (boto3, fastbedrock):
            file.write_text(json.dumps(token))
            portal.seen.clear()
            tokens.seen.clear()
            assert found_key_id(module) == "A"
            assert [headers["x-amz-sso_bearer_token"] for _, _, headers, _ in portal.seen] == [
                "new"
            ]
            assert len(tokens.seen) == 1
            saved = json.loads(file.read_text())
            assert (saved["accessToken"], saved["refreshToken"]) == ("new", "next")
