"""Every operation of the local Bedrock responds as the service model says."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from botocore import xform_name

from chat_families import CHATS
from fastbedrock.local import serve
from local_requests import CHAT, SERVICE, call, check, check_answer, connect, send, user

TOOL = {
    "toolSpec": {
        "name": "weather",
        "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }
}
EMBEDDING = "amazon.titan-embed-text-v2:0"
EMBEDDINGS_AND_IMAGES = {
    "titan embedding": (EMBEDDING, {"inputText": "x"}),
    "cohere embedding": ("cohere.embed-english-v3", {"texts": ["x"], "input_type": "clustering"}),
    "canvas": (
        "amazon.nova-canvas-v1:0",
        {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "x"}},
    ),
}
GUARDED = {"guardrailIdentifier": "abc", "guardrailVersion": "1", "trace": "enabled"}
CACHED = [{"text": "a long document"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
CONVERSATIONS = {
    "plain": {"messages": user("Good morning")},
    "system": {"messages": user("Hello"), "system": [{"text": "Be brief"}]},
    "tool": {"messages": user("How is the weather?"), "toolConfig": {"tools": [TOOL]}},
    "guardrail passes": {"messages": user("Hello"), "guardrailConfig": GUARDED},
    "guardrail blocks": {"messages": user("forbidden"), "guardrailConfig": GUARDED},
    "guardrail masks": {"messages": user("mail a@example.com"), "guardrailConfig": GUARDED},
    "cache": {"messages": user("Hello"), "system": CACHED},
    "reasoning": {"messages": user("Think"), "additionalModelRequestFields": THINKING},
    "response fields": {
        "messages": user("Hello"),
        "additionalModelResponseFieldPaths": ["/stop_sequence", "/id", "/none"],
    },
    "tiers": {
        "messages": user("Hello"),
        "performanceConfig": {"latency": "optimized"},
        "serviceTier": {"type": "priority"},
    },
}


@pytest.mark.parametrize("tls", [False, True])
def test_boto3_has_every_operation_that_it_knows(tls):
    with serve(tls=tls) as server:
        client = connect(server)
        # boto3 lists the bidirectional stream too, and has no method for it.
        names = [name for name in CALLS if hasattr(client, xform_name(name))]
        assert {*SERVICE.operation_names} - {*names} == {"InvokeModelWithBidirectionalStream"}
        for name in names:
            body, labels = CALLS[name]
            arguments = {**(body or {}), **labels}
            if name.startswith("InvokeModel"):
                arguments = {"body": json.dumps(body), **labels}
            if name == "GetAsyncInvoke":
                started = client.start_async_invoke(**CALLS["StartAsyncInvoke"][0])
                arguments = {"invocationArn": started["invocationArn"]}
            response = getattr(client, xform_name(name))(**arguments)
            assert response["ResponseMetadata"]["HTTPStatusCode"] == 200, name
            for stream in (response.get("stream"), response.get("body")):
                assert stream is None or list(stream)


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversations_follow_the_service_model(local_bedrock, operation, name):
    answer = call(local_bedrock, operation, CONVERSATIONS[name], modelId=CHAT)
    check_answer(operation, answer)


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
@pytest.mark.parametrize("name", CHATS)
def test_every_familys_conversation_follows_the_service_model(local_bedrock, operation, name):
    answer = call(local_bedrock, operation, CONVERSATIONS["tool"], modelId=CHATS[name][0])
    check_answer(operation, answer)


@pytest.mark.parametrize("name", [*CHATS, *EMBEDDINGS_AND_IMAGES])
def test_every_familys_own_response_follows_the_service_model(local_bedrock, name):
    model, request = {**CHATS, **EMBEDDINGS_AND_IMAGES}[name][:2]
    tiers = {"X-Amzn-Bedrock-PerformanceConfig-Latency": "optimized"}
    path = f"/model/{quote(model)}/invoke"
    answer = send(local_bedrock, "POST", path, request, headers=tiers)
    check_answer("InvokeModel", answer)
    assert answer.headers["x-amzn-bedrock-performanceconfig-latency"] == "optimized"


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
def test_conversing_with_a_model_that_does_not_chat_is_an_error(local_bedrock, operation):
    answer = call(local_bedrock, operation, CONVERSATIONS["plain"], modelId=EMBEDDING)
    assert answer.status == 400
    assert answer.json["message"].startswith("This action doesn't support the model")


CALLS = {
    "ApplyGuardrail": (
        {"source": "INPUT", "content": [{"text": {"text": "x"}}]},
        {"guardrailIdentifier": "abc", "guardrailVersion": "DRAFT"},
    ),
    "Converse": (CONVERSATIONS["plain"], {"modelId": CHAT}),
    "ConverseStream": (CONVERSATIONS["plain"], {"modelId": CHAT}),
    "CountTokens": ({"input": {"converse": CONVERSATIONS["plain"]}}, {"modelId": CHAT}),
    "GetAsyncInvoke": (
        None,
        {"invocationArn": "arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghijkl"},
    ),
    "InvokeGuardrailChecks": (
        {
            "messages": user("x"),
            "checks": {"contentFilter": {"categories": [{"category": "HATE"}]}},
        },
        {},
    ),
    "InvokeModel": (CHATS["llama"][1], {"modelId": CHATS["llama"][0]}),
    "InvokeModelWithBidirectionalStream": (None, {"modelId": "amazon.nova-sonic-v1:0"}),
    "InvokeModelWithResponseStream": (CHATS["llama"][1], {"modelId": CHATS["llama"][0]}),
    "ListAsyncInvokes": (None, {}),
    "StartAsyncInvoke": (
        {
            "modelId": "amazon.nova-reel-v1:0",
            "modelInput": {"taskType": "TEXT_VIDEO"},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/videos"}},
        },
        {},
    ),
}


@pytest.mark.parametrize("operation", SERVICE.operation_names)
def test_every_modelled_error_follows_the_service_model(local_bedrock, operation):
    body, labels = CALLS[operation]
    for shape in SERVICE.operation_model(operation).error_shapes:
        local_bedrock.clear_faults()
        local_bedrock.fault("error", code=shape.name)
        answer = call(local_bedrock, operation, body, **labels)
        assert answer.status == shape.metadata["error"]["httpStatusCode"], shape.name
        assert answer.headers["x-amzn-errortype"].partition(":")[0] == shape.name
        check(shape, answer.json)


@pytest.mark.parametrize("operation", ["ConverseStream", "InvokeModelWithResponseStream"])
def test_every_exception_in_a_stream_follows_the_service_model(local_bedrock, operation):
    body, labels = CALLS[operation]
    members = SERVICE.operation_model(operation).get_event_stream_output().members
    exceptions = {name: shape for name, shape in members.items() if shape.metadata.get("exception")}
    assert len(exceptions) > 4
    for name, shape in exceptions.items():
        local_bedrock.clear_faults()
        local_bedrock.fault("exception_frame", code=shape.name)
        *_, last = call(local_bedrock, operation, body, **labels).events
        assert last.headers[":exception-type"] == name
        check(shape, json.loads(last.payload))


def test_a_stream_has_its_events_in_order(local_bedrock):
    answer = call(local_bedrock, "ConverseStream", {"messages": user("one two")}, modelId=CHAT)
    kinds = [event.headers[":event-type"] for event in answer.events]
    assert kinds == [
        "messageStart",
        "contentBlockDelta",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]


def test_padding_varies(local_bedrock):
    text = " ".join(str(number) for number in range(200))
    answer = call(local_bedrock, "ConverseStream", {"messages": user(text)}, modelId=CHAT)
    paddings = {json.loads(event.payload)["p"] for event in answer.events}
    assert len(paddings) > 20


@pytest.mark.parametrize(
    "source", [{"text": "fine"}, {"text": "forbidden"}, {"text": "a@example.com"}]
)
def test_apply_guardrail_follows_the_service_model(local_bedrock, source):
    body = {"source": "INPUT", "content": [{"text": source}]}
    answer = call(
        local_bedrock,
        "ApplyGuardrail",
        body,
        guardrailIdentifier="arn:aws:bedrock:us-east-1:123456789012:guardrail/abc",
        guardrailVersion="DRAFT",
    )
    check_answer("ApplyGuardrail", answer)


def test_guardrail_checks_follow_the_service_model(local_bedrock):
    body = {
        "messages": [{"role": "user", "content": [{"text": "Größe: a@example.com, violence"}]}],
        "checks": {
            "contentFilter": {"categories": [{"category": "VIOLENCE"}, {"category": "HATE"}]},
            "promptAttack": {"categories": [{"category": "JAILBREAK"}]},
            "sensitiveInformation": {"entities": [{"type": "EMAIL"}]},
        },
    }
    answer = call(local_bedrock, "InvokeGuardrailChecks", body)
    check_answer("InvokeGuardrailChecks", answer)
    results = answer.json["results"]
    scores = {
        entry["category"]: entry["severityScore"] for entry in results["contentFilter"]["results"]
    }
    assert scores["VIOLENCE"] > 0.5 > scores["HATE"]
    (entity,) = results["sensitiveInformation"]["results"]
    assert (entity["beginOffset"], entity["endOffset"]) == (7, 20)


def test_asynchronous_invocations_follow_the_service_model(local_bedrock):
    output = {"s3OutputDataConfig": {"s3Uri": "s3://bucket/videos"}}
    body = {
        "modelId": "amazon.nova-reel-v1:0",
        "modelInput": {"taskType": "TEXT_VIDEO"},
        "outputDataConfig": output,
    }
    started = call(local_bedrock, "StartAsyncInvoke", body)
    check_answer("StartAsyncInvoke", started)
    found = call(local_bedrock, "GetAsyncInvoke", invocationArn=started.json["invocationArn"])
    check_answer("GetAsyncInvoke", found)
    check_answer("ListAsyncInvokes", call(local_bedrock, "ListAsyncInvokes"))


@pytest.mark.parametrize(
    "counted",
    [
        {"converse": {"messages": user("Good morning"), "system": [{"text": "Be brief"}]}},
        {
            "invokeModel": {
                "body": json.dumps(
                    {
                        "anthropic_version": "bedrock-2023-05-31",
                        "max_tokens": 10,
                        "system": "Be brief",
                        "messages": [{"role": "user", "content": "Good morning"}],
                    }
                )
            }
        },
    ],
    ids=["converse", "invokeModel"],
)
def test_counted_tokens_match_the_usage(local_bedrock, counted):
    client = connect(local_bedrock)
    count = client.count_tokens(modelId=CHAT, input=counted)["inputTokens"]
    usage = client.converse(
        modelId=CHAT, messages=user("Good morning"), system=[{"text": "Be brief"}]
    )["usage"]
    assert count == usage["inputTokens"]


def test_an_image_model_cannot_count(local_bedrock):
    answer = call(
        local_bedrock,
        "CountTokens",
        {"input": {"converse": {"messages": user("x")}}},
        modelId="amazon.nova-canvas-v1:0",
    )
    assert (answer.status, answer.json["message"]) == (
        400,
        "The provided model doesn't support counting tokens.",
    )


@pytest.mark.parametrize(
    "identifier",
    [
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
        "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0",
    ],
)
def test_every_kind_of_model_identifier_works(local_bedrock, identifier):
    response = connect(local_bedrock).converse(modelId=identifier, messages=user("Hello"))
    assert response["output"]["message"]["content"] == [{"text": "Hello"}]


def test_configured_names_stand_for_models(local_bedrock):
    client = connect(local_bedrock)
    profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
    with pytest.raises(client.exceptions.ValidationException, match="model identifier is invalid"):
        client.converse(modelId=profile, messages=user("Hello"))
    local_bedrock.configure(models={profile: "amazon.nova-lite-v1:0"})
    response = client.converse(modelId=profile, messages=user("Hello"))
    assert response["stopReason"] == "end_turn"


@pytest.mark.parametrize("model", ["ai21.jamba-1-5-mini-v1:0", "nonsense", "stability.sd3"])
@pytest.mark.parametrize("operation", ["Converse", "ConverseStream", "InvokeModel"])
def test_an_unknown_model_is_the_services_error(local_bedrock, operation, model):
    answer = call(local_bedrock, operation, {"messages": user("x")}, modelId=model)
    assert answer.status == 400
    assert answer.json == {"message": "The provided model identifier is invalid."}
    assert answer.headers["x-amzn-errortype"] == (
        "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/"
    )


def test_an_unknown_path_is_an_unknown_operation(local_bedrock):
    answer = send(local_bedrock, "POST", "/model/x/improvise", {})
    assert answer.status == 404
    assert answer.headers["x-amzn-errortype"].startswith("UnknownOperationException:")
    assert local_bedrock.counters["requests"] == {"UnknownOperation": {"404": 1}}


def test_every_operation_of_the_service_model_exists(local_bedrock):
    # An empty request may get any response, except that the operation is unknown.
    for name in SERVICE.operation_names:
        traits = SERVICE.operation_model(name).http
        path = traits["requestUri"].replace("{", "").replace("}", "")
        answer = send(local_bedrock, traits["method"], path, {})
        assert answer.status != 404, name
