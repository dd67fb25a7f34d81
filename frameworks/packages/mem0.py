"""mem0: a Memory with Bedrock's models. It takes no client: it makes them by ``boto3.client``."""

from __future__ import annotations

import os
import tempfile
from typing import Any
from unittest import mock

# Before the package is imported: it would write into the home directory, and report its use.
os.environ["MEM0_DIR"] = tempfile.mkdtemp(prefix="mem0-")
os.environ["MEM0_TELEMETRY"] = "False"

from mem0 import AsyncMemory, Memory
from mem0.exceptions import LLMError

from jobs import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    OPENAI_TOOLS,
    UNKNOWN_MODEL,
    Clients,
    caught,
    configure,
    job,
)

WITHOUT = {
    "stream": "it has none",
    "cancellation": "a call is one request",
    "async cancellation": "its asynchronous face calls the same clients in threads",
}
MEMORIES = '{"memory": [{"text": "Ann lives in Oslo"}, {"text": "Ann likes rain"}]}'


def memory(clients: Clients, kind: Any = Memory, model: str = CHAT_MODEL) -> Any:
    config = {
        "llm": {"provider": "aws_bedrock", "config": {"model": model}},
        "embedder": {
            "provider": "aws_bedrock",
            "config": {"model": EMBEDDING_MODEL, "embedding_dims": 256},
        },
        "vector_store": {
            "provider": "qdrant",
            "config": {"path": tempfile.mkdtemp(), "embedding_model_dims": 256},
        },
        "history_db_path": ":memory:",
    }
    with mock.patch("boto3.client", clients.client):
        return kind.from_config(config)


def found(result: Any) -> Any:
    return [(each["memory"], each.get("event"), each.get("score")) for each in result["results"]]


@job("chat")
def chat(clients: Clients) -> Any:
    # By Converse, and by InvokeModel.
    models = (CHAT_MODEL, "meta.llama3-8b-instruct-v1:0")
    question = [{"role": "user", "content": "Good morning!"}]
    return [memory(clients, model=each).llm.generate_response(question) for each in models]


@job("tools")
def tools(clients: Clients) -> Any:
    question = [{"role": "user", "content": "How is the weather?"}]
    return memory(clients).llm.generate_response(question, tools=OPENAI_TOOLS)


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    return memory(clients).embedding_model.embed("a cat on a mat")


@job("memories")
def memories(clients: Clients) -> Any:
    configure(replies=MEMORIES)
    kept = memory(clients)
    added = kept.add("I am Ann. I live in Oslo, and like the rain.", user_id="ann")
    searched = kept.search("Where does Ann live?", filters={"user_id": "ann"})
    return found(added), found(searched)


@job("errors")
def errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    question = [{"role": "user", "content": "Good morning!"}]
    with caught(RuntimeError, errors):
        memory(clients, model=UNKNOWN_MODEL).llm.generate_response(question)
    with caught(LLMError, errors):
        memory(clients, model=UNKNOWN_MODEL).add("I am Ann.", user_id="ann")
    kept = memory(clients)
    configure(faults=[{"fault": "error", "code": "AccessDeniedException"}])
    with caught(ValueError, errors):
        kept.embedding_model.embed("a cat on a mat")
    return errors


@job("async memories")
async def async_memories(clients: Clients) -> Any:
    configure(replies=MEMORIES)
    kept = memory(clients, AsyncMemory)
    added = await kept.add("I am Ann. I live in Oslo, and like the rain.", user_id="ann")
    searched = await kept.search("Where does Ann live?", filters={"user_id": "ann"})
    return found(added), found(searched)


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    with caught(LLMError, errors):
        await memory(clients, AsyncMemory, UNKNOWN_MODEL).add("I am Ann.", user_id="ann")
    return errors
