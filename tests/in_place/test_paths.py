"""A call takes the fast path only if nothing foreign has a say in it, and says why it does not."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
from operator import attrgetter
from unittest import mock

import botocore.history
import botocore.httpsession
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSResponse
from botocore.endpoint import Endpoint
from botocore.parsers import ResponseParser
from botocore.signers import RequestSigner
from botocore.stub import Stubber
from botocore.useragent import UserAgentString

import fastbedrock
from differential import SETTINGS
from in_place import BOTOCORE, ENGINE, make_client, path
from log_records import recording_logs
from programs import DEADLINE
from scripted_server import Reply, Server, in_order


@pytest.fixture(scope="module")
def server():
    with Server(in_order(Reply())) as server:
        yield server


@pytest.fixture(autouse=True)
def installed():
    with fastbedrock.install():
        yield


@pytest.fixture
def client(server):
    client = make_client(server)
    assert path(client, server) == ENGINE
    assert fastbedrock.installed(client).is_fast
    return client


INPUT = {"converse": {}}
EVENTS = [
    "before-send.bedrock-runtime.Converse",
    "before-send",
    "before-sign.bedrock-runtime.*",
    "request-created.bedrock-runtime.*",
    "before-call.*.*",
    "provide-client-params.bedrock-runtime.Converse",
    "before-parameter-build.bedrock-runtime",
    "before-endpoint-resolution.bedrock-runtime",
    "after-call.bedrock-runtime.Converse",
    "needs-retry.bedrock-runtime.Converse",
    "response-received.bedrock-runtime",
    "choose-signer.bedrock-runtime.*",
    "before-parse.bedrock-runtime.*",
    "after-call-error.bedrock-runtime",
]


@pytest.mark.parametrize("event", EVENTS)
def test_a_handler_sees_calls_until_it_is_unregistered(client, server, event):
    seen = []

    def handler(event_name, **_):
        seen.append(event_name)

    client.meta.events.register(event, handler)
    assert path(client, server) == BOTOCORE
    assert bool(seen) != event.startswith("after-call-error")
    found = fastbedrock.installed(client)
    assert not found.is_fast
    assert "handler" in found.reason
    assert event.partition(".")[0] in found.reason
    client.meta.events.unregister(event, handler)
    assert path(client, server) == ENGINE


def test_a_handler_counts_that_is_registered_while_another_thread_makes_its_first_call(server):
    client, seen = make_client(server), []
    begun, registered = threading.Event(), threading.Event()
    own = UserAgentString.to_string

    def to_string(self):  # the path of a first call is found meanwhile
        if threading.current_thread() is thread:
            begun.set()
            assert registered.wait(DEADLINE)
        return own(self)

    thread = threading.Thread(target=client.converse, kwargs={"modelId": "m"})
    with mock.patch.object(UserAgentString, "to_string", to_string):
        thread.start()
        assert begun.wait(DEADLINE)
        client.meta.events.register("before-send", lambda **_: seen.append(1))
        client.converse(modelId="m")
        registered.set()
        thread.join(DEADLINE)
    assert path(client, server) == BOTOCORE
    assert seen == [1, 1]


def test_a_handler_of_another_operation_does_not_matter(client, server):
    client.meta.events.register("before-call.bedrock-runtime.CountTokens", lambda **_: None)
    client.meta.events.register("creating-client-class", lambda **_: None)
    assert path(client, server) == ENGINE


def test_a_handler_of_the_session_counts(server):
    import boto3

    session = boto3.session.Session()
    seen = []
    session.events.register("before-send", lambda **_: seen.append(1))
    client = session.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
    assert path(client, server) == BOTOCORE
    assert seen == [1]


def test_an_unregistered_handler_of_botocore_is_missed(client, server):
    unique_id = "retry-config-bedrock-runtime"
    client.meta.events.unregister("needs-retry.bedrock-runtime", unique_id=unique_id)
    assert path(client, server) == BOTOCORE
    assert "needs-retry" in fastbedrock.installed(client).reason


def test_another_signer_of_botocore_counts_as_foreign(client, server):
    from botocore.handlers import disable_signing

    client.meta.events.register("choose-signer.bedrock-runtime.*", disable_signing)
    assert path(client, server) == BOTOCORE
    assert server.requests[0].header("authorization") is None


def test_a_stubber_answers(client, server):
    server.play(Reply())
    with Stubber(client) as stubber:
        stubber.add_response("count_tokens", {"inputTokens": 42}, {"modelId": "m", "input": INPUT})
        assert client.count_tokens(modelId="m", input=INPUT)["inputTokens"] == 42
    assert server.requests == []
    assert path(client, server) == ENGINE


class OwnSession(botocore.httpsession.URLLib3Session):
    def send(self, request):
        return AWSResponse(request.url, 200, {}, mock.Mock(stream=lambda: [b"{}"]))


class OwnSigner(RequestSigner):
    pass


def replace_endpoint(client):
    def make_request(*_):
        return mock.Mock(status_code=200), {"answer": "mocked"}

    client._endpoint = mock.Mock(wraps=client._endpoint, make_request=make_request)


def replace_http_session(client):
    client._endpoint.http_session = OwnSession()


def replace_signer(client):
    own = client._request_signer
    client._request_signer = signer = OwnSigner.__new__(OwnSigner)
    vars(signer).update(vars(own))


def replace_method(client):
    client._make_request = lambda *_: (mock.Mock(status_code=200), {})


def replace_endpoint_method(client):
    client._endpoint.make_request = lambda *_: (mock.Mock(status_code=200), {})


def replace_send(client):
    own = client._endpoint.http_session.send
    client._endpoint.http_session.send = lambda request: own(request)


@pytest.mark.parametrize(
    "replace",
    [
        replace_endpoint,
        replace_http_session,
        replace_signer,
        replace_method,
        replace_endpoint_method,
        replace_send,
    ],
)
def test_a_replaced_part_of_the_client_is_used(client, server, replace):
    replace(client)
    server.play(Reply())
    client.converse(modelId="m")
    assert all(request.headers[0][0] != "host" for request in server.requests)
    assert not fastbedrock.installed(client)


@pytest.mark.parametrize("emitter", ["events", "events._emitter"])
def test_an_emitter_with_a_method_of_its_own_is_asked(client, server, emitter):
    owner = attrgetter(emitter)(client.meta)
    with mock.patch.object(owner, "emit", side_effect=owner.emit) as emit:
        assert path(client, server) == BOTOCORE
        assert emit.called
    assert path(client, server) == ENGINE


def test_a_subclass_keeps_its_own_methods(server):
    import boto3

    seen = []

    class Mixin:
        def _emit_api_params(self, api_params, operation_model, context):
            seen.append(operation_model.name)
            return super()._emit_api_params(
                api_params=api_params, operation_model=operation_model, context=context
            )

    session = boto3.session.Session()
    session.events.register(
        "creating-client-class", lambda base_classes, **_: base_classes.insert(0, Mixin)
    )
    client = session.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
    assert path(client, server) == BOTOCORE
    assert seen == ["Converse"]
    assert "_emit_api_params" in fastbedrock.installed(client).reason


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Endpoint, "prepare_request"),
        (Endpoint, "make_request"),
        (botocore.httpsession.URLLib3Session, "send"),
        (RequestSigner, "sign"),
        (SigV4Auth, "add_auth"),
        (ResponseParser, "parse"),
        (http.client.HTTPConnection, "putrequest"),
        (botocore.client.BaseClient, "_emit_api_params"),
    ],
)
def test_a_patched_function_is_called(client, server, owner, name):
    seen = []
    own = getattr(owner, name)

    def wrapper(*args, **kwargs):
        seen.append(name)
        return own(*args, **kwargs)

    with mock.patch.object(owner, name, wrapper):
        assert path(client, server) == BOTOCORE
        assert name in fastbedrock.installed(client).reason
    assert seen == [name]
    assert path(client, server) == ENGINE


def test_replaced_sockets_are_used(client, server):
    opened = []

    class Guarded(socket.socket):
        def connect(self, address):
            opened.append(address)
            return super().connect(address)

    client.close()
    with mock.patch.object(socket, "socket", Guarded):
        assert path(client, server) == BOTOCORE
    assert len(opened) == 1
    assert path(client, server) == ENGINE


def test_botocore_logs_if_it_is_asked_to(client, server):
    with recording_logs(logger="botocore") as logs:
        assert path(client, server) == BOTOCORE
        assert "DEBUG" in fastbedrock.installed(client).reason
    assert any("Sending http request" in text for text in logs.texts("botocore"))
    with recording_logs(logging.INFO, logger="botocore"):
        assert path(client, server) == ENGINE


def test_a_recorded_history_is_complete(client, server):
    recorder = botocore.history.get_global_history_recorder()
    recorder.enable()
    try:
        assert path(client, server) == BOTOCORE
    finally:
        recorder.disable()
    assert path(client, server) == ENGINE


@pytest.mark.parametrize(
    "config",
    [
        {"proxies_config": {"proxy_ca_bundle": "none.pem"}},
        {"client_cert": "none.pem"},
    ],
    ids=list,
)
def test_a_setting_that_the_engine_lacks_is_kept(server, config):
    client = make_client(server, config)
    assert path(client, server) == BOTOCORE
    assert fastbedrock.installed(client).reason


def test_parameters_that_are_no_plain_dict_are_botocores(client, server):
    class Params(dict):
        pass

    server.play(Reply())
    client._make_api_call("Converse", Params(modelId="m"))
    assert server.requests[0].headers[0][0] == "Host"


def test_unvalidated_parameters_are_sent_as_botocore_sends_them(server):
    client = make_client(server, {"parameter_validation": False})
    assert path(client, server) == ENGINE
    assert path(client, server, messages=None) == BOTOCORE


def test_other_services_are_left_alone(server):
    client = make_client(server, service_name="sts")
    server.play(Reply(body=b"<r><GetCallerIdentityResult/></r>"))
    client.get_caller_identity()
    assert server.requests[0].headers[0][0] == "Host"
    assert "sts" in fastbedrock.installed(client).reason


def test_the_log_tells_the_path_once(server):
    with recording_logs() as logs:
        client = make_client(server)
        for _ in range(3):
            path(client, server)
        client._make_request = lambda *_: (mock.Mock(status_code=200), {})
        for _ in range(3):
            client.converse(modelId="m")
    found = [text for text in logs.texts() if "calls take" in text]
    assert [text.split(": ", 1)[1] for text in found] == [
        "calls take the <fast path>",
        "calls take the <botocore's own path: the client has a _make_request of its own>",
    ]


def test_what_is_no_client_of_botocore_has_no_path():
    assert "not a client" in fastbedrock.installed(object()).reason
    fastbedrock.uninstall()
    assert "not installed" in fastbedrock.installed(object()).reason
