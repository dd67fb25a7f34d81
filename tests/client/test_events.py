"""Handlers of events on our clients: where they come from, when they run, and what they cost."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import os
import pickle
import threading
import time
import weakref
from datetime import datetime, timezone
from importlib.util import find_spec

import boto3
import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import fastbedrock
from differential import SETTINGS
from event_clients import (
    ANSWER,
    BROKEN,
    INVALID,
    OURS,
    QUESTION,
    STREAM,
    Async,
    Sync,
    outcome,
    sent_request,
)
from fastbedrock import exceptions
from programs import DEADLINE, Program
from scripted_server import Reply, Server, in_order
from tls_servers import OWN, tls_server

SERVICE = "bedrock-runtime"


@pytest.fixture
def server():
    with Server(in_order(ANSWER)) as server:
        yield server


def adding(name, value="1"):
    def add(request, **_):
        request.headers[name] = value

    return add


def authorization(request):
    return request.header("authorization")


@OURS
def test_clients_copy_the_handlers_of_their_session(ours, server):
    session = fastbedrock.Session(**SETTINGS)
    session.events.register(f"before-sign.{SERVICE}", adding("X-Before"))
    driver = ours(server.url, session)
    session.events.register("before-sign", adding("X-After"))
    driver.client.meta.events.register("before-sign", adding("X-Own"))
    driver.call("converse", **QUESTION)
    [sent] = server.requests
    assert [sent.header(name) for name in ("X-Before", "X-After", "X-Own")] == ["1", None, "1"]
    ours(server.url, session).call("converse", **QUESTION)
    assert server.requests[1].header("X-Own") is None
    driver.close()


@OURS
def test_handlers_of_a_botocore_session_are_copied(ours, server):
    given = botocore.session.Session()
    given.set_credentials("AKIDEXAMPLE", "secret")
    given.set_config_variable("region", "us-east-1")
    given.register(f"before-sign.{SERVICE}", adding("X-Before"))
    session = fastbedrock.Session(botocore_session=given)
    assert session.events is given.get_component("event_emitter")
    session.events.register("choose-signer", lambda **_: botocore.UNSIGNED)
    driver = ours(server.url, session)
    driver.call("converse", **QUESTION)
    driver.close()
    [sent] = server.requests
    # botocore has the same handlers, so the one for all of choose-signer decides in both.
    assert (sent.header("X-Before"), authorization(sent)) == ("1", None)


@OURS
def test_a_botocore_session_without_handlers_leaves_calls_as_they_are(ours, server):
    session = fastbedrock.Session(botocore_session=boto3.session.Session(**SETTINGS)._session)
    driver = ours(server.url, session)
    assert driver.client.meta._hooks is None
    driver.close()


def test_handlers_change_the_class_of_a_client(server):
    class Mixin:
        def greet(self):
            return f"from {self.meta.region_name}"

    def change(class_attributes, base_classes, **_):
        base_classes.insert(0, Mixin)
        class_attributes["answer"] = lambda self: 42
        del class_attributes["apply_guardrail"]

    session = fastbedrock.Session(**SETTINGS)
    session.events.register(f"creating-client-class.{SERVICE}", change)
    client = session.client(SERVICE, endpoint_url=server.url)
    assert (client.greet(), client.answer()) == ("from us-east-1", 42)
    assert not hasattr(client, "apply_guardrail")
    assert isinstance(client, fastbedrock.BaseClient)
    assert copy.copy(client).answer() == 42
    assert client.converse(**QUESTION)["stopReason"] == "end_turn"
    other = fastbedrock.client(SERVICE, **SETTINGS)
    assert hasattr(other, "apply_guardrail")


@OURS
def test_handlers_give_missing_attributes(ours, server):
    driver = ours(server.url)
    seen = []

    def give(client, event_name, **_):
        seen.append((client is driver.client, event_name))
        return "given"

    driver.client.meta.events.register(f"getattr.{SERVICE}.extra", give)
    assert driver.client.extra == "given"
    assert seen == [(True, f"getattr.{SERVICE}.extra")]
    with pytest.raises(AttributeError):
        _ = driver.client.missing
    driver.close()


@OURS
def test_without_the_handler_of_retries_nothing_is_sent_again(ours):
    with Server(in_order(BROKEN, ANSWER)) as server:
        driver = ours(server.url)
        driver.client.meta.events.unregister(
            f"needs-retry.{SERVICE}", unique_id=f"retry-config-{SERVICE}"
        )
        with pytest.raises(driver.client.exceptions.ClientError):
            driver.call("converse", **QUESTION)
        driver.close()
        assert len(server.requests) == 1


@OURS
def test_the_read_timeout_of_the_context_limits_one_call(ours):
    with Server(in_order(Reply(body=ANSWER.body, delay=1))) as server:
        driver = ours(server.url)

        def limit(context, **_):
            context["read_timeout"] = 0.2

        driver.client.meta.events.register("before-call", limit)
        started = time.monotonic()
        with pytest.raises(exceptions.ReadTimeoutError):
            driver.call("converse", **QUESTION)
        assert time.monotonic() - started < 0.9
        driver.close()


@OURS
@pytest.mark.parametrize("event", ["before-sign", "before-send"])
def test_requests_can_be_sent_to_another_server(ours, event, server):
    with Server(in_order(ANSWER)) as other:
        driver = ours(server.url)

        def move(request, **_):
            request.url = request.url.replace(server.url, other.url)

        driver.client.meta.events.register(event, move)
        for _ in range(2):
            driver.call("converse", **QUESTION)
        assert len(other.requests) == 2
        assert not server.requests
        host = other.url.removeprefix("http://")
        assert {request.header("host") for request in other.requests} == {host}
        # The connection is used again.
        assert other.connections == 1
        driver.close()


@OURS
def test_a_url_that_cannot_be_requested_is_an_error(ours, server):
    driver = ours(server.url)

    def move(request, **_):
        request.url = "ftp://example.com/"

    driver.client.meta.events.register("before-send", move)
    with pytest.raises(exceptions.HTTPClientError):
        driver.call("converse", **QUESTION)
    driver.close()


@OURS
def test_the_token_of_the_environment_signs_if_a_handler_chooses_it(ours, monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "token-of-the-environment")
    seen = []
    with tls_server(OWN) as url:
        session = fastbedrock.Session(**SETTINGS)
        make = session.async_client if ours is Async else session.client
        config = fastbedrock.Config(signature_version="v4")
        client = make(SERVICE, endpoint_url=url, verify=str(OWN), config=config)
        events = client.meta.events
        events.register(f"choose-signer.{SERVICE}", lambda **_: "bearer")
        events.register("before-send", lambda request, **_: seen.append(request.headers))
        response = client.invoke_model(modelId="m", body=b"{}")
        if ours is Async:

            async def finish():
                return await asyncio.wait_for(response, DEADLINE)

            asyncio.run(finish())
    assert seen[0]["Authorization"] == b"Bearer token-of-the-environment"


@OURS
def test_signatures_are_botocores(ours, server, monkeypatch):
    driver = ours(server.url)

    def prepare(request, **_):
        request.headers["X-Twice"] = " one   two "
        request.headers["x-twice"] = "three"
        request.headers["Baggage"] = "not signed"
        request.params = {"b": "2", "a": "1 /"}

    requests = []
    events = driver.client.meta.events
    events.register(f"before-sign.{SERVICE}", prepare)
    events.register_last("request-created", lambda request, **_: requests.append(request))
    driver.call("converse", **QUESTION)
    driver.close()
    [request] = requests
    twin = AWSRequest(request.method, request.url, data=request.data, params=request.params)
    for name, value in request.headers.items():
        if name not in ("X-Amz-Date", "Authorization") and not name.startswith("amz-sdk"):
            twin.headers[name] = value
    moment = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    monkeypatch.setattr(
        botocore.auth, "get_current_datetime", lambda: moment.replace(tzinfo=timezone.utc)
    )
    keys = Credentials(SETTINGS["aws_access_key_id"], SETTINGS["aws_secret_access_key"])
    botocore.auth.SigV4Auth(keys, "bedrock", "us-east-1").add_auth(twin)
    assert request.headers["Authorization"] == twin.headers["Authorization"]


@OURS
def test_pages_and_waits_go_through_the_handlers(ours, server):
    driver = ours(server.url)
    seen = []
    answer = type("Response", (), {"status_code": 200})

    def respond(params, **_):
        seen.append(params["query_string"])
        more = {} if "nextToken" in params["query_string"] else {"nextToken": "t"}
        return answer, {"asyncInvokeSummaries": [1], **more}

    driver.client.meta.events.register("before-call.*.ListAsyncInvokes", respond)
    paginator = driver.client.get_paginator("list_async_invokes")
    if ours is Async:

        async def collect():
            return [page async for page in paginator.paginate()]

        pages = driver.loop.run_until_complete(collect())
    else:
        pages = list(paginator.paginate())
    driver.close()
    assert len(pages) == 2
    assert seen == [{}, {"nextToken": "t"}]


@OURS
def test_a_stream_can_be_read_after_the_handlers_have_seen_it(ours):
    with Server(in_order(STREAM)) as server:
        driver = ours(server.url)
        seen = []
        driver.client.meta.events.register(
            "before-parse", lambda response_dict, **_: seen.append(response_dict["body"])
        )
        response = driver.call("converse_stream", **QUESTION)
        driver.close()
    assert [list(each) for each in response["stream"]] == [["messageStart"], ["messageStop"]]
    assert hasattr(seen[0], "close")


@pytest.mark.parametrize("is_coroutine_function", [True, False])
def test_handlers_of_an_asynchronous_client_run_on_the_loops_thread(server, is_coroutine_function):
    driver = Async(server.url)
    threads = set()

    def note(**_):
        threads.add(threading.get_ident())
        assert asyncio.get_running_loop() is driver.loop

    async def note_later(**kwargs):
        await asyncio.sleep(0.01)
        note(**kwargs)

    handler = note_later if is_coroutine_function else note
    driver.client.meta.events.register("*", handler)
    for event in ("request-created", "before-send", "needs-retry", "choose-signer"):
        driver.client.meta.events.register(event, handler)
    driver.call("converse", **QUESTION)
    driver.close()
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("place", ["handler", "response", "pause"])
def test_a_cancelled_call_ends_where_it_waits(place):
    replies = {"response": Reply(delay=1), "pause": BROKEN, "handler": ANSWER}
    with Server(in_order(replies[place])) as server:
        driver = Async(server.url)
        reached = []

        async def wait(**_):
            reached.append(1)
            if place == "handler":
                await asyncio.sleep(60)
            return 60 if place == "pause" else None

        event = "needs-retry" if place == "pause" else "before-send"
        driver.client.meta.events.register(f"{event}.{SERVICE}.*", wait)

        async def cancelled():
            task = asyncio.ensure_future(driver.client.converse(**QUESTION))
            while not reached:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        started = time.monotonic()
        driver.loop.run_until_complete(asyncio.wait_for(cancelled(), DEADLINE))
        assert time.monotonic() - started < 0.9
        driver.close()


def test_asynchronous_handlers_may_await_responses_as_in_aiobotocore(server):
    driver = Async(server.url)
    seen = []

    class Given:
        status_code, headers = 200, {}

        @property
        async def content(self):
            return ANSWER.body

    async def note(response, attempts, **_):
        seen.append((await response[0].content, response[1]["stopReason"]))
        return 0 if attempts == 1 else None

    async def answer(request, **_):
        return Given() if request.context["retries"]["attempt"] == 2 else None

    driver.client.meta.events.register("needs-retry", note)
    driver.client.meta.events.register("before-send", answer)
    driver.call("converse", **QUESTION)
    driver.close()
    assert seen == [(ANSWER.body, "end_turn")] * 2
    assert len(server.requests) == 1


@OURS
@pytest.mark.parametrize(
    ("method", "reply", "params"),
    [
        ("converse", ANSWER, QUESTION),
        ("converse", INVALID, QUESTION),
        ("converse_stream", STREAM, QUESTION),
        ("invoke_model", ANSWER, {"modelId": "a/b c", "body": b"{}", "accept": "é"}),
        ("list_async_invokes", Reply(body=b"{}"), {"maxResults": 3, "sortOrder": "Ascending"}),
        ("converse", ANSWER, {"modelId": ""}),
    ],
)
def test_a_handler_that_does_nothing_changes_nothing(ours, method, reply, params):
    found = []
    for event in ("getattr", "before-send"):
        with Server(in_order(reply)) as server:
            driver = ours(server.url)
            driver.client.meta.events.register(event, lambda **_: None)
            assert driver.client.meta.events.concerns_calls == (event != "getattr")
            end = outcome(lambda: driver.call(method, **params))  # noqa: B023
            driver.close()
            found.append([end, [sent_request(request) for request in server.requests]])
    assert found[0] == found[1]


@OURS
def test_a_large_response_is_complete(ours):
    text = "haiku " * 100_000
    body = json.loads(ANSWER.body)
    body["output"]["message"]["content"] = [{"text": text}]
    with Server(in_order(Reply(body=json.dumps(body).encode()))) as server:
        driver = ours(server.url)
        driver.client.meta.events.register("before-send", lambda **_: None)
        response = driver.call("converse", **QUESTION)
        driver.close()
    assert response["output"]["message"]["content"] == [{"text": text}]


@OURS
def test_a_client_with_handlers_is_freed_with_its_last_reference(ours, server):
    driver = ours(server.url)
    driver.client.meta.events.register("before-send", lambda **_: None)
    driver.call("converse", **QUESTION)
    driver.close()
    client = weakref.ref(driver.client)
    gc.disable()
    try:
        del driver.client
        assert client() is None
    finally:
        gc.enable()


@OURS
def test_copies_of_a_client_have_its_handlers(ours, server):
    driver = ours(server.url)
    driver.client.meta.events.register("before-sign", adding("X-Own"))
    driver.client = copy.copy(driver.client)
    driver.call("converse", **QUESTION)
    driver.client = pickle.loads(pickle.dumps(driver.client))
    driver.call("converse", **QUESTION)
    driver.close()
    assert [request.header("X-Own") for request in server.requests] == ["1", None]
    assert all(authorization(request) for request in server.requests)


def test_keys_that_a_function_provides_sign_the_call(server):
    asked = []

    def provide():
        asked.append(1)
        return "AKIDPROVIDED", "secret", "token"

    for ours in (Sync, Async):
        session = fastbedrock.Session(credentials=provide, region_name="us-east-1")
        driver = ours(server.url, session)
        driver.client.meta.events.register("before-send", lambda **_: None)
        driver.call("converse", **QUESTION)
        driver.close()
        assert "AKIDPROVIDED" in authorization(server.requests[-1])
        assert server.requests[-1].header("x-amz-security-token") == "token"
    assert len(asked) == 2


@OURS
def test_missing_credentials_are_reported_to_the_handlers(ours, server, monkeypatch):
    monkeypatch.setenv("HOME", "/no-such-folder")
    driver = ours(server.url, fastbedrock.Session(region_name="us-east-1"))
    seen = []
    events = driver.client.meta.events
    events.register("after-call-error", lambda exception, **_: seen.append(exception))
    with pytest.raises(exceptions.NoCredentialsError) as caught:
        driver.call("converse", **QUESTION)
    assert seen == [caught.value]
    driver.close()


@OURS
def test_adaptive_mode_and_the_log_work_with_handlers(ours, caplog):
    with Server(in_order(BROKEN, ANSWER)) as server:
        driver = ours(server.url, retries={"mode": "adaptive", "total_max_attempts": 2})
        driver.client.meta.events.register("before-send", lambda **_: None)
        with caplog.at_level("DEBUG", logger="fastbedrock"):
            response = driver.call("converse", **QUESTION)
        driver.close()
    assert response["ResponseMetadata"]["RetryAttempts"] == 1
    messages = [record.getMessage() for record in caplog.records]
    assert any("500" in message for message in messages)
    attempts = {getattr(record, "attempt", None) for record in caplog.records}
    assert {1, 2} <= attempts


WITHOUT_BOTOCORE = """
import sys
import fastbedrock
from programs import HELLO, arguments, say

given = arguments()
client = fastbedrock.client("bedrock-runtime", **given)
client.converse(**HELLO)
imported = [name for name in sys.modules if name.startswith("fastbedrock._events")]
def change(request, **_):
    request.headers.add_header("X-Own", "1")
client.meta.events.register("before-sign.bedrock-runtime.*", change)
client.meta.events.register("choose-signer", lambda signature_version, **_: signature_version)
kinds = []
def note(request, **_):
    kinds.append(type(request).__name__)
client.meta.events.register("request-created", note)
client.meta.events.register("before-send", note)
client.meta.events.register("needs-retry", lambda response, **_: kinds.append(response[0].text))
client.converse(**HELLO)
say(imported=imported, kinds=kinds, botocore="botocore" in sys.modules)
"""


def test_events_need_no_botocore_and_cost_no_import(server):
    given = {**SETTINGS, "endpoint_url": server.url}
    with Program(WITHOUT_BOTOCORE, given) as program:
        facts = program.next()
    assert facts["imported"] == []
    assert facts["kinds"] == ["AWSRequest", "AWSPreparedRequest", ANSWER.body.decode()]
    assert facts["botocore"] is False
    assert [request.header("X-Own") for request in server.requests] == [None, "1"]


GREEN = """
from gevent import monkey
monkey.patch_all()
import gevent
import fastbedrock
from programs import HELLO, arguments, say

client = fastbedrock.client("bedrock-runtime", **arguments())
client.meta.events.register("before-send", lambda request, **_: None)
turns = 0
def count():
    global turns
    while True:
        turns += 1
        gevent.sleep(0.01)
gevent.spawn(count)
response = client.converse(**HELLO)
say(turns=turns, reason=response["stopReason"])
"""


@pytest.mark.skipif(find_spec("gevent") is None, reason="needs gevent")
def test_other_green_threads_run_while_a_call_with_handlers_waits():
    with Server(in_order(Reply(body=ANSWER.body, delay=0.5))) as server:
        with Program(GREEN, {**SETTINGS, "endpoint_url": server.url}) as program:
            facts = program.next()
    assert facts["reason"] == "end_turn"
    assert facts["turns"] > 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_the_handlers(server):
    driver = Sync(server.url)
    driver.client.meta.events.register("before-sign", adding("X-Own"))
    driver.call("converse", **QUESTION)
    child = os.fork()
    if not child:
        status = 1
        try:
            driver.client.meta.events.register("before-sign", adding("X-Child"))
            driver.call("converse", **QUESTION)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    driver.call("converse", **QUESTION)
    assert [request.header("X-Child") for request in server.requests] == [None, "1", None]
    driver.close()
