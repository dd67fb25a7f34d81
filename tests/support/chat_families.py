"""One chat model of each family: a request of InvokeModel, and how to read the responses."""

from __future__ import annotations

TEXT = "one two three"
ANTHROPIC = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100}


def claude(body):
    assert [part["text"] for part in body["content"]] == [TEXT]
    assert body["role"] == "assistant"
    return body["stop_reason"], body["usage"]["output_tokens"]


def claude_chunks(chunks):
    kinds = [chunk["type"] for chunk in chunks]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    text = "".join(c["delta"]["text"] for c in chunks if c["type"] == "content_block_delta")
    return text, chunks[-2]["delta"]["stop_reason"]


def nova(body):
    assert body["output"]["message"] == {"role": "assistant", "content": [{"text": TEXT}]}
    return body["stopReason"], body["usage"]["outputTokens"]


def nova_chunks(chunks):
    deltas = [chunk["contentBlockDelta"] for chunk in chunks if "contentBlockDelta" in chunk]
    stop = next(chunk["messageStop"]["stopReason"] for chunk in chunks if "messageStop" in chunk)
    assert "usage" in chunks[-1]["metadata"]
    return "".join(delta["delta"]["text"] for delta in deltas), stop


def titan(body):
    (result,) = body["results"]
    assert result["outputText"] == TEXT
    return result["completionReason"], result["tokenCount"]


def titan_chunks(chunks):
    assert chunks[0]["inputTextTokenCount"] > 0
    assert all(chunk["inputTextTokenCount"] is None for chunk in chunks[1:])
    return "".join(chunk["outputText"] for chunk in chunks), chunks[-1]["completionReason"]


def llama(body):
    assert body["generation"] == TEXT
    return body["stop_reason"], body["generation_token_count"]


def llama_chunks(chunks):
    assert [chunk["generation_token_count"] for chunk in chunks] == [1, 2, 3]
    return "".join(chunk["generation"] for chunk in chunks), chunks[-1]["stop_reason"]


def mistral(body):
    (output,) = body["outputs"]
    assert output["text"] == TEXT
    return output["stop_reason"], 3


def mistral_chunks(chunks):
    outputs = [chunk["outputs"][0] for chunk in chunks]
    return "".join(output["text"] for output in outputs), outputs[-1]["stop_reason"]


def pixtral(body):
    (choice,) = body["choices"]
    assert choice["message"] == {"role": "assistant", "content": TEXT}
    return choice["finish_reason"], body["usage"]["completion_tokens"]


def pixtral_chunks(chunks):
    choices = [chunk["choices"][0] for chunk in chunks]
    text = "".join(choice["message"]["content"] for choice in choices)
    return text, choices[-1]["finish_reason"]


def command(body):
    (generation,) = body["generations"]
    assert generation["text"] == TEXT
    return generation["finish_reason"], 3


def command_chunks(chunks):
    assert [chunk["is_finished"] for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    return "".join(chunk.get("text", "") for chunk in chunks), chunks[-1]["finish_reason"]


def command_r(body):
    assert body["text"] == TEXT
    assert [turn["role"] for turn in body["chat_history"]] == ["USER", "CHATBOT"]
    return body["finish_reason"], 3


def command_r_chunks(chunks):
    assert chunks[-1]["response"]["text"] == TEXT
    text = "".join(c["text"] for c in chunks if c["event_type"] == "text-generation")
    return text, chunks[-1]["finish_reason"]


# The model, a request, readers of a plain and of a streamed response, and the stop reason.
CHATS = {
    "claude": (
        "anthropic.claude-3-haiku-20240307-v1:0",
        {**ANTHROPIC, "messages": [{"role": "user", "content": TEXT}]},
        claude,
        claude_chunks,
        "end_turn",
    ),
    "nova": (
        "us.amazon.nova-micro-v1:0",
        {"messages": [{"role": "user", "content": [{"text": TEXT}]}]},
        nova,
        nova_chunks,
        "end_turn",
    ),
    "titan": ("amazon.titan-text-express-v1", {"inputText": TEXT}, titan, titan_chunks, "FINISH"),
    "llama": ("meta.llama3-8b-instruct-v1:0", {"prompt": TEXT}, llama, llama_chunks, "stop"),
    "mistral": (
        "mistral.mistral-7b-instruct-v0:2",
        {"prompt": TEXT},
        mistral,
        mistral_chunks,
        "stop",
    ),
    "pixtral": (
        "us.mistral.pixtral-large-2502-v1:0",
        {"messages": [{"role": "user", "content": [{"type": "text", "text": TEXT}]}]},
        pixtral,
        pixtral_chunks,
        "stop",
    ),
    "command": (
        "cohere.command-text-v14",
        {"prompt": TEXT, "stream": True},
        command,
        command_chunks,
        "COMPLETE",
    ),
    "command r": (
        "cohere.command-r-v1:0",
        {"message": TEXT},
        command_r,
        command_r_chunks,
        "COMPLETE",
    ),
}
