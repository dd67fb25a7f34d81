"""Waits without delays, and everything that a caller and a server can see of one."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
from types import SimpleNamespace
from typing import Any

import botocore.waiter
import pytest

import fastbedrock._asyncio.waiter
import fastbedrock.waiter
from differential import ClientAndServer, raised
from programs import DEADLINE
from scripted_server import Reply


def reply(http: int = 200, code: str | None = None, **body: Any) -> Reply:
    headers = [("Content-Type", "application/json")]
    if code is not None:
        headers.append(("x-amzn-ErrorType", code))
    return Reply(http, tuple(headers), json.dumps(body).encode())


def wait(waiter: Any, params: dict[str, Any], loop: Any) -> Any:
    """Wait without delays; returns how the wait ended, and the delays that it asked for."""
    delays: list[Any] = []

    async def sleep(delay: Any) -> None:
        delays.append(delay)

    with pytest.MonkeyPatch.context() as patch:
        for module in (botocore.waiter, fastbedrock.waiter):
            patch.setattr(module, "time", SimpleNamespace(sleep=delays.append))
        patch.setattr(fastbedrock._asyncio.waiter, "asyncio", SimpleNamespace(sleep=sleep))
        try:
            end = waiter.wait(**copy.deepcopy(params))
            if inspect.iscoroutine(end):
                end = loop.run_until_complete(asyncio.wait_for(end, DEADLINE))
        except Exception as error:
            end = raised(error)
            if isinstance(error, botocore.exceptions.WaiterError):
                end.update(kwargs=error.kwargs, last_response=plain(error.last_response))
    return end, delays


def plain(response: dict[str, Any]) -> dict[str, Any]:
    """The response with timestamps as text in UTC."""
    return json.loads(json.dumps(response, default=lambda value: value.timestamp()))


def observed(
    side: ClientAndServer, make: Any, params: dict[str, Any], *replies: Reply
) -> dict[str, Any]:
    """Everything that a caller and a server can see of a wait."""
    side.server.play(*replies)
    end, delays = wait(make(side), params, getattr(side.driver, "loop", None))
    requests = [(request.method, request.target) for request in side.server.requests]
    return {"end": end, "delays": delays, "requests": requests}


def assert_alike(sides: Any, make: Any, params: dict[str, Any], *replies: Reply) -> dict[str, Any]:
    expected, *found = (observed(side, make, params, *replies) for side in sides)
    for each in found:
        assert each == expected, (params, replies)
    return expected
