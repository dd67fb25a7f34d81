"""Requests that the service model does not allow are refused with the service's messages."""

from __future__ import annotations

import pytest

from local_requests import CHAT, call, user

TOOL = {"toolSpec": {"name": "f", "inputSchema": {"json": {}}}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"messages": user("x"), "inferenceConfig": {"maxTokens": 0}},
            "1 validation error detected: Value '0' at 'inferenceConfig.maxTokens' failed to "
            "satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            {"messages": user("x"), "inferenceConfig": {"temperature": 1.5, "topP": -0.5}},
            "2 validation errors detected: Value '1.5' at 'inferenceConfig.temperature' failed to "
            "satisfy constraint: Member must have value less than or equal to 1; Value '-0.5' at "
            "'inferenceConfig.topP' failed to satisfy constraint: Member must have value greater "
            "than or equal to 0",
        ),
        (
            {"messages": [{"content": [{"text": "x"}]}]},
            "1 validation error detected: Value null at 'messages.1.member.role' failed to satisfy "
            "constraint: Member must not be null",
        ),
        (
            {"messages": [{"role": "chorus", "content": [{"text": "x"}]}]},
            "1 validation error detected: Value 'chorus' at 'messages.1.member.role' failed to "
            "satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
        ),
        (
            {"messages": user("x"), "toolConfig": {"tools": []}},
            "1 validation error detected: Value at 'toolConfig.tools' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1",
        ),
        (
            {
                "messages": user("x"),
                "toolConfig": {
                    "tools": [TOOL, {"toolSpec": {**TOOL["toolSpec"], "name": "not a name"}}]
                },
            },
            "1 validation error detected: Value 'not a name' at "
            "'toolConfig.tools.2.member.toolSpec.name' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9_-]+",
        ),
        (
            {"messages": [None, *user("x")]},
            "1 validation error detected: Value null at 'messages.1.member' failed to satisfy "
            "constraint: Member must not be null",
        ),
    ],
)
def test_broken_constraints_are_all_listed(local_bedrock, body, message):
    answer = call(local_bedrock, "Converse", body, modelId=CHAT)
    assert (answer.status, answer.json) == (400, {"message": message})
    assert answer.headers["x-amzn-errortype"].startswith("ValidationException:")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff",
        {"messages": "x"},
        {"messages": user("x"), "inferenceConfig": {"maxTokens": "many"}},
        {"messages": user("x"), "inferenceConfig": {"maxTokens": 1.5}},
        {"messages": user("x"), "inferenceConfig": []},
        {"messages": [{"role": "user", "content": [{"text": "x", "image": {}}]}]},
        {"messages": [{"role": "user", "content": [{}]}]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"image": {"format": "png", "source": {"bytes": "!!"}}}],
                }
            ]
        },
    ],
    ids=str,
)
def test_wrong_types_are_a_serialization_error(local_bedrock, body):
    answer = call(local_bedrock, "Converse", body, modelId=CHAT)
    assert answer.status == 400
    assert answer.headers["x-amzn-errortype"].startswith("SerializationException:")
    assert answer.json["message"]


def test_unknown_members_and_nulls_are_ignored(local_bedrock):
    block = {"__type": "x", "image": None, "text": "x"}
    body = {
        "messages": [{"role": "user", "content": [block]}],
        "inferenceConfig": None,
        "invented": {"a": 1},
    }
    answer = call(local_bedrock, "Converse", body, modelId=CHAT)
    assert answer.json["output"]["message"]["content"] == [{"text": "x"}]


def test_labels_and_queries_are_checked_too(local_bedrock):
    answer = call(local_bedrock, "Converse", {"messages": user("x")}, modelId="no good?")
    assert answer.status == 400
    assert "Value 'no good?' at 'modelId' failed to satisfy constraint" in answer.json["message"]
    answer = call(
        local_bedrock,
        "ApplyGuardrail",
        {"source": "SIDEWAYS", "content": []},
        guardrailIdentifier="UPPER",
        guardrailVersion="0",
    )
    assert answer.json["message"].startswith("3 validation errors detected: ")
