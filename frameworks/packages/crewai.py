"""crewai: its Bedrock LLM, whose clients are private, alone and in a crew that uses a tool."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from typing import Any

# Before the package is imported: it would report its use, and write into the home directory.
os.environ["CREWAI_DISABLE_TELEMETRY"] = os.environ["OTEL_SDK_DISABLED"] = "true"
os.environ["CREWAI_TRACING_ENABLED"] = "false"
os.environ["CREWAI_STORAGE_DIR"] = tempfile.mkdtemp(prefix="crewai-")

from botocore.config import Config
from crewai import LLM, Agent, Crew, Task
from crewai.events import LLMStreamChunkEvent, crewai_event_bus
from crewai.rag.embeddings.factory import build_embedder
from crewai.tools import tool
from pydantic import BaseModel

from jobs import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    FASTBEDROCK,
    UNKNOWN_MODEL,
    Clients,
    aborted_within,
    arrived,
    caught,
    configure,
    job,
)

WITHOUT = {
    "cancellation": "a call returns when it is complete",
    "async embeddings": "they have no asynchronous face",
}


def llm(clients: Clients, model: str = CHAT_MODEL, **options: Any) -> Any:
    made = LLM(f"bedrock/{model}", **options)
    if clients.mode == FASTBEDROCK:
        # The package's own settings.
        retries = {"max_attempts": 3, "mode": "adaptive"}
        config = Config(read_timeout=300, retries=retries, tcp_keepalive=True)
        made._client = clients.client(config=config)
    return made


@contextlib.asynccontextmanager
async def async_llm(clients: Clients, *arguments: Any, **options: Any) -> AsyncIterator[Any]:
    made = llm(clients, *arguments, **options)
    # The package makes a client of aiobotocore, and leaves it open.
    async with made._async_exit_stack as stack:
        if clients.mode == FASTBEDROCK:
            made._async_client = await stack.enter_async_context(clients.async_client())
            made._async_client_initialized = True
        yield made


class Person(BaseModel):
    """A person of whom the text speaks."""

    name: str
    age: int


@tool("weather")
def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


def crew(model: Any) -> Crew:
    agent = Agent(role="forecaster", goal="to warn", backstory="Ann.", llm=model, tools=[weather])
    task = Task(description="How is the weather?", expected_output="a sentence", agent=agent)
    return Crew(agents=[agent], tasks=[task])


def made(output: Any) -> Any:
    return output.raw, output.token_usage


@contextlib.contextmanager
def chunks(into: list[str]) -> Any:
    with crewai_event_bus.scoped_handlers():

        @crewai_event_bus.on(LLMStreamChunkEvent)
        def keep(source: Any, event: LLMStreamChunkEvent) -> None:
            into.append(event.chunk)

        yield
        crewai_event_bus.flush()


@job("chat")
def chat(clients: Clients) -> Any:
    model = llm(clients, max_tokens=50, temperature=0.5)
    return model.call("Good morning!"), model.get_token_usage_summary()


@job("stream")
def stream(clients: Clients) -> Any:
    seen: list[str] = []
    with chunks(seen):
        answer = llm(clients, stream=True).call("Tell me about the sea.")
    # Its bus hands events to threads.
    return answer, sorted(seen)


@job("tools")
def tools(clients: Clients) -> Any:
    parameters = weather.args_schema.model_json_schema()
    function = {"name": "weather", "description": "The weather.", "parameters": parameters}
    streamed = llm(clients, stream=True).call(
        "How is the weather?",
        tools=[{"type": "function", "function": function}],
        available_functions={"weather": weather.run},
    )
    return made(crew(llm(clients)).kickoff()), streamed


@job("structured output")
def structured_output(clients: Clients) -> Any:
    return llm(clients).call("Ann is 42.", response_model=Person)


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    config = {"model_name": EMBEDDING_MODEL, "session": clients.session()}
    embed = build_embedder({"provider": "amazon-bedrock", "config": config})
    return [list(map(float, vector)) for vector in embed(["a cat on a mat", "interest rates"])]


@job("errors")
def errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    with caught(Exception, errors):
        llm(clients, UNKNOWN_MODEL).call("Good morning!")
    with caught(Exception, errors):
        llm(clients, UNKNOWN_MODEL, stream=True).call("Good morning!")
    configure(faults=[{"fault": "exception_frame", "after": 2, "code": "throttlingException"}])
    with caught(Exception, errors):
        llm(clients, stream=True).call("Good morning!")
    configure(faults=[{"fault": "error", "code": "ThrottlingException", "retry_after_ms": 1}])
    with caught(Exception, errors):
        llm(clients).call("Good morning!")
    return errors


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    async with async_llm(clients) as model:
        return await model.acall("Good morning!")


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    seen: list[str] = []
    async with async_llm(clients, stream=True) as model:
        with chunks(seen):
            answer = await model.acall("Tell me about the sea.")
    return answer, sorted(seen)


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    # Its agents call the synchronous client, in threads.
    async with async_llm(clients) as model:
        return made(await crew(model).akickoff())


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    async with async_llm(clients, UNKNOWN_MODEL) as model:
        with caught(Exception, errors):
            await model.acall("Good morning!")
    configure(faults=[{"fault": "exception_frame", "after": 2, "code": "throttlingException"}])
    async with async_llm(clients, stream=True) as model:
        with caught(Exception, errors):
            await model.acall("Good morning!")
    return errors


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=20)
    errors: list[BaseException] = []
    for number, streaming in enumerate((False, True), 1):
        async with async_llm(clients, stream=streaming) as model:
            call = asyncio.create_task(model.acall("one two three four five six"))
            await arrived(number)
            call.cancel()
            with caught(asyncio.CancelledError, errors):
                await call
    left = await asyncio.to_thread(aborted_within, 5, 2)
    configure(tokens_per_second=None)
    async with async_llm(clients, stream=True) as model:
        return left, errors, await model.acall("Are you there?")
