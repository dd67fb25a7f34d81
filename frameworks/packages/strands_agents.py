"""strands: an Agent with a BedrockModel, whose client its session makes."""

from __future__ import annotations

import asyncio
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from pydantic import BaseModel
from strands import Agent, tool
from strands.models import BedrockModel
from strands.types.exceptions import ContextWindowOverflowException, ModelThrottledException

from jobs import CHAT_MODEL, UNKNOWN_MODEL, Clients, arrived, caught, configure, job

WITHOUT = {
    "embeddings": "it has none",
    "cancellation": "its agents run on an event loop, and cancel there",
}
OWN_PATH = {"in place: API key": "the package registers a handler of before-send"}


def agent(clients: Clients, model: str = CHAT_MODEL, **arguments: Any) -> Agent:
    options = arguments.pop("options", {})
    bedrock = BedrockModel(boto_session=clients.session(), model_id=model, **options)
    # No retries: they would wait for 4 seconds and more.
    return Agent(bedrock, callback_handler=None, retry_strategy=None, **arguments)


@tool
def weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: Its name.
    """
    return f"Rain in {city}."


class Person(BaseModel):
    """A person of whom the text speaks."""

    name: str
    age: int


def made(agent: Agent, result: Any) -> Any:
    return result.stop_reason, result.metrics.accumulated_usage, agent.messages


@job("chat")
def chat(clients: Clients) -> Any:
    streamed, whole = agent(clients), agent(clients, options={"streaming": False})
    return [made(each, each("Good morning!")) for each in (streamed, whole)]


@job("stream")
def stream(clients: Clients) -> Any:
    events: list[Any] = []
    talker = agent(clients)
    talker.callback_handler = lambda **event: events.append(event.get("event"))
    return made(talker, talker("Tell me about the sea.")), events


@job("tools")
def tools(clients: Clients) -> Any:
    forecaster = agent(clients, tools=[weather])
    return made(forecaster, forecaster("How is the weather?"))


@job("structured output")
def structured_output(clients: Clients) -> Any:
    return agent(clients)("Ann is 42.", structured_output_model=Person).structured_output


@job("API key")
def api_key(clients: Clients) -> Any:
    # The package puts the key into the request by a handler of before-send.
    talker = agent(clients, options={"api_key": "wrong"})
    errors: list[BaseException] = []
    with caught(ClientError, errors):
        talker("Good morning!")
    return errors


@job("token count")
async def token_count(clients: Clients) -> Any:
    model = agent(clients, options={"use_native_token_count": True}).model
    return await model.count_tokens([{"role": "user", "content": [{"text": "Good morning!"}]}])


@job("errors")
def errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    with caught(ClientError, errors):
        agent(clients, UNKNOWN_MODEL)("Good morning!")
    with caught(ClientError, errors):
        agent(clients, UNKNOWN_MODEL, options={"streaming": False})("Good morning!")
    configure(faults=[{"fault": "error", "code": "ThrottlingException", "retry_after_ms": 1}])
    with caught(ModelThrottledException, errors):
        agent(clients)("Good morning!")
    configure(faults=[{"fault": "exception_frame", "after": 2, "code": "throttlingException"}])
    with caught(ModelThrottledException, errors):
        agent(clients)("Good morning!")
    too_long = "Input is too long for requested model"
    configure(faults=[{"fault": "error", "code": "ValidationException", "message": too_long}])
    with caught(ContextWindowOverflowException, errors):
        # Without the agent, which would shorten the conversation and ask again.
        asyncio.run(consume(agent(clients).model))
    # With settings that users hand over.
    configure(faults=[{"fault": "slow_first_byte", "seconds": 5}])
    impatient = Config(read_timeout=0.5, retries={"max_attempts": 0})
    with caught(ReadTimeoutError, errors):
        agent(clients, options={"boto_client_config": impatient})("Good morning!")
    return errors


async def consume(model: BedrockModel) -> list[Any]:
    messages: Any = [{"role": "user", "content": [{"text": "Good morning!"}]}]
    return [event async for event in model.stream(messages)]


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    talker = agent(clients)
    return made(talker, await talker.invoke_async("Good morning!"))


@job("async stream")
async def async_stream(clients: Clients) -> Any:
    talker = agent(clients)
    events = [event.get("event") async for event in talker.stream_async("Tell me about the sea.")]
    return events, talker.messages


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=20)
    talker = agent(clients)
    answers = []
    # By the package's own switch, after the first words: what it has got by then varies.
    async for event in talker.stream_async("one two three four five six"):
        if "data" in event:
            talker.cancel()
        if "result" in event:
            answers.append(event["result"].stop_reason)
    # By the task.
    task = asyncio.create_task(agent(clients).invoke_async("one two three four"))
    await arrived(2)
    task.cancel()
    errors: list[BaseException] = []
    with caught(asyncio.CancelledError, errors):
        await task
    configure(tokens_per_second=None)
    talker.messages.clear()
    return answers, errors, made(talker, await talker.invoke_async("Are you there?"))
