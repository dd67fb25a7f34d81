"""Errors say what to do, after boto3's text or in a note below it."""

from __future__ import annotations

import asyncio
import gc
import json
import pickle
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import pytest

import fastbedrock
from credential_services import LATER, ServiceSettings
from differential import SETTINGS
from faces import Caller, both_faces
from fastbedrock.local import LocalBedrock
from http_servers import http_server
from programs import DEADLINE
from repository import ROOT

QUESTION = {
    "modelId": "amazon.nova-lite-v1:0",
    "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
}
ONCE = {"retries": {"total_max_attempts": 1}}
# Longer than a name in DNS may be, so that the system asks no server for it.
UNKNOWN_HOST = ".".join(["x" * 63] * 4)


def error_of(call: Callable[[], Any]) -> Exception:
    try:
        pytest.fail(f"no error: {call()}")
    except Exception as error:
        return error


def errors(face: str, url: str, **options: Any) -> tuple[Exception, str]:
    """The error of a call, and the text of boto3's."""
    config = botocore.config.Config(**ONCE)
    options = {**SETTINGS, **options}
    client = boto3.client("bedrock-runtime", endpoint_url=url, config=config, **options)
    theirs = error_of(lambda: client.converse(**{**QUESTION, "modelId": "m"}))
    with Caller(face, url, ONCE, **options) as caller:
        return error_of(caller.converse), str(theirs)


@both_faces
def test_a_refused_port_and_an_unknown_host_are_told_apart(face: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refused, theirs = errors(face, f"http://127.0.0.1:{unused.getsockname()[1]}")
    unknown, their_unknown = errors(face, f"http://{UNKNOWN_HOST}")
    assert str(refused).startswith(f"{theirs}: ")
    assert str(unknown).startswith(f"{their_unknown}: ")
    assert "refused" in str(refused)
    assert "failed to lookup address" in str(unknown)
    for error in (refused, unknown):
        assert isinstance(error, botocore.exceptions.EndpointConnectionError)
        assert [*error.kwargs] == ["endpoint_url", "error"]  # type: ignore[attr-defined]
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_only_a_reason_of_the_core_is_added_to_the_text_of_a_failed_connection() -> None:
    ours, theirs = fastbedrock.exceptions, botocore.exceptions
    for given in ({}, {"error": OSError("refused")}):
        arguments = {"endpoint_url": "http://x", **given}
        error = ours.EndpointConnectionError(**arguments)
        assert str(error) == str(theirs.EndpointConnectionError(**arguments))
    for cls in (ours.EndpointConnectionError, ours.ConnectTimeoutError, ours.ProxyConnectionError):
        arguments = {"endpoint_url": "http://x", "proxy_url": "http://x", "error": "refused"}
        error = cls(**arguments)
        without = getattr(theirs, cls.__name__)(**arguments)
        assert str(error) == f"{without}: refused"
        assert (error.kwargs, str(pickle.loads(pickle.dumps(error)))) == (arguments, str(error))
    for given in ({}, {"error": OSError("reset")}, {"error": "reset"}, {"reason": "closed"}):
        arguments = {"endpoint_url": "http://x", **given}
        error = ours.ConnectionClosedError(**arguments)
        text = str(theirs.ConnectionClosedError(**arguments))
        if "reason" in given:
            text = text.removesuffix(".") + ": closed"
        assert str(error) == str(pickle.loads(pickle.dumps(error))) == text
    # boto3's text has the reason already.
    arguments = {"endpoint_url": "http://x", "error": "expired"}
    assert str(ours.SSLError(**arguments)) == str(theirs.SSLError(**arguments))


@both_faces
@pytest.mark.parametrize(
    ("trouble", "profile"),
    [("expired", "work"), ("refused", "work"), ("missing", "my work"), ("broken", "work")],
)
def test_an_expired_session_of_sso_names_the_command(
    trouble: str, profile: str, face: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = json.dumps({"__type": "UnauthorizedException", "message": "Session not valid"})
    with http_server(lambda *_: (401, refusal)) as portal:
        settings = ServiceSettings("sso", portal.url, tmp_path, monkeypatch)
        settings.profile = f"[profile {json.dumps(profile)}]\nregion = x\n{settings.profile}"
        settings.add_line("")
        [token] = (tmp_path / ".aws" / "sso" / "cache").iterdir()
        if trouble == "expired":
            token.write_text(token.read_text().replace(LATER, "2001-01-01T00:00:00Z"))
        elif trouble == "missing":
            token.unlink()
        elif trouble == "broken":
            token.write_text("{")
        monkeypatch.setenv("AWS_PROFILE", profile)
        keys = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"))
        error, theirs = errors(face, "http://127.0.0.1:1", **keys)
        assert len(portal.seen) == (2 if trouble == "refused" else 0)
    assert isinstance(error, fastbedrock.exceptions.CredentialRetrievalError)
    quoted = profile if profile == "work" else f'"{profile}"'
    assert str(error).endswith(f"; run: aws sso login --profile {quoted}")
    if trouble in ("expired", "refused"):
        assert theirs.split(". ")[0] in str(error)


@both_faces
@pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have no notes")
def test_missing_credentials_point_to_the_page_about_them(
    face: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    keys = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"))
    error, theirs = errors(face, "http://127.0.0.1:1", **keys)
    assert str(error) == theirs == "Unable to locate credentials"
    [note] = error.__notes__  # type: ignore[attr-defined]
    file, heading = note.split("/blob/main/")[1].split("#")
    page = (ROOT / file).read_text("utf-8")
    [section] = [each for each in page.split("\n### ") if each.startswith(f"`{error}`\n")]
    assert heading == str(error).lower().replace(" ", "-")
    assert "local Bedrock" in section


@pytest.mark.filterwarnings("ignore:coroutine '.*converse_stream' was never awaited")
def test_a_forgotten_await_is_named(local_bedrock: LocalBedrock) -> None:
    given = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    client = fastbedrock.async_client("bedrock-runtime", **given)

    async def main() -> None:
        for function in (fastbedrock.reply_text, fastbedrock.collect_stream):
            with pytest.raises(TypeError, match=r"await the call: .*AsyncBedrockRuntime\.converse"):
                function(client.converse(**QUESTION))
        with pytest.raises(TypeError, match="await the call"):
            next(fastbedrock.stream_text(client.converse_stream(**QUESTION)))
        with pytest.raises(TypeError, match="await the call"):
            await fastbedrock.acollect_stream(client.converse_stream(**QUESTION))
        response = await client.converse_stream(**QUESTION)
        for iterate in (list, iter):
            with pytest.raises(TypeError, match="use 'async for'"):
                iterate(response["stream"])
        assert [event async for event in response["stream"]]
        await client.close()
        gc.collect()

    # Python itself names a call that nobody awaits, because the methods are coroutine functions.
    with pytest.warns(RuntimeWarning, match="'AsyncBedrockRuntime.converse' was never awaited"):
        asyncio.run(asyncio.wait_for(main(), DEADLINE))


def test_the_functions_for_replies_say_what_they_need(local_bedrock: LocalBedrock) -> None:
    given = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    client = fastbedrock.client("bedrock-runtime", **given)
    response = client.converse(**QUESTION)
    with pytest.raises(TypeError, match="'stream'; this dict has ResponseMetadata, output"):
        fastbedrock.collect_stream(response)
    streamed = client.converse_stream(**QUESTION)
    with pytest.raises(TypeError, match=r"with an 'output'; this dict has .*stream"):
        fastbedrock.reply_text(streamed)
    with pytest.raises(TypeError, match=r"the whole response .* not EventStream"):
        next(fastbedrock.stream_text(streamed["stream"]))
    with pytest.raises(TypeError, match="use collect_stream"):
        asyncio.run(fastbedrock.acollect_stream(streamed))
    assert fastbedrock.collect_stream(streamed)["output"] == response["output"]

    async def main() -> None:
        async with fastbedrock.async_client("bedrock-runtime", **given) as asynchronous:
            response = await asynchronous.converse_stream(**QUESTION)
            with pytest.raises(TypeError, match="use astream_text"):
                next(fastbedrock.stream_text(response))
            assert "".join([text async for text in fastbedrock.astream_text(response)]) == "Hello"

    asyncio.run(asyncio.wait_for(main(), DEADLINE))


@both_faces
def test_a_mistyped_method_has_the_client_for_pythons_suggestion(face: str) -> None:
    make = fastbedrock.client if face == "sync" else fastbedrock.async_client
    client = make("bedrock-runtime", **SETTINGS)
    with pytest.raises(AttributeError, match="has no attribute 'convers'") as caught:
        client.convers()
    assert (caught.value.name, caught.value.obj) == ("convers", client)
