"""Clients of every service of a local Bedrock: boto3's and fastbedrock's, called in one way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.model import OperationModel

import fastbedrock
from fastbedrock.local import LocalBedrock
from local_requests import check
from programs import DEADLINE

each_client = pytest.mark.parametrize("kind", ["boto3", "sync", "async"])


class ServiceClient:
    """A client that is called with AWS's names: ``client("ListGuardrails", maxResults=1)``.

    Streams in responses are read to their end.
    """

    def __init__(self, kind: str, server: LocalBedrock, service: str) -> None:
        options: dict[str, Any] = {"endpoint_url": server.endpoint_url, **server.credentials}
        retries = {"total_max_attempts": 1, "mode": "standard"}
        self._loop = asyncio.new_event_loop() if kind == "async" else None
        if kind == "boto3":
            config = Config(retries=retries, parameter_validation=False)
            self.client = boto3.client(service, config=config, **options)
            self.client.meta.events.register("before-parse.*.*", _check_body)
        else:
            make = fastbedrock.client if kind == "sync" else fastbedrock.async_client
            self.client = make(service, config=fastbedrock.Config(retries=retries), **options)

    def __call__(self, operation: str, **parameters: Any) -> Any:
        answer = getattr(self.client, xform_name(operation))(**parameters)
        return self._read(answer) if self._loop is None else self._wait(self._read_async(answer))

    def pages(self, operation: str, **parameters: Any) -> list[Any]:
        """Every page of a list."""
        pages = self.client.get_paginator(xform_name(operation)).paginate(**parameters)
        if self._loop is None:
            return list(pages)

        async def read() -> list[Any]:
            return [page async for page in pages]

        return self._wait(read())

    def _wait(self, coroutine: Any) -> Any:
        assert self._loop is not None
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, DEADLINE))

    def _read(self, answer: Any) -> Any:
        for name, value in answer.items():
            if hasattr(value, "read"):
                answer[name] = value.read()
            elif hasattr(value, "close"):
                answer[name] = list(value)
        return answer

    async def _read_async(self, answer: Any) -> Any:
        answer = await answer
        for name, value in answer.items():
            if hasattr(value, "read"):
                answer[name] = await value.read()
            elif hasattr(value, "__aiter__"):
                answer[name] = [event async for event in value]
        return answer

    def close(self) -> None:
        closing = self.client.close()
        if self._loop is not None:
            self._wait(closing)
            self._loop.close()


@contextmanager
def service_client(kind: str, server: LocalBedrock, service: str) -> Iterator[ServiceClient]:
    client = ServiceClient(kind, server, service)
    try:
        yield client
    finally:
        client.close()


def _check_body(operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
    """Raise AssertionError if a successful JSON response violates the service model."""
    output = operation_model.output_shape
    streams = operation_model.has_streaming_output or operation_model.has_event_stream_output
    if output is None or response_dict["status_code"] >= 300 or streams:
        return
    assert response_dict["status_code"] == operation_model.http.get("responseCode", 200)
    payload = output.serialization.get("payload")
    if payload is not None:
        check(output.members[payload], json.loads(response_dict["body"]))
        return
    in_body = {
        name: member
        for name, member in output.members.items()
        if "location" not in member.serialization
    }
    body = json.loads(response_dict["body"] or "{}")
    assert set(body) <= set(in_body)
    assert {name for name in output.required_members if name in in_body} <= set(body)
    for name, value in body.items():
        check(in_body[name], value, name)
