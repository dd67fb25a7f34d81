"""The jobs of packages that watch clients: the calls that programs make, and what was recorded.

A module in ``packages`` tells how its package begins to watch and where it keeps its records. All
of them do the same jobs. In the first, the client has been made, and has called, before the package
begins; in the others it is made afterwards.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import jobs
from jobs import CHAT_MODEL, EMBEDDING_MODEL, IN_PLACE, UNKNOWN_MODEL, Clients

MESSAGES = [{"role": "user", "content": [{"text": "Good morning!"}]}]
HELLO = {
    "modelId": CHAT_MODEL,
    "messages": MESSAGES,
    "system": [{"text": "Be kind."}],
    "inferenceConfig": {"maxTokens": 64, "temperature": 0.5, "topP": 0.9},
}
INVALID = {**HELLO, "inferenceConfig": {"maxTokens": "many"}}
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "weather",
                "description": "The weather in a city.",
                "inputSchema": {
                    "json": {"type": "object", "properties": {"city": {"type": "string"}}}
                },
            }
        }
    ]
}
QUESTION = {"role": "user", "content": [{"text": "How is the weather?"}]}
# One body of each family of models, since packages read them: chats and embeddings.
CHATS = {
    CHAT_MODEL: {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 64,
        "temperature": 0.5,
        "messages": [{"role": "user", "content": "Good morning!"}],
    },
    "amazon.nova-lite-v1:0": {"messages": MESSAGES, "inferenceConfig": {"maxTokens": 64}},
    "meta.llama3-8b-instruct-v1:0": {"prompt": "Good morning!", "max_gen_len": 64},
}
EMBEDDINGS = {
    EMBEDDING_MODEL: {"inputText": "a cat on a mat"},
    "cohere.embed-english-v3": {"texts": ["a cat on a mat"], "input_type": "search_query"},
}


def register(
    begin: Callable[[], object],
    take: Callable[[], Any],
    *,
    within: Callable[[], Any] = contextlib.nullcontext,
    asynchronous: bool = False,
    unseen: Sequence[str] = (),
) -> None:
    """Registers the jobs.

    Arguments:
        begin: lets the package watch all clients.
        take: the package's records since the last call, as plain data without what varies.
        within: makes the context in which a job calls, e.g. a transaction.
        asynchronous: whether the package watches aiobotocore's clients too.
        unseen: jobs of which the package records nothing.
    """
    has_begun = False
    # Whether there may be no records: some packages watch only clients that are made later.
    may_be_unseen = True

    def call(calls: Callable[[Any], Any], client: Any) -> Any:
        nothing = take() and take()
        with within():
            made = calls(client)
        return {"made": made, "recorded": taken(nothing)}

    async def call_async(calls: Callable[[Any], Any], client: Any) -> Any:
        nothing = take() and take()
        with within():
            made = await calls(client)
        return {"made": made, "recorded": taken(nothing)}

    def taken(nothing: Any) -> Any:
        recorded = take()
        # Equal in all modes, but a comparison of nothing.
        assert recorded != nothing or may_be_unseen, "the package has recorded nothing"
        return recorded

    def watch() -> None:
        nonlocal has_begun, may_be_unseen
        may_be_unseen = not has_begun
        if not has_begun:
            begin()
            has_begun = True

    @jobs.job("chat")
    def chat(clients: Clients) -> Any:
        client = clients.client()
        client.converse(**HELLO)
        watch()
        return call(_chat, client)

    def add(name: str, calls: Callable[[Any], Any]) -> None:
        @jobs.job(name)
        def run(clients: Clients) -> Any:
            nonlocal may_be_unseen
            watch()
            may_be_unseen = may_be_unseen or name in unseen
            return call(calls, clients.client())

    def add_async(name: str, calls: Callable[[Any], Any]) -> None:
        @jobs.job(f"async {name}")
        async def run(clients: Clients) -> Any:
            watch()
            async with clients.async_client() as client:
                return await call_async(calls, client)

    for name, calls in _CALLS.items():
        add(name, calls)

    @jobs.job("retries")
    def retries(clients: Clients) -> Any:
        watch()
        throttled = {"fault": "error", "code": "ThrottlingException", "status": 429, "calls": [1]}
        jobs.configure(faults=[throttled])
        return call(_chat, clients.client())

    @jobs.job("installed later")
    def installed_later(clients: Clients) -> Any:
        watch()
        if clients.mode == IN_PLACE:
            import fastbedrock

            fastbedrock.uninstall()
            fastbedrock.install()
        return call(_chat, clients.client())

    if asynchronous:
        for name, calls in _ASYNC_CALLS.items():
            add_async(name, calls)


def _chat(client: Any) -> Any:
    return _content(client.converse(**HELLO))


def _stream(client: Any) -> Any:
    return list(client.converse_stream(**HELLO)["stream"])


def _cancellation(client: Any) -> Any:
    stream = client.converse_stream(**HELLO)["stream"]
    events = iter(stream)
    seen = [next(events), next(events)]
    stream.close()
    return seen


def _tools(client: Any) -> Any:
    made = []
    conversation = [QUESTION]
    for _ in range(2):
        response = client.converse(modelId=CHAT_MODEL, messages=conversation, toolConfig=TOOLS)
        made.append(_content(response))
        conversation = _continued(conversation, response)
    made.append(
        list(
            client.converse_stream(modelId=CHAT_MODEL, messages=[QUESTION], toolConfig=TOOLS)[
                "stream"
            ]
        )
    )
    return made


def _invoke_model(client: Any) -> Any:
    return [
        json.loads(client.invoke_model(modelId=model, body=json.dumps(body))["body"].read())
        for model, body in CHATS.items()
    ]


def _invoke_model_stream(client: Any) -> Any:
    return [
        [
            json.loads(event["chunk"]["bytes"])
            for event in client.invoke_model_with_response_stream(
                modelId=model, body=json.dumps(body)
            )["body"]
        ]
        for model, body in CHATS.items()
    ]


def _embeddings(client: Any) -> Any:
    return [
        json.loads(client.invoke_model(modelId=model, body=json.dumps(body))["body"].read())
        for model, body in EMBEDDINGS.items()
    ]


def _errors(client: Any) -> Any:
    body = json.dumps(CHATS[CHAT_MODEL])
    unknown = {**HELLO, "modelId": UNKNOWN_MODEL}
    return [
        _error(client.converse, **unknown),
        _error(client.converse_stream, **unknown),
        _error(client.invoke_model, modelId=UNKNOWN_MODEL, body=body),
        _error(client.invoke_model_with_response_stream, modelId=UNKNOWN_MODEL, body=body),
        _error(client.converse, **INVALID),
    ]


def _error(method: Callable[..., Any], **params: Any) -> Any:
    try:
        return method(**params)
    except Exception as error:
        return _about(error)


async def _async_chat(client: Any) -> Any:
    return _content(await client.converse(**HELLO))


async def _async_stream(client: Any) -> Any:
    return [event async for event in (await client.converse_stream(**HELLO))["stream"]]


async def _async_tools(client: Any) -> Any:
    made = []
    conversation = [QUESTION]
    for _ in range(2):
        response = await client.converse(
            modelId=CHAT_MODEL, messages=conversation, toolConfig=TOOLS
        )
        made.append(_content(response))
        conversation = _continued(conversation, response)
    return made


async def _async_invoke_model(client: Any) -> Any:
    made = []
    for model, body in CHATS.items():
        response = await client.invoke_model(modelId=model, body=json.dumps(body))
        made.append(json.loads(await response["body"].read()))
    return made


async def _async_invoke_model_stream(client: Any) -> Any:
    made = []
    for model, body in CHATS.items():
        response = await client.invoke_model_with_response_stream(
            modelId=model, body=json.dumps(body)
        )
        made.append([json.loads(event["chunk"]["bytes"]) async for event in response["body"]])
    return made


async def _async_embeddings(client: Any) -> Any:
    made = []
    for model, body in EMBEDDINGS.items():
        response = await client.invoke_model(modelId=model, body=json.dumps(body))
        made.append(json.loads(await response["body"].read()))
    return made


async def _async_errors(client: Any) -> Any:
    made = []
    unknown = {**HELLO, "modelId": UNKNOWN_MODEL}
    for method, params in (
        (client.converse, unknown),
        (client.converse_stream, unknown),
        (client.converse, INVALID),
    ):
        try:
            made.append(await method(**params))
        except Exception as error:
            made.append(_about(error))
    return made


def _content(response: Any) -> Any:
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def _continued(conversation: list[Any], response: Any) -> list[Any]:
    """The conversation with the model's message and the results of the tools that it uses."""
    message = response["output"]["message"]
    results = [
        {
            "toolResult": {
                "toolUseId": block["toolUse"]["toolUseId"],
                "content": [{"text": "Rain."}],
            }
        }
        for block in message["content"]
        if "toolUse" in block
    ]
    return [*conversation, message, {"role": "user", "content": results}]


def _about(error: Exception) -> Any:
    return {"class": type(error).__name__, "text": str(error)}


_CALLS: dict[str, Callable[[Any], Any]] = {
    "stream": _stream,
    "cancellation": _cancellation,
    "tools": _tools,
    "invoke_model": _invoke_model,
    "invoke_model stream": _invoke_model_stream,
    "embeddings": _embeddings,
    "errors": _errors,
}
_ASYNC_CALLS: dict[str, Callable[[Any], Any]] = {
    "chat": _async_chat,
    "stream": _async_stream,
    "tools": _async_tools,
    "invoke_model": _async_invoke_model,
    "invoke_model stream": _async_invoke_model_stream,
    "embeddings": _async_embeddings,
    "errors": _async_errors,
}
