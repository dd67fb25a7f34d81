"""For each setting and each source, an empty string means what it means to boto3."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import pytest

import fastbedrock
from differential import SIGNED
from scripted_server import Reply, Server, in_order
from settings_scenarios import outcome, recorder

KEYS = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}
# Other sources set values too, to tell an empty setting that falls through from one that overrides.
PROFILE = """
[default]
region = eu-west-1
endpoint_url = {url}/profile
retry_mode = legacy
max_attempts = 7
auth_scheme_preference = sigv4
sdk_ua_app_id = profile
use_dualstack_endpoint = false
"""
ELSEWHERE = {
    "region_name": {"AWS_DEFAULT_REGION": "eu-west-2"},
    "AWS_DEFAULT_REGION": {"AWS_PROFILE": "default"},
    "profile_name": {"AWS_PROFILE": "default"},
}

ARGUMENTS = ["region_name", "endpoint_url", "verify", "use_ssl"]
SESSION = ["region_name", "profile_name"]
OPTIONS = [
    "region_name", "signature_version", "user_agent", "user_agent_extra", "user_agent_appid",
    "auth_scheme_preference", "use_fips_endpoint", "use_dualstack_endpoint",
    "ignore_configured_endpoint_urls", "retries", "proxies",
]  # fmt: skip
VARIABLES = [
    "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_DATA_PATH", "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
    "AWS_AUTH_SCHEME_PREFERENCE", "AWS_SDK_UA_APP_ID", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "_X_AMZN_TRACE_ID", "http_proxy", "HTTP_PROXY", "no_proxy",
    "NO_PROXY", "AWS_BEARER_TOKEN_BEDROCK",
]  # fmt: skip
PROPERTIES = [
    "region", "endpoint_url", "services", "retry_mode", "max_attempts", "ca_bundle",
    "auth_scheme_preference", "use_fips_endpoint", "use_dualstack_endpoint", "sdk_ua_app_id",
    "ignore_configured_endpoint_urls", "data_path",
]  # fmt: skip
CASES = [
    *(pytest.param("argument", name, id=f"argument-{name}") for name in ARGUMENTS),
    *(pytest.param("session", name, id=f"session-{name}") for name in SESSION),
    *(pytest.param("option", name, id=f"option-{name}") for name in OPTIONS),
    *(pytest.param("variable", name, id=f"variable-{name}") for name in VARIABLES),
    *(pytest.param("property", name, id=f"property-{name}") for name in PROPERTIES),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(in_order(Reply())) as server:
        yield server


def observed(library: Any, server: Server, where: str, name: str, rest: dict[str, Any]) -> Any:
    """What a client reports and sends if this setting is empty."""
    options: dict[str, Any] = {}
    if where == "option":
        nested = {"retries": {"mode": ""}, "proxies": {"http": ""}}
        options[name] = nested.get(name, "")
    session = library.Session(**({name: ""} if where == "session" else {}))
    if library is boto3:
        # Reading the service's files is most of the cost of making a client.
        session._session.register_component("data_loader", recorder.LOADER)
    arguments = {**rest, **({name: ""} if where == "argument" else {})}
    config = botocore.config.Config(**options)
    client = session.client("bedrock-runtime", config=config, **KEYS, **arguments)
    shown = {
        "region": client.meta.region_name,
        "endpoint": client.meta.endpoint_url,
        "retries": client.meta.config.retries,
    }
    if server.url in client.meta.endpoint_url:
        server.requests.clear()
        client.converse(modelId="m", messages=[])
        (sent,) = server.requests
        user_agent = (sent.header("User-Agent") or "").split()
        authorization = sent.header("Authorization") or ""
        signed = SIGNED.search(authorization)
        shown |= {
            # If a proxy is empty, boto3 sends the whole URL to the endpoint itself.
            "target": sent.target.removeprefix(server.url),
            "scheme": authorization.split(" ")[0],
            "scope": authorization.split("/")[2:4],
            "signed": signed and signed[1],
            "traced": sent.header("X-Amzn-Trace-Id"),
            "told": [word for word in user_agent if word.startswith(("app/", "exec-env/"))],
        }
    return shown


@contextlib.contextmanager
def surroundings(
    tmp_path: Path, server: Server, where: str, name: str, profile: bool
) -> Iterator[None]:
    text = PROFILE.format(url=server.url) if profile else "[default]\n"
    if where == "property":
        kept = [line for line in text.splitlines() if not line.startswith(f"{name} =")]
        text = "\n".join([*kept, f"{name} =", ""])
    (tmp_path / "config").write_text(text)
    (tmp_path / "credentials").write_text("")
    os.environ["HOME"] = str(tmp_path)
    os.environ["AWS_CONFIG_FILE"] = str(tmp_path / "config")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "credentials")
    os.environ.update(ELSEWHERE.get(name, {}) if profile else {})
    if where == "variable":
        os.environ[name] = ""
    yield


@pytest.mark.parametrize("profile", [False, True], ids=["alone", "beside others"])
@pytest.mark.parametrize(("where", "name"), CASES)
def test_an_empty_setting_means_what_it_means_to_boto3(
    where: str, name: str, profile: bool, server: Server, tmp_path: Path
) -> None:
    with surroundings(tmp_path, server, where, name, profile):
        for rest in (
            {"endpoint_url": server.url, "region_name": "us-east-1"},
            {"endpoint_url": server.url},
            {"region_name": "us-east-1"},
            {},
        ):
            left = {key: value for key, value in rest.items() if key != name}
            expected = outcome(observed, boto3, server, where, name, left)
            assert outcome(observed, fastbedrock, server, where, name, left) == expected, left


@pytest.mark.parametrize("name", ["AWS_REGION"])
def test_empty_settings_of_our_own_count_as_not_set(name: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n")
    os.environ.update({name: "", "AWS_CONFIG_FILE": str(tmp_path / "config")})
    assert fastbedrock.Session().region_name == "eu-west-1"
    assert fastbedrock.client("bedrock-runtime", **KEYS).meta.region_name == "eu-west-1"


def test_an_empty_api_key_counts_as_not_set(server: Server) -> None:
    arguments: dict[str, Any] = {"region_name": "us-east-1", "endpoint_url": server.url, **KEYS}
    keys = fastbedrock.Session("A", "S")
    for client in (
        fastbedrock.client("bedrock-runtime", api_key="", **arguments),
        fastbedrock.Session(api_key="").client("bedrock-runtime", **arguments),
        keys.client("bedrock-runtime", "us-east-1", endpoint_url=server.url, api_key=""),
    ):
        server.requests.clear()
        client.converse(modelId="m", messages=[])
        assert (server.requests[0].header("Authorization") or "").startswith("AWS4-")
