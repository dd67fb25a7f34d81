"""Retries are boto3's, attempt by attempt.

Each case is one call by a new client to a scripted server, made by boto3, by both faces of
fastbedrock, and by boto3 accelerated in place. boto3's sleeps are skipped. fastbedrock's waits are
real, so the cases run concurrently and few have long waits. The Rust tests prove how long the waits
are.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import socket
import subprocess
import sys
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest import mock

import boto3
import botocore.parsers
import pytest
from botocore.config import Config

import fastbedrock
from forks import needs_fork
from repository import ROOT

# The longest time that a test waits for anything, in seconds.
DEADLINE = 60
READ_TIMEOUT = 45
SHORT_TIMEOUT = 0.25
DATE = ("Date", "Tue, 14 Jul 2026 23:59:30 GMT")


@dataclass(frozen=True)
class Step:
    """What the server does with one request: respond, close the connection, or stay silent."""

    status: int = 200
    code: str | None = None
    body: bytes = b'{"message": "m"}'
    headers: tuple[tuple[str, str], ...] = ()
    instead: str = ""

    def message(self) -> bytes:
        headers = [DATE, ("Connection", "close"), ("Content-Length", str(len(self.body)))]
        if self.code is not None:
            headers.append(("x-amzn-errortype", self.code))
        lines = [f"{name}: {value}\r\n" for name, value in (*headers, *self.headers)]
        return f"HTTP/1.1 {self.status} Scripted\r\n{''.join(lines)}\r\n".encode() + self.body

    def __str__(self) -> str:
        return self.instead or f"{self.status}-{self.code or self.body.decode('latin-1')[:20]}"


OK = Step()
CLOSE = Step(instead="close")
SILENCE = Step(instead="silence")


class Server:
    """Serves each model ID by its own script, one request per connection."""

    def __init__(self) -> None:
        self.scripts: dict[str, Iterator[Step]] = {}
        self.requests: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(DEADLINE)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as reader:
            if not (line := reader.readline()):
                return
            model = line.split(b"/")[2].decode()
            headers: dict[str, str] = {}
            while (line := reader.readline()).strip():
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            reader.read(int(headers["content-length"]))
            self.requests[model].append(headers)
            step = next(self.scripts[model], CLOSE)
            if step is SILENCE:
                reader.read(1)  # until the client closes
            elif step is not CLOSE:
                connection.sendall(step.message())


@dataclass(frozen=True)
class Case:
    """One call, or several calls by one client, with the steps that each call's attempts meet."""

    mode: str
    total_max_attempts: int | None
    calls: tuple[tuple[Step, ...], ...]
    operation: str = "converse"

    def __str__(self) -> str:
        attempts = self.total_max_attempts or "default"
        met = "+".join(map(str, self.calls[0])) + ("..." if len(self.calls) > 1 else "")
        return f"{self.operation}-{self.mode}-{attempts}-{met}"

    def retries(self) -> dict[str, Any]:
        retries: dict[str, Any] = {"mode": self.mode}
        if self.total_max_attempts is not None:
            retries["total_max_attempts"] = self.total_max_attempts
        return retries


Make = Callable[..., Any]
Result = list[dict[str, Any]]

PARAMS: dict[str, dict[str, Any]] = {
    "converse": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]},
    "invoke_model": {"body": b"{}"},
    "converse_stream": {},
}
# What boto3 raises if the body of an error is malformed: a difference on purpose.
MALFORMED = (
    AttributeError,
    TypeError,
    UnicodeDecodeError,
    fastbedrock.exceptions.ResponseParserError,
    botocore.parsers.ResponseParserError,
)
FACTS = ("HTTPStatusCode", "RetryAttempts", "MaxAttemptsReached", "RetryQuotaReached")


def client(make: Make, url: str, config: Any) -> Any:
    return make(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=config,
    )


class OnEventLoop:
    """An asynchronous client with the interface of a synchronous one; all share one loop."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._client = fastbedrock.async_client(*arguments, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**params: Any) -> Any:
            coroutine = getattr(self._client, name)(**params)
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop()).result(DEADLINE)

        return call

    @staticmethod
    @functools.cache
    def _loop() -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        return loop


SESSION = boto3.Session()


def make_in_place(*arguments: Any, **options: Any) -> Any:
    bedrock = SESSION.client(*arguments, **options)
    assert fastbedrock.installed(bedrock)
    return bedrock


FACES: dict[str, Make] = {"sync": fastbedrock.client, "async": OnEventLoop}
each_face = pytest.mark.parametrize("face", FACES)


def one_call(bedrock: Any, operation: str, model: str) -> dict[str, Any]:
    """What the caller can see of one call, without the parts that differ from run to run."""
    seen: dict[str, Any] = {"raised": None, "text": None}
    try:
        response = getattr(bedrock, operation)(modelId=model, **PARAMS[operation])
    except Exception as error:
        if isinstance(error, MALFORMED):
            return {"raised": "ResponseParserError"}
        seen["raised"] = type(error).__name__
        text = re.sub(r"127\.0\.0\.1:\d+", "server", str(error))
        seen["text"] = text.replace(model, "model")
        response = getattr(error, "response", None) or {}
        seen["error"] = response.get("Error")
    else:
        seen["answer"] = sorted(response)
    metadata = response.get("ResponseMetadata", {})
    seen["facts"] = {name: metadata[name] for name in FACTS if name in metadata}
    return seen


def play(case: Case, bedrock: Any, server: Server, name: str) -> Result:
    """Make the case's calls; returns, for each, what the caller and the server saw."""
    seen = []
    for index, steps in enumerate(case.calls):
        model = f"{name}.{index}"
        server.scripts[model] = iter(steps)
        outcome = one_call(bedrock, case.operation, model)
        requests = server.requests[model]
        outcome["requests"] = [headers["amz-sdk-request"] for headers in requests]
        ids = {headers["amz-sdk-invocation-id"] for headers in requests}
        outcome["invocations"] = len(ids), [uuid.UUID(each).version for each in ids]
        seen.append(outcome)
    return seen


def once(mode: str, attempts: int | None, *steps: Step, operation: str = "converse") -> Case:
    return Case(mode, attempts, (steps,), operation)


TRANSIENT = (
    *(Step(status) for status in (500, 502, 503, 504)),
    Step(500, "InternalServerException"),
    Step(503, "ServiceUnavailableException:http://internal.amazon.com/"),
    Step(429, "ModelNotReadyException"),
    Step(400, "RequestTimeout"),
    Step(408, "com.amazonaws#RequestTimeoutException"),
    Step(503, body=b""),
    Step(502, body=b"<html>bad gateway</html>"),
    Step(504, body=b"gateway timeout"),
    Step(500, body=b'{"code": 5}'),
    CLOSE,
)
THROTTLING = (
    Step(429),
    Step(429, "ThrottlingException"),
    Step(400, "ThrottlingException"),
    Step(503, "ThrottlingException"),
    Step(429, "ServiceQuotaExceededException"),
    Step(429, body=b"<html>too many requests</html>"),
    Step(400, body=b'{"__type": "com.amazonaws#Throttling", "message": "m"}'),
    *(
        Step(400, code)
        for code in (
            "ThrottledException",
            "RequestThrottledException",
            "TooManyRequestsException",
            "ProvisionedThroughputExceededException",
            "TransactionInProgressException",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "LimitExceededException",
            "RequestThrottled",
            "SlowDown",
            "PriorRequestNotComplete",
            "EC2ThrottledException",
        )
    ),
)
FINAL = (
    Step(300),
    Step(301),
    Step(400, "ValidationException"),
    Step(400, body=b"no JSON"),
    Step(403, "AccessDeniedException"),
    Step(404, "ResourceNotFoundException"),
    Step(408, "ModelTimeoutException"),
    Step(424, "ModelErrorException"),
    Step(429, "ValidationException"),
    Step(501),
    Step(505, body=b"<html>no</html>"),
    Step(509),
    Step(500, body=b"[]"),
    Step(503, body=b'{"__type": 5}'),
    Step(503, body=b"\xff"),
)
ERRORS = (*TRANSIENT, *THROTTLING, *FINAL)

CASES = [
    *(once("standard", None, step, step, step, OK) for step in (*TRANSIENT, *FINAL)),
    *(once("standard", None, step, step, OK) for step in TRANSIENT),
    *(once("standard", 2, step, OK) for step in THROTTLING),
    *(once("standard", 2, step, step, OK) for step in THROTTLING),
    *(once("standard", 1, step) for step in (OK, *TRANSIENT, *THROTTLING[:2], *FINAL[:4])),
    *(once("standard", 5, step, step, step, step, OK) for step in (Step(500), CLOSE)),
    once("standard", None, THROTTLING[0], THROTTLING[0], THROTTLING[0], OK),
    once("standard", None, Step(503), THROTTLING[1], OK),
    once("standard", None, CLOSE, Step(400, "ValidationException"), OK),
    once("standard", 2, Step(503, headers=(("x-amz-retry-after", "300"),)), OK),
    once("standard", 2, Step(503, headers=(("x-amz-retry-after", "soon"),)), OK),
    *(once("legacy", 2, step, OK) for step in ERRORS),
    *(once("legacy", 2, step, step, OK) for step in ERRORS),
    *(once("legacy", 1, step) for step in (OK, Step(500), Step(429), FINAL[2], CLOSE)),
    once("legacy", None, *[Step(500)] * 5, OK),
    once("legacy", None, Step(500), CLOSE, Step(400, "ThrottlingException"), OK),
    *(once("adaptive", None, step, step, step, OK) for step in (Step(500), CLOSE, FINAL[2])),
    once("adaptive", 2, Step(429, "ThrottlingException"), OK),
    *(
        once(mode, 2, *steps, OK, operation=operation)
        for operation in ("invoke_model", "converse_stream")
        for mode in ("standard", "legacy")
        for steps in ((), (Step(503),), (Step(503),) * 2)
    ),
    # An outage exhausts the quota that a client's calls share; successes refill it.
    Case(
        "standard",
        None,
        (
            *[(Step(500), Step(500), Step(500))] * 18,
            (Step(500), OK),
            (Step(400, "ThrottlingException"), Step(400, "ThrottlingException"), OK),
            *[(OK,)] * 20,
            (Step(500), OK),
            (Step(500), Step(500), OK),
        ),
    ),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="module")
def played(server: Server) -> dict[str, list[Result]]:
    """The results of all cases with boto3 and with each face, made before any is compared."""

    def play_all(side: str, make: Make) -> list[Result]:
        with ThreadPoolExecutor(48) as pool:
            started = []
            for number, case in enumerate(CASES):
                config = Config(retries=case.retries(), read_timeout=READ_TIMEOUT)
                bedrock = client(make, server.url, config)
                started.append(pool.submit(play, case, bedrock, server, f"{side}.{number}"))
            return [future.result(DEADLINE) for future in started]

    with mock.patch("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None)):
        expected = play_all("boto3", boto3.Session().client)
    found = {face: play_all(face, make) for face, make in FACES.items()}
    with fastbedrock.install():
        found["in_place"] = play_all("in_place", make_in_place)
    return {"boto3": expected, **found}


@pytest.mark.parametrize("face", [*FACES, "in_place"])
@pytest.mark.parametrize("number", range(len(CASES)), ids=map(str, CASES))
def test_attempts_are_the_same(number: int, face: str, played: dict[str, list[Result]]) -> None:
    assert played[face][number] == played["boto3"][number]


@each_face
@pytest.mark.parametrize("mode", ["standard", "legacy"])
def test_a_port_without_a_listener_is_the_same(mode: str, face: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        config = Config(retries={"mode": mode, "total_max_attempts": 2})
        results = [
            one_call(client(make, url, config), "converse", "m")
            for make in (boto3.Session().client, FACES[face])
        ]
    expected, found = results
    assert expected["raised"] == "EndpointConnectionError"
    # A difference on purpose: the reason stands behind boto3's text.
    reason = ": Connection refused (os error 111)"
    assert found == {**expected, "text": expected["text"] + reason}


@each_face
@pytest.mark.parametrize("mode", ["standard", "legacy"])
def test_read_timeouts_are_retried_only_on_request(mode: str, face: str, server: Server) -> None:
    """boto3 always tries again, and each attempt may be billed: a difference on purpose."""

    def attempts(name: str, make: Make, config: Any) -> list[str]:
        case = once(mode, 2, SILENCE, SILENCE, OK)
        [outcome] = play(case, client(make, server.url, config), server, f"{name}-{mode}-{face}")
        assert outcome["raised"] == "ReadTimeoutError"
        requests: list[str] = outcome["requests"]
        return requests

    settings: dict[str, Any] = {
        "retries": {"mode": mode, "total_max_attempts": 2},
        "read_timeout": SHORT_TIMEOUT,
    }
    expected = attempts("boto3", boto3.Session().client, Config(**settings))
    assert len(expected) == 2
    bold = fastbedrock.Config(**settings, retry_read_timeout=True)
    assert attempts("bold", FACES[face], bold) == expected
    careful = fastbedrock.Config(**settings)
    assert attempts("careful", FACES[face], careful) == expected[:1]


FORKS = """
import os, sys
import fastbedrock
bedrock = fastbedrock.client(
    "bedrock-runtime", region_name="us-east-1", endpoint_url=sys.argv[1],
    aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret",
)
bedrock.converse(modelId="forks")
children = []
for _ in range(2):
    if not (child := os.fork()):
        bedrock.converse(modelId="forks")
        os._exit(0)
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] for child in children))
"""


@needs_fork
def test_forks_share_no_randomness(server: Server) -> None:
    server.scripts["forks"] = iter([OK] * 3)
    command = [sys.executable, "-c", FORKS, server.url]
    subprocess.run(command, check=True, timeout=DEADLINE)
    ids = {headers["amz-sdk-invocation-id"] for headers in server.requests["forks"]}
    assert len(ids) == 3


def test_the_reference_of_the_rust_tests_is_current() -> None:
    tool = ROOT / "tools" / "record_retry_reference.py"
    subprocess.run([sys.executable, tool, "--check"], check=True, timeout=DEADLINE)
