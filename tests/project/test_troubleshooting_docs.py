"""Each heading of docs/troubleshooting.md is the text of an error that can be caused."""

from __future__ import annotations

import asyncio
import re
import socket
import warnings

import pytest

import fastbedrock
import fastbedrock.local
from programs import HELLO
from repository import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
HEADINGS = re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE)
KEYS = {
    "aws_access_key_id": "AKID",
    "aws_secret_access_key": "secret",
    "region_name": "us-east-1",
}
ONCE = fastbedrock.Config(
    retries={"total_max_attempts": 1}, connect_timeout=0.3, read_timeout=0.3, proxies={}
)
PROFILES = """
[profile sso]
sso_start_url = https://example.com/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = reader
region = us-east-1

[profile process]
credential_process = /nonexistent/command
region = us-east-1
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    (tmp_path / "config").write_text(PROFILES)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def silent():
    """The URL of a server that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


class Causes:
    """Calls that fail, each with one of the texts."""

    def __init__(self, server, silent):
        self.server, self.silent = server, silent

    def client(self, **options):
        given = {**self.server.credentials, "endpoint_url": self.server.endpoint_url}
        return fastbedrock.client("bedrock-runtime", **{**given, "config": ONCE, **options})

    def call(self, **options):
        return self.client(**options).converse(**HELLO)

    def refused_by_service(self, code):
        self.server.fault("error", code=code, times=1)
        self.call()

    def fault(self, kind, **details):
        self.server.fault(kind, times=1, **details)
        self.call()

    def profile(self, name):
        session = fastbedrock.Session(profile_name=name)
        session.client("bedrock-runtime", config=ONCE).converse(**HELLO)

    def tls(self, **options):
        with fastbedrock.local.serve(tls=True) as server:
            self.call(endpoint_url=server.endpoint_url, **options)

    def warning(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.client(config=fastbedrock.Config(client_cert="key.pem"))

    def reasoning(self):
        self.server.reply({"reasoning": "hm", "text": "4"})
        self.call()["output"]["message"]["content"][0]["text"]

    def no_await(self):
        client = fastbedrock.async_client("bedrock-runtime", **KEYS)
        call = client.converse(**HELLO)
        try:
            call["output"]
        finally:
            call.close()

    def awaited(self):
        async def main():
            await self.client().converse(**HELLO)

        asyncio.run(main())

    def wrong_for(self):
        async def main():
            async for _ in self.client().converse_stream(**HELLO)["stream"]:
                pass

        asyncio.run(main())


PROXIED = ONCE.merge(fastbedrock.Config(proxies={"https": "http://127.0.0.1:9"}))
CAUSES = {
    "You must specify a region.": lambda c: fastbedrock.client("bedrock-runtime"),
    "Unable to locate credentials": lambda c: fastbedrock.client(
        "bedrock-runtime", region_name="us-east-1"
    ).converse(**HELLO),
    "The config profile (NAME) could not be found": lambda c: c.profile("NAME"),
    "Error when retrieving credentials from sso": lambda c: c.profile("sso"),
    "Error when retrieving credentials from custom-process": lambda c: c.profile("process"),
    "Parameter validation failed": lambda c: c.client().converse(),
    "Unknown parameter in input": lambda c: c.client().converse(**HELLO, message="x"),
    "Unknown service: 's3'": lambda c: fastbedrock.client("s3", **KEYS),
    "object has no attribute 'list_foundation_models': it is an operation of 'bedrock'": (
        lambda c: c.client().list_foundation_models()
    ),
    "Bearer authorization requires an HTTPS endpoint.": lambda c: fastbedrock.client(
        "bedrock-runtime",
        api_key="key",
        region_name="us-east-1",
        endpoint_url=c.server.endpoint_url,
    ).converse(**HELLO),
    "Config options without effect in fastbedrock": lambda c: c.warning(),
    "Could not connect to the endpoint URL": lambda c: c.call(endpoint_url="http://127.0.0.1:9"),
    "Connect timeout on endpoint URL": lambda c: c.call(endpoint_url=c.silent),
    "Failed to connect to proxy URL": lambda c: c.tls(config=PROXIED),
    "SSL validation failed": lambda c: c.tls(),
    "Read timeout on endpoint URL": lambda c: c.fault("slow_first_byte", seconds=5),
    "Connection was closed before we received a valid response": lambda c: c.fault(
        "reset", at="headers"
    ),
    "The security token included in the request is invalid.": lambda c: c.call(**KEYS),
    "The security token included in the request is expired": lambda c: c.call(
        **c.server.expired_credentials
    ),
    "You don't have access to the model with the specified model ID.": lambda c: (
        c.refused_by_service("AccessDeniedException")
    ),
    "The provided model identifier is invalid.": lambda c: c.client().converse(
        **{**HELLO, "modelId": "nobody.knows"}
    ),
    "Too many requests, please wait before trying again.": lambda c: c.refused_by_service(
        "ThrottlingException"
    ),
    "Bedrock is unable to process your request.": lambda c: c.refused_by_service(
        "ServiceUnavailableException"
    ),
    "KeyError: 'text'": lambda c: c.reasoning(),
    "'coroutine' object is not subscriptable": lambda c: c.no_await(),
    "object dict can't be used in 'await' expression": lambda c: c.awaited(),
    "'async for' requires an object with __aiter__ method": lambda c: c.wrong_for(),
}


def test_every_heading_has_a_cause():
    assert list(CAUSES) == HEADINGS


@pytest.mark.parametrize("text", HEADINGS)
def test_the_text_is_that_of_the_error(text, local_bedrock, silent):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - their texts are what is tested
        CAUSES[text](Causes(local_bedrock, silent))
    shown = f"{type(caught.value).__name__}: {caught.value}"
    assert text in shown
