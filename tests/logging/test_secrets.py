"""No record contains a secret, a prompt or a response."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

import event_loops
import fastbedrock
import fastbedrock.local
from frames import event
from log_records import KEYS, RecordingHandler, recording_logs
from scripted_server import Reply, Request, Server, in_order

# A part of every secret and of every text.
MARKER = "Hush"
ACCESS_KEY, SECRET_KEY, TOKEN = "AKIAHush", "secret/Hush+key", "Hush/session+token=="
PASSWORD = "Hush:p@ss"
LATER = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6 * 3600))
SAYS: dict[str, Any] = {
    "modelId": "m",
    "system": [{"text": "Hush, system"}],
    "messages": [{"role": "user", "content": [{"text": "Hush, a prompt"}]}],
    "additionalModelRequestFields": {"Hush": "Hush"},
}
GIVEN = {
    "region_name": "us-east-1",
    "aws_access_key_id": ACCESS_KEY,
    "aws_secret_access_key": SECRET_KEY,
    "aws_session_token": TOKEN,
}
ANSWER = {"output": {"message": {"role": "assistant", "content": [{"text": "Hush, the model"}]}}}
JSON = (("Content-Type", "application/json"), ("x-amzn-RequestId", "an id"))
MESSAGE = "Malformed input: Hush, a prompt"


def error(code: str, status: int) -> Reply:
    body = json.dumps({"__type": code, "message": MESSAGE}).encode()
    return Reply(status, body=body, headers=(*JSON, ("x-amzn-errormessage", MESSAGE)))


FRAMES = event("contentBlockDelta", json.dumps({"delta": {"text": "Hush"}}).encode())
EXCEPTION = json.dumps({"message": MESSAGE}).encode()

# The endpoint's replies, in order.
ANSWERS: dict[str, list[Reply]] = {
    "success": [Reply(body=json.dumps(ANSWER).encode(), headers=JSON)],
    "throttled": [error("ThrottlingException", 429)],
    "invalid": [error("ValidationException", 400)],
    "a prompt for a code": [error("Hush, no code at all", 400)],
    "HTML": [Reply(502, body=b"<html>Hush</html>")],
    "no JSON": [Reply(400, body=b"Hush")],
    "broken JSON": [Reply(body=b'{"Hush')],
    "cut short": [Reply(body=b'{"output": "Hush"}', cut=120)],
    "no HTTP": [Reply(raw=b"Hush, this is no HTTP\r\n\r\n", then="close")],
    "bad header": [Reply(raw=b"HTTP/1.1 200 Hush\r\nHu sh: Hush\r\nContent-Length: x\r\n\r\n")],
    "reset": [Reply(then="reset", cut=0)],
    "silence": [Reply(delay=2)],
    "stream": [Reply(body=FRAMES, framing="chunked")],
    "broken stream": [Reply(body=FRAMES + b"Hush" * 10, framing="chunked")],
    "stream cut short": [Reply(body=FRAMES, framing="chunked", cut=180, then="reset")],
}


def converse(client: Any) -> list[Any]:
    return [client.converse(**SAYS)]


def converse_stream(client: Any) -> list[Any]:
    return list(client.converse_stream(**SAYS)["stream"])


def invoke_model(client: Any) -> list[Any]:
    response = client.invoke_model(modelId="m", body='{"Hush": 1}')
    return [response["body"].read()]


def invoke_stream(client: Any) -> list[Any]:
    response = client.invoke_model_with_response_stream(modelId="m", body='{"Hush": 1}')
    return list(response["body"])


def apply_guardrail(client: Any) -> list[Any]:
    content = [{"text": {"text": "Hush"}}]
    return [
        client.apply_guardrail(
            guardrailIdentifier="g", guardrailVersion="1", source="INPUT", content=content
        )
    ]


def start_async_invoke(client: Any) -> list[Any]:
    place = {"s3OutputDataConfig": {"s3Uri": "s3://bucket/"}}
    return [client.start_async_invoke(modelId="m", modelInput={"Hush": 1}, outputDataConfig=place)]


def wrong_parameters(client: Any) -> list[Any]:
    return [client.converse(modelId="m", messages=[{"Hush": "Hush"}])]


async def converse_async(client: Any) -> list[Any]:
    return [await client.converse(**SAYS)]


async def stream_async(client: Any) -> list[Any]:
    return [event async for event in (await client.converse_stream(**SAYS))["stream"]]


async def invoke_async(client: Any) -> list[Any]:
    response = await client.invoke_model(modelId="m", body='{"Hush": 1}')
    return [await response["body"].read()]


SYNC = [
    converse,
    converse_stream,
    invoke_model,
    invoke_stream,
    apply_guardrail,
    start_async_invoke,
    wrong_parameters,
]
ASYNC = [converse_async, stream_async, invoke_async]
CONFIG = fastbedrock.Config(connect_timeout=1, read_timeout=0.3, retries={"total_max_attempts": 2})


def make_call(call: Callable[..., Any], **arguments: Any) -> None:
    """Make one call with a new client, and ignore its result and error."""
    arguments = {"region_name": "us-east-1", "config": CONFIG, **arguments}
    try:
        if call in ASYNC:
            event_loops.run(call(fastbedrock.async_client("bedrock-runtime", **arguments)))
        else:
            with fastbedrock.client("bedrock-runtime", **arguments) as client:
                call(client)
    except Exception as raised:
        # Some errors quote texts of the request or the response. No record may quote the error.
        del raised


def assert_silent(kept: RecordingHandler) -> None:
    forbidden = [MARKER.lower(), base64.b64encode(f"user:{PASSWORD}".encode()).decode().lower()]
    forbidden += [urllib.parse.quote(PASSWORD, safe="").lower()]
    assert kept.records
    for record in kept.records:
        shown = f"{record.getMessage()} {record!r} {record.__dict__!r} {record.args!r}".lower()
        shown += logging.Formatter("%(asctime)s %(message)s").format(record).lower()
        assert [text for text in forbidden if text in shown] == []


@pytest.mark.parametrize("call", [*SYNC, *ASYNC], ids=lambda call: call.__name__)
def test_calls_log_no_prompts_and_responses(call):
    with recording_logs() as kept:
        for replies in ANSWERS.values():
            with Server(in_order(*replies)) as server:
                make_call(call, endpoint_url=server.url, **GIVEN)
    assert_silent(kept)
    assert len(kept.records) > 10


@pytest.mark.parametrize("call", [converse, converse_async], ids=lambda call: call.__name__)
def test_endpoints_and_proxies_log_no_passwords(call):
    quoted = urllib.parse.quote(PASSWORD, safe="")
    with recording_logs() as kept, Server(in_order(*ANSWERS["success"])) as server:
        address = server.url.removeprefix("http://")
        with_password = f"http://user:{quoted}@{address}"
        make_call(call, endpoint_url=with_password, **GIVEN)
        for scheme in ("http", "https"):
            for proxy in (with_password, "http://user:Hush@127.0.0.1:1", "socks5://user:Hush@h:1"):
                config = CONFIG.merge(fastbedrock.Config(proxies={scheme: proxy}))
                make_call(call, endpoint_url=f"{scheme}://127.0.0.1:1", config=config, **GIVEN)
        assert any(f"through the proxy http://{address}" in text for text in kept.texts())
    assert_silent(kept)


@pytest.mark.parametrize("call", [converse, converse_async], ids=lambda call: call.__name__)
def test_bearer_tokens_and_given_credentials_are_not_logged(call):
    with recording_logs() as kept, fastbedrock.local.serve(tls=True) as server:
        there = {"endpoint_url": server.endpoint_url, "verify": server.ca_bundle}
        make_call(call, api_key="Hush-api-key", **there)
        make_call(call, credentials=lambda: (ACCESS_KEY, SECRET_KEY, TOKEN), **there)
        make_call(call, credentials=lambda: {"Hush": "Hush"}, **there)
        make_call(call, api_key="Hush\nkey", **there)
        make_call(call, endpoint_url=server.endpoint_url, **GIVEN)
        texts = kept.texts()
        assert any("credentials by bearer token" in text for text in texts)
        assert any("credentials by credentials=" in text for text in texts)
        assert any("TLS handshake" in text and "TLSv1_3" in text for text in texts)
        assert any("SSLError" in text for text in texts)
    assert_silent(kept)


FOUND = {
    "AccessKeyId": ACCESS_KEY,
    "SecretAccessKey": SECRET_KEY,
    "Token": TOKEN,
    "Expiration": LATER,
}
STS = f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn><AssumedRoleId>r:s</AssumedRoleId>
</AssumedRoleUser><Credentials><AccessKeyId>{ACCESS_KEY}</AccessKeyId>
<SecretAccessKey>{SECRET_KEY}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>
<Expiration>{LATER}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
REFUSED = f"""<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code>
<Message>The canonical string was x-amz-security-token:{TOKEN}</Message></Error>
<RequestId>r</RequestId></ErrorResponse>"""
ROLE = f"""[profile Hush]
role_arn = arn:aws:iam::1:role/r
external_id = Hush
source_profile = keys
[profile keys]
aws_access_key_id = {ACCESS_KEY}
aws_secret_access_key = {SECRET_KEY}
aws_session_token = {TOKEN}
"""


def process(script: str) -> dict[str, str]:
    command = subprocess.list2cmdline(["sh", "-c", script])
    return {"config": f"[default]\ncredential_process = {command}\n"}


OUTPUT = {"Version": 1, **FOUND, "SessionToken": TOKEN}
# A config file, and environment variables; URL stands for the server's URL.
SOURCES: dict[str, dict[str, str]] = {
    "environment": {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": TOKEN,
    },
    "expiring environment": {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CREDENTIAL_EXPIRATION": LATER,
    },
    "file": {"config": ROLE.replace("profile keys", "default")},
    "process": process(f"echo '{json.dumps(OUTPUT)}'"),
    "failing process": process("echo Hush; echo Hush >&2; exit 1"),
    "babbling process": process("echo Hush"),
    "process of another version": process("""echo '{"Version": "Hush"}'"""),
    "missing process": {"config": "[default]\ncredential_process = ./Hush --secret Hush\n"},
    "container": {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/found?Hush=Hush",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Hush token",
    },
    "container with a broken token": {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/found",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Hush\ntoken",
    },
    "refusing container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/refused"},
    "babbling container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "URL/babble"},
    "role": {"config": ROLE, "AWS_PROFILE": "Hush", "AWS_ENDPOINT_URL_STS": "URL/sts"},
    "role elsewhere": {
        "config": ROLE,
        "AWS_PROFILE": "Hush",
        "AWS_ENDPOINT_URL_STS": "http://user:Hush@127.0.0.1:1",
    },
    "refused role": {"config": ROLE, "AWS_PROFILE": "Hush", "AWS_ENDPOINT_URL_STS": "URL/refuse"},
    "web identity": {
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "TOKEN",
        "AWS_ENDPOINT_URL_STS": "URL/refuse",
    },
    "instance metadata": {
        "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": "URL/imds",
    },
    "nothing": {},
}


def answer(request: Request) -> Reply:
    """The replies of all these sources and of the endpoint."""
    path = request.target
    if path.startswith("/found"):
        return Reply(body=json.dumps(FOUND).encode(), headers=JSON)
    if path.startswith("/babble"):
        return Reply(body=b'{"Hush": "Hush"', headers=JSON)
    if path.startswith("/sts"):
        return Reply(body=STS.encode(), headers=(("Content-Type", "text/xml"),))
    if path.startswith("/refuse"):
        return Reply(403, body=REFUSED.encode(), headers=(("Content-Type", "text/xml"),))
    if path.startswith("/imds"):
        if "token" in path:
            return Reply(body=b"Hush token")
        found = json.dumps({**FOUND, "Code": "Success"}).encode()
        return Reply(body=b"Hush" if path.endswith("/") else found)
    return Reply(body=json.dumps(ANSWER).encode(), headers=JSON)


@pytest.mark.parametrize("source", SOURCES)
def test_sources_of_credentials_log_no_secrets(source, monkeypatch, tmp_path):
    token = tmp_path / "token"
    token.write_text("Hush web identity")
    with Server(answer) as server, recording_logs() as kept:
        for name, value in SOURCES[source].items():
            value = value.replace("URL", server.url).replace("TOKEN", str(token))
            if name == "config":
                (tmp_path / "config").write_text(value)
                name, value = "AWS_CONFIG_FILE", str(tmp_path / "config")
            monkeypatch.setenv(name, value)
        for call in (converse, converse_async):
            make_call(call, endpoint_url=server.url)
        if source == "instance metadata":
            assert any("answered with status 200" in text for text in kept.texts())
        fastbedrock.Session(**({} if source == "nothing" else KEYS)).get_credentials()
    assert_silent(kept)
