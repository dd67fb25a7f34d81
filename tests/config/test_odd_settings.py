"""Every setting with every odd value, with both faces: it works, or an error names the setting."""

from __future__ import annotations

import asyncio
import inspect
import math
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import pytest

import fastbedrock
from differential import SETTINGS
from faces import both_faces
from fastbedrock import exceptions
from programs import DEADLINE
from repository import ROOT
from scripted_server import Reply, Server, in_order

TEXTS = [
    "", " ", "\n", "x\n", "x\r", "a\r\nb", "\0", "x\0", "\x7f", "ü", "\udcff", "\ud800",
    "x" * 70_000, "{value}", "true", "nan", "-1", "1e400", "9" * 400, "/", "\\",
    "%", "http://", "//", "a b",
]  # fmt: skip
NUMBERS = [
    0, 1, -1, True, sys.maxsize, -sys.maxsize, 2**63, 2**64, 10**30, -(10**30), 10**400, 0.0, -0.5,
    1e-300, 1.5, 9_223_372_036, 9_223_372_037, 1e300, math.inf, -math.inf, math.nan,
]  # fmt: skip
OBJECTS: list[Any] = [None, b"x", bytearray(b"x"), [], ["x"], (), (1, 2), {}, {"x": "y"}, object()]
ODD = [*TEXTS, *NUMBERS, *OBJECTS]
#: Settings that are dicts, with the keys to try odd values for.
INSIDE = {"proxies": ["http"], "retries": ["mode", "max_attempts", "total_max_attempts"]}

#: All settings by their source, with the words by which an error may name them.
ARGUMENTS = {
    "region_name": ["region"],
    "api_version": ["data", "api_version"],
    "use_ssl": ["use_ssl"],
    "verify": ["verify", "CA bundle"],
    "endpoint_url": ["endpoint"],
    "aws_access_key_id": ["access key", "aws_access_key_id", "Partial credentials"],
    "aws_secret_access_key": ["aws_secret_access_key", "Partial credentials"],
    "aws_session_token": ["session token", "aws_session_token"],
    "config": ["config"],
    "aws_account_id": ["aws_account_id"],
    "credentials": ["credentials"],
    "api_key": ["API key", "api_key", "Bearer", "locate credentials"],
    "max_concurrency": ["max_concurrency"],
}
SESSION = {
    "aws_access_key_id": ["access key", "aws_access_key_id", "Partial credentials"],
    "aws_secret_access_key": ["aws_secret_access_key", "Partial credentials"],
    "aws_session_token": ["session token", "aws_session_token"],
    "region_name": ["region"],
    "botocore_session": ["session", "locate credentials"],
    "profile_name": ["profile"],
    "aws_account_id": ["aws_account_id", "credentials"],
    "credentials": ["credentials"],
    "api_key": ["API key", "api_key", "Bearer", "locate credentials"],
}
OPTIONS = {name: [name] for name in fastbedrock.Config.OPTION_DEFAULTS} | {
    "retry_read_timeout": ["retry_read_timeout"],
    "region_name": ["region"],
    "signature_version": [
        "signature_version",
        "Signature Version",
        "Bearer",
        "authorization token",
    ],
    "user_agent": ["user_agent"],
    "connect_timeout": ["connect_timeout", "Connect timeout"],
    "read_timeout": ["read_timeout", "Read timeout"],
    "retries": ["retry configuration", "max_attempts", "mode", "retries"],
    "auth_scheme_preference": ["auth_scheme_preference", "Bearer"],
    "s3": ["S3"],
}
VARIABLES = {
    "AWS_DEFAULT_REGION": ["region", "AWS_DEFAULT_REGION", "Invalid endpoint"],
    "AWS_REGION": ["region", "AWS_REGION"],
    "AWS_PROFILE": ["profile"],
    "AWS_DEFAULT_PROFILE": ["profile"],
    "AWS_CONFIG_FILE": ["AWS_CONFIG_FILE"],
    "AWS_SHARED_CREDENTIALS_FILE": ["AWS_SHARED_CREDENTIALS_FILE"],
    "AWS_DATA_PATH": ["AWS_DATA_PATH"],
    "AWS_ENDPOINT_URL": ["endpoint"],
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": ["endpoint"],
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
    "AWS_USE_FIPS_ENDPOINT": ["AWS_USE_FIPS_ENDPOINT"],
    "AWS_USE_DUALSTACK_ENDPOINT": ["AWS_USE_DUALSTACK_ENDPOINT"],
    "AWS_RETRY_MODE": ["mode"],
    "AWS_MAX_ATTEMPTS": ["max_attempts", "AWS_MAX_ATTEMPTS"],
    "AWS_DEFAULTS_MODE": ["AWS_DEFAULTS_MODE"],
    "AWS_STS_REGIONAL_ENDPOINTS": ["AWS_STS_REGIONAL_ENDPOINTS"],
    "AWS_CA_BUNDLE": ["CA bundle", "AWS_CA_BUNDLE"],
    "REQUESTS_CA_BUNDLE": ["CA bundle", "REQUESTS_CA_BUNDLE"],
    "AWS_AUTH_SCHEME_PREFERENCE": ["AWS_AUTH_SCHEME_PREFERENCE"],
    "AWS_SDK_UA_APP_ID": ["AWS_SDK_UA_APP_ID"],
    "AWS_EXECUTION_ENV": ["AWS_EXECUTION_ENV"],
    "AWS_LAMBDA_FUNCTION_NAME": [],
    "_X_AMZN_TRACE_ID": [],
    "AWS_BEARER_TOKEN_BEDROCK": ["AWS_BEARER_TOKEN_BEDROCK", "API key", "Bearer"],
    "HTTP_PROXY": ["HTTP_PROXY"],
    "http_proxy": ["http_proxy"],
    "HTTPS_PROXY": ["HTTPS_PROXY"],
    "NO_PROXY": ["NO_PROXY", "HTTP_PROXY"],
    "SSL_CERT_FILE": ["SSL_CERT_FILE"],
    "SSL_CERT_DIR": ["SSL_CERT_DIR"],
}
PROPERTIES = {
    "region": ["region", "Invalid endpoint"],
    "endpoint_url": ["endpoint"],
    "services": ["services"],
    "ignore_configured_endpoint_urls": ["ignore_configured_endpoint_urls"],
    "use_fips_endpoint": ["use_fips_endpoint"],
    "use_dualstack_endpoint": ["use_dualstack_endpoint"],
    "retry_mode": ["mode"],
    "max_attempts": ["max_attempts"],
    "defaults_mode": ["defaults_mode"],
    "ca_bundle": ["CA bundle"],
    "auth_scheme_preference": ["auth_scheme_preference", "Bearer", "authorization token"],
    "sdk_ua_app_id": ["sdk_ua_app_id"],
    "data_path": ["data_path"],
    "api_versions": ["api_versions"],
}
#: Settings that decide where requests go: no call is made with these.
ENDPOINTS = {"endpoint_url", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"}
PROXIES = {"proxies", "HTTP_PROXY", "http_proxy"}

EVERY = [
    pytest.param(where, name, told, id=f"{where}-{name}")
    for where, names in (
        ("argument", ARGUMENTS),
        ("session", SESSION),
        ("option", OPTIONS),
        ("variable", VARIABLES),
        ("property", PROPERTIES),
    )
    for name, told in names.items()
]


def test_the_tables_contain_every_setting() -> None:
    def named(function: Any) -> set[str]:
        return set(inspect.signature(function).parameters) - {"self"}

    assert named(fastbedrock.Session.async_client) == {"service_name", *ARGUMENTS}
    assert named(fastbedrock.Session.client) <= {"service_name", *ARGUMENTS}
    assert named(fastbedrock.Session.__init__) == set(SESSION)
    own = named(fastbedrock.Config.__init__) - {"args", "kwargs"}
    assert {*fastbedrock.Config.OPTION_DEFAULTS, *own} == set(OPTIONS)
    read = set()
    for path in (ROOT / "src").glob("**/*.rs"):
        # The folders that read other variables, or hold tests.
        if not {"credentials", "local", "referee"} & {*path.parts} and "tests" not in path.stem:
            code = path.read_text().split("#[cfg(test)]")[0]
            read |= set(re.findall(r'"((?:AWS|SSL_CERT|REQUESTS)_[A-Z_]+)"', code))
    assert read
    assert read <= set(VARIABLES)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(in_order(Reply())) as server:
        yield server


def odd_values(where: str, name: str) -> list[Any]:
    if where not in ("variable", "property"):
        return [*ODD, *({key: value} for key in INSIDE.get(name, []) for value in ODD)]
    texts = [str(value) for value in (*TEXTS, *NUMBERS) if value != 10**400]
    if where == "property":
        return [text for text in texts if text.isprintable()]
    return [text for text in texts if "\0" not in text and "\ud800" not in text]


def use(face: str, server: Server, where: str, name: str, value: Any, path: Path) -> None:
    """Make a client with the odd value, and a call if that client would reach the server."""
    arguments: dict[str, Any] = {"endpoint_url": server.url, **SETTINGS}
    options: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 5}
    session: dict[str, Any] = {}
    if where == "argument":
        if name in ("credentials", "api_key"):
            arguments = {"endpoint_url": server.url, "region_name": "us-east-1"}
        arguments[name] = value
    elif where == "session":
        del arguments["aws_access_key_id"], arguments["aws_secret_access_key"]
        if name == "region_name":
            del arguments["region_name"]
        session = {"aws_access_key_id": "A", "aws_secret_access_key": "S"}
        if name in ("credentials", "api_key", "botocore_session"):
            session = {}
        session[name] = value
    elif where == "option":
        options[name] = value
        if name == "region_name":
            del arguments["region_name"]
    elif where == "variable":
        os.environ[name] = value
    else:
        path.write_text(f"[default]\n{name} = {value}\n", encoding="utf-8")
        os.environ["AWS_CONFIG_FILE"] = str(path)
    if name in ENDPOINTS and where != "argument":
        del arguments["endpoint_url"]
    if where in ("variable", "property") and name.lower().endswith("region"):
        del arguments["region_name"]
    if name == "max_concurrency" and face == "sync":
        return

    def reaches_server(client: Any) -> bool:
        return client.meta.endpoint_url == server.url and name not in PROXIES

    config = arguments.pop("config", fastbedrock.Config(**options))
    factory = fastbedrock.Session(**session)
    if face == "sync":
        client = factory.client("bedrock-runtime", config=config, **arguments)
        if reaches_server(client):
            client.converse(modelId="m", messages=[])
        return

    async def call() -> None:
        client = factory.async_client("bedrock-runtime", config=config, **arguments)
        if reaches_server(client):
            async with client:
                await asyncio.wait_for(client.converse(modelId="m", messages=[]), DEADLINE)

    asyncio.run(call())


@pytest.mark.filterwarnings("ignore::UserWarning")
@both_faces
@pytest.mark.parametrize(("where", "name", "told"), EVERY)
def test_an_odd_value_works_or_the_error_names_the_setting(
    where: str, name: str, told: list[str], face: str, server: Server, tmp_path: Path
) -> None:
    before = dict(os.environ)
    for value in odd_values(where, name):
        os.environ.clear()
        os.environ.update(before)
        try:
            use(face, server, where, name, value, tmp_path / "config")
        except BaseException as error:
            shown = f"{value!r:.80}: {type(error).__name__}: {error!s:.200}"
            assert isinstance(error, Exception), shown
            assert "shut down" not in str(error), shown
            assert "panic" not in str(error), shown
            assert any(word in str(error) for word in [name, *told]), shown
            assert isinstance(error, (TypeError, ValueError, exceptions.BotoCoreError)), shown


@pytest.mark.parametrize("name", [name for name in VARIABLES if name.startswith("AWS_")])
def test_a_variable_that_is_not_utf_8_is_an_error(name: str) -> None:
    os.environ[name] = "x\udcff"
    # A profile of that name is looked up first, as in boto3.
    errors = (ValueError, fastbedrock.exceptions.ProfileNotFound)
    for make in (fastbedrock.client, fastbedrock.async_client):
        with pytest.raises(errors, match=f"{name}|profile"):
            make("bedrock-runtime", **SETTINGS)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "yes"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "1"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "on"),
        ("AWS_DEFAULTS_MODE", "standard"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "legacy"),
    ],
)
def test_a_value_that_boto3_ignores_is_warned_of(variable: str, value: str, tmp_path: Path) -> None:
    name = variable.removeprefix("AWS_").lower()
    (tmp_path / "config").write_text(f"[default]\n{name} = {value}\n[profile quiet]\n{name} =\n")
    os.environ["AWS_CONFIG_FILE"] = str(tmp_path / "config")
    for library in (fastbedrock.client, fastbedrock.async_client):
        with pytest.warns(UserWarning, match=f"^{name} in the profile default ") as caught:
            library("bedrock-runtime", **SETTINGS)
        assert [one.filename for one in caught] == [__file__]
    os.environ["AWS_PROFILE"] = "quiet"
    fastbedrock.client("bedrock-runtime", **SETTINGS)
    os.environ[variable] = value
    with pytest.warns(UserWarning, match=f"^{variable} "):
        fastbedrock.client("bedrock-runtime", **SETTINGS)


@pytest.mark.parametrize(
    "name",
    [
        "use_ssl",
        "use_fips_endpoint",
        "use_dualstack_endpoint",
        "ignore_configured_endpoint_urls",
        "tcp_keepalive",
    ],
)
@pytest.mark.parametrize("value", ["false", "", "no", 2, 0.5, [], [0]])
def test_a_flag_that_is_no_bool_counts_as_in_boto3_and_is_warned_of(name: str, value: Any) -> None:
    os.environ["AWS_ENDPOINT_URL"] = "http://localhost:1"
    if name != "ignore_configured_endpoint_urls":
        os.environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"

    def made(make: Any, config: Any) -> Any:
        if name == "use_ssl":
            return make("bedrock-runtime", **SETTINGS, use_ssl=value)
        return make("bedrock-runtime", **SETTINGS, config=config(**{name: value}))

    theirs = made(boto3.Session().client, botocore.config.Config)
    for make in (fastbedrock.client, fastbedrock.async_client):
        for config in (fastbedrock.Config, botocore.config.Config):
            with pytest.warns(UserWarning, match=f"^{name}=.* counts as {bool(value)}") as caught:
                ours = made(make, config)
            assert [one.filename for one in caught] == [__file__]
            assert ours.meta.endpoint_url == theirs.meta.endpoint_url


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [True, False, 1, 0])
def test_a_flag_that_is_a_bool_is_not_warned_of(value: Any) -> None:
    config = fastbedrock.Config(use_dualstack_endpoint=value, tcp_keepalive=value)
    fastbedrock.client("bedrock-runtime", use_ssl=value, config=config, **SETTINGS)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"retries": 5}, "retries must be a dict, not int"),
        ({"retries": "standard"}, "retries must be a dict, not str"),
        ({"retries": {"max_attempts": "3"}}, "retries: max_attempts must be an int, not '3'"),
        ({"retries": {"max_attempts": None}}, "retries: max_attempts must be an int, not None"),
        ({"retries": {"max_attempts": 2.5}}, "retries: max_attempts must be an int, not 2.5"),
        (
            {"retries": {"total_max_attempts": 2.5}},
            "retries: total_max_attempts must be an int, not 2.5",
        ),
        ({"s3": 5}, "s3 must be a dict, not int"),
        ({"s3": "path"}, "s3 must be a dict, not str"),
        ({"retry_read_timeout": "false"}, "retry_read_timeout must be True or False, not 'false'"),
        ({"retry_read_timeout": 1}, "retry_read_timeout must be True or False, not 1"),
    ],
)
def test_an_option_of_the_wrong_type_is_refused_when_the_config_is_made(
    options: dict[str, Any], text: str
) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        fastbedrock.Config(**options)


@pytest.mark.parametrize("make", [fastbedrock.Config, botocore.config.Config])
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("retries", 5, "retries must be a dict"),
        ("retries", {"max_attempts": 2.5}, "max_attempts must be an int"),
        ("retries", {"max_tries": 2}, "max_tries"),
        ("retry_read_timeout", "false", "retry_read_timeout must be True or False"),
        ("proxies", 5, "proxies must be a dict"),
    ],
)
def test_an_option_of_the_wrong_type_that_is_assigned_later_is_refused(
    make: Any, name: str, value: Any, told: str
) -> None:
    config = make()
    setattr(config, name, value)
    with pytest.raises((TypeError, exceptions.InvalidRetryConfigurationError), match=told):
        fastbedrock.client("bedrock-runtime", config=config, **SETTINGS)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("proxies", "text"),
    [
        ({5: "http://localhost:1"}, "proxies: a scheme must be a str, not 5"),
        ({None: "http://localhost:1"}, "proxies: a scheme must be a str, not None"),
        ({"no": "x", "http": 5}, "proxies['http'] must be a str, not int"),
        ({"https": b"http://user:secret@x"}, "proxies['https'] must be a str, not bytes"),
    ],
)
def test_proxies_of_the_wrong_type_are_refused_without_a_warning(proxies: Any, text: str) -> None:
    config = fastbedrock.Config(proxies=proxies)
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        fastbedrock.client("bedrock-runtime", config=config, **SETTINGS)
