"""Responses and errors are of botocore's own classes, where somebody looks."""

from __future__ import annotations

import gc
import json
import pickle
import weakref
from unittest import mock

import botocore.eventstream
import botocore.exceptions
import botocore.parsers
import botocore.response
import pytest
from botocore.eventstream import EventStream
from dateutil.tz import tzlocal, tzutc

import fastbedrock
from frames import event, exception
from in_place import BOTOCORE, ENGINE, make_client, path, sender
from programs import wait_for
from scripted_server import Reply, Server, in_order
from streaming_replies import STREAM, event_numbers, numbered_events

JSON = (("Content-Type", "application/json"),)
REFUSED = Reply(
    400, headers=(*JSON, ("x-amzn-errortype", "ValidationException")), body=b'{"message": "m"}'
)


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
    retries = {"mode": "standard", "total_max_attempts": 1}
    return make_client(server, {"retries": retries, "read_timeout": 2})


def stream_of(client, server, *frames, **reply):
    server.play(Reply(body=b"".join(frames), **{**STREAM, **reply}))
    return client.converse_stream(modelId="m")["stream"]


def test_a_response_is_a_plain_dict(client, server):
    server.play(Reply())
    response = client.converse(modelId="m")
    assert type(response) is dict
    assert type(response["ResponseMetadata"]) is dict
    assert response["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_error_is_of_the_clients_class_and_botocores_module(client, server):
    server.play(REFUSED)
    with pytest.raises(client.exceptions.ValidationException) as caught:
        client.converse(modelId="m")
    error = caught.value
    assert sender(server.requests[0]) == ENGINE
    assert type(error) is client.exceptions.ValidationException
    assert type(error).__module__ == "botocore.errorfactory"
    assert error.__context__ is error.__cause__ is None
    assert type(error).__mro__[1] is botocore.exceptions.ClientError
    assert pickle.loads(pickle.dumps(error)).response == error.response


def test_an_unknown_code_is_botocores_client_error(client, server):
    server.play(Reply(403, headers=(*JSON, ("x-amzn-errortype", "ExpiredTokenException"))))
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.converse(modelId="m")
    assert type(caught.value) is botocore.exceptions.ClientError


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (Reply(cut=0, then="reset"), "ConnectionClosedError"),
        (Reply(delay=3), "ReadTimeoutError"),
        (Reply(body=b"[]"), "ResponseParserError"),
    ],
    ids=["reset", "silence", "list"],
)
def test_errors_of_transport_and_parser_are_botocores(client, server, reply, name):
    server.play(reply)
    module = botocore.parsers if name == "ResponseParserError" else botocore.exceptions
    with pytest.raises(getattr(module, name)) as caught:
        client.converse(modelId="m")
    assert type(caught.value) is getattr(module, name)
    assert sender(server.requests[0]) == ENGINE


def test_a_parameter_error_is_botocores(client, server):
    server.play(Reply())
    with pytest.raises(botocore.exceptions.ParamValidationError) as caught:
        client.converse(modelId=5)
    assert type(caught.value) is botocore.exceptions.ParamValidationError
    assert caught.value.__context__ is None
    assert server.requests == []


def test_a_stream_is_botocores(client, server):
    stream = stream_of(client, server, *numbered_events(3))
    assert sender(server.requests[0]) == ENGINE
    assert isinstance(stream, EventStream)
    assert event_numbers(stream) == [0, 1, 2]
    stream.close()


def test_methods_that_are_replaced_on_the_class_of_streams_are_called(client, server):
    """As Sentry does it."""
    own, closed = EventStream.__iter__, []

    def wrapped(self):
        for each in own(self):
            yield {"wrapped": each}

    with mock.patch.object(EventStream, "__iter__", wrapped):
        with mock.patch.object(EventStream, "close", lambda self: closed.append(self)):
            stream = stream_of(client, server, *numbered_events(1))
            assert [list(each) for each in stream] == [["wrapped"]]
            stream.close()
    assert sender(server.requests[0]) == ENGINE
    assert closed == [stream]


def test_a_method_that_is_assigned_to_a_stream_sees_the_parsed_events(client, server):
    """As openllmetry does it."""
    stream = stream_of(client, server, *numbered_events(3))
    own, seen = stream._parse_event, []

    def wrapped(*args):
        seen.append(own(*args))
        return seen[-1]

    stream._parse_event = wrapped
    assert event_numbers(stream) == event_numbers(seen) == [0, 1, 2]


def test_a_patched_parser_of_events_gets_botocores_events(client, server):
    with mock.patch.object(EventStream, "_parse_event", lambda _, raw: {"type": raw.headers}):
        [found] = stream_of(client, server, *numbered_events(1))
    assert found["type"][":event-type"] == "contentBlockDelta"
    assert sender(server.requests[0]) == BOTOCORE


def test_an_error_in_a_stream_is_botocores(client, server):
    frames = (*numbered_events(2), exception("throttlingException", b'{"message": "slow"}'))
    stream = stream_of(client, server, *frames)
    events = iter(stream)
    assert event_numbers([next(events), next(events)]) == [0, 1]
    with pytest.raises(botocore.exceptions.EventStreamError) as caught:
        next(events)
    assert type(caught.value) is botocore.exceptions.EventStreamError
    assert caught.value.response["Error"]["Code"] == "throttlingException"


def test_a_broken_frame_is_botocores_error(client, server):
    broken = event("messageStop", b"{}")[:-1] + b"\x00"
    with pytest.raises(botocore.eventstream.ChecksumMismatch) as caught:
        list(stream_of(client, server, broken))
    assert type(caught.value) is botocore.eventstream.ChecksumMismatch


def test_a_stream_without_an_initial_response_says_so(client, server):
    with pytest.raises(botocore.eventstream.NoInitialResponseError) as caught:
        stream_of(client, server).get_initial_response()
    assert type(caught.value) is botocore.eventstream.NoInitialResponseError


def test_closing_a_stream_closes_its_connection(client, server):
    before = server.open_connections
    stream = stream_of(client, server, *numbered_events(1), cut=-5)  # without the last chunk
    assert event_numbers([next(iter(stream))]) == [0]
    assert server.open_connections == before + 1
    stream.close()
    wait_for(lambda: server.open_connections == before)


def body_of(client, server, **reply):
    server.play(Reply(**reply))
    return client.invoke_model(modelId="m", body=b"{}")["body"]


def test_a_body_is_botocores(client, server):
    body = body_of(client, server, body=b'{"a": 1}\n' * 300)
    assert sender(server.requests[0]) == ENGINE
    assert type(body) is botocore.response.StreamingBody
    assert body.readable()
    assert body.read(3) == b'{"a'
    assert body.tell() == 3
    body.set_socket_timeout(5)
    assert len(list(body.iter_lines())) == 300
    body.close()
    with body_of(client, server, body=b"x") as raw:
        assert raw.read() == b"x"


def test_a_body_is_read_as_a_file(client, server):
    assert json.load(body_of(client, server, body=b'{"a": 1}')) == {"a": 1}
    buffer = bytearray(4)
    body = body_of(client, server, body=b"abcdef")
    assert body.readinto(buffer) == 4
    assert buffer == b"abcd"
    assert body_of(client, server, body=b"a\nb\n").readlines() == [b"a\n", b"b\n"]
    assert b"".join(body_of(client, server, body=b"x" * 3000)) == b"x" * 3000


def test_errors_of_a_body_are_botocores(client, server):
    body = body_of(client, server, body=b"abc", cut=-1, then="close")
    with pytest.raises(botocore.exceptions.IncompleteReadError) as caught:
        list(body.iter_chunks(1))
    assert type(caught.value) is botocore.exceptions.IncompleteReadError
    with pytest.raises(botocore.exceptions.ResponseStreamingError) as caught:
        body_of(client, server, body=b"abc", cut=-1, then="close").read()
    assert type(caught.value) is botocore.exceptions.ResponseStreamingError
    body = body_of(client, server, body=b"abc", cut=-1)
    body.set_socket_timeout(0.2)
    with pytest.raises(botocore.exceptions.ReadTimeoutError) as caught:
        body.read()
    assert type(caught.value) is botocore.exceptions.ReadTimeoutError


def test_timestamps_are_in_botocores_zones(client, server):
    times = {"submitTime": "2026-11-28T12:00:00Z", "modelArn": "m"}
    body = json.dumps({"asyncInvokeSummaries": [times]}).encode()
    server.play(Reply(body=body))
    [found] = client.list_async_invokes()["asyncInvokeSummaries"]
    assert sender(server.requests[0]) == ENGINE
    assert found["submitTime"].tzinfo is tzutc()
    memory = make_client(server, service_name="bedrock-agentcore")
    server.play(Reply(body=b'{"event": {"eventTimestamp": 1790000000.5}}'))
    found = memory.get_event(memoryId="m" * 12, sessionId="s", actorId="a", eventId="0#" + "a" * 8)
    assert sender(server.requests[0]) == ENGINE
    assert found["event"]["eventTimestamp"].tzinfo == tzlocal()


def test_a_client_leaves_nothing_behind(server):
    client = make_client(server)
    assert path(client, server) == ENGINE
    reference = weakref.ref(client)
    del client
    gc.collect()
    assert reference() is None


def test_closing_a_client_closes_the_engines_connections(client, server):
    assert path(client, server) == ENGINE
    before = server.open_connections
    assert before
    client.close()
    wait_for(lambda: server.open_connections < before)
    assert path(client, server) == ENGINE
