"""Compares a call made with boto3 to the same call made with another client.

A :class:`ClientAndServer` is a client with a scripted server of its own. ``ClientAndServer.call``
returns the :class:`Outcome` of one call: what was sent, the response with streams and bodies read
to their end, or what was raised. :func:`disagreement` says how two outcomes differ.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

import boto3
import botocore
from botocore.config import Config
from botocore.model import OperationModel

import reference
from comparison import difference
from scripted_server import Reply, Request, Server, in_order

# Headers of signature, retries, credentials and connection, which are not compared.
UNCOMPARED = {
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "host",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
}
# The modules of the exceptions that programs catch.
CAUGHT = ("botocore.exceptions", "botocore.parsers", "botocore.eventstream")

SETTINGS: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "AKIDEXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}

_PLAIN = (dict, list, str, bytes, int, float, datetime, type(None))

TOKEN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SIGNED = re.compile("SignedHeaders=([^,]*)")


# Exceptions that escape botocore's parser for malformed responses. The other client must raise
# ResponseParserError instead.
ESCAPING = {
    "AttributeError",
    "Error",
    "KeyError",
    "OverflowError",
    "RecursionError",
    "RuntimeError",
    "TypeError",
    "UnicodeDecodeError",
    "ValueError",
}


class Raised(dict):
    """A description of an exception, in place of a result."""


class Drained(dict):
    """The ``events`` of a stream, and its ``end``: None or what was raised."""


REFUSED = Raised(raised="ResponseParserError")


@dataclass(frozen=True)
class Outcome:
    """One call: its requests in a comparable form, and its result or what was raised."""

    requests: list[dict[str, Any]]
    result: Any


class Boto3:
    """Drives boto3, the reference. Subclasses drive other clients."""

    def __init__(self, endpoint_url: str, config: dict[str, Any], service: str) -> None:
        self.service = service
        self.client = self.create(endpoint_url, config)

    def create(self, endpoint_url: str, config: dict[str, Any]) -> Any:
        return boto3.session.Session().client(
            self.service, endpoint_url=endpoint_url, config=Config(**config), **SETTINGS
        )

    def call(self, operation: str, params: dict[str, Any]) -> Any:
        """The response, with its stream or body replaced by all that can be read from it."""
        response = getattr(self.client, botocore.xform_name(operation))(**params)
        for name, value in response.items():
            if hasattr(value, "read"):
                response[name] = _caught(value.read)
            elif not isinstance(value, _PLAIN):
                response[name] = _drained(value)
        return response

    def close(self) -> None:
        self.client.close()


class Boto3InUtc(Boto3):
    """boto3 in place of the client under test, with timestamps in UTC, as they are expected."""

    def call(self, operation: str, params: dict[str, Any]) -> Any:
        return _in_utc(super().call(operation, params))


class InPlace(Boto3InUtc):
    """Drives boto3 with ``fastbedrock.install()`` in effect, which it is not for the reference."""

    def call(self, operation: str, params: dict[str, Any]) -> Any:
        import fastbedrock

        with fastbedrock.install():
            result = super().call(operation, params)
            assert fastbedrock.installed(self.client), fastbedrock.installed(self.client)
            return result


class Sync(Boto3):
    """Drives fastbedrock's synchronous client."""

    def create(self, endpoint_url: str, config: dict[str, Any]) -> Any:
        import fastbedrock

        return fastbedrock.client(
            self.service,
            endpoint_url=endpoint_url,
            config=fastbedrock.Config(**config),
            **SETTINGS,
        )


class Async(Boto3):
    """Drives fastbedrock's asynchronous client, on a loop of its own."""

    def create(self, endpoint_url: str, config: dict[str, Any]) -> Any:
        import fastbedrock

        self.loop = asyncio.new_event_loop()
        return fastbedrock.async_client(
            self.service,
            endpoint_url=endpoint_url,
            config=fastbedrock.Config(**config),
            **SETTINGS,
        )

    def call(self, operation: str, params: dict[str, Any]) -> Any:
        return self.loop.run_until_complete(self._call(operation, params))

    async def _call(self, operation: str, params: dict[str, Any]) -> Any:
        response = await getattr(self.client, botocore.xform_name(operation))(**params)
        for name, value in response.items():
            if hasattr(value, "read"):
                try:
                    response[name] = await value.read()
                except Exception as error:
                    response[name] = raised(error)
            elif hasattr(value, "__aiter__"):
                events: list[Any] = []
                response[name] = Drained(events=events, end=None)
                try:
                    async for event in value:
                        events.append(event)
                except Exception as error:
                    response[name]["end"] = raised(error)
        return response

    def close(self) -> None:
        self.loop.run_until_complete(self.client.close())
        self.loop.close()


class ClientAndServer:
    """A client and the server that it talks to. Closed by the ``with`` statement.

    ``config`` holds options of ``botocore.config.Config``; without any there is one attempt.
    """

    def __init__(
        self, driver: type[Boto3], service: str = "bedrock-runtime", **config: Any
    ) -> None:
        retries = {"mode": "standard", "total_max_attempts": 1}
        self.server = Server(in_order(Reply()))
        self.driver = driver(
            self.server.url,
            {"retries": retries, "connect_timeout": 5, "read_timeout": 10, **config},
            service,
        )

    def call(self, operation: str, params: dict[str, Any], *replies: Reply) -> Outcome:
        """Make a call, to which the server sends these replies in order."""
        return self.observe(lambda: self.driver.call(operation, params), *replies)

    def observe(self, act: Callable[[], Any], *replies: Reply) -> Outcome:
        """Call a function that uses the client, with these replies to its requests."""
        self.server.play(*replies or (Reply(),))
        result = _caught(act)
        return Outcome([_compared(request) for request in self.server.requests], result)

    def close(self) -> None:
        self.driver.close()
        self.server.close()

    def __enter__(self) -> ClientAndServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def disagreement(expected: Outcome, actual: Outcome) -> str | None:
    """How ``actual`` differs from ``expected``, or None if they are equal."""
    return difference(vars(expected), vars(actual))


class Pair:
    """The reference and a client under test, each with its own server."""

    def __init__(
        self, candidate: type[Boto3], service: str = "bedrock-runtime", **config: Any
    ) -> None:
        self.service = service
        self.reference = ClientAndServer(Boto3, service, **config)
        self.candidate = ClientAndServer(candidate, service, **config)

    def agree(self, operation: str, params: Any, *replies: Reply, note: str = "") -> Any:
        """Assert that both outcomes are equal; returns the reference's result.

        If an internal exception escapes the reference's parser, or the reference reads broken JSON
        as an empty response, the other client must raise ResponseParserError. ``params`` is a dict,
        or a function that makes a new dict for each client.
        """
        make = params if callable(params) else lambda: params
        expected = self.reference.call(operation, make(), *replies)
        actual = self.candidate.call(operation, make(), *replies)
        if type(self.candidate.driver) is not Boto3InUtc and expected.requests:
            model = reference.operation(operation, self.service)
            if replies and _is_broken_json(model, replies[-1]):
                expected = replace(expected, result=REFUSED)
            expected, actual = _with_refusals(expected, actual)
        found = disagreement(expected, actual)
        assert found is None, f"{note} {found}"
        return expected.result

    def close(self) -> None:
        self.reference.close()
        self.candidate.close()

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_broken_json(model: OperationModel, reply: Reply) -> bool:
    if reply.status >= 300 or model.has_streaming_output or model.has_event_stream_output:
        return False
    try:
        json.loads(reply.body.decode() or "{}")
    except ValueError:
        return True
    except RecursionError:
        # The reference lets this exception escape as well.
        return False
    return False


def _with_refusals(expected: Outcome, actual: Outcome) -> tuple[Outcome, Outcome]:
    """Both outcomes; where the reference's parser fails, errors are reduced to their class."""
    wanted, found = expected.result, actual.result
    if wanted is REFUSED or (isinstance(wanted, Raised) and wanted["raised"] in ESCAPING):
        return replace(expected, result=REFUSED), replace(actual, result=_class_alone(found))
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in wanted.items():
            end = value["end"] if isinstance(value, Drained) else None
            if end and end["raised"] in ESCAPING and isinstance(found.get(name), Drained):
                wanted[name] = Drained(value, end=REFUSED)
                found[name] = Drained(found[name], end=_class_alone(found[name]["end"]))
    return expected, actual


def _class_alone(result: Any) -> Any:
    return Raised(raised=result["raised"]) if isinstance(result, Raised) else result


def raised(error: BaseException) -> Raised:
    """What a program can see of an exception. Ports are removed from the text, and the reason
    that the text of a failed connection has here."""
    text, reason = str(error), getattr(error, "kwargs", {}).get("error")
    if "Connect" in type(error).__name__ and isinstance(reason, str):
        text = text.removesuffix(f": {reason}")
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        # With status 300, boto3's response contains an event stream that cannot be read.
        response = {name: value for name, value in response.items() if isinstance(value, _PLAIN)}
    bases = {base.__name__ for base in type(error).__mro__ if base.__module__ in CAUGHT}
    return Raised(
        {
            "raised": type(error).__name__,
            "text": re.sub(r"127\.0\.0\.1:\d+", "endpoint", text),
            "response": response,
            "operation_name": getattr(error, "operation_name", None),
            "caught as": sorted(bases),
        }
    )


def _in_utc(value: Any) -> Any:
    if isinstance(value, dict):
        return type(value)((key, _in_utc(each)) for key, each in value.items())
    if isinstance(value, list):
        return [_in_utc(each) for each in value]
    if isinstance(value, datetime):
        known = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return known.astimezone(timezone.utc)
    return value


def _caught(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return raised(error)


def _drained(stream: Any) -> Drained:
    events: list[Any] = []

    def read() -> None:
        for event in stream:
            events.append(event)

    return Drained(events=events, end=_caught(read))


def _compared(request: Request) -> dict[str, Any]:
    """A request without the parts that differ from call to call, with its JSON body parsed."""
    headers = sorted(
        (name.lower(), TOKEN.sub("<token>", value))
        for name, value in request.headers
        if name.lower() not in UNCOMPARED
    )
    try:
        body: Any = json.loads(TOKEN.sub("<token>", request.body.decode()))
        # JSON may contain any white space, so its length may differ.
        headers = [pair for pair in headers if pair[0] != "content-length"]
    except ValueError:
        body = request.body
    signed = SIGNED.search(request.header("Authorization") or "")
    return {
        "method": request.method,
        "target": TOKEN.sub("<token>", request.target),
        "headers": headers,
        "signed": signed and signed[1],
        "body": body,
    }
