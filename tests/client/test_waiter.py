"""Waiters make boto3's calls with boto3's delays, and end as boto3's do."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import sys
import textwrap
import time
from random import Random
from typing import Any

import botocore.waiter
import pytest

import fastbedrock
import fastbedrock._asyncio.waiter
import fastbedrock.waiter
from comparison import outcome
from differential import Async, Boto3, ClientAndServer, Sync
from fastbedrock import exceptions
from programs import DEADLINE
from scripted_server import Reply
from waiting import assert_alike, observed, reply

ARN = "arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghijkl"
CALLS = {"GetAsyncInvoke": {"invocationArn": ARN}, "ListAsyncInvokes": {}}


@pytest.fixture(scope="module")
def sides():
    """boto3 and both clients, each with a server of its own."""
    sides = [ClientAndServer(driver) for driver in (Boto3, Sync, Async)]
    yield sides
    for side in sides:
        side.close()


def acceptor(state: str, matcher: str, expected: Any, argument: Any = None) -> dict[str, Any]:
    given = {"state": state, "matcher": matcher, "expected": expected}
    return given if argument is None else {**given, "argument": argument}


def path(state: str, expected: Any, argument: str = "status") -> dict[str, Any]:
    return acceptor(state, "path", expected, argument)


def waiter(*acceptors: Any, operation: str = "GetAsyncInvoke", **changes: Any) -> dict[str, Any]:
    waiter = {"operation": operation, "delay": 7, "maxAttempts": 3, "acceptors": acceptors}
    return {**waiter, **changes}


def custom(side: ClientAndServer, config: dict[str, Any], module: Any = None) -> Any:
    """A waiter that no model has, made by the module that belongs to the client, or a given one."""
    if module is None:
        module = botocore.waiter if type(side.driver) is Boto3 else fastbedrock.waiter
    model = module.WaiterModel({"version": 2, "waiters": {"Custom": config}})
    return module.create_waiter_with_client("Custom", model, side.driver.client)


DONE, FAILED = path("success", "Completed"), path("failure", "Failed")
RUNNING = path("retry", "InProgress")
GONE = acceptor("success", "error", "ResourceNotFoundException")
IN_PROGRESS, COMPLETED = reply(status="InProgress"), reply(status="Completed")
NOT_FOUND = reply(404, "ResourceNotFoundException", message="gone")
# The acceptors, the replies of the server, and the number of requests.
ENDINGS: dict[str, tuple[list[Any], list[Reply], int]] = {
    "success at once": ([DONE], [COMPLETED], 1),
    "success after retries": ([RUNNING, DONE], [IN_PROGRESS, IN_PROGRESS, COMPLETED], 3),
    "success after responses that match nothing": ([DONE], [reply(), reply(), COMPLETED], 3),
    "an awaited error": ([GONE], [IN_PROGRESS, NOT_FOUND], 2),
    "a modelled failure": ([DONE, FAILED], [IN_PROGRESS, reply(status="Failed")], 2),
    "the first acceptor counts": ([path("failure", "Completed"), DONE], [COMPLETED], 1),
    "an error that is retried": (
        [acceptor("retry", "error", "ResourceNotFoundException"), DONE],
        [NOT_FOUND, NOT_FOUND, COMPLETED],
        3,
    ),
    "a failure by an error": (
        [acceptor("failure", "error", "ResourceNotFoundException")],
        [NOT_FOUND],
        1,
    ),
    "an unexpected error": ([DONE], [IN_PROGRESS, NOT_FOUND], 2),
    "an error that is not modelled": ([DONE], [reply(400, "Odd", message="m")], 1),
    "an error without a code or a message": ([DONE], [reply(500)], 1),
    "any error": ([acceptor("success", "error", True)], [IN_PROGRESS, reply(400)], 2),
    "no error": ([acceptor("success", "error", False)], [reply(status="x")], 1),
    "no error, unless there is one": ([acceptor("success", "error", False)], [NOT_FOUND], 1),
    "a status": ([acceptor("success", "status", 404)], [IN_PROGRESS, NOT_FOUND], 2),
    "all calls match nothing": ([DONE], [IN_PROGRESS], 3),
    "all calls are retried": ([RUNNING, DONE], [IN_PROGRESS], 3),
    "the last call matches nothing": ([RUNNING, DONE], [IN_PROGRESS, reply()], 3),
    "no acceptors": ([], [IN_PROGRESS], 3),
    "no acceptors, and an error": ([], [NOT_FOUND], 1),
    "an unknown state": ([path("odd", "InProgress")], [IN_PROGRESS], 3),
    "no response": ([DONE], [IN_PROGRESS, Reply(cut=0, then="close")], 2),
    "a broken list of matchers": ([acceptor("success", "pathSome", 1, "status")], [reply()], 0),
    "no expression": ([acceptor("success", "path", 1)], [reply()], 0),
    "an empty expression": ([path("success", 1, "")], [reply()], 0),
    "an acceptor without a state": ([{"matcher": "status", "expected": 1}], [reply()], 0),
    "an invalid expression": ([path("success", 1, "status[")], [reply()], 0),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_waits_end_as_boto3s_do(sides, ending):
    acceptors, replies, requests = ENDINGS[ending]
    found = assert_alike(
        sides,
        lambda side: custom(side, waiter(*acceptors)),
        {"invocationArn": ARN},
        *replies,
    )
    assert len(found["requests"]) == requests
    assert found["delays"] == [7] * (requests - 1)


@pytest.mark.parametrize("ending", ["success after retries", "an unexpected error"])
def test_botocores_function_makes_waiters_for_the_synchronous_client(sides, ending):
    acceptors, replies, _ = ENDINGS[ending]
    assert_alike(
        sides[:2],
        lambda side: custom(side, waiter(*acceptors), botocore.waiter),
        {"invocationArn": ARN},
        *replies,
    )


def test_texts_of_each_matcher(sides):
    summaries = {"asyncInvokeSummaries": [{"status": "Failed"}]}
    for matcher, argument, expected in [
        ("path", "asyncInvokeSummaries[0].status", "Failed"),
        ("pathAll", "asyncInvokeSummaries[].status", "Failed"),
        ("pathAny", "asyncInvokeSummaries[].status", "Failed"),
        ("status", None, 200),
        ("error", None, False),
    ]:
        config = waiter(
            acceptor("failure", matcher, expected, argument), operation="ListAsyncInvokes"
        )
        found = assert_alike(
            sides, lambda side, config=config: custom(side, config), {}, reply(**summaries)
        )
        assert found["end"]["raised"] == "WaiterError"
        assert str(expected) in found["end"]["text"]


CONFIGS = [
    {},
    {"Delay": 0.25},
    {"Delay": None},
    {"MaxAttempts": 1},
    {"MaxAttempts": 0},
    {"MaxAttempts": -1},
    {"MaxAttempts": 2.5},
    {"MaxAttempts": "3"},
    {"MaxAttempts": None},
    {"MaxAttempts": 5, "Delay": 1, "Other": 1},
    None,
    [],
    "x",
]


@pytest.mark.parametrize("config", CONFIGS, ids=repr)
def test_waiter_config_is_read_as_boto3_reads_it(sides, config):
    params = {"invocationArn": ARN, "WaiterConfig": config}
    assert_alike(sides, lambda side: custom(side, waiter(DONE)), params, IN_PROGRESS)


@pytest.mark.parametrize("params", [{}, {"nope": 1}, {"invocationArn": 5}], ids=repr)
def test_invalid_parameters_are_the_operations_errors(sides, params):
    found = assert_alike(sides, lambda side: custom(side, waiter(DONE)), params, COMPLETED)
    assert found["end"]["raised"] == "ParamValidationError"
    assert found["requests"] == []


ODD_RESPONSES: list[dict[str, Any]] = [
    {},
    {"Error": {}},
    {"Error": {"Message": "m"}},
    {"Error": {"Code": ""}},
    {"Error": {"Code": None, "Message": None}},
    {"Error": {"Code": 0}, "status": "x"},
    {"Error": "text", "status": "x"},
    {"Error": None, "status": "x"},
    {"ResponseMetadata": {}, "status": "x"},
    {"ResponseMetadata": None},
]
MATCHERS = [
    None,
    path("failure", "x"),
    path("failure", None),
    acceptor("failure", "pathAll", "x", "[status]"),
    acceptor("failure", "pathAny", "x", "[status, status]"),
    *(acceptor("failure", "error", expected) for expected in ("", "m", None, 0, 1, True, False)),
    *(acceptor("failure", "status", expected) for expected in (200, None)),
]


@pytest.mark.parametrize("matcher", MATCHERS, ids=repr)
@pytest.mark.parametrize("response", ODD_RESPONSES, ids=repr)
def test_odd_responses_match_as_in_botocore(response, matcher):
    async def answer() -> Any:
        return response

    acceptors = [] if matcher is None else [matcher]
    config = waiter(*acceptors, maxAttempts=1)
    ends = []
    for module in (botocore.waiter, fastbedrock.waiter):
        made = module.Waiter("W", module.SingleWaiterConfig(config), lambda: response)
        ends.append(outcome(made.wait))
    made = fastbedrock._asyncio.waiter.AsyncWaiter("W", made.config, answer)
    ends.append(outcome(lambda: asyncio.run(made.wait())))
    assert ends == ends[:1] * 3


def test_names_of_waiters_are_sorted():
    config = {"version": 2, "waiters": {"B": {}, "a": {}, "A": {}}}
    ours, theirs = (m.WaiterModel(config) for m in (fastbedrock.waiter, botocore.waiter))
    assert ours.waiter_names == theirs.waiter_names == ["A", "B", "a"]


STATES = ["success", "failure", "retry", "retry"]
STATUSES = ["Completed", "InProgress", "Failed"]
CODES = ["ResourceNotFoundException", "ThrottlingException", "Odd"]
EXPRESSIONS = {
    "path": [
        ("status", [*STATUSES, None]),
        ("outputDataConfig.s3OutputDataConfig.s3Uri", ["s3://a", None]),
        ("status.x", [None, "x"]),
        ("asyncInvokeSummaries[0].status", STATUSES),
        ("length(asyncInvokeSummaries || `[]`) > `1`", [True, False]),
        ("asyncInvokeSummaries", [[], None]),
    ],
    "pathAll": [
        ("asyncInvokeSummaries[].status", STATUSES),
        ("status", STATUSES),
        ("asyncInvokeSummaries", [{}, None]),
    ],
}
EXPRESSIONS["pathAny"] = EXPRESSIONS["pathAll"]


def any_acceptor(rng: Random) -> dict[str, Any]:
    state = rng.choice(STATES)
    matcher = rng.choice(["path", "path", "pathAll", "pathAny", "status", "error"])
    if matcher == "status":
        return acceptor(state, matcher, rng.choice([200, 400, 404, 500, "200"]))
    if matcher == "error":
        return acceptor(state, matcher, rng.choice([*CODES, "", "404", True, False]))
    argument, expected = rng.choice(EXPRESSIONS[matcher])
    return acceptor(state, matcher, rng.choice(expected), argument)


def any_reply(rng: Random) -> Reply:
    if rng.random() < 0.25:
        code = rng.choice([*CODES, None])
        message = rng.choice([{}, {"message": "m"}])
        return reply(rng.choice([400, 404, 500]), code, **message)
    body: dict[str, Any] = {"status": rng.choice(STATUSES)}
    if rng.random() < 0.5:
        body["outputDataConfig"] = {"s3OutputDataConfig": {"s3Uri": "s3://a"}}
    if rng.random() < 0.8:
        count = rng.choice([0, 1, 2, 3])
        body["asyncInvokeSummaries"] = [{"status": rng.choice(STATUSES)} for _ in range(count)]
    return reply(**body)


def test_random_acceptors_over_random_responses(sides, cases):
    ends = set()
    for seed in range(cases // 4):
        rng = Random(seed)
        operation = rng.choice(list(CALLS))
        acceptors = [any_acceptor(rng) for _ in range(rng.choice([0, 1, 2, 3, 4]))]
        config = waiter(*acceptors, operation=operation, maxAttempts=rng.choice([1, 2, 3, 5]))
        params = dict(CALLS[operation])
        if rng.random() < 0.3:
            params["WaiterConfig"] = {"Delay": rng.random(), "MaxAttempts": rng.choice([1, 4])}
        replies = [any_reply(rng) for _ in range(5)]
        found = assert_alike(
            sides, lambda side, config=config: custom(side, config), params, *replies
        )
        ends.add(found["end"] and found["end"]["text"].split(":")[1])
    # Success, each way to fail, and the end of the calls with and without a match.
    assert len(ends) >= 5


@pytest.mark.parametrize("name", ["x", "", "AsyncInvokeCompleted", 5, None])
def test_an_unknown_waiter_is_boto3s_error(sides, name):
    texts = []
    for side in sides:
        assert side.driver.client.waiter_names == []
        with pytest.raises(ValueError, match="Waiter does not exist") as error:
            side.driver.client.get_waiter(name)
        texts.append(str(error.value))
    assert texts == texts[:1] * 3


@pytest.mark.parametrize(
    "config",
    [
        {"version": 1, "waiters": {}},
        {"waiters": {}},
        {"version": 2, "waiters": {}},
        {"version": 2, "waiters": {"Custom": {"operation": "Nope"}}},
        {"version": 2, "waiters": {"Custom": waiter(operation="Nope")}},
    ],
)
def test_damaged_models_are_botocores_errors(sides, config):
    ends = []
    for side in sides:
        module = botocore.waiter if type(side.driver) is Boto3 else fastbedrock.waiter
        try:
            model = module.WaiterModel(config)
            module.create_waiter_with_client("Custom", model, side.driver.client)
        except Exception as error:
            # The text of an AttributeError names the class of the client.
            text = "" if isinstance(error, AttributeError) else str(error)
            ends.append((type(error).__name__, text))
    assert len(ends) == 3
    assert ends == ends[:1] * 3


def test_expressions_beyond_dotted_paths_need_jmespath(sides, monkeypatch):
    monkeypatch.setitem(sys.modules, "jmespath", None)
    for side in sides[1:]:
        simple = observed(
            side, lambda side: custom(side, waiter(DONE)), {"invocationArn": ARN}, COMPLETED
        )
        assert (simple["end"], len(simple["requests"])) == (None, 1)
        config = waiter(path("success", "x", "a[0]"))
        found = observed(side, lambda side, config=config: custom(side, config), {}, COMPLETED)
        assert found["end"]["raised"] == "MissingDependencyException"
        assert '"a[0]" needs the package jmespath: pip install jmespath' in found["end"]["text"]
        assert found["requests"] == []


def test_help_shows_the_parameters_and_the_models_numbers(sides):
    for side in sides[1:]:
        made = custom(side, waiter(DONE, description="Wait until it is done."))
        for expected in ("invocationArn (str): required", "WaiterConfig", "7 by", "3 by"):
            assert expected in made.wait.__doc__
        assert type(made).__doc__ == "Wait until it is done."
        assert inspect.iscoroutinefunction(made.wait) == (type(side.driver) is Async)
        assert isinstance(made, fastbedrock.waiter.Waiter)


@pytest.mark.local_bedrock(async_invoke={"seconds": 0.2})
def test_the_example_of_the_module_waits_for_a_job(local_bedrock):
    client = fastbedrock.client(
        "bedrock-runtime", endpoint_url=local_bedrock.endpoint_url, **local_bedrock.credentials
    )
    job = client.start_async_invoke(
        modelId="amazon.nova-reel-v1:0",
        modelInput={"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": "the sea"}},
        outputDataConfig={"s3OutputDataConfig": {"s3Uri": "s3://bucket/"}},
    )
    page = inspect.getdoc(fastbedrock.waiter)
    example = page[page.index("    completed =") : page.index(":class:")].replace("15", "0.1")
    names = {**vars(fastbedrock.waiter), "client": client, "arn": job["invocationArn"]}
    exec(textwrap.dedent(example), names)
    assert client.get_async_invoke(invocationArn=job["invocationArn"])["status"] == "Completed"


def test_a_real_wait_sleeps_between_its_calls(sides):
    params = {"invocationArn": ARN, "WaiterConfig": {"Delay": 0.2}}
    for side in sides[1:]:
        side.server.play(IN_PROGRESS, COMPLETED)
        end = custom(side, waiter(DONE)).wait(**params)
        if inspect.iscoroutine(end):
            side.driver.loop.run_until_complete(asyncio.wait_for(end, DEADLINE))
        first, second = (request.time for request in side.server.requests)
        assert second - first >= 0.2


def test_cancelling_a_wait_ends_its_delay(sides):
    _, _, side = sides
    side.server.play(IN_PROGRESS)

    async def main() -> float:
        task = asyncio.create_task(custom(side, waiter(DONE, delay=60)).wait(invocationArn=ARN))
        while not side.server.requests:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        begin = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - begin

    assert side.driver.loop.run_until_complete(asyncio.wait_for(main(), DEADLINE)) < 1
    assert len(side.server.requests) == 1


def test_the_error_survives_a_pickle():
    error = exceptions.WaiterError(name="W", reason="r", last_response={"status": "Failed"})
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.kwargs) == (str(error), {"name": "W", "reason": "r"})
    assert again.last_response == {"status": "Failed"}
