"""Signatures are boto3's, over the same headers; keys with line breaks raise boto3's errors."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

import fastbedrock
import generators
import reference
from differential import SIGNED
from faces import both_faces
from failures import outcome
from programs import DEADLINE
from scripted_server import Reply, Request, Server, in_order
from tls_servers import OWN, tls_server

HELLO: dict[str, Any] = {"modelId": "m", "messages": []}
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(in_order(Reply(body=b""))) as server:
        yield server


def send(library: Any, face: str, url: str, operation: str, params: Any, **arguments: Any) -> Any:
    """Make one call; for boto3, ``face`` has no meaning."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=5)
    made = {"region_name": "us-east-1", "endpoint_url": url, "config": config, **arguments}
    if library is boto3 or face == "sync":
        client = library.client("bedrock-runtime", **made)
        return client._make_api_call(operation, params)

    async def call() -> Any:
        async with library.async_client("bedrock-runtime", **made) as client:
            return await asyncio.wait_for(client._make_api_call(operation, params), DEADLINE)

    return asyncio.run(call())


def signed_and_unsigned(request: Request) -> tuple[list[str], list[str]]:
    """The signed headers, and the unsigned ones of AWS."""
    signed = SIGNED.search(request.header("Authorization") or "")
    assert signed is not None
    names = signed[1].split(";")
    sent = {name.lower() for name, _ in request.headers}
    return names, sorted(name for name in sent - set(names) if name.startswith(("amz-", "x-amz")))


def signature_by_botocore(request: Request, token: str | None) -> str:
    """What botocore signs the received request with, at the time that the request has."""
    names, _ = signed_and_unsigned(request)
    sent = {name: (request.header(name) or "").encode("latin-1") for name in names}
    headers = {name: value.decode() for name, value in sent.items()}
    url = f"http://{headers['host']}{request.target}"
    signed = AWSRequest(request.method, url, headers, request.body)
    signed.context["timestamp"] = headers["x-amz-date"]
    keys = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"], token)
    auth: Any = SigV4Auth(keys, "bedrock", "us-east-1")
    return auth.signature(auth.string_to_sign(signed, auth.canonical_request(signed)), signed)


@both_faces
@pytest.mark.parametrize("token", [None, "token"])
@pytest.mark.parametrize("operation", reference.operations(), ids=lambda model: model.name)
def test_the_signature_covers_what_boto3s_covers(operation, token, face, server, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    keys = {**KEYS, "aws_session_token": token}
    for seed in range(5):
        found = []
        for library in (boto3, fastbedrock):
            server.requests.clear()
            params = generators.valid_params(Random(seed), operation)
            send(library, face, server.url, operation.name, params, **keys)
            (request,) = server.requests
            found.append(signed_and_unsigned(request))
            authorization = request.header("Authorization") or ""
            assert authorization.endswith(f"Signature={signature_by_botocore(request, token)}")
        assert found[1] == found[0]
        assert "x-amzn-trace-id" in found[0][1]
        assert "amz-sdk-request" in found[0][1]


# From 32 KiB on, blobs are encoded while the request is signed.
LARGE = Random(1).randbytes(100_001)
IMAGE = {"image": {"format": "png", "source": {"bytes": LARGE}}}
DOCUMENT = {"document": {"format": "pdf", "name": "d", "source": {"bytes": bytearray(LARGE)}}}
BODIES = [LARGE, bytearray(LARGE), "é" * 40_000, io.BytesIO(LARGE), LARGE[:10]]


@both_faces
def test_large_bodies_are_sent_and_signed_as_boto3_does(face, server):
    content = [{"text": "a"}, IMAGE, {"text": "b"}, DOCUMENT, IMAGE]
    converse = {"modelId": "m", "messages": [{"role": "user", "content": content}]}
    calls = [("InvokeModel", {"modelId": "m", "body": body}) for body in BODIES]
    for operation, params in [*calls, ("Converse", converse)]:
        found = []
        for library in (boto3, fastbedrock):
            server.requests.clear()
            if isinstance(params.get("body"), io.BytesIO):
                params["body"].seek(0)
            send(library, face, server.url, operation, params, **KEYS)
            (request,) = server.requests
            # Whitespace in JSON differs.
            found.append(json.loads(request.body) if operation == "Converse" else request.body)
            authorization = request.header("Authorization") or ""
            assert authorization.endswith(f"Signature={signature_by_botocore(request, None)}")
        assert found[0] == found[1]


def with_keys(text: str) -> dict[str, Any]:
    return {**KEYS, "aws_access_key_id": text}


def with_token(text: str) -> dict[str, Any]:
    return {**KEYS, "aws_session_token": text}


@both_faces
@pytest.mark.parametrize("text", ["AKID\n", "AKID\r", "AKID\r\n", "\nAKID", "AK\nID"])
@pytest.mark.parametrize(
    ("given", "told"),
    [(with_keys, "the AWS access key id"), (with_token, "the AWS session token")],
)
def test_a_key_with_a_line_break_has_boto3s_error(
    given: Callable[[str], dict[str, Any]], told: str, text: str, face: str, server: Server
) -> None:
    server.requests.clear()

    def call(library: Any) -> Any:
        return send(library, face, server.url, "Converse", dict(HELLO), **given(text))

    expected, found = outcome(boto3, call), outcome(fastbedrock, call)
    assert found["raised"] == expected["raised"] == "HTTPClientError"
    assert found["caught as"] == expected["caught as"]
    assert told in found["text"]
    assert "AKID" not in found["text"]
    assert server.requests == []


@pytest.fixture(scope="module")
def tls() -> Iterator[str]:
    with tls_server(OWN) as url:
        yield url


@both_faces
@pytest.mark.parametrize("source", ["api_key", "AWS_BEARER_TOKEN_BEDROCK"])
@pytest.mark.parametrize("text", ["key\n", "key\r", "k\r\ney"])
def test_an_api_key_with_a_line_break_has_boto3s_error(text, source, face, tls, monkeypatch):
    def call(library: Any) -> Any:
        given: dict[str, Any] = {"verify": str(OWN)}
        if source == "api_key" and library is fastbedrock:
            given["api_key"] = text
        else:
            monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", text)
        return send(library, face, tls, "Converse", dict(HELLO), **given)

    found, expected = outcome(fastbedrock, call), outcome(boto3, call)
    assert found["raised"] == expected["raised"] == "HTTPClientError"
    assert found["caught as"] == expected["caught as"]
    assert "the Bedrock API key" in found["text"]
    assert text not in found["text"]
