"""smolagents: an AmazonBedrockModel with a client, alone and in agents that use tools."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from smolagents import (
    AgentGenerationError,
    AmazonBedrockModel,
    ChatMessage,
    CodeAgent,
    ToolCallingAgent,
    tool,
)
from smolagents.models import MessageRole

from jobs import CHAT_MODEL, UNKNOWN_MODEL, Clients, caught, configure, job

WITHOUT = {
    "stream": "its Bedrock model has none",
    "embeddings": "it has none",
    "cancellation": "a call is one request",
}


class Model(AmazonBedrockModel):
    """Puts right that smolagents 1.26.0 reads a key which no answer of Converse has.

    With boto3, too, every chat would end in a KeyError.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        call = self.retryer

        def with_key(*arguments: Any, **options: Any) -> Any:
            response = call(*arguments, **options)
            response["output"]["message"].setdefault("tool_calls", None)
            return response

        self.retryer = with_key


def model(clients: Clients, model: str = CHAT_MODEL, **arguments: Any) -> Model:
    return Model(model, client=clients.client(), **arguments)


QUESTION = [ChatMessage(MessageRole.USER, [{"type": "text", "text": "Good morning!"}])]


@tool
def weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: Its name.
    """
    return f"Rain in {city}."


def made(agent: Any, answer: Any) -> Any:
    # A step has its times, too.
    parts = ("tool_calls", "observations", "code_action", "action_output", "token_usage")
    return answer, [
        {part: getattr(step, part, None) for part in parts} for step in agent.memory.steps
    ]


@job("chat")
def chat(clients: Clients) -> Any:
    return model(clients, inferenceConfig={"maxTokens": 20}).generate(QUESTION)


@job("tools")
def tools(clients: Clients) -> Any:
    configure(
        replies=[
            'Thought: ask.\n<code>\nreport = weather("Oslo")\nprint(report)\n</code>',
            "<code>\nfinal_answer(report)\n</code>",
        ]
    )
    agent = CodeAgent(tools=[weather], model=model(clients), verbosity_level=0)
    return made(agent, agent.run("How is the weather in Oslo?"))


@job("errors")
def errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    with caught(ClientError, errors):
        model(clients, UNKNOWN_MODEL).generate(QUESTION)
    configure(faults=[{"fault": "error", "code": "AccessDeniedException"}])
    with caught(ClientError, errors):
        model(clients).generate(QUESTION)
    # Its ToolCallingAgent hands over parameters that Converse does not have, with boto3, too.
    agent = ToolCallingAgent(tools=[weather], model=model(clients), verbosity_level=0)
    with caught(AgentGenerationError, errors):
        agent.run("How is the weather?")
    return errors
