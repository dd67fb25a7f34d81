"""The AWS SDK for JavaScript on the local Bedrock: HTTP/2, every operation, family and fault.

    npm install --prefix DIR @aws-sdk/client-bedrock-runtime
    FASTBEDROCK_JS_MODULES=DIR/node_modules python -m pytest tests/local/test_javascript.py

Skipped if that variable is not set: the tests install nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chat_families import CHATS, TEXT
from fastbedrock.local import serve
from local_requests import CHAT, user
from repository import ROOT

MODULES = os.environ.get("FASTBEDROCK_JS_MODULES", "")
if shutil.which("node") is None:
    pytest.skip("node is not installed", allow_module_level=True)
if not Path(MODULES, "@aws-sdk", "client-bedrock-runtime").is_dir():
    pytest.skip(
        "FASTBEDROCK_JS_MODULES names no folder with @aws-sdk/client-bedrock-runtime",
        allow_module_level=True,
    )


def run(server, *calls, timeout=None, keys=None):
    """The result of each call, in order; ``timeout`` is the read timeout in milliseconds."""
    keys = keys or server.credentials
    job = {
        "endpoint": server.endpoint_url,
        "region": keys["region_name"],
        "credentials": {
            "accessKeyId": keys["aws_access_key_id"],
            "secretAccessKey": keys["aws_secret_access_key"],
        },
        "calls": calls,
        "timeout": timeout,
    }
    environment = {**os.environ, "NODE_PATH": MODULES}
    if server.ca_bundle is not None:
        environment["NODE_EXTRA_CA_CERTS"] = server.ca_bundle
    done = subprocess.run(
        ["node", str(ROOT / "tests" / "support" / "javascript_sdk.cjs")],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def command(name, **members):
    return {"command": name, "input": members}


@pytest.mark.parametrize("tls", [False, True])
def test_every_operation(tls):
    count = {"converse": {"messages": user("Hello")}}
    guarded = {"guardrailIdentifier": "abc", "guardrailVersion": "1", "source": "INPUT"}
    job = {
        "modelId": "amazon.nova-reel-v1:0",
        "modelInput": {"taskType": "TEXT_VIDEO"},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/videos"}},
    }
    checks = {"contentFilter": {"categories": [{"category": "HATE"}]}}
    with serve(tls=tls) as server:
        results = run(
            server,
            command("Converse", modelId=CHAT, messages=user("Hello")),
            command("ConverseStream", modelId=CHAT, messages=user("a b c")),
            command("CountTokens", modelId=CHAT, input=count),
            command("ApplyGuardrail", content=[{"text": {"text": "forbidden"}}], **guarded),
            command("InvokeGuardrailChecks", messages=user("x"), checks=checks),
            command("StartAsyncInvoke", **job),
            command("ListAsyncInvokes"),
        )
        assert [result.get("error") for result in results] == [None] * 7
        assert all(result["status"] == 200 and result["requestId"] for result in results)
        chat, stream, counted, applied, checked, started, listed = results
        assert chat["output"]["message"]["content"] == [{"text": "Hello"}]
        assert len(stream["events"]) == 7
        assert counted["inputTokens"] > 0
        assert applied["action"] == "GUARDRAIL_INTERVENED"
        assert checked["results"]["contentFilter"]["results"]
        (summary,) = listed["asyncInvokeSummaries"]
        assert summary["invocationArn"] == started["invocationArn"]
        (found,) = run(server, command("GetAsyncInvoke", invocationArn=started["invocationArn"]))
        assert found["status"] in ("InProgress", "Completed")


@pytest.mark.parametrize("name", CHATS)
def test_every_family(local_bedrock, name):
    model, request, read, read_chunks, stop = CHATS[name]
    body = json.dumps(request)
    plain, streamed = run(
        local_bedrock,
        command("InvokeModel", modelId=model, body=body),
        command("InvokeModelWithResponseStream", modelId=model, body=body),
    )
    assert read(plain["body"]) == (stop, 3)
    assert read_chunks(streamed["events"]) == (TEXT, stop)


def test_embeddings_and_images(local_bedrock):
    requests = {
        "amazon.titan-embed-text-v2:0": {"inputText": "x"},
        "cohere.embed-english-v3": {"texts": ["x"], "input_type": "search_query"},
        "amazon.nova-canvas-v1:0": {
            "taskType": "TEXT_IMAGE",
            "textToImageParams": {"text": "x"},
        },
    }
    calls = [command("InvokeModel", modelId=m, body=json.dumps(b)) for m, b in requests.items()]
    titan, cohere, canvas = (result["body"] for result in run(local_bedrock, *calls))
    assert len(titan["embedding"]) == len(cohere["embeddings"][0]) == 1024
    assert len(canvas["images"]) == 1


def sonic(*events):
    call = command("InvokeModelWithBidirectionalStream", modelId="amazon.nova-sonic-v1:0")
    return {**call, "events": [{"event": event} for event in events]}


@pytest.mark.parametrize("tls", [False, True])
def test_a_stream_in_both_directions(tls):
    with serve(tls=tls) as server:
        answered, refused = run(
            server,
            sonic(
                {"sessionStart": {}},
                {"promptStart": {"promptName": "p"}},
                {"contentStart": {"type": "TEXT", "role": "USER"}},
                {"textInput": {"content": "Good "}},
                {"textInput": {"content": "morning"}},
                {"contentEnd": {"promptName": "p"}},
                {"sessionEnd": {}},
            ),
            sonic({"promptStart": {}}),
        )
    assert answered.get("error") is None
    kinds = [next(iter(event["event"])) for event in answered["events"]]
    assert kinds[0] == "completionStart"
    assert kinds[-1] == "completionEnd"
    text = next(e["event"]["textOutput"] for e in answered["events"] if "textOutput" in e["event"])
    assert (text["content"], text["promptName"]) == ("Good morning", "p")
    assert refused["error"] == "ValidationException"
    assert "sessionStart" in refused["message"]


@pytest.mark.parametrize(
    ("fault", "settings", "events", "error"),
    [
        ("error", {"code": "ThrottlingException"}, 0, "ThrottlingException"),
        ("error", {"code": "ModelErrorException"}, 0, "ModelErrorException"),
        ("reset", {}, 0, None),
        ("half_close", {}, 0, None),
        ("reset", {"at": "frame", "after": 2}, 2, None),
        ("half_close", {"at": "frame", "after": 2}, 2, None),
        ("bad_checksum", {"frame": 2}, 2, None),
        ("exception_frame", {"after": 2, "code": "ThrottlingException"}, 2, "ThrottlingException"),
        ("slow_first_byte", {"seconds": 30}, 0, "TimeoutError"),
        ("truncated_frame", {"frame": 2}, 2, None),
        ("oversized_frame", {"frame": 2}, 2, None),
    ],
)
def test_every_fault(local_bedrock, fault, settings, events, error):
    local_bedrock.fault(fault, **settings)
    call = command("ConverseStream", modelId=CHAT, messages=user("a b c"))
    (result,) = run(local_bedrock, call, timeout=1000)
    assert len(result["events"]) == events
    assert result["error"] == error if error else result["error"]


def test_a_stall_lasts_until_the_client_times_out(local_bedrock):
    local_bedrock.fault("stall", after=2)
    call = command("ConverseStream", modelId=CHAT, messages=user("a b c"))
    (result,) = run(local_bedrock, call, timeout=1000)
    assert len(result["events"]) == 2


@pytest.mark.parametrize(
    ("fault", "settings"),
    [
        ("slow_tokens", {"tokens_per_second": 50}),
        ("stall", {"after": 2, "seconds": 0.1}),
        ("content_type", {"value": "text/html"}),
    ],
)
def test_calls_succeed_despite_harmless_faults(local_bedrock, fault, settings):
    local_bedrock.fault(fault, **settings)
    (result,) = run(local_bedrock, command("ConverseStream", modelId=CHAT, messages=user("a b c")))
    assert (len(result["events"]), result.get("error")) == (7, None)


def test_a_broken_body(local_bedrock):
    local_bedrock.fault("broken_body")
    (result,) = run(local_bedrock, command("Converse", modelId=CHAT, messages=user("a b c")))
    assert result["error"] == "SyntaxError"


def test_an_unknown_model_and_a_wrong_key(local_bedrock):
    (unknown,) = run(local_bedrock, command("Converse", modelId="nonsense", messages=user("x")))
    assert (unknown["error"], unknown["message"]) == (
        "ValidationException",
        "The provided model identifier is invalid.",
    )
    keys = {**local_bedrock.credentials, "aws_secret_access_key": "wrong"}
    (refused,) = run(local_bedrock, command("ListAsyncInvokes"), keys=keys)
    assert (refused["error"], refused["status"]) == ("InvalidSignatureException", 403)
