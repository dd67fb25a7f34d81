"""Stream a model's answers to a browser while the model writes them, with FastAPI.

    python -m fastbedrock local   # its "export" lines are for the shell of uvicorn
    uvicorn --app-dir examples fastapi_app:app
    curl --no-buffer --json '{"text": "Tell me about the sea."}' http://127.0.0.1:8000/chat

One asynchronous client serves the whole application. If a visitor leaves, the model's stream ends.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

import fastbedrock
from fastbedrock.exceptions import BotoCoreError, ClientError

MODEL = "anthropic.claude-3-5-sonnet-20241022-v2:0"

# Errors that a visitor can do something about. All others become 502, Bad Gateway.
STATUS = {
    "ValidationException": 400,
    "ThrottlingException": 429,
    "ServiceUnavailableException": 503,
    "ModelNotReadyException": 503,
    "ModelTimeoutException": 504,
}


class Question(BaseModel):
    text: str


def parameters(question: Question) -> dict[str, Any]:
    return {
        "modelId": MODEL,
        "messages": [{"role": "user", "content": [{"text": question.text}]}],
    }


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The clients live as long as the application, and all visitors share their connections."""
    with fastbedrock.client("bedrock-runtime") as app.state.blocking:
        async with fastbedrock.async_client("bedrock-runtime") as app.state.bedrock:
            yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(ClientError)
async def refused(request: Request, error: ClientError) -> JSONResponse:
    """The service responded with an error."""
    code = error.response["Error"]["Code"]
    return JSONResponse({"error": code}, STATUS.get(code, 502))


@app.exception_handler(BotoCoreError)
async def unreachable(request: Request, error: BotoCoreError) -> JSONResponse:
    """There was no response: no connection, no credentials, or a timeout."""
    return JSONResponse({"error": type(error).__name__}, 502)


@app.post("/chat")
async def chat(question: Question, request: Request) -> StreamingResponse:
    """The answer as server-sent events, one for each part of the text."""
    # Awaited before our response starts, so that an error here still sets its status.
    response = await request.app.state.bedrock.converse_stream(**parameters(question))
    return StreamingResponse(server_sent_events(response["stream"]), media_type="text/event-stream")


async def server_sent_events(stream: Any) -> AsyncIterator[str]:
    # If the visitor leaves, this generator is cancelled. Leaving the stream aborts its request.
    async with stream:
        try:
            async for event in stream:
                if "contentBlockDelta" in event:
                    text = event["contentBlockDelta"]["delta"].get("text", "")
                    yield f"data: {json.dumps(text)}\n\n"
        except (ClientError, BotoCoreError) as error:
            # The status was sent long ago, so the error becomes an event.
            yield f"event: error\ndata: {json.dumps(type(error).__name__)}\n\n"


@app.post("/tokens")
def tokens(question: Question, request: Request) -> dict[str, int]:
    """The number of tokens in a question. FastAPI runs this in a thread: it is not ``async``."""
    response = request.app.state.blocking.count_tokens(
        modelId=MODEL, input={"converse": {"messages": parameters(question)["messages"]}}
    )
    return {"tokens": response["inputTokens"]}
