"""deepeval: its Bedrock model, which makes an aiobotocore client for each call, and a metric."""

from __future__ import annotations

import asyncio
import os
from typing import Any

# Before the package: no telemetry, no file, no second attempt of its own.
os.environ.update(
    DEEPEVAL_TELEMETRY_OPT_OUT="1",
    DEEPEVAL_FILE_SYSTEM="READ_ONLY",
    DEEPEVAL_RETRY_MAX_ATTEMPTS="1",
)

from botocore.exceptions import ClientError
from deepeval.metrics import GEval
from deepeval.models import AmazonBedrockModel
from deepeval.test_case import LLMTestCase, SingleTurnParams
from pydantic import BaseModel
from tenacity import RetryError

from jobs import (
    CHAT_MODEL,
    FASTBEDROCK,
    UNKNOWN_MODEL,
    Clients,
    aborted_within,
    arrived,
    configure,
    job,
)

WITHOUT = {"stream, tools, embeddings": "none"}


class City(BaseModel):
    name: str


def bedrock(clients: Clients, name: str = CHAT_MODEL) -> AmazonBedrockModel:
    model = AmazonBedrockModel(
        name,
        region="us-east-1",
        cost_per_input_token=1e-6,
        cost_per_output_token=5e-6,
        generation_kwargs={"temperature": 0.5},
    )
    if clients.mode == FASTBEDROCK:
        model._session = clients.session()
    return model


@job("chat")
def chat(clients: Clients) -> Any:
    model = bedrock(clients)
    return model.generate("Good morning!"), model.generate('{"name": "Oslo"}', schema=City)


@job("metric")
def metric(clients: Clients) -> Any:
    verdict = '{"score": 7, "reason": "It is mostly right.", "steps": ["Compare."]}'
    configure(replies=verdict)
    correctness = GEval(
        name="Correctness",
        criteria="Is the actual output right?",
        evaluation_params=[SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT],
        model=bedrock(clients),
    )
    case = LLMTestCase(input="What is 2 + 2?", actual_output="4")
    return correctness.measure(case, _show_indicator=False), correctness.reason


@job("errors")
def errors(clients: Clients) -> Any:
    try:
        bedrock(clients, UNKNOWN_MODEL).generate("Good morning!")
    except ClientError as error:
        return error, error.operation_name


@job("async chat")
async def async_chat(clients: Clients) -> Any:
    return await bedrock(clients).a_generate("Good morning!")


@job("async retries")
async def async_retries(clients: Clients) -> Any:
    # The client's own, in mode adaptive, in place of the package's.
    os.environ["DEEPEVAL_SDK_RETRY_PROVIDERS"] = '["bedrock"]'
    configure(faults=[{"fault": "error", "code": "ThrottlingException", "times": 2}])
    try:
        return await bedrock(clients).a_generate("Good morning!")
    finally:
        del os.environ["DEEPEVAL_SDK_RETRY_PROVIDERS"]


@job("async errors")
async def async_errors(clients: Clients) -> Any:
    made: list[Any] = []
    for code in ("ThrottlingException", "AccessDeniedException", "ModelTimeoutException"):
        configure(faults=[{"fault": "error", "code": code}])
        try:
            await bedrock(clients).a_generate("Good morning!")
        except (ClientError, RetryError) as error:
            made.append(error)
    return made


@job("async cancellation")
async def async_cancellation(clients: Clients) -> Any:
    model = bedrock(clients)
    configure(first_token_seconds=5)
    call = asyncio.create_task(model.a_generate("Good morning!"))
    await arrived(1)
    call.cancel()
    made: list[Any] = list(await asyncio.gather(call, return_exceptions=True))
    made.append(await asyncio.to_thread(aborted_within, 5))
    configure(first_token_seconds=0)
    made.append(await model.a_generate("And now?"))
    return made
