"""Which records calls make, and what the records contain."""

from __future__ import annotations

import asyncio
import logging
import socket
import time

import pytest

import event_loops
import fastbedrock
from faces import both_faces
from fastbedrock import exceptions
from log_records import BUSY, KEYS, QUESTION, REQUEST_ID, call, recording_logs, server_with
from scripted_server import Reply, Server

THROTTLED = Reply(429, body=b'{"__type":"ThrottlingException"}', headers=REQUEST_ID)
INVALID = Reply(400, body=b'{"__type":"ValidationException","message":"no"}', headers=REQUEST_ID)


@both_faces
def test_a_call_logs_its_attempts_connections_and_retries(face):
    with recording_logs() as kept, server_with(BUSY, Reply(headers=REQUEST_ID)) as server:
        began = time.time()
        call(face, server)
        ended = time.time()
        host = server.url.removeprefix("http://")
    texts = [text.split(" after 0.")[0].split(" in 0.")[0] for text in kept.texts()]
    created, *texts = texts
    assert created.startswith(f"Created a client of bedrock-runtime in us-east-1: endpoint {host}")
    size = len(server.requests[0].body)
    sending = f"Sending Converse to {host}: attempt %d of 3, {size} bytes, credentials by explicit"
    assert texts == [
        sending % 1,
        f"Connecting to {host}",
        f"Connected to {host}",
        f"{host} answered Converse with status 503",
        "Response complete; its connection is kept for later requests",
        "Retrying Converse",
        sending % 2,
        "Reusing a connection that was idle for 0" + texts[7].partition("idle for 0")[2],
        f"{host} answered Converse with status 200",
        "Response complete; its connection is kept for later requests",
    ]
    [retry] = kept.texts("fastbedrock.retries")
    assert retry.endswith(" after attempt 1: HTTP status 503, request id 6f86084a")
    times = [record.created for record in kept.records]
    assert times == sorted(times)
    assert began <= times[0] <= times[-1] <= ended
    assert {record.levelname for record in kept.records} == {"DEBUG"}


@both_faces
def test_records_have_their_values_as_attributes(face):
    with recording_logs() as kept, server_with(THROTTLED, Reply(headers=REQUEST_ID)) as server:
        call(face, server)
    sent = server.requests[0].header("amz-sdk-invocation-id")
    records = kept.of_call(sent)
    assert records == kept.records[1:]
    assert {record.operation for record in records} == {"Converse"}
    numbers = [record.attempt for record in records]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2}
    answers = [record for record in records if "answered" in record.msg]
    assert [(r.status, r.aws_request_id) for r in answers] == [(429, "6f86084a"), (200, "6f86084a")]
    [retry] = [record for record in records if record.name == "fastbedrock.retries"]
    assert (retry.error_code, retry.status, retry.attempt) == ("ThrottlingException", 429, 1)
    assert retry.delay >= 0
    # The message is a template, by which tools group records.
    assert "%(" in retry.msg
    assert retry.args["delay"] == retry.delay


@both_faces
@pytest.mark.parametrize(
    ("replies", "options", "reason"),
    [
        ([INVALID], {}, "ValidationException, HTTP status 400, request id 6f86084a; another"),
        ([BUSY], {"retries": {"total_max_attempts": 1}}, "request id 6f86084a; no attempts are le"),
        ([Reply(delay=3)], {"read_timeout": 0.2}, "ReadTimeoutError; the model may have run"),
    ],
    ids=["invalid", "last attempt", "silence"],
)
def test_the_reason_for_not_retrying_is_logged(face, replies, options, reason):
    with recording_logs() as kept, server_with(*replies) as server:
        error = call(face, server, config=fastbedrock.Config(**options))
    assert isinstance(error, Exception)
    assert reason in kept.texts("fastbedrock.retries")[-1]


def test_an_exhausted_retry_quota_is_logged():
    with recording_logs() as kept, server_with(Reply(then="reset", cut=0)) as server:
        client = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        for _ in range(100):
            with pytest.raises(exceptions.ConnectionClosedError):
                client.converse(**QUESTION)
            if kept.texts("fastbedrock.retries")[-1].endswith("the retry quota is used up"):
                break
        else:
            pytest.fail(str(kept.texts("fastbedrock.retries")[-3:]))
    failed = [text for text in kept.texts("fastbedrock.client") if "Converse failed" in text]
    assert failed
    assert all("ConnectionClosedError" in text for text in failed)


def test_the_rate_limit_of_adaptive_mode_is_logged():
    config = fastbedrock.Config(retries={"mode": "adaptive", "total_max_attempts": 2})
    with recording_logs() as kept, server_with(THROTTLED, Reply()) as server:
        call("sync", server, config=config)
    assert any("rate limit holds Converse back" in text for text in kept.texts())


@both_faces
def test_a_failed_connection_is_logged(face):
    config = fastbedrock.Config(retries={"total_max_attempts": 1})
    with recording_logs() as kept, socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()
        closed.close()
        error = call(face, None, endpoint_url=f"http://127.0.0.1:{address[1]}", config=config)
    assert type(error).__name__ == "EndpointConnectionError"
    [text] = [text for text in kept.texts("fastbedrock.connections") if "No connection" in text]
    assert "EndpointConnectionError: " in text
    assert "refused" in text.lower()


def test_waiting_for_a_permit_is_logged():
    async def both(server: Server) -> None:
        arguments = {"endpoint_url": server.url, **KEYS, "max_concurrency": 1}
        client = fastbedrock.async_client("bedrock-runtime", **arguments)
        await asyncio.gather(client.converse(**QUESTION), client.converse(**QUESTION))

    with recording_logs() as kept, server_with() as server:
        event_loops.run(both(server))
    texts = kept.texts("fastbedrock.client")
    assert "Converse waits for its turn: max_concurrency is reached" in texts
    assert any(text.startswith("Converse has its turn after ") for text in texts)


@both_faces
def test_the_end_of_a_stream_is_logged(face, local_bedrock):
    arguments = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    question = {**QUESTION, "modelId": "amazon.nova-lite-v1:0"}

    def read_all() -> None:
        client = fastbedrock.client("bedrock-runtime", **arguments)
        list(client.converse_stream(**question)["stream"])

    async def read_all_async() -> None:
        client = fastbedrock.async_client("bedrock-runtime", **arguments)
        async for _ in (await client.converse_stream(**question))["stream"]:
            pass

    with recording_logs() as kept:
        read_all() if face == "sync" else event_loops.run(read_all_async())
        record = kept.records[-1]
        assert record.getMessage().startswith("Response complete")
        assert record in kept.of_call(kept.records[1].invocation_id)


def test_closing_an_unread_stream_logs_the_closed_connection(local_bedrock):
    arguments = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    client = fastbedrock.client("bedrock-runtime", **arguments)
    question = {**QUESTION, "modelId": "amazon.nova-lite-v1:0"}
    with recording_logs() as kept:
        client.converse_stream(**question)["stream"].close()
        assert kept.texts()[-1] == "Closed a connection: the response was not read to its end"


def test_credentials_that_cannot_be_refreshed_are_a_warning(monkeypatch):
    # As in botocore. Nothing else shows the failure, because the current credentials still work.
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 300))
    for name, value in [
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_CREDENTIAL_EXPIRATION", soon),
    ]:
        monkeypatch.setenv(name, value)
    with recording_logs(logging.WARNING) as kept, server_with() as server:
        client = fastbedrock.client("bedrock-runtime", "us-east-1", endpoint_url=server.url)
        monkeypatch.delenv("AWS_CREDENTIAL_EXPIRATION")
        end = time.monotonic() + 30
        while not kept.records and time.monotonic() < end:
            client.converse(**QUESTION)
    [record] = kept.records
    assert (record.name, record.levelno) == ("fastbedrock.credentials", logging.WARNING)
    assert record.getMessage() == (
        "Refreshing the credentials by env failed (PartialCredentialsError); those in use stay in "
        f"use: they expire at {soon}"
    )


@both_faces
@pytest.mark.parametrize("program", ["exit 1", "cat"])
def test_the_search_for_credentials_is_logged(face, program, monkeypatch, tmp_path):
    (tmp_path / "keys").write_text('{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S"}')
    command = f"{program} {tmp_path / 'keys'}" if program == "cat" else f"sh -c '{program}'"
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {command}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    nothing = {name: None for name in KEYS if name.startswith("aws_")}
    with recording_logs() as kept, server_with() as server:
        call(face, server, **nothing)
    found = {
        "exit 1": "Found no credentials by custom-process: CredentialRetrievalError",
        "cat": "Found credentials by custom-process: they do not expire",
    }
    assert kept.texts("fastbedrock.credentials") == [
        "Waiting for credentials by custom-process",
        "Looking for credentials by custom-process",
        found[program],
    ]


def test_a_cancelled_call_is_logged():
    async def give_up(server: Server) -> None:
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.converse(**QUESTION), 0.2)

    with recording_logs() as kept, server_with(Reply(delay=1)) as server:
        event_loops.run(give_up(server))
        assert "Converse was cancelled" in kept.texts("fastbedrock.client")
