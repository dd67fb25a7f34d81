"""The bodies of InvokeModel for each model family, plain and streamed, through boto3."""

from __future__ import annotations

import base64
import json
import math
import struct
import zlib

import pytest

from chat_families import ANTHROPIC, CHATS, TEXT, command
from local_requests import call, check_answer, connect

TOOL_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.mark.parametrize("name", CHATS)
def test_a_family_responds_in_its_own_format(local_bedrock, name):
    model, request, read, _, stop = CHATS[name]
    response = connect(local_bedrock).invoke_model(modelId=model, body=json.dumps(request))
    assert response["contentType"] == "application/json"
    reason, tokens = read(json.loads(response["body"].read()))
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert (reason, tokens) == (stop, 3)
    assert headers["x-amzn-bedrock-output-token-count"] == "3"
    assert int(headers["x-amzn-bedrock-input-token-count"]) >= 3
    assert int(headers["x-amzn-bedrock-invocation-latency"]) >= 0


@pytest.mark.parametrize("name", CHATS)
def test_a_family_streams_in_its_own_format(local_bedrock, name):
    model, request, _, read, stop = CHATS[name]
    response = connect(local_bedrock).invoke_model_with_response_stream(
        modelId=model, body=json.dumps(request)
    )
    assert response["contentType"] == "application/json"
    chunks = [json.loads(event["chunk"]["bytes"]) for event in response["body"]]
    metrics = chunks[-1]["amazon-bedrock-invocationMetrics"]
    assert metrics["outputTokenCount"] == 3
    assert {"inputTokenCount", "invocationLatency", "firstByteLatency"} < set(metrics)
    assert read(chunks) == (TEXT, stop)


@pytest.mark.parametrize("name", CHATS)
def test_streamed_frames_follow_the_service_model(local_bedrock, name):
    model, request, *_ = CHATS[name]
    answer = call(local_bedrock, "InvokeModelWithResponseStream", request, modelId=model)
    assert answer.headers["x-amzn-bedrock-content-type"] == "application/json"
    check_answer("InvokeModelWithResponseStream", answer)


LIMITS = {
    "claude": ({"max_tokens": 2}, "max_tokens"),
    "nova": ({"inferenceConfig": {"max_new_tokens": 2}}, "max_tokens"),
    "titan": ({"textGenerationConfig": {"maxTokenCount": 2}}, "LENGTH"),
    "llama": ({"max_gen_len": 2}, "length"),
    "mistral": ({"max_tokens": 2}, "length"),
    "pixtral": ({"max_tokens": 2}, "length"),
    "command": ({"max_tokens": 2}, "MAX_TOKENS"),
    "command r": ({"max_tokens": 2}, "MAX_TOKENS"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_token_limit_ends_the_response(local_bedrock, name):
    model, request, *_ = CHATS[name]
    limit, reason = LIMITS[name]
    answer = call(local_bedrock, "InvokeModel", {**request, **limit}, modelId=model)
    assert answer.headers["x-amzn-bedrock-output-token-count"] == "2"
    assert json.dumps(reason) in answer.body.decode()
    assert "three" not in json.dumps({**answer.json, "chat_history": 0, "prompt": 0})


@pytest.mark.parametrize(
    ("model", "body", "problem"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", {"max_tokens": 1}, "[anthropic_version]"),
        ("anthropic.claude-3-haiku-20240307-v1:0", {**ANTHROPIC}, "[messages]"),
        ("amazon.nova-lite-v1:0", {}, "[messages]"),
        ("amazon.titan-text-express-v1", {"prompt": "x"}, "[inputText]"),
        ("meta.llama3-8b-instruct-v1:0", {"prompt": 5}, "#/prompt: expected type: String"),
        ("mistral.mistral-7b-instruct-v0:2", {}, "[prompt]"),
        ("cohere.command-text-v14", {}, "[message]"),
        ("amazon.titan-embed-text-v2:0", {}, "[inputText]"),
        ("cohere.embed-english-v3", {"texts": ["x"]}, "[input_type]"),
        ("cohere.embed-english-v3", {"texts": [1]}, "#/texts: expected type: String"),
        ("cohere.command-text-v14", {"prompt": "x", "max_tokens": 1.5}, "#/max_tokens: expected"),
        ("meta.llama3-8b-instruct-v1:0", {"prompt": "x", "max_gen_len": "9"}, "#/max_gen_len: ex"),
        ("mistral.mistral-7b-instruct-v0:2", {"prompt": "x", "max_tokens": []}, "#/max_tokens: e"),
        (
            "amazon.titan-text-express-v1",
            {"inputText": "x", "textGenerationConfig": {"maxTokenCount": -1}},
            "#/maxTokenCount: expected a whole number, 0 or more, found: -1",
        ),
        ("amazon.nova-canvas-v1:0", {}, "[taskType]"),
    ],
)
def test_the_error_of_a_malformed_body_describes_the_mistake(local_bedrock, model, body, problem):
    answer = call(local_bedrock, "InvokeModel", body, modelId=model)
    assert answer.status == 400
    assert answer.json["message"].startswith("Malformed input request: ")
    assert problem in answer.json["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_a_body_that_is_no_json_is_malformed(local_bedrock, body):
    answer = call(local_bedrock, "InvokeModel", body, modelId="amazon.nova-lite-v1:0")
    assert (answer.status, answer.json["message"]) == (
        400,
        "Malformed input request, please reformat your input and try again.",
    )


def test_claude_uses_tools_thinks_and_caches(local_bedrock):
    client = connect(local_bedrock)
    request = {
        **ANTHROPIC,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [{"name": "weather", "input_schema": TOOL_SCHEMA}],
        "system": [{"type": "text", "text": "a manual", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "Weather?"}],
    }

    def ask():
        response = client.invoke_model(modelId=CHATS["claude"][0], body=json.dumps(request))
        return json.loads(response["body"].read())

    first, second = ask(), ask()
    thought, tool = first["content"]
    assert thought["type"] == "thinking"
    assert thought["signature"]
    assert (tool["type"], tool["name"], tool["input"]) == ("tool_use", "weather", {"city": "city"})
    assert first["stop_reason"] == "tool_use"
    written = first["usage"]["cache_creation_input_tokens"]
    assert written > 0
    assert first["usage"]["cache_read_input_tokens"] == 0
    assert second["usage"]["cache_read_input_tokens"] == written
    request["messages"] += [
        {"role": "assistant", "content": [tool]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": tool["id"], "content": "rain"}],
        },
    ]
    assert ask()["content"][-1]["text"] == "The tool answered: rain"


def test_claude_streams_a_tool_call_in_fragments(local_bedrock):
    request = {
        **ANTHROPIC,
        "tools": [{"name": "weather", "input_schema": TOOL_SCHEMA}],
        "messages": [{"role": "user", "content": "Weather?"}],
    }
    response = connect(local_bedrock).invoke_model_with_response_stream(
        modelId=CHATS["claude"][0], body=json.dumps(request)
    )
    chunks = [json.loads(event["chunk"]["bytes"]) for event in response["body"]]
    pieces = [c["delta"]["partial_json"] for c in chunks if c["type"] == "content_block_delta"]
    assert len(pieces) > 1
    assert json.loads("".join(pieces)) == {"city": "city"}


def test_mistral_and_cohere_call_tools_in_their_own_way(local_bedrock):
    function = {"name": "weather", "description": "", "parameters": TOOL_SCHEMA}
    answer = call(
        local_bedrock,
        "InvokeModel",
        {
            "messages": [{"role": "user", "content": "Weather?"}],
            "tools": [{"type": "function", "function": function}],
        },
        modelId="mistral.mistral-large-2407-v1:0",
    )
    (choice,) = answer.json["choices"]
    (tool,) = choice["message"]["tool_calls"]
    assert choice["stop_reason"] == "tool_calls"
    assert json.loads(tool["function"]["arguments"]) == {"city": "city"}
    definitions = {
        "city": {"type": "str", "required": True},
        "days": {"type": "int"},
        "grid": {"type": "List[List[float]]"},
    }
    answer = call(
        local_bedrock,
        "InvokeModel",
        {
            "message": "Weather?",
            "tools": [{"name": "weather", "parameter_definitions": definitions}],
        },
        modelId="cohere.command-r-plus-v1:0",
    )
    assert answer.json["tool_calls"] == [
        {"name": "weather", "parameters": {"city": "city", "days": 1, "grid": [[1.5]]}}
    ]


def test_command_streams_only_if_its_body_says_so_too(local_bedrock):
    response = connect(local_bedrock).invoke_model_with_response_stream(
        modelId="cohere.command-text-v14", body=json.dumps({"prompt": TEXT})
    )
    (chunk,) = [json.loads(event["chunk"]["bytes"]) for event in response["body"]]
    assert command(chunk) == ("COMPLETE", 3)


def test_a_guardrails_result_is_in_the_body(local_bedrock):
    client = connect(local_bedrock)

    def ask(text):
        response = client.invoke_model(
            modelId="amazon.titan-text-express-v1",
            body=json.dumps({"inputText": text}),
            guardrailIdentifier="abc",
            guardrailVersion="1",
            trace="ENABLED",
        )
        return json.loads(response["body"].read())

    assert ask("hello")["amazon-bedrock-guardrailAction"] == "NONE"
    blocked = ask("forbidden")
    assert blocked["amazon-bedrock-guardrailAction"] == "INTERVENED"
    assert blocked["results"][0]["outputText"] == "Sorry, the model cannot answer this question."
    assert "wordPolicy" in blocked["amazon-bedrock-trace"]["guardrail"]["inputAssessment"]["abc"]


def embed(server, text, **options):
    answer = call(
        server,
        "InvokeModel",
        {"inputText": text, **options},
        modelId="amazon.titan-embed-text-v2:0",
    )
    return answer.json


def cosine(left, right):
    return sum(x * y for x, y in zip(left, right, strict=True))


@pytest.mark.parametrize("dimensions", [256, 512, 1024])
def test_titan_embeds_in_three_sizes(local_bedrock, dimensions):
    answer = embed(local_bedrock, "a cat", dimensions=dimensions)
    vector = answer["embedding"]
    assert len(vector) == dimensions
    assert math.isclose(cosine(vector, vector), 1, abs_tol=1e-5)
    assert answer["inputTextTokenCount"] == 2
    assert answer["embeddingsByType"] == {"float": vector}
    assert embed(local_bedrock, "a cat", dimensions=dimensions)["embedding"] == vector


def test_titan_embeds_with_other_options(local_bedrock):
    loose = embed(local_bedrock, "a cat", normalize=False)["embedding"]
    assert cosine(loose, loose) > 1.5
    binary = embed(local_bedrock, "a cat", embeddingTypes=["binary"])
    assert "embedding" not in binary
    assert set(binary["embeddingsByType"]["binary"]) == {0, 1}


def test_similar_texts_are_closer_than_different_ones(local_bedrock):
    texts = [
        "The quick brown fox jumps over the lazy dog",
        "A quick brown fox jumped over a lazy dog",
        "Central banks raised interest rates again in March",
    ]
    first, similar, different = (embed(local_bedrock, text)["embedding"] for text in texts)
    assert cosine(first, similar) > 0.5 > 0.3 > cosine(first, different)


def test_cohere_embeds_many_texts_in_many_types(local_bedrock):
    def ask(**options):
        body = {"texts": ["a cat", "a dog"], "input_type": "search_document", **options}
        return call(local_bedrock, "InvokeModel", body, modelId="cohere.embed-multilingual-v3").json

    plain = ask()
    assert plain["response_type"] == "embeddings_floats"
    assert [len(vector) for vector in plain["embeddings"]] == [1024, 1024]
    assert plain["texts"] == ["a cat", "a dog"]
    typed = ask(embedding_types=["float", "int8", "uint8", "binary", "ubinary"])
    assert typed["response_type"] == "embeddings_by_type"
    embeddings = typed["embeddings"]
    assert embeddings["float"] == plain["embeddings"]
    ranges = {"int8": (-128, 127), "uint8": (0, 255), "binary": (-128, 127), "ubinary": (0, 255)}
    for kind, (low, high) in ranges.items():
        values = embeddings[kind][0]
        assert len(values) == (1024 if "int8" in kind else 128)
        assert low <= min(values) < max(values) <= high


def read_png(data: bytes) -> tuple[int, int, bytes]:
    """Width, height and pixel rows of a PNG; verifies every checksum."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert zlib.crc32(kind + body) == checksum
        chunks[kind] = body
        at += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    return width, height, zlib.decompress(chunks[b"IDAT"])


def test_canvas_paints_valid_pngs_of_the_requested_size(local_bedrock):
    request = {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": "a cat"},
        "imageGenerationConfig": {"width": 1280, "height": 720, "numberOfImages": 2},
    }
    answer = call(local_bedrock, "InvokeModel", request, modelId="amazon.nova-canvas-v1:0")
    first, second = (base64.b64decode(image) for image in answer.json["images"])
    for image in (first, second):
        width, height, rows = read_png(image)
        assert (width, height, len(rows)) == (1280, 720, 720 * (1 + 1280 // 8))
    assert first != second
    again = call(local_bedrock, "InvokeModel", request, modelId="amazon.nova-canvas-v1:0")
    assert again.json == answer.json


@pytest.mark.parametrize(
    "model", ["amazon.titan-embed-text-v2:0", "cohere.embed-english-v3", "amazon.nova-canvas-v1:0"]
)
def test_streaming_a_model_that_cannot_stream_is_an_error(local_bedrock, model):
    client = connect(local_bedrock)
    with pytest.raises(client.exceptions.ValidationException, match="unsupported for streaming"):
        client.invoke_model_with_response_stream(modelId=model, body="{}")
