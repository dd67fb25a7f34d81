"""Asynchronous paginators match the synchronous ones: same calls, items, tokens and errors."""

from __future__ import annotations

import asyncio
import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_loops import connect, run
from fastbedrock import exceptions, paginate
from fastbedrock._asyncio.paginate import AsyncPaginator
from fastbedrock._model import service_model
from pagination import (
    ASYNCHRONOUS,
    CASES,
    CONFIGS,
    CONSUMERS,
    MODELLED,
    OPERATION,
    listed,
    observed,
)


def paginator(cls, model, pages):
    """A paginator over a method that returns the pages, and the list of the method's calls."""
    calls = []

    def answer(**kwargs):
        calls.append(copy.deepcopy(kwargs))
        end = {} if len(calls) < 30 else {"nextToken": None, "meta": {}}
        return copy.deepcopy(pages[(len(calls) - 1) % len(pages)]) | end

    async def answer_later(**kwargs):
        await asyncio.sleep(0)
        return answer(**kwargs)

    method = answer_later if cls is AsyncPaginator else answer
    return cls(method, model, service_model("bedrock-runtime").operation_model(OPERATION)), calls


@settings(max_examples=200, deadline=None)
@given(CASES, CONFIGS, st.sampled_from(sorted(CONSUMERS)))
def test_asynchronous_pagination_is_the_synchronous_one(case, config, consumer):
    model, pages = case
    kwargs = {"statusEquals": "Completed", "PaginationConfig": config}
    expected = observed(*paginator(paginate.Paginator, model, pages), kwargs, CONSUMERS[consumer])
    found = observed(
        *paginator(AsyncPaginator, model, pages),
        kwargs,
        lambda pages: run(ASYNCHRONOUS[consumer](pages)),
    )
    assert found == expected


def test_a_client_pages_through_its_method(local_bedrock):
    client = connect(local_bedrock)

    async def main():
        for name in range(5):
            await client.start_async_invoke(
                modelId="amazon.nova-reel-v1:0",
                modelInput={"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": str(name)}},
                outputDataConfig={"s3OutputDataConfig": {"s3Uri": "s3://bucket/"}},
            )
        pages = client.get_paginator("list_async_invokes").paginate(
            PaginationConfig={"PageSize": 2}
        )
        return [len(page["asyncInvokeSummaries"]) async for page in pages]

    assert run(main()) == [2, 2, 1]
    assert local_bedrock.counters["requests"]["ListAsyncInvokes"] == {"200": 3}


def test_an_operation_without_pages_is_refused_as_in_sync(local_bedrock):
    client = connect(local_bedrock)
    assert client.can_paginate("list_async_invokes")
    assert not client.can_paginate("converse")
    with pytest.raises(exceptions.OperationNotPageableError):
        client.get_paginator("converse")
    with pytest.raises(KeyError):
        client.get_paginator("fly")


def test_several_result_keys_are_read_from_one_iteration():
    model = {**MODELLED, "result_key": ["odd", "even"]}
    pages, calls = paginator(AsyncPaginator, model, [{"odd": [1], "even": [2]}, {"odd": [3]}])
    page_tokens = iter(["a", None])

    async def main():
        method = pages._method

        async def with_tokens(**kwargs):
            return {**await method(**kwargs), "nextToken": next(page_tokens)}

        pages._method = with_tokens
        odd, even = pages.paginate().result_key_iters()
        return await asyncio.gather(listed(odd), listed(even))

    assert run(main()) == [[1, 3], [2]]
    assert len(calls) == 2


def test_iterating_pages_without_async_for_is_an_error_that_says_so(local_bedrock):
    pages = connect(local_bedrock).get_paginator("list_async_invokes").paginate()
    with pytest.raises(TypeError, match="async for"):
        iter(pages)
