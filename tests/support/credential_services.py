"""The services that return credentials over HTTP: their responses, and settings that use them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from settings_scenarios import outcome, quick

LATER = "2099-01-01T00:00:00Z"
START_URL = "https://example.awsapps.com/start"
ROLE = "role_arn = arn:aws:iam::123456789012:role/r\n"


def _sts_response(action: str, key: str) -> str:
    return (
        f"<{action}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><{action}Result>"
        f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        f"<SessionToken>t</SessionToken><Expiration>{LATER}</Expiration></Credentials>"
        f"</{action}Result></{action}Response>"
    )


def answer_with(key: str) -> Any:
    """A function that responds as each of the services, with an access key of this ID."""

    def answer(method: str, path: str, _: Any, body: str) -> tuple[int, str]:
        if "Action=" in body:
            return 200, _sts_response(body.split("Action=")[1].split("&")[0], key)
        if "/federation/credentials" in path:
            keys = {"accessKeyId": key, "secretAccessKey": "s", "sessionToken": "t"}
            return 200, json.dumps({"roleCredentials": {**keys, "expiration": 4070908800000}})
        if path.endswith("security-credentials/"):
            return 200, "role"
        if method == "PUT":
            return 200, "token"
        keys = {"AccessKeyId": key, "SecretAccessKey": "s", "Token": "t", "Expiration": LATER}
        return 200, json.dumps(keys)

    return answer


class ServiceSettings:
    """An environment and a profile that get credentials from one of the services."""

    def __init__(self, source: str, url: str, tmp_path: Path, monkeypatch: Any) -> None:
        self.config = tmp_path / "config"
        self.home, self.monkeypatch = tmp_path, monkeypatch
        self.profile = getattr(self, "_" + source)(url)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(self.config))
        self.add_line("")

    def add_line(self, line: str) -> None:
        """Write the profile anew, with this line in it."""
        self.config.write_text(f"[default]\nregion = eu-west-1\n{line}\n{self.profile}")

    def _role(self, url: str) -> str:
        self.monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        base = "[profile base]\naws_access_key_id = A\naws_secret_access_key = S\n"
        return ROLE + "source_profile = base\n" + base

    def _web(self, url: str) -> str:
        self.monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        (self.home / "token").write_text("the-jwt")
        return ROLE + f"web_identity_token_file = {self.home}/token\n"

    def _sso(self, url: str) -> str:
        self.monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", url)
        cache = self.home / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True)
        token = {"accessToken": "token", "expiresAt": LATER, "startUrl": START_URL}
        name = hashlib.sha1(START_URL.encode()).hexdigest()
        (cache / f"{name}.json").write_text(json.dumps(token))
        # botocore chooses this directory when it is imported.
        attribute = "botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR"
        self.monkeypatch.setattr(attribute, str(cache))
        where = f"sso_start_url = {START_URL}\nsso_region = eu-west-1\n"
        return where + "sso_account_id = 123456789012\nsso_role_name = r\n"

    def _container(self, url: str) -> str:
        self.monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url + "/keys")
        self.monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token")
        self.monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
        return ""

    def _metadata(self, url: str) -> str:
        self.monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        self.monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        return ""


SERVICES_OF_PROFILES = ("role", "web", "sso")
SERVICES = (*SERVICES_OF_PROFILES, "container", "metadata")


def found_key_id(module: Any, **arguments: Any) -> Any:
    """The access key ID that a session finds after making a client with these arguments.

    An error becomes a pair of its class name and text.
    """
    session = quick(module.Session())

    def keys() -> Any:
        session.client("bedrock-runtime", **arguments)
        credentials = session.get_credentials()
        return credentials and credentials.get_frozen_credentials().access_key

    return outcome(keys)
