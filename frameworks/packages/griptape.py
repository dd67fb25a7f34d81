"""griptape: its prompt, embedding and rerank drivers, which take a client, and an agent."""

from __future__ import annotations

import logging
from typing import Any

from botocore.exceptions import ClientError
from griptape.artifacts import ImageArtifact, TextArtifact
from griptape.common import PromptStack
from griptape.drivers.embedding.amazon_bedrock import AmazonBedrockTitanEmbeddingDriver
from griptape.drivers.prompt.amazon_bedrock import AmazonBedrockPromptDriver
from griptape.drivers.rerank.amazon_bedrock import AmazonBedrockRerankDriver
from griptape.structures import Agent
from griptape.tools import BaseTool
from griptape.utils import Stream
from griptape.utils.decorators import activity
from schema import Schema

from jobs import CHAT_MODEL, EMBEDDING_MODEL, UNKNOWN_MODEL, Clients, configure, job

WITHOUT = {"asynchronous ones": "synchronous only"}

logging.getLogger("griptape").setLevel(logging.CRITICAL)


class Weather(BaseTool):
    @activity(
        config={"description": "The weather in a city", "schema": Schema({"city": str})},
    )
    def forecast(self, params: dict[str, Any]) -> TextArtifact:
        return TextArtifact(f"Rain in {params['values']['city']}.")


def driver(
    clients: Clients, model: str = CHAT_MODEL, **arguments: Any
) -> AmazonBedrockPromptDriver:
    # What takes a client takes a session as well.
    return AmazonBedrockPromptDriver(
        model=model, session=clients.session(), max_attempts=1, **arguments
    )


def agent(prompt_driver: AmazonBedrockPromptDriver, **arguments: Any) -> Agent:
    return Agent(prompt_driver=prompt_driver, **arguments)


@job("chat")
def chat(clients: Clients) -> Any:
    friend = agent(driver(clients))
    first = friend.run("Good morning!").output
    # The second request has the conversation.
    return first.to_text(), friend.run("How are you?").output.to_text()


@job("image")
def image(clients: Clients) -> Any:
    picture = ImageArtifact(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", format="gif", width=1, height=1)
    return agent(driver(clients)).run([TextArtifact("What is it?"), picture]).output.to_text()


@job("stream")
def stream(clients: Clients) -> Any:
    parts = Stream(agent(driver(clients, stream=True))).run("Tell me about the sea.")
    return [part.to_text() for part in parts]


@job("tools")
def tools(clients: Clients) -> Any:
    made = []
    for streamed in (False, True):
        helper = agent(driver(clients, stream=streamed), tools=[Weather()])
        made.append(helper.run("How is the weather?").output.to_text())
        made.append([subtask.output.to_text() for subtask in helper.task.subtasks])
    return made


@job("embeddings")
def embeddings(clients: Clients) -> Any:
    embedder = AmazonBedrockTitanEmbeddingDriver(model=EMBEDDING_MODEL, client=clients.client())
    return embedder.embed("a cat on a mat"), embedder.embed("interest rates")


@job("rerank")
def rerank(clients: Clients) -> Any:
    ranker = AmazonBedrockRerankDriver(client=clients.client("bedrock-agent-runtime"), top_n=2)
    texts = ["interest rates rose", "the cat on the mat", "a dog"]
    found = ranker.run("a cat on a mat", [TextArtifact(text) for text in texts])
    return ranker.model_arn, [artifact.to_text() for artifact in found]


@job("errors")
def errors(clients: Clients) -> Any:
    broken = driver(clients, UNKNOWN_MODEL)
    try:
        broken.run(PromptStack.from_artifact(TextArtifact("Good morning!")))
    except ClientError as error:
        caught = error.response["Error"]
    # An agent keeps the error as its output.
    output = agent(broken).run("Good morning!").output
    return caught, output.to_text(), output.exception


@job("cancellation")
def cancellation(clients: Clients) -> Any:
    configure(tokens_per_second=50)
    slow = driver(clients, stream=True)
    question = PromptStack.from_artifact(TextArtifact("word " * 100))
    deltas = slow.try_stream(question)
    first = [next(deltas).content, next(deltas).content]
    deltas.close()
    configure(tokens_per_second=None)
    return first, slow.run(PromptStack.from_artifact(TextArtifact("And now?"))).to_text()
