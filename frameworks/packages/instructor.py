"""instructor: from_bedrock, which takes a client and has an asynchronous face over it."""

from __future__ import annotations

import asyncio
from typing import Any

import instructor
from instructor.core import InstructorRetryException
from pydantic import BaseModel, field_validator

from jobs import CHAT_MODEL, UNKNOWN_MODEL, Clients, caught, configure, job

WITHOUT = {
    "stream": "it has none for Bedrock",
    "embeddings": "it has none",
    "cancellation": "a call is one request",
}

QUESTION = [{"role": "user", "content": "Ann is 42."}]


class Person(BaseModel):
    """A person of whom the text speaks."""

    name: str
    age: int

    @field_validator("name")
    @classmethod
    def begins_with_a_capital(cls, name: str) -> str:
        if not name[:1].isupper():
            raise ValueError("a name begins with a capital letter")
        return name


# The package rejects the first answer and asks again.
ANSWERS = [
    {"toolUse": {"name": "Person", "input": {"name": "ann", "age": 42}}},
    {"toolUse": {"name": "Person", "input": {"name": "Ann", "age": 42}}},
]


@job("chat")
def chat(clients: Clients) -> Any:
    configure(replies='{"name": "Ann", "age": 42}')
    model = instructor.from_bedrock(clients.client(), mode=instructor.Mode.MD_JSON)
    return model.create_with_completion(
        modelId=CHAT_MODEL, messages=QUESTION, response_model=Person, temperature=0.5
    )


@job("tools")
def tools(clients: Clients) -> Any:
    configure(replies=ANSWERS)
    model = instructor.from_bedrock(clients.client())
    return model.create_with_completion(
        modelId=CHAT_MODEL, messages=QUESTION, response_model=Person, max_retries=2
    )


@job("errors")
def errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    model = instructor.from_bedrock(clients.client())
    with caught(InstructorRetryException, errors):
        model.create(modelId=UNKNOWN_MODEL, messages=QUESTION, response_model=Person)
    # An argument that the service does not have.
    with caught(InstructorRetryException, errors):
        model.create(modelId=CHAT_MODEL, messages=QUESTION, response_model=Person, seed=1)
    configure(replies="No tool today.")
    with caught(InstructorRetryException, errors):
        model.create(modelId=CHAT_MODEL, messages=QUESTION, response_model=Person, max_retries=2)
    return errors


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    configure(replies='{"name": "Ann", "age": 42}')
    model = instructor.from_bedrock(
        clients.client(), mode=instructor.Mode.MD_JSON, async_client=True
    )
    create = model.create_with_completion
    return await asyncio.gather(
        *(create(modelId=CHAT_MODEL, messages=QUESTION, response_model=Person) for _ in range(3))
    )


@job("async tools")
async def async_tools(clients: Clients) -> Any:
    configure(replies=ANSWERS)
    model = instructor.from_bedrock(clients.client(), async_client=True)
    return await model.create_with_completion(
        modelId=CHAT_MODEL, messages=QUESTION, response_model=Person, max_retries=2
    )


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    errors: list[BaseException] = []
    model = instructor.from_bedrock(clients.client(), async_client=True)
    with caught(InstructorRetryException, errors):
        await model.create(modelId=UNKNOWN_MODEL, messages=QUESTION, response_model=Person)
    return errors
