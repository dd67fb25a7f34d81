"""Every waiter of every Bedrock service: each acceptor has boto3's effect."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

import family
import fastbedrock
import generators
import reference
from differential import Async, Boto3, ClientAndServer, Sync
from fastbedrock import _core
from scripted_server import Reply
from waiting import assert_alike, reply

WAITERS = family.waiters()
GONE = "ResourceNotFoundException"


@pytest.fixture(scope="module")
def sides() -> Iterator[Callable[[str], list[ClientAndServer]]]:
    """boto3 and both clients of a service, each with a server of its own."""
    made: list[ClientAndServer] = []

    @functools.cache
    def make(service: str) -> list[ClientAndServer]:
        three = [ClientAndServer(driver, service) for driver in (Boto3, Sync, Async)]
        made.extend(three)
        return three

    yield make
    for side in made:
        side.close()


def matching(acceptor: dict[str, Any]) -> Reply:
    """A response that an acceptor of a model matches."""
    if acceptor["matcher"] == "error":
        return reply(404, acceptor["expected"], message="m")
    assert acceptor["matcher"] == "path"
    body: Any = acceptor["expected"]
    for name in reversed(acceptor["argument"].split(".")):
        body = {name: body}
    return reply(**body)


def wait_alike(
    sides: Callable[[str], list[ClientAndServer]],
    waiter: tuple[str, str, dict[str, Any]],
    *replies: Reply,
) -> dict[str, Any]:
    service, name, config = waiter
    method = _core.method_name(name)
    params = generators.least_params(reference.operation(config["operation"], service))
    params["WaiterConfig"] = {"MaxAttempts": 4}
    return assert_alike(
        sides(service), lambda side: side.driver.client.get_waiter(method), params, *replies
    )


def test_every_waiter_of_the_family_is_covered() -> None:
    assert [name for _, name, _ in WAITERS] == [
        "MemoryCreated",
        "PolicyActive",
        "PolicyDeleted",
        "PolicyEngineActive",
        "PolicyEngineDeleted",
        "PolicyGenerationCompleted",
    ]


@pytest.mark.parametrize("service", family.SERVICES)
def test_names_and_settings_of_waiters_are_boto3s(
    service: str, sides: Callable[[str], list[ClientAndServer]]
) -> None:
    theirs, *ours = (side.driver.client for side in sides(service))
    for client in ours:
        assert client.waiter_names == theirs.waiter_names
        for name in theirs.waiter_names:
            expected, found = theirs.get_waiter(name), client.get_waiter(name)
            assert found.name == expected.name
            for field in ("operation", "delay", "max_attempts"):
                assert getattr(found.config, field) == getattr(expected.config, field)
            prefix = "Async" if client is ours[1] else ""
            assert type(found).__name__ == prefix + type(expected).__name__


@pytest.mark.parametrize("waiter", WAITERS, ids=family.named)
def test_each_acceptor_has_boto3s_effect(
    waiter: tuple[str, str, dict[str, Any]], sides: Callable[[str], list[ClientAndServer]]
) -> None:
    _, _, config = waiter
    other = reply(status="ELSE", memory={"status": "ELSE"})
    success = next(each for each in config["acceptors"] if each["state"] == "success")
    for acceptor in config["acceptors"]:
        found = wait_alike(sides, waiter, other, matching(acceptor), matching(success))
        requests = len(found["requests"])
        if acceptor["state"] == "success":
            assert (found["end"], requests) == (None, 2)
        elif acceptor["state"] == "failure":
            assert (found["end"]["raised"], requests) == ("WaiterError", 2)
        else:
            assert (found["end"], requests) == (None, 3)
    exhausted = wait_alike(sides, waiter, other)
    assert (exhausted["end"]["raised"], len(exhausted["requests"])) == ("WaiterError", 4)
    unexpected = wait_alike(sides, waiter, reply(400, "Odd", message="m"))
    assert (unexpected["end"]["raised"], len(unexpected["requests"])) == ("WaiterError", 1)


def any_reply(rng: Random, config: dict[str, Any]) -> Reply:
    if rng.random() < 0.2:
        return reply(404, rng.choice([GONE, "Odd", None]), message="m")
    if rng.random() < 0.7:
        return matching(rng.choice(config["acceptors"]))
    status = rng.choice(["CREATING", "UPDATING", None, 5])
    return reply(status=status, memory={"status": status})


@pytest.mark.parametrize("waiter", WAITERS, ids=family.named)
def test_random_responses_end_as_in_boto3(
    waiter: tuple[str, str, dict[str, Any]],
    sides: Callable[[str], list[ClientAndServer]],
    cases: int,
) -> None:
    for seed in range(cases // 50):
        rng = Random(seed)
        wait_alike(sides, waiter, *(any_reply(rng, waiter[2]) for _ in range(4)))


@pytest.mark.parametrize("waiter", WAITERS, ids=family.named)
def test_no_modelled_waiter_needs_jmespath(
    waiter: tuple[str, str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jmespath", None)
    assert fastbedrock.waiter.SingleWaiterConfig(waiter[2]).acceptors
