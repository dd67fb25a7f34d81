"""The paginator returns botocore's pages, page for page, for the same canned responses."""

from __future__ import annotations

import copy
import sys

import boto3
import botocore.paginate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastbedrock
from comparison import outcome
from fastbedrock import exceptions, paginate
from fastbedrock._model import service_model
from pagination import CASES, CONFIGS, CONSUMERS, MODELLED, OPERATION, observed
from recording_engine import RecordingEngine, clean_environment


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    clean_environment(monkeypatch, tmp_path)


def paginators(config, answer):
    """botocore's paginator and ours over ``answer(number of the call)``, each with its calls."""
    reference = boto_session().client("bedrock-runtime").meta.service_model
    models = (
        (botocore.paginate.Paginator, reference.operation_model(OPERATION)),
        (paginate.Paginator, service_model("bedrock-runtime").operation_model(OPERATION)),
    )
    for cls, model in models:
        calls = []

        def method(calls=calls, **kwargs):
            calls.append(kwargs)
            return answer(len(calls))

        yield cls(method, config, model), calls


_sessions: list[boto3.Session] = []


def boto_session() -> boto3.Session:
    if not _sessions:
        _sessions.append(boto3.Session("A", "S", region_name="eu-west-1"))
    return _sessions[0]


@settings(max_examples=400)
@given(CASES, CONFIGS, st.sampled_from(sorted(CONSUMERS)))
def test_pagination_is_botocores(case, config, consumer):
    model, pages = case

    def answer(number):
        return copy.deepcopy(pages[(number - 1) % len(pages)]) | (
            {} if number < 30 else {"nextToken": None, "meta": {}}
        )

    kwargs = {"statusEquals": "Completed", "PaginationConfig": config}
    reference, ours = (
        observed(paginator, calls, kwargs, CONSUMERS[consumer])
        for paginator, calls in paginators(model, answer)
    )
    assert ours == reference


def test_a_token_resumes_in_the_middle_of_a_page():
    pages = [
        {"asyncInvokeSummaries": [1, 2, 3], "nextToken": "a"},
        {"asyncInvokeSummaries": [4, 5, 6]},
    ]

    def answer(kwargs):
        return copy.deepcopy(pages[0 if "nextToken" not in kwargs else 1])

    paginator = paginate.Paginator(
        lambda **kwargs: answer(kwargs),
        MODELLED,
        service_model("bedrock-runtime").operation_model(OPERATION),
    )
    items, token = [], None
    for _ in range(9):
        config = {"MaxItems": 1, "StartingToken": token}
        full = paginator.paginate(PaginationConfig=config).build_full_result()
        items.append(full["asyncInvokeSummaries"])
        token = full.get("NextToken")
        if token is None:
            break
    assert items == [[1], [2], [3], [4], [5], [6]]


def test_a_clients_paginator_calls_its_method(monkeypatch):
    monkeypatch.setattr("fastbedrock._core.Engine", RecordingEngine)
    client = fastbedrock.client("bedrock-runtime", "eu-west-1")
    client._engine.pages = [
        {"asyncInvokeSummaries": [1], "nextToken": "n"},
        {"asyncInvokeSummaries": [2]},
    ]
    paginator = client.get_paginator("list_async_invokes")
    pages = paginator.paginate(statusEquals="Failed", PaginationConfig={"PageSize": "1"})
    assert client._engine.calls == []
    assert pages.build_full_result() == {"asyncInvokeSummaries": [1, 2]}
    assert client._engine.calls[0][0] == OPERATION
    reference = boto_session().client("bedrock-runtime").get_paginator("list_async_invokes")
    assert isinstance(paginator, paginate.Paginator)
    assert type(paginator).__name__ == type(reference).__name__
    assert [key.expression for key in paginator.result_keys] == [
        key.expression for key in reference.result_keys
    ]
    for name in ("MaxItems", "PageSize", "StartingToken"):
        assert name in paginator.paginate.__doc__


def test_a_page_size_for_an_operation_without_one_is_botocores_error():
    config = {"input_token": "t", "output_token": "t", "result_key": "r"}
    texts = [
        outcome(lambda one=one: one.paginate(PaginationConfig={"PageSize": 1}))
        for one, _ in paginators(config, lambda number: {})
    ]
    assert texts[0] == texts[1]
    assert texts[0][0] == "PaginationError"


def test_searching_without_jmespath_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "jmespath", None)
    (_, _), (paginator, _) = paginators(MODELLED, lambda number: {})
    with pytest.raises(exceptions.MissingDependencyException, match="pip install jmespath"):
        list(paginator.paginate().search("x"))


def test_a_path_that_is_not_dotted_is_refused():
    with pytest.raises(exceptions.InvalidExpressionError, match=r"a\[0\]"):
        paginate.Path("a[0]")
