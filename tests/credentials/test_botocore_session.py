"""``Session(botocore_session=)``: clients use the settings of the botocore session."""

from __future__ import annotations

import asyncio
import copy
import pickle
import time
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import botocore.tokens
import pytest
from botocore.config import Config

import fastbedrock
import fastbedrock.local
from fastbedrock.exceptions import ReadTimeoutError
from http_servers import http_server
from programs import HELLO
from settings_scenarios import outcome, quick


def _session(module: Any, theirs: Any, **arguments: Any) -> Any:
    return quick(module.Session(botocore_session=theirs, region_name="us-east-1", **arguments))


class Tokens:
    """A token provider that returns a new token each time it is asked; the second one is valid."""

    def __init__(self, good: str) -> None:
        self.good, self.given = good, 0

    def load_token(self, **_: Any) -> Any:
        return self

    def get_frozen_token(self) -> Any:
        self.given += 1
        return botocore.tokens.FrozenAuthToken(self.good if self.given == 2 else "bad")


def _with_tokens(provider: Any) -> Any:
    session = botocore.session.Session()
    session.register_component("token_provider", provider)
    return session


@pytest.fixture(scope="module")
def tls() -> Iterator[fastbedrock.local.LocalBedrock]:
    with fastbedrock.local.serve(tls=True) as server:
        yield server


@pytest.mark.parametrize(
    "bearer", [{"signature_version": "bearer"}, {"auth_scheme_preference": "httpBearerAuth"}]
)
def test_it_is_asked_for_its_bearer_token_before_each_call(
    bearer: dict[str, str], tls: Any
) -> None:
    def told(call: Any) -> list[Any]:
        return [outcome(call) for _ in range(3)]

    def statuses(results: list[Any]) -> list[bool]:
        return [isinstance(result, dict) for result in results]

    server = {"endpoint_url": tls.endpoint_url, "verify": str(tls.ca_bundle)}
    expected = []
    for module in (boto3, fastbedrock):
        tokens = Tokens(tls.api_key)
        client = _session(module, _with_tokens(tokens)).client(
            "bedrock-runtime", config=Config(**bearer), **server
        )
        expected.append(statuses(told(lambda made=client: made.converse(**HELLO))))
    assert expected[0] == expected[1] == [False, True, False]

    async def calls() -> list[bool]:
        session = _session(fastbedrock, _with_tokens(Tokens(tls.api_key)))
        async with session.async_client(
            "bedrock-runtime", config=Config(**bearer), **server
        ) as client:
            results = []
            for _ in range(3):
                try:
                    results.append(await client.converse(**HELLO))
                except fastbedrock.exceptions.ClientError as error:
                    results.append(error)
            return statuses(results)

    assert asyncio.run(calls()) == [False, True, False]


def test_a_session_without_a_token_has_boto3s_error() -> None:
    class NoTokens:
        def load_token(self, **_: Any) -> None:
            return None

    def call(module: Any) -> Any:
        client = _session(module, _with_tokens(NoTokens())).client(
            "bedrock-runtime", config=Config(signature_version="bearer")
        )
        return client.converse(**HELLO)

    assert outcome(call, fastbedrock) == outcome(call, boto3)
    assert outcome(call, fastbedrock)[0] == "NoAuthTokenError"


def test_an_api_key_takes_precedence_over_its_token(tls: Any) -> None:
    session = _session(fastbedrock, _with_tokens(Tokens(tls.api_key)), api_key=tls.api_key)
    client = session.client(
        "bedrock-runtime", endpoint_url=tls.endpoint_url, verify=str(tls.ca_bundle)
    )
    assert client.converse(**HELLO)["stopReason"] == "end_turn"


DEFAULT = Config(
    connect_timeout=7,
    read_timeout=8,
    retries={"mode": "adaptive", "total_max_attempts": 4},
    user_agent_extra="of-default",
    region_name="eu-central-1",
)
CONFIGS = [
    None,
    Config(),
    Config(read_timeout=9, user_agent_extra="of-client"),
    Config(retries={"max_attempts": 1}),
    Config(region_name="ap-south-1"),
]


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
@pytest.mark.parametrize("region", [None, "us-west-2"])
def test_the_clients_config_overrides_its_default_config(config: Any, region: str | None) -> None:
    def in_effect(module: Any) -> Any:
        theirs = botocore.session.Session()
        theirs.set_default_client_config(DEFAULT)
        theirs.set_credentials("A", "S")
        client = _session(module, theirs).client("bedrock-runtime", region, config=config)
        meta = client.meta.config
        return (
            client.meta.region_name,
            meta.connect_timeout,
            meta.read_timeout,
            meta.retries["mode"],
            meta.retries.get("total_max_attempts"),
            meta.user_agent_extra,
        )

    assert in_effect(fastbedrock) == in_effect(boto3)


@pytest.mark.parametrize(
    ("config", "retries"),
    [
        (None, True),
        (Config(connect_timeout=2), True),
        (fastbedrock.Config(connect_timeout=2), True),
        (fastbedrock.Config(retry_read_timeout=False), False),
    ],
    ids=range(4),
)
def test_read_timeouts_are_retried_as_its_default_config_says(config: Any, retries: bool) -> None:
    answers = [0, 0]  # first attempts, retries

    def answer(*_: Any) -> tuple[int, str]:
        first = sum(answers) == 0
        answers[not first] += 1
        if first:
            time.sleep(1)
        return 200, "{}"

    default = fastbedrock.Config(read_timeout=0.3, retry_read_timeout=True)
    theirs = botocore.session.Session()
    theirs.set_credentials("A", "S")
    theirs.set_default_client_config(default)
    with http_server(answer) as server:
        client = fastbedrock.Session(botocore_session=theirs).client(
            "bedrock-runtime", "us-east-1", endpoint_url=server.url, config=config
        )
        if retries:
            client.converse(**HELLO)
        else:
            with pytest.raises(ReadTimeoutError):
                client.converse(**HELLO)
    assert answers == [1, int(retries)]


def test_a_session_with_it_and_its_clients_cannot_be_pickled() -> None:
    session = fastbedrock.Session(botocore_session=botocore.session.Session())
    clients = [
        make("bedrock-runtime", "us-east-1") for make in (session.client, session.async_client)
    ]
    for each in (session, *clients):
        with pytest.raises(TypeError, match="botocore_session"):
            pickle.dumps(each)
        for copied in (copy.copy(each), copy.deepcopy(each)):
            assert type(copied) is type(each)


def _sent_user_agent(module: Any, theirs: Any, config: Any) -> str:
    with http_server(lambda *_: (200, "{}")) as server:
        theirs.set_credentials("A", "S")
        client = _session(module, theirs).client(
            "bedrock-runtime", endpoint_url=server.url, config=config
        )
        client.converse(**HELLO)
        agent: str = server.seen[-1][2]["user-agent"]
        return agent


@pytest.mark.parametrize("config", [None, Config(user_agent_extra="of-client")])
@pytest.mark.parametrize("extra", [None, "awswrangler/3.0 more"])
@pytest.mark.parametrize("name", [None, "My App"])
def test_its_user_agent_words_are_sent(name: str | None, extra: str | None, config: Any) -> None:
    def session() -> Any:
        theirs = botocore.session.Session()
        if name:
            theirs.user_agent_name, theirs.user_agent_version = name, "2.1"
        if extra:
            theirs.user_agent_extra = extra
        return theirs

    ours = _sent_user_agent(fastbedrock, session(), config)
    reference = _sent_user_agent(boto3, session(), config)
    told = [*(["My-App/2.1"] if name else []), *(extra or "").split()]
    told += ["of-client"] if config else []
    for word in told:
        assert word in reference.split()
        assert word in ours.split()
    assert not name or (ours.startswith("My-App/2.1 ") and reference.startswith("My-App/2.1 "))
    assert "Boto" not in ours
    assert [word for word in ours.split() if word in told] == told


def test_a_session_that_boto3_has_used_adds_no_word_of_botocore() -> None:
    theirs = botocore.session.Session()
    theirs.user_agent_extra = "mine"
    boto3.Session(botocore_session=theirs)
    agent = _sent_user_agent(fastbedrock, theirs, None)
    assert "mine" in agent.split()
    assert "Boto" not in agent


def test_a_user_agent_of_the_config_replaces_everything_but_the_extra() -> None:
    def session() -> Any:
        theirs = botocore.session.Session()
        theirs.user_agent_name, theirs.user_agent_extra = "App", "extra"
        return theirs

    config = Config(user_agent="whole")
    ours = _sent_user_agent(fastbedrock, session(), config)
    assert ours == _sent_user_agent(boto3, session(), config) == "whole extra"
