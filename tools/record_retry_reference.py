"""Record botocore's results for the cases of the Rust tests of the retry rules.

    python tools/record_retry_reference.py            # write tests/data/retry_reference.json
    python tools/record_retry_reference.py --check    # exit 1 if the file is not current

Nothing is sent: a hook responds in place of the connection; clocks and sleeps are fakes.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import botocore
import botocore.session
from botocore import exceptions, retryhandler, translate
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.retries import adaptive, bucket, standard, throttling

REFERENCE = Path(__file__).resolve().parent.parent / "tests" / "data" / "retry_reference.json"
DATE = "Tue, 14 Jul 2026 23:59:30 GMT"
# The exceptions that escape from botocore's parser for a malformed response.
RAW = (AttributeError, TypeError, ValueError)
FAILURES = ["ConnectTimeoutError", "EndpointConnectionError", "SSLError", "ProxyConnectionError"]
FAILURES += ["ReadTimeoutError", "ConnectionClosedError", "HTTPClientError"]
SESSION = botocore.session.Session()
SESSION.set_credentials("AKIDEXAMPLE", "secret")

Row = dict[str, Any]


class Body(io.BytesIO):
    """What AWSResponse reads a body from."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def http_response(status: int, headers: list[list[str]], body: str) -> AWSResponse:
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return AWSResponse("http://localhost/", status, joined, Body(body.encode("latin-1")))


def failure(name: str) -> Exception:
    url = "http://localhost/"
    error: Exception = getattr(exceptions, name)(endpoint_url=url, proxy_url=url, error="gone")
    return error


def client(mode: str, total_max_attempts: int | None, service: str = "bedrock-runtime") -> Any:
    retries: dict[str, Any] = {"mode": mode}
    if total_max_attempts is not None:
        retries["total_max_attempts"] = total_max_attempts
    config = Config(retries=retries, read_timeout=45, signature_version="v4")
    return SESSION.create_client(service, region_name="us-east-1", config=config)


@contextmanager
def respond(bedrock: Any, to: Callable[[Any], AWSResponse]) -> Iterator[None]:
    """Let `to` respond to the client's requests."""

    def handler(request: Any, **_: object) -> AWSResponse:
        return to(request)

    bedrock.meta.events.register_first("before-send", handler)
    try:
        yield
    finally:
        bedrock.meta.events.unregister("before-send", handler)


def converse(bedrock: Any) -> Row:
    """The response, or the service error's response."""
    messages = [{"role": "user", "content": [{"text": "Hi"}]}]
    try:
        response: Row = bedrock.converse(modelId="m", messages=messages)
    except exceptions.ClientError as error:
        response = error.response
    return response


def get_status(bedrock: Any) -> Row:
    """The response of a service of the protocol json, or the service error's response."""
    try:
        response: Row = bedrock.get_data_automation_status(invocationArn="arn")
    except exceptions.ClientError as error:
        response = error.response
    return response


def error_codes() -> dict[str, list[Row]]:
    """The codes of error responses, as a whole call through botocore gives them, by protocol."""
    bodies = [
        "",
        " \t\r\n\v\f",
        "<html><body>Service Unavailable</body></html>",
        "\n <html>",
        "<HTML>",
        "<!DOCTYPE html><html></html>",
        "not JSON",
        "\xff\xfe",
        "[]",
        "[ oops",
        "null",
        "5",
        '"text"',
        "{} trailing",
        "{}",
        '{"message": "no code"}',
        '{"message": "\\ud800", "code": "Hidden"}',
        '{"message": %s, "code": "Deep"}' % ("[" * 150 + "]" * 150),
        '{"message": 1e999, "code": "Large"}',
        '{"__type": "ThrottlingException"}',
        '{"__type": "com.amazonaws.bedrock#ThrottlingException:http://x/#y"}',
        '{"__type": "a#b#c"}',
        '{"__type": "a:b#c"}',
        '{"__type": ""}',
        '{"__type": null}',
        '{"__type": 5}',
        '{"__type": true}',
        '{"__type": []}',
        '{"__type": {}}',
        '{"__type": [], "code": "Code"}',
        '{"__type": 5, "code": "Code"}',
        '{"__type": "Type", "code": "Code"}',
        '{"__type": "Type", "Code": "Capital"}',
        '{"code": "lower", "Code": "Capital"}',
        '{"code": null, "Code": "Capital"}',
        '{"Code": null}',
        '{"code": "X#Y:z#q"}',
        '{"code": 42}',
        '{"code": 4.5}',
        '{"code": false}',
        '{"code": []}',
        '{"code": {}}',
        '{"code": "first", "code": "second"}',
        '{"c\\u006fde": "escaped"}',
        '{"code": "ThrottlingException", "message": null}',
        '{"code": "\\u00e9:x"}',
    ]
    header_lists = [
        [["x-amzn-errortype", "X#Y:z#q"]],
        [["X-Amzn-ErrorType", "ValidationException:http://internal.amazon.com/"]],
        [["x-amzn-errortype", ""]],
        [["x-amzn-errortype", "A"], ["x-amzn-errortype", "B"]],
        [["x-amzn-errortype", "\xe9"]],
        [["x-amzn-query-error", "Query;Sender"]],
        [["x-amzn-query-error", "Query"]],
        [["x-amzn-query-error", ";Sender"]],
        [["x-amzn-query-error", "Query;Sender;More"]],
    ]
    cases: list[tuple[int, list[list[str]], str]]
    cases = [(status, [], body) for body in bodies for status in (400, 503)]
    cases += [
        (status, headers, body)
        for headers in header_lists
        for status, body in (
            (400, '{"__type": "T", "code": "C"}'),
            (429, ""),
            (500, "<html>"),
            (424, '{"__type": null}'),
            (404, '{"__type": "T"}'),
            (403, "[]"),
        )
    ]
    rest_json, json = (
        client("standard", 1, service)
        for service in ("bedrock-runtime", "bedrock-data-automation-runtime")
    )
    return {
        "rest-json": [code_of(rest_json, converse, *case) for case in cases],
        "json": [code_of(json, get_status, *case) for case in cases],
    }


def code_of(
    bedrock: Any, make_call: Callable[[Any], Row], status: int, headers: list[list[str]], body: str
) -> Row:
    with respond(bedrock, lambda _: http_response(status, headers, body)):
        try:
            code = make_call(bedrock)["Error"]["Code"]
        except RAW:
            code = "(raises)"
    text = code if isinstance(code, str) else None
    return {"status": status, "headers": headers, "body": body, "code": text}


def causes() -> Row:
    """For each code, a letter per status: T for throttling, R for transient, - for neither.

    In legacy mode R stands for every error that is retried.
    """
    statuses = [301, 400, 401, 403, 404, 408, 409, 424, 428, 429, 499, 500, 501, 502, 503, 504]
    statuses += [505, 507, 509, 511, 520, 529, 599]
    data = SESSION.get_component("data_loader").load_data("_retry")
    retry_config = translate.build_retry_config(
        "bedrock-runtime", data["retry"], data["definitions"]
    )
    operations = SESSION.get_service_model("bedrock-runtime")
    codes = {"", "400", "429", "503", "throttlingException", "RetryableConflictException"}
    codes.update(standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
    codes.update(standard.TransientRetryableChecker._TRANSIENT_ERROR_CODES)
    codes.update(shape.name for shape in operations.error_shapes)
    for definition in data["definitions"].values():
        response = definition["applies_when"].get("response", {})
        codes.add(response.get("service_error_code", "Unknown"))
    conditions = standard.StandardRetryConditions(max_attempts=2)
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    legacy = retryhandler.create_checker_from_retry_config(retry_config)

    def letter(mode: str, operation: str, status: int, code: str | None) -> str:
        parsed = {"Error": {"Code": code}, "ResponseMetadata": {}}
        http = SimpleNamespace(status_code=status, headers={})
        if mode == "legacy":
            return "-R"[bool(legacy(1, (http, parsed), None, None))]
        context = standard.RetryContext(1, operations.operation_model(operation), parsed, http)
        if not conditions.is_retryable(context):
            return "-"
        return "RT"[detector.is_throttling_error_from_context(context)]

    def table(mode: str, operation: str) -> Row:
        return {
            code: "".join(letter(mode, operation, status, code) for status in statuses)
            for code in sorted(codes)
        }

    return {
        "statuses": statuses,
        "standard": {name: table("standard", name) for name in ("Converse", "ApplyGuardrail")},
        "legacy": {"Converse": table("legacy", "Converse")},
    }


def modelled_errors() -> Row:
    """For each error of each service, letters as in :func:`causes`, by an operation that has it."""
    statuses = [400, 424, 429, 500, 503]
    conditions = standard.StandardRetryConditions(max_attempts=2)
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())

    def letter(operation: Any, status: int, code: str) -> str:
        parsed = {"Error": {"Code": code}, "ResponseMetadata": {}}
        http = SimpleNamespace(status_code=status, headers={})
        context = standard.RetryContext(1, operation, parsed, http)
        if not conditions.is_retryable(context):
            return "-"
        return "RT"[detector.is_throttling_error_from_context(context)]

    found: Row = {"statuses": statuses}
    for service in SESSION.get_available_services():
        if not service.startswith("bedrock"):
            continue
        rows = found[service] = {}
        model = SESSION.get_service_model(service)
        for operation in map(model.operation_model, model.operation_names):
            for code in (shape.name for shape in operation.error_shapes):
                letters = "".join(letter(operation, status, code) for status in statuses)
                rows.setdefault(code, [operation.name, letters])
    return found


def standard_delays() -> list[Row]:
    operation = SESSION.get_service_model("bedrock-runtime").operation_model("Converse")
    cases: list[tuple[int, bool, str | None, float]] = [
        (attempt, throttled, None, share)
        for attempt in (1, 2, 3, 5, 8, 9, 10, 30)
        for throttled in (False, True)
        for share in (0.0, 0.25, 0.999)
    ]
    retry_afters = ["0", "-0", "+250", "-1", " 300 ", "1_000", "_1", "1__0", "1_", "1.5", "", "1e3"]
    retry_afters += ["5000", "6000", "4999999", "9" * 400, "0x10", "abc", "\xb2", "00100"]
    cases += [(1, True, text, share) for text in retry_afters for share in (0.0, 0.5)]
    rows = []
    for attempt, throttled, text, share in cases:
        detector = SimpleNamespace(is_throttling_error_from_context=lambda _, t=throttled: t)
        backoff = standard.ExponentialBackoff(
            random=lambda s=share: s, service_name="bedrock-runtime", throttling_detector=detector
        )
        headers: Row = {} if text is None else {"x-amz-retry-after": text}
        http = SimpleNamespace(status_code=503, headers=headers)
        delay = backoff.delay_amount(standard.RetryContext(attempt, operation, {}, http))
        row = {"attempt": attempt, "throttling": throttled, "random": share, "delay": delay}
        rows.append(row if text is None else {**row, "retry_after": text})
    return rows


def legacy_delays() -> list[Row]:
    rows = []
    for attempt in (1, 2, 3, 4, 5, 12):
        for share in (0.0, 0.25, 0.999):
            with mock.patch.object(retryhandler.random, "random", lambda s=share: s):
                delay = retryhandler.delay_exponential("rand", 2, attempt)
            rows.append({"attempt": attempt, "random": share, "delay": delay})
    return rows


def ttls() -> list[Row]:
    """The time to live in a retry's amz-sdk-request, for Dates of the response before it."""
    endpoint = client("standard", 2)._endpoint
    dates = [DATE, "Mon, 29 Feb 2028 00:00:00 GMT", "yesterday", "", "2026-07-14T23:59:30Z"]
    rows = []
    for date in dates:
        for read_timeout in (0, 45, 600, 10**12, None):
            retries: Row = {}
            endpoint._set_ttl(retries, read_timeout, (http_response(500, [["Date", date]], ""), {}))
            rows.append({"date": date, "read_timeout": read_timeout, "ttl": retries.get("ttl")})
    return rows


def outcomes() -> list[Row]:
    """How the attempts of the recorded calls may end."""

    def error(status: int, code: str | None = None, *headers: list[str]) -> Row:
        errortype = [] if code is None else [["x-amzn-errortype", code]]
        return {"status": status, "headers": [*errortype, *headers], "body": "{}"}

    return [
        {"status": 200, "headers": [["Date", DATE]], "body": "{}"},
        error(503, "ServiceUnavailableException", ["Date", DATE]),
        error(500),
        error(429, "ThrottlingException", ["Date", "Tue, 14 Jul 2026 23:59:31 GMT"]),
        error(429, "ModelNotReadyException"),
        error(429, "ServiceQuotaExceededException"),
        error(400, "ThrottlingException", ["x-amz-retry-after", "1500"]),
        error(400, "ValidationException", ["Date", DATE]),
        error(509),
        {"status": 503, "headers": [], "body": "[]"},
        *({"failure": name} for name in FAILURES),
    ]


def clients() -> list[Row]:
    """Whole calls, several clients with some calls each, one after the other."""
    pool = outcomes()
    weights = [6, 6, 4, 6, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1]
    dice = random.Random(2026)
    longest = (20, lambda: 1.0, None, None)
    recorded = []
    for mode, attempts in (
        *(("standard", None), ("standard", 1), ("standard", 9)),
        *(("legacy", None), ("legacy", 1), ("legacy", 2)),
    ):
        with mock.patch.object(standard.ExponentialBackoff.__init__, "__defaults__", longest):
            bedrock = client(mode, attempts)
        calls = []
        for _ in range(24):
            plan = dice.choices(range(len(pool)), weights, k=12)
            calls.append(call(bedrock, [pool[index] for index in plan]))
            calls[-1]["outcomes"] = plan[: len(calls[-1]["requests"])]
        recorded.append({"mode": mode, "total_max_attempts": attempts, "calls": calls})
    return recorded


def call(bedrock: Any, plan: list[Row]) -> Row:
    """One call whose attempts end as planned. Random numbers have their largest value."""
    requests: list[str] = []
    invocations = set()
    delays: list[float] = []

    def to(request: Any) -> AWSResponse:
        outcome = plan[len(requests)]
        requests.append(request.headers["amz-sdk-request"].decode())
        invocations.add(request.headers["amz-sdk-invocation-id"])
        if "failure" in outcome:
            raise failure(outcome["failure"])
        return http_response(outcome["status"], outcome["headers"], outcome["body"])

    facts = None
    names = ("RetryAttempts", "MaxAttemptsReached", "RetryQuotaReached")
    with (
        respond(bedrock, to),
        mock.patch("botocore.endpoint.time", SimpleNamespace(sleep=delays.append)),
        mock.patch.object(retryhandler.random, "random", return_value=1.0),
        suppress(exceptions.BotoCoreError, *RAW),
    ):
        metadata = converse(bedrock)["ResponseMetadata"]
        facts = {name: metadata[name] for name in names if name in metadata}
    assert len(invocations) == 1
    return {"requests": requests, "delays": delays, "metadata": facts}


class Clock:
    now = 0.0

    def current_time(self) -> float:
        return self.now


class Condition:
    """A condition that is never notified. Waiting for it advances the clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...
    def notify(self) -> None: ...

    def wait(self, seconds: float) -> None:
        self.clock.now += max(seconds, 1e-6)  # a rounding error must not stop the clock


def rate_limit() -> list[list[Any]]:
    """Rows of [requested at, permitted at, response at, throttled, new rate, new tokens]."""
    clock = Clock()
    tokens = bucket.TokenBucket(max_rate=1, clock=clock)
    tokens._new_fill_rate_condition = Condition(clock)
    throttled = False
    limiter = adaptive.ClientRateLimiter(
        rate_adjustor=throttling.CubicCalculator(starting_max_rate=0, start_time=0.0),
        rate_clocker=adaptive.RateClocker(clock),
        token_bucket=tokens,
        throttling_detector=SimpleNamespace(is_throttling_error=lambda **_: throttled),
        clock=clock,
    )
    dice = random.Random(2026)
    rows = []
    for pause, share, count in (
        *((0.02, 0.0, 60), (0.02, 0.3, 30), (0.1, 0.0, 60), (0.0, 0.0, 60)),
        *((0.0, 0.8, 12), (3.0, 0.0, 6), (0.01, 0.1, 40)),
    ):
        for _ in range(count):
            clock.now = round(clock.now + dice.random() * 2 * pause, 6)
            requested = clock.now
            limiter.on_sending_request(request=None)
            permitted = clock.now
            clock.now = round(clock.now + dice.random() * 0.02, 6)
            throttled = dice.random() < share
            limiter.on_receiving_response()
            rate, available = tokens.max_rate, tokens.available_capacity
            times = [round(moment, 9) for moment in (requested, permitted, clock.now)]
            rows.append([*times, throttled, round(rate, 9), round(available, 9)])
    return rows


SECTIONS: dict[str, Callable[[], Any]] = {
    "error_codes": error_codes,
    "causes": causes,
    "modelled_errors": modelled_errors,
    "standard_delays": standard_delays,
    "legacy_delays": legacy_delays,
    "ttls": ttls,
    "outcomes": outcomes,
    "clients": clients,
    "rate_limit": rate_limit,
}


def lines(value: Any, depth: int) -> str:
    """JSON with one line for each entry of the outer levels, so that a diff can be read."""
    if depth and isinstance(value, list) and isinstance(value[0], (list, dict)):
        return "[\n" + ",\n".join(lines(item, depth - 1) for item in value) + "\n]"
    if depth and isinstance(value, dict):
        rows = (f"{json.dumps(key)}: {lines(item, depth - 1)}" for key, item in value.items())
        return "{\n" + ",\n".join(rows) + "\n}"
    return json.dumps(value)


def text() -> str:
    recorded = {name: section() for name, section in SECTIONS.items()}
    rows = [f'"botocore": "{botocore.__version__}"']
    for name, section in recorded.items():
        depth = {"error_codes": 2, "causes": 3, "modelled_errors": 2, "clients": 3}.get(name, 1)
        rows.append(f"{json.dumps(name)}: {lines(section, depth)}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.devnull
    new = text()
    if not parser.parse_args().check:
        REFERENCE.parent.mkdir(exist_ok=True)
        REFERENCE.write_text(new, encoding="utf-8")
    elif not REFERENCE.exists() or REFERENCE.read_text(encoding="utf-8") != new:
        print(
            f"{REFERENCE.name} is not current for botocore {botocore.__version__}", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
