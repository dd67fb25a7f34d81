"""Record what botocore makes of arguments, environment and profile files.

    python tools/record_settings_reference.py            # write tests/data/settings_reference.json
    python tools/record_settings_reference.py --check    # exit 1 if the file is not current

The Rust tests of the settings compare their results with the recorded ones. Nothing here uses
a network: instance metadata is disabled, and no request is sent.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import botocore
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

REFERENCE = Path(__file__).resolve().parent.parent / "tests" / "data" / "settings_reference.json"
SERVICE = "bedrock-runtime"
KEYS = {"aws_access_key_id": "AK", "aws_secret_access_key": "SK"}
TOKEN = {"AWS_BEARER_TOKEN_BEDROCK": "TOK"}
PREFERENCE = "AWS_AUTH_SCHEME_PREFERENCE"

# Shared, because reading the service's files is most of the cost of making a client.
LOADER = Loader()

Scenario = dict[str, Any]


def scenario(
    env: dict[str, str] | None = None,
    config_file: str | None = None,
    credentials_file: str | None = None,
    *,
    region: str | None = "us-east-1",
    keys: bool = True,
    config: dict[str, Any] | None = None,
    **arguments: Any,
) -> Scenario:
    """One client: `arguments` as for `create_client`, `config` as for `Config`.

    `{dir}` in an environment variable is a directory with the files `config` and `credentials`.
    """
    if region is not None:
        arguments.setdefault("region_name", region)
    if keys:
        arguments = {**KEYS, **arguments}
    parts = {
        "env": env,
        "config_file": config_file,
        "credentials_file": credentials_file,
        "arguments": arguments,
        "config": config,
    }
    return {name: value for name, value in parts.items() if value}


def regions() -> Iterator[Scenario]:
    for name in (
        "", "us_east", "-a", "a-", "12", "12-a", "us-east-1\n", "us east", "a" * 63, "a" * 64,
        "us-fips-east-1", "fips-us-gov-west-1", "us-gov-west-1-fips", "fips-aws-global", "é",
    ):  # fmt: skip
        yield scenario(region_name=name)
    yield scenario(region="x", config={"region_name": "y"})
    yield scenario(region=None, config={"region_name": "y"}, env={"AWS_DEFAULT_REGION": "z"})
    yield scenario({"AWS_DEFAULT_REGION": "z"}, "[default]\nregion = w\n", region=None)
    yield scenario({"AWS_DEFAULT_REGION": ""}, "[default]\nregion = w\n", region=None)
    yield scenario({"AWS_DEFAULT_REGION": "a_b"}, region=None, profile="nope")
    yield scenario(None, "[default]\nregion = w\n", region=None)
    yield scenario(None, "[default]\nregion = a_b\n", region=None)
    yield scenario(None, "[default]\nregion =\n  x = y\n", "[default]\nregion = z\n", region=None)
    yield scenario(region=None)
    yield scenario(region=None, endpoint_url="https://h")
    yield scenario(region_name="us-fips-east-1", config={"use_fips_endpoint": False})


def profiles() -> Iterator[Scenario]:
    two = "[profile a]\nregion = ra\n[profile b]\nregion = rb\n[default]\nregion = rd\n"
    yield scenario({"AWS_PROFILE": "a"}, two, region=None)
    yield scenario({"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"}, two, region=None)
    yield scenario({"AWS_PROFILE": "a"}, two, region=None, profile="b")
    yield scenario({"AWS_PROFILE": ""}, two, region=None)
    yield scenario({"AWS_PROFILE": "nope"}, two)
    yield scenario(None, two, profile="nope")
    yield scenario(None, two, profile="nope", region_name="a_b")
    yield scenario(None, two, profile="default", region=None)
    yield scenario(profile="default")
    yield scenario(None, None, "[c]\nregion = rc\n", profile="c", region=None)
    yield scenario(
        None, "[profile c]\nregion = r1\n", "[c]\nregion = r2\n", profile="c", region=None
    )
    yield scenario(None, '[profile "a b"]\nregion = r1\n', profile="a b", region=None)
    yield scenario(None, "[profile a b]\nregion = r1\n", profile="a b", region=None)
    yield scenario(None, "[profilea]\nregion = r1\n", profile="a", region=None)
    yield scenario(None, "[a]\nregion = r1\n", profile="a", region=None)
    yield scenario(None, "[profile default]\nregion = r1\n", region=None)
    yield scenario(None, "[default]\nregion = r0\n[profile default]\nregion = r1\n", region=None)
    yield scenario(None, "[profile default]\nregion = r1\n[default]\nx = y\n", region=None)
    yield scenario(None, "[DEFAULT]\nregion = r0\n[profile a]\n", profile="a", region=None)
    yield scenario(None, "[default]\nREGION: r1 # no comment\n", region=None)
    yield scenario(None, "[default]\n# region = r0\n  region = r1\n  ; x\n", region=None)
    yield scenario(None, "[default]\nregion = r1\n  r2\n", region=None)
    yield scenario(None, "[default]\r\nregion = r1\r\n", region=None)
    yield scenario({"D": "{dir}", "AWS_CONFIG_FILE": "$D/${NAME}"}, two, region=None)
    yield scenario({"D": "{dir}", "AWS_CONFIG_FILE": "${D}/config"}, two, region=None)
    yield scenario({"AWS_CONFIG_FILE": "~/config"}, two, region=None)
    yield scenario({"AWS_CONFIG_FILE": "{dir}"}, two)
    for text in (
        "x", "[a\n", "[default]\nfoo\n", "[default]\n[default]\n", "[default]\na=1\nA=2\n",
        "[default]\nb =\n  foo\n", "[default]\n= 1\n", "[]\n", "\ufeff[default]\n",
    ):  # fmt: skip
        yield scenario(None, text)
        yield scenario(None, None, text)


def endpoints() -> Iterator[Scenario]:
    for url in (
        "https://h", "https://h/", "https://h:443/", "http://h:80", "http://h:443",
        "https://h:8443/a/b/", "https://h/a//", "h", "h:80", "http://", "", "http://h h",
        "http://-h", "http://h_x", "http://[::1]:80/", "http://[::1]:81/p", "HTTP://H.Example:80",
        "http://user:pw@h/", "http://h.", "http://h..x", "http://é", "http://" + "a" * 64,
        "http://h\n", "https://h:", " http://h", "http://h:0/", "http://1.2.3.4:5",
    ):  # fmt: skip
        yield scenario(endpoint_url=url)
    yield scenario(use_ssl=False)
    yield scenario(use_ssl=False, endpoint_url="https://h")
    services = "[services s]\nbedrock_runtime =\n  endpoint_url = http://service\n"
    both = "[default]\nservices = s\nendpoint_url = http://profile\n" + services
    for env in (
        {},
        {"AWS_ENDPOINT_URL": "http://global"},
        {"AWS_ENDPOINT_URL": ""},
        {"AWS_ENDPOINT_URL": "global"},
        {"AWS_ENDPOINT_URL": "http://global", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://own"},
        {"AWS_ENDPOINT_URL": "http://global", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": ""},
        {"AWS_ENDPOINT_URL": "http://global", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"},
        {"AWS_ENDPOINT_URL": "http://global", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "1"},
    ):
        for text in (None, both, "[default]\nendpoint_url = http://profile\n"):
            yield scenario(env, text)
            yield scenario(env, text, endpoint_url="http://argument")
    yield scenario(None, "[default]\nservices = nope\n" + services)
    yield scenario(None, "[default]\nservices = nope\n" + services, endpoint_url="http://h")
    yield scenario(None, "[default]\nservices = s\n[services s]\n")
    yield scenario(
        None, "[default]\nservices = s\n[services s]\nsts =\n  endpoint_url = http://x\n"
    )
    yield scenario(None, both, config={"ignore_configured_endpoint_urls": True})
    ignored = "[default]\nignore_configured_endpoint_urls = true\nendpoint_url = http://profile\n"
    yield scenario(None, ignored)
    yield scenario(None, ignored, config={"ignore_configured_endpoint_urls": False})
    for fips, dual in itertools.product((None, False, True), repeat=2):
        config = {"use_fips_endpoint": fips, "use_dualstack_endpoint": dual}
        for region in (
            "us-west-2", "cn-north-1", "us-gov-east-1", "us-iso-east-1", "us-isob-east-1",
            "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1", "eusc-fr-east-1",
            "aws-cn-global", "cn-foo", "xx-unknown-9",
        ):  # fmt: skip
            yield scenario(region_name=region, config=config)
        yield scenario(region_name="us-isof-south-1", config=config, endpoint_url="https://h")
    for value in ("TRUE", "true", "1", ""):
        yield scenario({"AWS_USE_FIPS_ENDPOINT": value})
        yield scenario({"AWS_USE_DUALSTACK_ENDPOINT": value})
    profile = "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n"
    yield scenario(None, profile)
    yield scenario({"AWS_USE_FIPS_ENDPOINT": "false"}, profile)
    yield scenario(None, profile, config={"use_dualstack_endpoint": False})


def authentication() -> Iterator[Scenario]:
    versions = (None, "", "v4", "bearer", "UNSIGNED", "v4a", "bogus")
    preferences = (
        None, "", "sigv4", "httpBearerAuth", "bogus", "sigv4a,httpBearerAuth", "noAuth",
        " http BearerAuth , sigv4",
    )  # fmt: skip
    for env in ({}, TOKEN):
        for version, preference in itertools.product(versions, preferences):
            given = {"signature_version": version, "auth_scheme_preference": preference}
            yield scenario(
                env, config={name: value for name, value in given.items() if value is not None}
            )
        for preference in preferences[1:]:
            yield scenario({**env, PREFERENCE: preference})
            yield scenario({**env, PREFERENCE: preference}, config={"signature_version": "v4"})
            yield scenario(
                {**env, PREFERENCE: "sigv4"}, config={"auth_scheme_preference": preference}
            )
            yield scenario(env, f"[default]\nauth_scheme_preference = {preference}\n")
        for version in ("v4", "bearer", "bogus"):
            text = f"[default]\n{SERVICE} =\n  signature_version = {version}\n"
            yield scenario(env, text)
            yield scenario({**env, PREFERENCE: "sigv4"}, text)
        yield scenario(env, keys=False)
        for url in ("http://localhost:1", "https://localhost:1", "HTTPS://localhost:1"):
            yield scenario(env, endpoint_url=url)
    yield scenario({"AWS_BEARER_TOKEN_BEDROCK": ""})


def credentials() -> Iterator[Scenario]:
    env = {"AWS_ACCESS_KEY_ID": "EA", "AWS_SECRET_ACCESS_KEY": "ES"}
    shared = "[default]\naws_access_key_id = CA\naws_secret_access_key = CS\n"
    unsigned = {"signature_version": "UNSIGNED"}

    def found(*files: Any, **arguments: Any) -> Scenario:
        return scenario(*files, keys=False, **arguments)

    yield found(aws_access_key_id="A")
    yield found(aws_secret_access_key="S")
    yield found(aws_secret_access_key="S", config=unsigned)
    yield found(TOKEN, aws_secret_access_key="S")
    yield found(aws_access_key_id="", aws_secret_access_key="")
    yield found(env, aws_session_token="ignored")
    yield found(env, aws_access_key_id="A", aws_secret_access_key="S", aws_session_token="T")
    yield found(env)
    yield found({**env, "AWS_SESSION_TOKEN": "ET"})
    yield found({**env, "AWS_SESSION_TOKEN": "ET", "AWS_SECURITY_TOKEN": "old"})
    yield found({**env, "AWS_SESSION_TOKEN": ""})
    yield found({**env, "AWS_ACCESS_KEY_ID": ""}, shared)
    yield found({**env, "AWS_SECRET_ACCESS_KEY": ""}, shared)
    yield found({"AWS_SECRET_ACCESS_KEY": "ES"}, shared)
    yield found({"AWS_ACCESS_KEY_ID": "EA"})
    yield found({**env, "AWS_CREDENTIAL_EXPIRATION": "2999-01-01T00:00:00Z"})
    yield found({**env, "AWS_PROFILE": "default"}, shared)
    yield found(env, shared, profile="default")
    yield found(None, shared)
    yield found(None, shared + "aws_session_token = CT\n")
    yield found(None, shared + "aws_session_token = CT\naws_security_token = old\n")
    yield found(None, shared, shared.replace("C", "F"))
    yield found(None, None, shared.replace("C", "F"))
    yield found(None, "[default]\naws_access_key_id = CA\n")
    yield found(None, None, "[default]\naws_access_key_id = CA\n")
    yield found(None, "[default]\naws_secret_access_key = CS\n")
    yield found(
        None, "[default]\naws_access_key_id = CA\n", "[default]\naws_secret_access_key = FS\n"
    )
    yield found(None, shared + "[profile p]\nregion = x\n", profile="p")

    role = "[default]\nrole_arn = arn:aws:iam::1:role/r\n"
    keys = "aws_access_key_id = CA\naws_secret_access_key = CS\n"
    base = f"[profile base]\n{keys}"
    yield found(None, role)
    yield found(None, role + "source_profile = base\n" + base)
    yield found(None, role + "source_profile = base\n", f"[base]\n{keys}")
    yield found(env, role + "source_profile = base\n" + base)
    yield found(None, role + "source_profile = nope\n")
    yield found(None, role + "source_profile = base\n[profile base]\nregion = x\n")
    yield found(None, role + "source_profile = base\n[profile base]\naws_access_key_id = A\n")
    yield found(None, role + "source_profile = base\n[profile base]\naws_secret_access_key = A\n")
    yield found(None, role + "source_profile = base\ncredential_source = Environment\n" + base)
    yield found(None, role + "source_profile = default\n")
    yield found(None, role + "source_profile = default\n" + keys)
    yield found(None, role + "source_profile = base\n[profile base]\nrole_arn = r2\n")
    middle = "[profile m]\nrole_arn = r2\nsource_profile = {}\n"
    yield found(None, role + "source_profile = m\n" + middle.format("base") + base)
    yield found(None, role + "source_profile = m\n" + middle.format("default"))
    yield found(None, role + "source_profile = m\n" + middle.format("m"))
    yield found(None, role + "source_profile = m\n" + middle.format("m") + keys)
    yield found(None, role + "source_profile = m\n" + middle.format("nope"))
    yield found(None, role + "source_profile = m\n" + middle.format("default") + keys)
    for source in ("Environment", "environment", "bogus"):
        yield found(None, role + f"credential_source = {source}\n")
        yield found(
            {**env, "AWS_PROFILE": "p"},
            role.replace("default", "profile p") + f"credential_source = {source}\n",
            profile="p",
        )
    yield found(None, role + "credential_source = Ec2InstanceMetadata\n")

    web = "web_identity_token_file = /token\n"
    yield found(None, role + web)
    yield found(None, "[default]\n" + web)
    yield found(None, "[default]\n" + web + keys)
    yield found({"AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "r"}, shared)
    yield found(
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "r"}, shared, profile="default"
    )
    yield found({"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, shared)
    yield found({"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, role + "source_profile = base\n" + base)
    yield found({"AWS_WEB_IDENTITY_TOKEN_FILE": ""}, shared)
    yield found(None, role + "source_profile = w\n[profile w]\nrole_arn = r2\n" + web)

    sso = {"sso_role_name": "r", "sso_account_id": "1", "sso_start_url": "u", "sso_region": "x"}
    for left_out in (None, *sso):
        options = "".join(f"{name} = {value}\n" for name, value in sso.items() if name != left_out)
        yield found(None, "[default]\n" + options)
        yield found(None, "[default]\n" + keys + options)
    session = "[sso-session s]\nsso_start_url = u\nsso_region = x\n"
    partly = "[default]\nsso_role_name = r\nsso_account_id = 1\nsso_session = s\n"
    yield found(None, partly + session)
    yield found(None, partly)
    yield found(None, partly + "sso_region = other\n" + session)
    yield found(None, partly + session.replace("sso_region = x\n", ""))
    yield found(None, "[default]\nsso_start_url = u\nsso_region = x\n")
    yield found(
        None,
        role
        + "source_profile = s\n[profile s]\n"
        + "".join(f"{name} = {value}\n" for name, value in sso.items()),
    )

    answer = '{{"Version": {version}, "AccessKeyId": "PA", {rest}}}'
    good = answer.format(version=1, rest='"SecretAccessKey": "PS", "SessionToken": "PT"')
    for output in (
        good,
        answer.format(version=1, rest='"SecretAccessKey": "PS"'),
        answer.format(version=1, rest='"SessionToken": null'),
        answer.format(version=2, rest='"x": 1'),
        answer.format(version='"1"', rest='"x": 1'),
        '{"AccessKeyId": "PA"}',
    ):
        yield found(None, f"[default]\ncredential_process = printf %s '{output}'\n")
    yield found(None, f"[default]\n{keys}credential_process = printf %s '{good}'\n")
    yield found(
        None, f"[default]\ncredential_process = printf %s '{good}'\n", shared.replace("C", "F")
    )
    yield found(None, "[default]\ncredential_process = sh -c 'echo no luck >&2; exit 3'\n")
    yield found(
        None, role + f"source_profile = p\n[profile p]\ncredential_process = printf %s '{good}'\n"
    )
    yield found({"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "ipv5"})
    yield found({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "nowhere"})
    yield found({"AWS_METADATA_SERVICE_TIMEOUT": "0.5"})


def retries() -> Iterator[Scenario]:
    for mode in ("legacy", "standard", "adaptive", "Legacy", ""):
        yield scenario({"AWS_RETRY_MODE": mode})
        yield scenario(None, f"[default]\nretry_mode = {mode}\n")
        yield scenario(None, "[default]\nretry_mode = bogus\n", config={"retries": {"mode": mode}})
    for attempts in ("1", "0", "-1", " 7 ", "+7", "1_0", "_1", "1__0", "abc", "", "7.0"):
        yield scenario({"AWS_MAX_ATTEMPTS": attempts})
    yield scenario(None, "[default]\nmax_attempts = 7\nretry_mode = adaptive\n")
    yield scenario(
        {"AWS_MAX_ATTEMPTS": "3", "AWS_RETRY_MODE": "legacy"}, "[default]\nmax_attempts = 7\n"
    )
    yield scenario({"AWS_MAX_ATTEMPTS": "3"}, config={"retries": {"total_max_attempts": 9}})
    yield scenario({"AWS_MAX_ATTEMPTS": "abc"}, config={"retries": {"total_max_attempts": 9}})
    yield scenario({"AWS_RETRY_MODE": "legacy"}, config={"retries": {"total_max_attempts": 9}})
    yield scenario({"AWS_MAX_ATTEMPTS": "0", "AWS_RETRY_MODE": "bogus"})


def trust() -> Iterator[Scenario]:
    profile = "[default]\nca_bundle = /profile.pem\n"
    env = {"AWS_CA_BUNDLE": "/aws.pem", "REQUESTS_CA_BUNDLE": "/requests.pem"}
    for verify in (
        {},
        {"verify": True},
        {"verify": False},
        {"verify": "/own.pem"},
        {"verify": " "},
    ):
        yield scenario(env, profile, **verify)
    yield scenario(None, profile)
    yield scenario({"REQUESTS_CA_BUNDLE": "/requests.pem"})
    yield scenario({"REQUESTS_CA_BUNDLE": "/requests.pem"}, profile)
    yield scenario({"REQUESTS_CA_BUNDLE": ""})
    yield scenario({"AWS_CA_BUNDLE": ""}, profile)


def sizes() -> Iterator[Scenario]:
    yield scenario(config={"max_pool_connections": 50})
    yield scenario({"AWS_SDK_UA_APP_ID": "env"}, "[default]\nsdk_ua_app_id = profile\n")
    yield scenario(None, "[default]\nsdk_ua_app_id = profile one\n")
    yield scenario({"AWS_SDK_UA_APP_ID": "env"}, config={"user_agent_appid": "argument"})
    yield scenario(
        config={"user_agent": "mine", "user_agent_extra": "more", "user_agent_appid": "x"}
    )
    yield scenario(config={"user_agent_extra": "more/1"})


GROUPS = (regions, profiles, endpoints, authentication, credentials, retries, trust, sizes)


class Halt(Exception):
    """Raised instead of sending a request."""


def failure(error: Exception) -> dict[str, Any]:
    if isinstance(error, BotoCoreError):
        fields = {name: str(value) for name, value in error.kwargs.items()}
        fields.pop("error", None)  # The parsers word their errors differently.
        fields.pop("valid_modes", None)  # Always the same. The Python side knows them.
    else:
        fields = {"message": str(error)}
    return {"class": type(error).__name__, "fields": fields}


def call(client: Any) -> dict[str, Any]:
    """What a request would contain. It is not sent."""
    sent: dict[str, Any] = {}

    def before_send(request: Any, **_: Any) -> None:
        sent.update(url=request.url, headers=request.headers)
        raise Halt

    client.meta.events.register(f"before-send.{SERVICE}.Converse", before_send)
    try:
        client.converse(modelId="m", messages=[])
    except Halt:
        return request_facts(urlsplit(sent["url"]), sent["headers"])
    except Exception as error:
        return {"error": failure(error)}
    raise AssertionError("a request was sent")


def request_facts(url: SplitResult, headers: Any) -> dict[str, Any]:
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    is_standard = url.port in (None, {"http": 80, "https": 443}.get(url.scheme))
    scope = None
    authorization = text_of(headers.get("Authorization"))
    if authorization and authorization.startswith("AWS4"):
        scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")[2:4]
        authorization = "AWS4"
    # Only the words that settings change. The others name botocore and this machine.
    prefixes = ("app/", "cfg/", "more", "mine")
    agent = [
        word for word in str(text_of(headers["User-Agent"])).split() if word.startswith(prefixes)
    ]
    return {
        "origin": f"{url.scheme}://{host}" + ("" if is_standard else f":{url.port}"),
        "path_prefix": url.path.removesuffix("/model/m/converse"),
        "authorization": authorization,
        "scope": scope,
        "user_agent": " ".join(agent),
    }


def text_of(header: bytes | str | None) -> str | None:
    return header.decode() if isinstance(header, bytes) else header


def botocore_result(given: Scenario) -> dict[str, Any]:
    """What botocore makes of the scenario, in the environment that is set up for it."""
    arguments = dict(given.get("arguments", {}))
    config = dict(given.get("config", {}))
    if config.get("signature_version") == "UNSIGNED":
        config["signature_version"] = botocore.UNSIGNED
    try:
        session = botocore.session.Session(profile=arguments.pop("profile", None))
        session.register_component("data_loader", LOADER)
        client = session.create_client(SERVICE, config=Config(**config), **arguments)
    except Exception as error:
        return {"error": failure(error)}
    meta = client.meta
    verify = client._endpoint.http_session._verify
    found = client._get_credentials()
    made: dict[str, Any] = {
        "region": meta.region_name,
        "endpoint_url": meta.endpoint_url,
        "partition": meta.partition,
        "retries": meta.config.retries,
        "max_pool_connections": meta.config.max_pool_connections,
        "verify": verify,
        "method": found and found.method,
        "keys": None,
    }
    if type(found) is Credentials:
        made["keys"] = [found.access_key, found.secret_key, found.token]
    if found is None or made["keys"]:
        made["call"] = call(client)
    return made


@contextlib.contextmanager
def surroundings(given: Scenario) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory:
        for name in ("config", "credentials"):
            if f"{name}_file" in given:
                Path(directory, name).write_bytes(given[f"{name}_file"].encode())
        before = dict(os.environ)
        for name in before:
            if name.startswith("AWS") or name.endswith("CA_BUNDLE") or "proxy" in name.lower():
                del os.environ[name]
        os.environ.update(
            HOME=directory,
            AWS_CONFIG_FILE=f"{directory}/config",
            AWS_SHARED_CREDENTIALS_FILE=f"{directory}/credentials",
            AWS_EC2_METADATA_DISABLED="true",
        )
        os.environ.update(
            {
                name: value.replace("{dir}", directory)
                for name, value in given.get("env", {}).items()
            }
        )
        try:
            yield directory
        finally:
            os.environ.clear()
            os.environ.update(before)


def record(given: Scenario) -> dict[str, Any]:
    with surroundings(given) as directory:
        expected = botocore_result(given)
        text = json.dumps(expected).replace(directory, "{dir}")
    return {**given, "expected": json.loads(text)}


def text() -> str:
    sections = []
    for group in GROUPS:
        rows = ",\n".join(json.dumps(record(given), separators=(",", ":")) for given in group())
        sections.append(f'"{group.__name__}": [\n{rows}\n]')
    return f'{{"botocore": "{botocore.__version__}",\n' + ",\n".join(sections) + "}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    new = text()
    if not check:
        REFERENCE.write_text(new, encoding="utf-8")
    elif not REFERENCE.exists() or REFERENCE.read_text(encoding="utf-8") != new:
        print(f"not current for botocore {botocore.__version__}: {REFERENCE}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
