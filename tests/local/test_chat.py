"""The chat models of the local Bedrock, as boto3 sees them."""

from __future__ import annotations

import json
import sys
import threading
import time

import pytest
from botocore.exceptions import ClientError

import fastbedrock.local
from fastbedrock.local import ServiceError
from local_requests import CHAT, connect, user

PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


def tool(name, schema):
    return {"toolSpec": {"name": name, "inputSchema": {"json": schema}}}


@pytest.fixture
def client(local_bedrock):
    return connect(local_bedrock)


def words(client, text="Hello", **arguments):
    response = client.converse(modelId=CHAT, messages=user(text), **arguments)
    return response["output"]["message"]["content"][0]["text"]


def test_the_last_message_is_echoed_with_its_content(client):
    content = [
        {"text": "Look:"},
        {"image": {"format": "png", "source": {"bytes": PNG}}},
        {"document": {"format": "txt", "name": "notes", "source": {"bytes": b"abc"}}},
        {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://bucket/v.mp4"}}}},
    ]
    response = client.converse(modelId=CHAT, messages=[{"role": "user", "content": content}])
    text = response["output"]["message"]["content"][0]["text"]
    assert text.startswith("Look:\n[image: png, 68 bytes]\n[document: txt, 3 bytes]\n[video: mp4, ")


def test_stop_sequences_and_limits_end_the_response(client):
    def ask(**config):
        response = client.converse(
            modelId=CHAT, messages=user("one two STOP three"), inferenceConfig=config
        )
        message = response["output"]["message"]
        return message["content"][0]["text"], response["stopReason"]

    assert ask(stopSequences=["STOP"]) == ("one two ", "stop_sequence")
    assert ask(maxTokens=1) == ("one", "max_tokens")
    assert ask(maxTokens=100) == ("one two STOP three", "end_turn")


SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "kelvin"]},
        "days": {"type": "integer", "minimum": 5},
        "exact": {"type": "boolean"},
        "place": {
            "type": "object",
            "properties": {"lat": {"type": "number"}},
            "required": ["lat"],
        },
        "tags": {"type": "array", "items": {"type": "object", "required": ["name"]}},
    },
    "required": ["city"],
}


def satisfies(value, schema):
    """Whether a value has the types, members and enumerated values that a schema requires."""
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type", "object")
    if kind == "object":
        return (
            isinstance(value, dict)
            and set(schema.get("required", ())) <= set(value)
            and all(satisfies(value[k], s) for k, s in schema.get("properties", {}).items())
        )
    if kind == "array":
        return isinstance(value, list) and all(satisfies(v, schema["items"]) for v in value)
    types = {"string": str, "integer": int, "number": float, "boolean": bool}
    return type(value) is types[kind]


def test_a_tool_is_called_with_arguments_that_satisfy_its_schema_and_then_answered(client):
    config = {"tools": [tool("other", {"type": "object"}), tool("weather", SCHEMA)]}
    messages = user("Use weather, please")
    response = client.converse(modelId=CHAT, messages=messages, toolConfig=config)
    message = response["output"]["message"]
    (block,) = message["content"]
    assert response["stopReason"] == "tool_use"
    assert block["toolUse"]["name"] == "weather"
    assert satisfies(block["toolUse"]["input"], SCHEMA)
    result = {"toolUseId": block["toolUse"]["toolUseId"], "content": [{"json": {"sky": "grey"}}]}
    messages += [message, {"role": "user", "content": [{"toolResult": result}]}]
    response = client.converse(modelId=CHAT, messages=messages, toolConfig=config)
    assert response["stopReason"] == "end_turn"
    assert response["output"]["message"]["content"] == [
        {"text": 'The tool answered: {"sky":"grey"}'}
    ]


@pytest.mark.parametrize(
    ("choice", "name"),
    [({"auto": {}}, "first"), ({"any": {}}, "first"), ({"tool": {"name": "second"}}, "second")],
)
def test_tool_choice_decides_which_tool_is_called(client, choice, name):
    tools = [tool("first", {"type": "object"}), tool("second", {"type": "object"})]
    response = client.converse(
        modelId=CHAT, messages=user("Hi"), toolConfig={"tools": tools, "toolChoice": choice}
    )
    assert response["output"]["message"]["content"][0]["toolUse"]["name"] == name


def test_a_streamed_tool_call_arrives_in_fragments_of_json(client):
    stream = client.converse_stream(
        modelId=CHAT, messages=user("Hi"), toolConfig={"tools": [tool("weather", SCHEMA)]}
    )["stream"]
    events = list(stream)
    (start,) = [e["contentBlockStart"] for e in events if "contentBlockStart" in e]
    assert start["start"]["toolUse"]["name"] == "weather"
    deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
    assert len(deltas) > 1
    assert satisfies(json.loads("".join(d["toolUse"]["input"] for d in deltas)), SCHEMA)
    assert {"messageStop": {"stopReason": "tool_use"}} in events


def test_a_structured_response_satisfies_its_schema(client):
    definition = {"schema": json.dumps(SCHEMA), "name": "weather"}
    output = {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}
    assert satisfies(json.loads(words(client, outputConfig=output)), SCHEMA)


def test_reasoning_comes_before_the_text(client):
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    response = client.converse(
        modelId=CHAT, messages=user("Hm"), additionalModelRequestFields=thinking
    )
    thought, text = response["output"]["message"]["content"]
    assert thought["reasoningContent"]["reasoningText"]["text"] == "The user said: Hm"
    assert text == {"text": "Hm"}
    stream = client.converse_stream(
        modelId=CHAT, messages=user("Hm"), additionalModelRequestFields=thinking
    )["stream"]
    deltas = [e["contentBlockDelta"] for e in stream if "contentBlockDelta" in e]
    thoughts = [d["delta"]["reasoningContent"] for d in deltas if d["contentBlockIndex"] == 0]
    assert "".join(t.get("text", "") for t in thoughts) == "The user said: Hm"
    assert thoughts[-1]["signature"] == thought["reasoningContent"]["reasoningText"]["signature"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_guardrail_intervenes(client, streamed):
    def ask(text):
        arguments = {
            "modelId": CHAT,
            "messages": user(text),
            "guardrailConfig": {
                "guardrailIdentifier": "abc",
                "guardrailVersion": "1",
                "trace": "enabled",
            },
        }
        if not streamed:
            response = client.converse(**arguments)
            text = response["output"]["message"]["content"][0]["text"]
            return text, response["stopReason"], response["trace"]["guardrail"]
        events = list(client.converse_stream(**arguments)["stream"])
        deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
        stop = next(e["messageStop"]["stopReason"] for e in events if "messageStop" in e)
        text = "".join(delta["text"] for delta in deltas)
        return text, stop, events[-1]["metadata"]["trace"]["guardrail"]

    text, stop, trace = ask("all fine")
    assert (text, stop, trace["actionReason"]) == ("all fine", "end_turn", "No action.")
    text, stop, trace = ask("something forbidden")
    assert (text, stop) == ("Sorry, the model cannot answer this question.", "guardrail_intervened")
    assert trace["inputAssessment"]["abc"]["wordPolicy"]["customWords"][0]["match"] == "forbidden"
    text, stop, trace = ask("write to a@example.com")
    assert (text, stop) == ("write to {EMAIL}", "guardrail_intervened")
    assert trace["modelOutput"] == ["write to a@example.com"]


def test_guardrails_are_configured_by_id(local_bedrock, client):
    local_bedrock.configure(
        guardrails={"money": {"topics": {"Finance": ["invest"]}, "blocked_input": "No finance."}}
    )
    guarded = {"guardrailConfig": {"guardrailIdentifier": "money", "guardrailVersion": "DRAFT"}}
    assert words(client, "Should I invest?", **guarded) == "No finance."
    assert words(client, "forbidden", **guarded) == "forbidden"
    guarded["guardrailConfig"]["guardrailIdentifier"] = "other"
    with pytest.raises(client.exceptions.ValidationException, match="does not exist"):
        words(client, **guarded)
    marked = {"guardContent": {"text": {"text": "weather"}}}
    guarded["guardrailConfig"]["guardrailIdentifier"] = "money"
    response = client.converse(
        modelId=CHAT,
        messages=[{"role": "user", "content": [{"text": "invest"}, marked]}],
        **guarded,
    )
    assert response["stopReason"] == "guardrail_intervened"
    assert "trace" not in response


def test_a_cache_point_is_written_and_then_read(client):
    def ask(document):
        system = [{"text": document}, {"cachePoint": {"type": "default"}}]
        return client.converse(modelId=CHAT, messages=user("Sum it up"), system=system)["usage"]

    first, second, other = ask("a long document"), ask("a long document"), ask("another one")
    written = first["cacheWriteInputTokens"]
    assert written > 0
    assert first["cacheReadInputTokens"] == 0
    assert first["cacheDetails"] == [{"ttl": "5m", "inputTokens": written}]
    assert (second["cacheReadInputTokens"], second["cacheWriteInputTokens"]) == (written, 0)
    assert other["cacheReadInputTokens"] == 0
    for usage in (first, second):
        parts = [usage["inputTokens"], usage["outputTokens"], written]
        assert usage["totalTokens"] == sum(parts)
    plain = client.converse(modelId=CHAT, messages=user("Sum it up"))["usage"]
    assert "cacheReadInputTokens" not in plain


def test_tokens_arrive_at_the_configured_rate(local_bedrock, client):
    local_bedrock.configure(tokens_per_second=50, first_token_seconds=0.1)
    start = time.monotonic()
    stream = client.converse_stream(modelId=CHAT, messages=user("a b c d e f g h i j"))["stream"]
    times = [time.monotonic() - start for event in stream if "contentBlockDelta" in event]
    assert len(times) == 10
    assert 0.08 < times[0] < 1
    # Nine intervals of 20 ms; a busy machine may make them longer, never shorter.
    assert 0.15 < times[-1] - times[0] < 2
    start = time.monotonic()
    response = client.converse(modelId=CHAT, messages=user("a b c d e f g h i j"))
    assert time.monotonic() - start > 0.25
    assert response["metrics"]["latencyMs"] >= 250


def test_scripted_replies_are_sent_in_order(local_bedrock, client):
    local_bedrock.reply(
        [
            "one",
            {"when": "rain", "text": "wet"},
            {
                "reasoning": "hm",
                "text": "two",
                "toolUse": {"name": "weather", "input": {"city": "Bonn"}},
                "usage": {"inputTokens": 7, "outputTokens": 9},
            },
            {"content": [{"text": "three"}], "stopReason": "content_filtered"},
            {"error": {"code": "ModelTimeoutException", "message": "too slow"}},
        ]
    )
    assert words(client) == "one"
    assert words(client, "Will it rain?") == "wet"
    response = client.converse(modelId=CHAT, messages=user("x"))
    content = response["output"]["message"]["content"]
    assert [next(iter(block)) for block in content] == ["reasoningContent", "text", "toolUse"]
    assert content[2]["toolUse"]["input"] == {"city": "Bonn"}
    assert response["stopReason"] == "tool_use"
    assert response["usage"] == {"inputTokens": 7, "outputTokens": 9, "totalTokens": 16}
    response = client.converse(modelId=CHAT, messages=user("x"))
    assert response["stopReason"] == "content_filtered"
    with pytest.raises(client.exceptions.ModelTimeoutException, match="too slow") as caught:
        words(client)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 408
    assert words(client, "the script is over") == "the script is over"


def test_one_reply_serves_every_family(local_bedrock, client):
    local_bedrock.reply("always this")
    assert words(client) == words(client) == "always this"
    response = client.invoke_model(
        modelId="meta.llama3-8b-instruct-v1:0", body=json.dumps({"prompt": "x"})
    )
    assert json.loads(response["body"].read())["generation"] == "always this"
    local_bedrock.reply(None)
    assert words(client, "back to echo") == "back to echo"


def test_a_callable_answers_on_one_thread_of_python(local_bedrock, client):
    seen = []

    def answer(request):
        seen.append((request, threading.current_thread()))
        return None if request["text"] == "yours" else f"{request['modelId']}: {request['text']}"

    local_bedrock.reply(answer)
    assert words(client, "Hello") == f"{CHAT}: Hello"
    assert words(client, "yours") == "yours"
    request, thread = seen[0]
    assert request["operation"] == "Converse"
    assert request["body"]["messages"] == user("Hello")
    assert thread is not threading.main_thread()
    assert {other for _, other in seen} == {thread}
    local_bedrock.reply(lambda request: {"text": "new", "stopReason": "max_tokens"})
    assert client.converse(modelId=CHAT, messages=user("x"))["stopReason"] == "max_tokens"


def test_callables_from_many_threads_share_one_thread(local_bedrock, client, monkeypatch):
    make = fastbedrock.local._CallableThread.__init__

    def make_slowly(*arguments):
        time.sleep(0.05)
        make(*arguments)

    monkeypatch.setattr(fastbedrock.local._CallableThread, "__init__", make_slowly)
    setters = [
        threading.Thread(target=local_bedrock.reply, args=(lambda request: "set",))
        for _ in range(4)
    ]
    for thread in setters:
        thread.start()
    for thread in setters:
        thread.join(timeout=10)
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("fastbedrock-local-reply") == 1
    assert words(client) == "set"


def test_an_exception_of_a_callable_reaches_the_client(local_bedrock, client):
    def broken(request):
        raise KeyError("nobody")

    local_bedrock.reply(broken)
    with pytest.raises(client.exceptions.ModelErrorException, match="KeyError: 'nobody'"):
        words(client)
    local_bedrock.reply(lambda request: pytest.fail("not what was expected"))
    with pytest.raises(client.exceptions.ModelErrorException, match="not what was expected"):
        words(client)
    local_bedrock.reply(lambda request: sys.exit(3))
    with pytest.raises(client.exceptions.ModelErrorException, match="SystemExit: 3"):
        words(client)
    local_bedrock.reply(lambda request: {"txt": "x"})
    with pytest.raises(client.exceptions.ModelErrorException, match="no setting called txt"):
        words(client)
    local_bedrock.reply(lambda request: object())
    with pytest.raises(client.exceptions.ModelErrorException, match="not JSON serializable"):
        words(client)

    def throttled(request):
        raise ServiceError("ThrottlingException", "wait")

    local_bedrock.reply(throttled)
    with pytest.raises(client.exceptions.ThrottlingException, match="wait"):
        words(client)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ({"txt": "x"}, "reply: there is no setting called txt"),
        ([{"when": 1, "text": "x"}], "when must be a string"),
        ({"toolUse": {}}, "toolUse: name is missing"),
        (5, "reply: a JSON object, not 5"),
    ],
)
def test_a_malformed_reply_is_refused_at_once(local_bedrock, client, reply, problem):
    with pytest.raises(ValueError, match=problem):
        local_bedrock.reply(reply)
    assert words(client, "still echo") == "still echo"


ASSISTANT = {"role": "assistant", "content": [{"text": "x"}]}
CALL = {
    "role": "assistant",
    "content": [{"toolUse": {"toolUseId": "t1", "name": "f", "input": {}}}],
}
RESULT = {"toolResult": {"toolUseId": "t1", "content": [{"text": "x"}]}}
TOOLS = {"toolConfig": {"tools": [tool("f", {"type": "object"})]}}
OTHER = {"tool": {"name": "g"}}


@pytest.mark.parametrize(
    ("messages", "more", "problem"),
    [
        ([ASSISTANT], {}, "A conversation must start with a user message."),
        ([], {}, "A conversation must start with a user message."),
        ([{"role": "user", "content": []}], {}, "at messages.0 is empty"),
        (user(" "), {}, "at messages.0.content.0 is blank"),
        ([*user("x"), CALL, *user("y")], TOOLS, "Expected toolResult blocks at messages.2.content"),
        (user("x"), {"toolConfig": {**TOOLS["toolConfig"], "toolChoice": OTHER}}, "tool g of"),
        ([*user("x"), CALL], {}, "The toolConfig field must be defined"),
        (
            [*user("x"), ASSISTANT, {"role": "user", "content": [RESULT]}],
            TOOLS,
            "exceeds the number of toolUse blocks of previous turn",
        ),
    ],
)
def test_the_rules_of_conversations_are_enforced(client, messages, more, problem):
    with pytest.raises(ClientError, match=problem) as caught:
        client.converse(modelId=CHAT, messages=messages, **more)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
