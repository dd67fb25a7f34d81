"""langchain-aws on fastbedrock's asynchronous client, without threads.

    pip install fastbedrock greenlet langchain-aws

``ChatBedrockConverse`` makes the request and reads the response in ``_generate`` and ``_stream``,
with a call of a synchronous client in the middle. Its asynchronous methods run both in threads,
whose number limits how many calls are in flight, and which go on after a call is cancelled. The
classes here run the same functions in a greenlet on the thread of the event loop. Where these call
the client, the greenlet hands a coroutine to the task, which awaits it. Cancelling the task closes
the connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from greenlet import getcurrent, greenlet
from langchain_aws import BedrockEmbeddings, ChatBedrockConverse
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

_END = object()


class NativeChatBedrockConverse(ChatBedrockConverse):
    """``ChatBedrockConverse`` whose asynchronous methods await ``async_client``.

    The synchronous methods use ``client``, as ever.
    """

    #: ``fastbedrock.async_client("bedrock-runtime")``
    async_client: Any = Field(exclude=True)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await _run(self._native()._generate, messages, stop, **kwargs)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        chunks = self._native()._stream(messages, stop, **kwargs)
        try:
            while (chunk := await _run(next, chunks, _END)) is not _END:
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        finally:
            chunks.close()

    def _native(self) -> ChatBedrockConverse:
        return self.model_copy(update={"client": _Client(self.async_client)})


class NativeBedrockEmbeddings(BedrockEmbeddings):
    """``BedrockEmbeddings`` whose asynchronous methods for texts await ``async_client``."""

    #: ``fastbedrock.async_client("bedrock-runtime")``
    async_client: Any = Field(exclude=True)

    async def aembed_query(self, text: str) -> list[float]:
        return await _run(self._native().embed_query, text)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        if self._inferred_provider == "cohere":
            # One request for many texts.
            return await _run(self._native().embed_documents, texts)
        return await super().aembed_documents(texts)

    def _native(self) -> BedrockEmbeddings:
        return self.model_copy(update={"client": _Client(self.async_client)})


async def _run(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the function returns. It may call :func:`_wait`, in the caller's task and context."""
    worker = greenlet(function)
    worker.gr_context = getcurrent().gr_context
    value = worker.switch(*args, **kwargs)
    while not worker.dead:
        try:
            result = await value
        except BaseException as error:
            # A cancellation, too: it is raised where the function waits.
            value = worker.throw(error)
        else:
            value = worker.switch(result)
    return value


def _wait(awaitable: Awaitable[Any]) -> Any:
    """The result of what the task awaits for a function in :func:`_run`."""
    return getcurrent().parent.switch(awaitable)


class _Client:
    """An asynchronous client with synchronous methods, for functions in :func:`_run`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def converse(self, **parameters: Any) -> Any:
        return _wait(self._client.converse(**parameters))

    def converse_stream(self, **parameters: Any) -> Any:
        response = _wait(self._client.converse_stream(**parameters))
        return {**response, "stream": _Events(response["stream"])}

    def invoke_model(self, **parameters: Any) -> Any:
        response = _wait(self._client.invoke_model(**parameters))
        return {**response, "body": _Body(response["body"])}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class _Events:
    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._events = aiter(stream)

    def __iter__(self) -> _Events:
        return self

    def __next__(self) -> Any:
        try:
            return _wait(anext(self._events))
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        self._stream.close()


class _Body:
    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self) -> bytes:
        return _wait(self._body.read())
