"""Every paginator of every Bedrock service makes boto3's calls, and gives boto3's pages."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from random import Random
from typing import Any

import botocore
import botocore.paginate
import pytest
from botocore.model import OperationModel

import family
import generators
import reference
from differential import Async, Boto3, ClientAndServer, Sync, disagreement
from fastbedrock import _core, paginate
from fastbedrock._model import service_model
from pagination import ASYNCHRONOUS, CONSUMERS, observed
from scripted_server import Reply

PAGINATORS = family.paginators()
# {"nextToken": "a"} and one item to skip; {"nextToken": "a"}; a token of old versions; none at all.
STARTS = (
    "eyJuZXh0VG9rZW4iOiAiYSIsICJib3RvX3RydW5jYXRlX2Ftb3VudCI6IDF9",
    "eyJuZXh0VG9rZW4iOiAiYSJ9",
    "a___1",
    "plain",
)


def pagination_config(rng: Random) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if rng.random() < 0.5:
        config["MaxItems"] = rng.choice((0, 1, 2, 3, 5, "4", None))
    if rng.random() < 0.4:
        config["PageSize"] = rng.choice((1, 2, "3", None))
    if rng.random() < 0.4:
        config["StartingToken"] = rng.choice(STARTS)
    return config


def wire_name(operation: OperationModel, name: str) -> str:
    found: str = operation.output_shape.members[name].serialization.get("name", name)
    return found


def any_page(rng: Random, operation: OperationModel, paginator: dict[str, Any], last: bool) -> Any:
    """The JSON of a page. A token at times comes twice in a row, which is an error."""
    page = json.loads(generators.output(rng, operation.output_shape, odd=0))
    token = wire_name(operation, paginator["output_token"])
    page.pop(token, None)
    if not last and rng.random() < 0.8:
        page[token] = rng.choice(("a", "b", "c", "d", ""))
    if rng.random() < 0.2:
        page.pop(wire_name(operation, paginator["result_key"]), None)
    return page


def test_every_paginator_of_the_family_is_covered() -> None:
    for service in family.SERVICES:
        names = [name for each, name, _ in PAGINATORS if each == service]
        assert names == list(service_model(service).paginators)
    assert len(PAGINATORS) == 105


@pytest.mark.parametrize("paginator", PAGINATORS, ids=family.named)
def test_pages_of_canned_responses_are_botocores(
    paginator: tuple[str, str, dict[str, Any]], cases: int
) -> None:
    service, name, config = paginator
    theirs = reference.operation(name, service)
    models = (
        (botocore.paginate.Paginator, theirs),
        (paginate.Paginator, service_model(service).operation_model(name)),
    )
    for seed in range(cases // 50):
        rng = Random(seed)
        pages = [any_page(rng, theirs, config, last=number == 4) for number in range(5)]
        params = {**generators.least_params(theirs), "PaginationConfig": pagination_config(rng)}
        consumer = CONSUMERS[rng.choice(sorted(CONSUMERS))]
        found = []
        for cls, model in models:
            calls: list[dict[str, Any]] = []

            def method(
                calls: list[dict[str, Any]] = calls, pages: list[Any] = pages, **kwargs: Any
            ) -> Any:
                calls.append(kwargs)
                return copy.deepcopy(pages[min(len(calls), 5) - 1])

            found.append(observed(cls(method, config, model), calls, params, consumer))
        assert found[0] == found[1], seed


@pytest.fixture(scope="module")
def sides() -> Iterator[Callable[[str], list[ClientAndServer]]]:
    """boto3 and both clients of a service, each with a server of its own."""
    made: list[ClientAndServer] = []

    @cache
    def make(service: str) -> list[ClientAndServer]:
        three = [ClientAndServer(driver, service) for driver in (Boto3, Sync, Async)]
        made.extend(three)
        return three

    yield make
    for side in made:
        side.close()


def consume(side: ClientAndServer, name: str, consumer: str, params: dict[str, Any]) -> Any:
    pages = side.driver.client.get_paginator(_core.method_name(name)).paginate(**params)
    if isinstance(side.driver, Async):
        found = side.driver.loop.run_until_complete(ASYNCHRONOUS[consumer](pages))
    else:
        found = CONSUMERS[consumer](pages)
    return found, pages.resume_token


@pytest.mark.parametrize("paginator", PAGINATORS, ids=family.named)
def test_pages_of_a_server_are_boto3s(
    paginator: tuple[str, str, dict[str, Any]],
    sides: Callable[[str], list[ClientAndServer]],
    cases: int,
) -> None:
    service, name, config = paginator
    operation = reference.operation(name, service)
    for seed in range(cases // 250):
        rng = Random(f"{name} {seed}")
        replies = [
            Reply(body=json.dumps(any_page(rng, operation, config, last=number == 4)).encode())
            for number in range(5)
        ]
        params = {**generators.least_params(operation), "PaginationConfig": pagination_config(rng)}
        consumer = rng.choice(sorted(CONSUMERS))
        arguments = (name, consumer, params)
        expected, *found = (
            side.observe(partial(consume, side, *copy.deepcopy(arguments)), *replies)
            for side in sides(service)
        )
        assert expected.requests or "raised" in expected.result
        for each in found:
            assert disagreement(expected, each) is None, (seed, consumer, params)
