"""The asynchronous client's public face: methods, coroutines, copies, closing, loops."""

from __future__ import annotations

import asyncio
import collections.abc
import copy
import inspect
import pickle
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest

import fastbedrock
from differential import SETTINGS
from event_loops import INVOKE, connect, every_loop, run, until
from programs import DEADLINE, HELLO, Program

OPERATIONS = [
    "apply_guardrail",
    "converse",
    "converse_stream",
    "count_tokens",
    "get_async_invoke",
    "invoke_guardrail_checks",
    "invoke_model",
    "invoke_model_with_response_stream",
    "list_async_invokes",
    "start_async_invoke",
]


@pytest.fixture
def client():
    return fastbedrock.async_client("bedrock-runtime", **SETTINGS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_a_coroutine_function(client, name):
    sync = getattr(fastbedrock.client("bedrock-runtime", **SETTINGS), name)
    method = getattr(client, name)
    assert inspect.iscoroutinefunction(method)
    assert inspect.iscoroutinefunction(getattr(type(client), name))
    assert asyncio.iscoroutinefunction(method)
    assert isinstance(mock.create_autospec(client, spec_set=True), type(client))
    assert method.__name__ == name
    assert method.__qualname__ == f"AsyncBedrockRuntime.{name}"
    assert inspect.signature(method) == inspect.signature(sync)
    assert inspect.getdoc(method) == inspect.getdoc(sync)


def test_a_mocked_client_has_awaitable_methods(client):
    mocked = mock.create_autospec(client)
    mocked.converse.return_value = {"stopReason": "end_turn"}
    assert run(mocked.converse(modelId="m")) == {"stopReason": "end_turn"}


def test_calls_are_coroutines_with_names(client):
    coroutines = [client.converse(**HELLO)]
    assert inspect.iscoroutine(coroutines[0])
    assert coroutines[0].__qualname__ == "AsyncBedrockRuntime.converse"
    with pytest.warns(RuntimeWarning, match=r"AsyncBedrockRuntime\.converse' was never awaited"):
        coroutines.clear()


def test_positional_arguments_are_an_error_that_names_the_method(client):
    with pytest.raises(TypeError, match=r"converse\(\) only accepts keyword arguments"):
        run(client.converse("amazon.nova-lite-v1:0"))


def test_the_arguments_are_the_synchronous_ones_and_max_concurrency():
    for module in (fastbedrock, fastbedrock.Session):
        sync = inspect.signature(module.client).parameters
        both = dict(inspect.signature(module.async_client).parameters)
        assert both.pop("max_concurrency").default is None
        assert {name: (p.kind, p.default) for name, p in both.items()} == {
            name: (p.kind, p.default) for name, p in sync.items()
        }


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit):
    with pytest.raises(ValueError, match=f"max_concurrency must be at least 1, not {limit}"):
        fastbedrock.async_client("bedrock-runtime", max_concurrency=limit, **SETTINGS)
    with pytest.raises(TypeError, match="max_concurrency must be an int or None, not str"):
        fastbedrock.async_client("bedrock-runtime", max_concurrency=str(limit), **SETTINGS)


def test_it_is_no_instance_of_botocores_client(client):
    import botocore.client

    assert not isinstance(client, botocore.client.BaseClient)
    assert not any("botocore" in cls.__module__ for cls in type(client).__mro__)
    assert isinstance(client, fastbedrock.AsyncBedrockRuntime)


def test_pickling_and_copying_keep_the_configuration(client):
    for other in (pickle.loads(pickle.dumps(client)), copy.deepcopy(client)):
        assert type(other) is type(client)
        assert other.meta.endpoint_url == client.meta.endpoint_url
        assert inspect.iscoroutinefunction(other.converse)


def test_attributes_can_be_set_and_the_client_takes_weak_references(client):
    client.converse = lambda **_: "instrumented"
    assert client.converse() == "instrumented"
    reference = weakref.ref(client)
    del client.converse
    assert reference() is client


def test_a_session_makes_asynchronous_clients(local_bedrock):
    session = fastbedrock.Session(**local_bedrock.credentials)
    client = session.async_client("bedrock-runtime", endpoint_url=local_bedrock.endpoint_url)
    assert isinstance(client, fastbedrock.AsyncBedrockRuntime)
    assert run(client.converse(**HELLO))["stopReason"] == "end_turn"


def test_nothing_is_sent_before_the_first_await(local_bedrock):
    async def main():
        client = connect(local_bedrock)
        first, second = client.converse(**HELLO), client.converse(**HELLO)
        await client.converse(**HELLO)
        assert local_bedrock.counters["requests_started"] == 1
        second.close()
        return await first

    assert run(main())["stopReason"] == "end_turn"
    assert local_bedrock.counters["requests_started"] == 2


async def in_a_task_group(call):
    async with asyncio.TaskGroup() as group:
        return await group.create_task(call)


async def in_an_anyio_task_group(call):
    anyio = pytest.importorskip("anyio")
    answers = []

    async def keep():
        answers.append(await call)

    async with anyio.create_task_group() as group:
        group.start_soon(keep)
    return answers[0]


async def within_an_anyio_limit(call):
    anyio = pytest.importorskip("anyio")
    with anyio.fail_after(DEADLINE):
        return await call


async def before_anyio_moves_on(call):
    anyio = pytest.importorskip("anyio")
    with anyio.move_on_after(DEADLINE) as scope:
        answer = await call
    assert not scope.cancelled_caught
    return answer


async def first_of_gather(call):
    return (await asyncio.gather(call))[0]


async def first_completed(call):
    [done] = asyncio.as_completed([call])
    return await done


@every_loop
@pytest.mark.parametrize(
    "take",
    [
        asyncio.create_task,
        asyncio.ensure_future,
        asyncio.shield,
        lambda call: asyncio.wait_for(call, DEADLINE),
        first_of_gather,
        first_completed,
        in_an_anyio_task_group,
        within_an_anyio_limit,
        before_anyio_moves_on,
        pytest.param(
            in_a_task_group,
            marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="new in Python 3.11"),
        ),
    ],
)
def test_calls_work_wherever_coroutines_do(local_bedrock, take, new_loop):
    async def main():
        client = connect(local_bedrock)
        answer = await take(client.converse(**HELLO))
        assert answer["output"]["message"]["content"] == [{"text": "Hello"}]

    run(main(), new_loop)


def test_the_methods_of_bodies_return_coroutines(local_bedrock):
    async def main():
        client = connect(local_bedrock)
        events = aiter((await client.converse_stream(**HELLO))["stream"])
        body = (await client.invoke_model(**INVOKE))["body"]
        for coroutine in (anext(events), body.raw_stream.read(1)):
            assert isinstance(coroutine, collections.abc.Coroutine)
            assert await asyncio.create_task(coroutine)

    run(main())


@every_loop
def test_leaving_the_context_closes_the_client(local_bedrock, new_loop):
    async def main():
        async with connect(local_bedrock) as client:
            await client.converse(**HELLO)
            assert local_bedrock.counters["connections_open"] == 1
        await until(lambda: local_bedrock.counters["connections_open"] == 0)
        # A closed client still works, as boto3's does.
        await client.converse(**HELLO)
        await client.close()
        await client.aclose()
        await until(lambda: local_bedrock.counters["connections_open"] == 0)

    run(main(), new_loop)


def test_one_client_serves_several_loops_one_after_another(local_bedrock):
    client = connect(local_bedrock)
    for _ in range(3):
        for new_loop in (asyncio.new_event_loop, asyncio.SelectorEventLoop):
            assert run(client.converse(**HELLO), new_loop)["stopReason"] == "end_turn"
    # The connection outlives each loop.
    assert local_bedrock.counters["connections_opened"] == 1


def test_one_client_serves_the_loops_of_several_threads_at_once(local_bedrock):
    client = connect(local_bedrock)
    together = threading.Barrier(4)

    async def main():
        together.wait(DEADLINE)
        answers = await asyncio.gather(*(client.converse(**HELLO) for _ in range(25)))
        stream = (await client.converse_stream(**HELLO))["stream"]
        return len(answers), [event async for event in stream][-1]

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: run(main()), range(4), timeout=DEADLINE))
    assert [count for count, _ in outcomes] == [25] * 4
    assert all("metadata" in last for _, last in outcomes)


def test_a_stream_can_be_read_further_in_another_loop(local_bedrock):
    client = connect(local_bedrock)
    stream = run(client.converse_stream(**HELLO))["stream"]

    async def rest():
        return [event async for event in stream]

    assert "messageStart" in run(rest())[0]


def test_dicts_and_errors_are_the_synchronous_ones(local_bedrock):
    sync = fastbedrock.client(
        "bedrock-runtime", endpoint_url=local_bedrock.endpoint_url, **local_bedrock.credentials
    )
    client = connect(local_bedrock)
    assert type(run(client.converse(**HELLO))) is dict
    assert client.exceptions is sync.exceptions
    local_bedrock.fault("error", code="ValidationException", message="no", operation="InvokeModel")
    with pytest.raises(sync.exceptions.ValidationException) as caught:
        run(client.invoke_model(**INVOKE))
    with pytest.raises(sync.exceptions.ValidationException) as expected:
        sync.invoke_model(**INVOKE)
    assert str(caught.value) == str(expected.value)
    with pytest.raises(fastbedrock.exceptions.ParamValidationError):
        run(client.converse(modelId=5))


def test_running_out_of_descriptors_is_an_error_that_says_so(local_bedrock):
    code = """
import asyncio, contextlib, os
import fastbedrock
from programs import HELLO, arguments, say

async def main():
    client = fastbedrock.async_client("bedrock-runtime", **arguments())
    await client.converse(**HELLO)
    await client.close()
    with contextlib.suppress(OSError):
        while True:
            os.open(os.devnull, os.O_RDONLY)
    try:
        await client.converse(**HELLO)
    except Exception as error:
        os.closerange(100, 200)
        say(error=type(error).__name__, text=str(error))

import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
asyncio.run(main())
"""
    server = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    with Program(code, server) as program:
        assert program.next()["error"] == "EndpointConnectionError"
        assert program.end() == 0
