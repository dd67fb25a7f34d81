"""What the modules in ``packages`` are written with: jobs, clients, and plain values.

A module registers functions with :func:`job`. Each gets :class:`Clients`, does one thing that users
of its package do, and returns what the package made of it. ``run.py`` runs a module three times,
with boto3's clients, with ours in their place, and with boto3's in place, and compares.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import json
import os
import re
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

#: Model identifiers that the local Bedrock answers.
CHAT_MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
EMBEDDING_MODEL = "amazon.titan-embed-text-v2:0"
#: A model that it does not know: it answers ValidationException.
UNKNOWN_MODEL = "anthropic.no-such-model-v1:0"

#: A tool as OpenAI describes it, which several packages take.
OPENAI_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather in a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]

BOTO3 = "boto3"
FASTBEDROCK = "fastbedrock"
IN_PLACE = "in place"
MODES = (BOTO3, FASTBEDROCK, IN_PLACE)

JOBS: dict[str, Callable[[Clients], Any]] = {}


def job(name: str) -> Callable[[Callable[[Clients], Any]], Callable[[Clients], Any]]:
    """Registers a function, or a coroutine function, as the job ``name`` of its package.

    The names: chat, stream, tools, embeddings, errors, cancellation, each also with "async " before
    it, or "native async " for the recipes. Only the last two may raise an exception with boto3.
    """

    def register(function: Callable[[Clients], Any]) -> Callable[[Clients], Any]:
        assert name not in JOBS, f"two jobs are called {name}"
        JOBS[name] = function
        return function

    return register


class Clients:
    """Clients and sessions of the mode, whose region, keys and endpoint are in the environment."""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def client(self, service: str = "bedrock-runtime", **arguments: Any) -> Any:
        """A synchronous client of boto3 or fastbedrock."""
        return self.session().client(service, **arguments)

    def session(self, **arguments: Any) -> Any:
        """``boto3.Session`` or ``fastbedrock.Session``."""
        if self.mode == FASTBEDROCK:
            import fastbedrock

            return fastbedrock.Session(**arguments)
        import boto3

        return boto3.Session(**arguments)

    @contextlib.asynccontextmanager
    async def async_client(
        self, service: str = "bedrock-runtime", **arguments: Any
    ) -> AsyncIterator[Any]:
        """An asynchronous client of aiobotocore or fastbedrock."""
        if self.mode == FASTBEDROCK:
            import fastbedrock

            async with fastbedrock.async_client(service, **arguments) as client:
                yield client
        else:
            from aiobotocore.session import get_session

            async with get_session().create_client(service, **arguments) as client:
                yield client


def run(name: str, mode: str) -> Any:
    """Runs one job; what it made, or the error that it raised, as plain data."""
    function = JOBS[name]
    try:
        result = function(Clients(mode))
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
    except Exception as error:
        return {"raised": plain(error)}
    return {"made": plain(result)}


# Packages record the server's port by itself.
_PORT = int(os.environ.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", ":-1").rpartition(":")[2])
# Identifiers, times and addresses in texts; the values of keys that are times or random.
_VARYING_TEXT = [
    (re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"model-invocation-job(/|%2F)\w{12}\b"), "<batch>"),
    (re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}"), "<trace>"),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])"), "<id>"),
    (re.compile(r"sample_rand=[0-9.]+"), "sample_rand=<random>"),
    (re.compile(r"\bot=rv:[0-9a-f]+"), "ot=rv:<random>"),
    (re.compile(r"\b\d{16,20}\b"), "<id>"),
    (re.compile(r"tooluse_[\w-]+"), "<tool use>"),
    (re.compile(r"msg_bdrk_\w+"), "<message>"),
    (
        re.compile(r"""(['"](?:latencyMs|firstByteLatency|invocationLatency)['"]: ?)\d+"""),
        r"\1<time>",
    ),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "<time>"),
    (re.compile(r"\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "<time>"),
    # Seconds since 1970, up to 2033.
    (re.compile(r"\b1[78]\d{8}(\.\d+)?\b"), "<time>"),
    (re.compile(r" at 0x[0-9a-f]+"), ""),
    (re.compile(r"(http://)?127\.0\.0\.1:\d+"), "<endpoint>"),
    (re.compile(rf'(port": ?"?){_PORT}\b'), r"\1<port>"),
]
_VARYING_KEYS = {
    "bedrock_latency_ms",
    # Bodies contain latencies, of one or more digits.
    "content-length",
    "firstbytelatency",
    "gen_ai.server.time_to_first_token",
    "invocationlatency",
    "received_at",
    "latencyms",
    "latency_ms",
    "duration",
    "time",
    "created",
    "created_at",
    "timestamp",
    "x-amzn-bedrock-invocation-latency",
    "timetofirstbytems",
}


def plain(value: Any) -> Any:
    """A value as data that JSON holds: the same for two runs that did the same."""
    if value is None or isinstance(value, (bool, int, float)):
        return "<port>" if value == _PORT else value
    if isinstance(value, str):
        for pattern, name in _VARYING_TEXT:
            value = pattern.sub(name, value)
        return value
    if isinstance(value, BaseException):
        parts = {
            "response": getattr(value, "response", None),
            "notes": getattr(value, "__notes__", None),
            "cause": value.__cause__,
        }
        return {
            "class": type(value).__name__,
            "text": plain(str(value)),
            **{name: plain(part) for name, part in parts.items() if part is not None},
        }
    if isinstance(value, Mapping):
        return {
            str(key): "<varies>" if str(key).lower() in _VARYING_KEYS else plain(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(plain, value), key=repr)
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    return plain(repr(value))


@contextlib.contextmanager
def caught(kind: type[BaseException], errors: list[BaseException]) -> Iterator[None]:
    """Appends the error that the block raises to ``errors``; without one, AssertionError."""
    try:
        yield
    except kind as error:
        errors.append(error)
    else:
        raise AssertionError(f"no {kind.__name__}")


def endpoint() -> str:
    """The URL of the local Bedrock, for packages that want to be told."""
    return os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]


def configure(**settings: Any) -> None:
    """Sets settings of the local Bedrock for the rest of this job, such as ``tokens_per_second``.

    docs/local.md lists them.
    """
    request = urllib.request.Request(
        f"{endpoint()}/_local/scenario",
        data=json.dumps(settings).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10):
        pass


def aborted_within(seconds: float, count: int = 1) -> bool:
    """Whether ``count`` calls or streams of this job are left by their clients in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        counters = _counters()
        if counters["requests_aborted"] + counters["streams_aborted"] >= count:
            return True
        time.sleep(0.05)
    return False


async def arrived(count: int) -> None:
    """Waits until ``count`` requests of this job have arrived at the local Bedrock."""
    while _counters()["requests_started"] < count:
        await asyncio.sleep(0.01)


def _counters() -> Any:
    with urllib.request.urlopen(f"{endpoint()}/_local/counters", timeout=10) as response:
        return json.load(response)
