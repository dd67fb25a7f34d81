"""pydantic-ai's BedrockConverseModel on fastbedrock's asynchronous client, without threads.

    pip install fastbedrock "pydantic-ai-slim[bedrock]"

    await_async_clients()
    provider = BedrockProvider(bedrock_client=fastbedrock.async_client("bedrock-runtime"))
    model = BedrockConverseModel("amazon.nova-lite-v1:0", provider=provider)

The model runs each call, and each step to the next event of a stream, in one of anyio's 40 threads.
It has no method for this that a subclass could override: two names of its module and one method are
replaced. If the client is asynchronous, they await it in the task. Everything else is as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_ai.models import bedrock

_call_in_thread = bedrock._call_bedrock
_events_by_threads = bedrock._AsyncIteratorWrapper
_close_in_thread = bedrock.BedrockStreamedResponse.close_stream


def await_async_clients() -> None:
    """From now on, models whose provider has an asynchronous client await it."""
    bedrock._call_bedrock = _call
    bedrock._AsyncIteratorWrapper = _events
    bedrock.BedrockStreamedResponse.close_stream = _close_stream


async def _call(
    client: Any, method: Any, parameters: Mapping[str, Any], headers: dict[str, str] | None
) -> Any:
    if not hasattr(client, "__aenter__"):
        return await _call_in_thread(client, method, parameters, headers)
    if not headers:
        return await method(**parameters)
    # Handlers of the client's events, which take the headers from a context variable.
    bedrock._register_extra_headers(client)
    state = bedrock._ExtraHeadersState(id(client), dict(headers))
    token = bedrock._extra_headers_var.set(state)
    try:
        return await method(**parameters)
    finally:
        bedrock._extra_headers_var.reset(token)


def _events(stream: Any) -> Any:
    return aiter(stream) if hasattr(stream, "__aiter__") else _events_by_threads(stream)


async def _close_stream(response: Any) -> None:
    if hasattr(response._event_stream, "__aiter__"):
        response._event_stream.close()
    else:
        await _close_in_thread(response)
