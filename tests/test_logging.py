"""Records of what calls do: which there are, where they are made, and that they harm nothing."""

from __future__ import annotations

import asyncio
import contextvars
import io
import logging
import logging.config
import os
import socket
import sys
import threading
import time
from typing import Any

import boto3
import pytest

import asynchronous
import fastbedrock
from fastbedrock import _core, exceptions
from records import KEYS, QUESTION, Keep, keeping, serving
from servers import Reply, Server

REQUEST_ID = (("Content-Type", "application/json"), ("x-amzn-RequestId", "6f86084a"))
THROTTLED = Reply(429, body=b'{"__type":"ThrottlingException"}', headers=REQUEST_ID)
BUSY = Reply(503, headers=REQUEST_ID)
INVALID = Reply(400, body=b'{"__type":"ValidationException","message":"no"}', headers=REQUEST_ID)

FACES = pytest.mark.parametrize("face", ["sync", "async"])


def call(face: str, server: Server | None, **options: Any) -> Any:
    """One call by a client of its own; the error that it raises, if it does."""
    there = {} if server is None else {"endpoint_url": server.url}
    arguments = {**there, **KEYS, **options}
    try:
        if face == "sync":
            return fastbedrock.client("bedrock-runtime", **arguments).converse(**QUESTION)

        async def converse() -> Any:
            client = fastbedrock.async_client("bedrock-runtime", **arguments)
            return await client.converse(**QUESTION)

        return asynchronous.run(converse())
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        return error


@FACES
def test_a_call_tells_its_attempts_connections_and_retries(face):
    with keeping() as kept, serving(BUSY, Reply(headers=REQUEST_ID)) as server:
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


def test_records_have_the_time_at_which_it_happened():
    # Told together at the end: the wait is too short to be looked at.
    with keeping() as kept, serving(Reply(delay=0.06)) as server:
        call("sync", server)
    [sent] = [record for record in kept.records if "Sending" in record.msg]
    [answered] = [record for record in kept.records if "answered" in record.msg]
    assert answered.created - sent.created >= 0.05
    assert answered.relativeCreated - sent.relativeCreated >= 50
    assert int(answered.msecs) == int(answered.created % 1 * 1000)


@FACES
def test_records_carry_what_they_say_as_attributes(face):
    with keeping() as kept, serving(THROTTLED, Reply(headers=REQUEST_ID)) as server:
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
    # A message is a template: tools that group records do it by this.
    assert "%(" in retry.msg
    assert retry.args["delay"] == retry.delay


@FACES
@pytest.mark.parametrize(
    ("replies", "options", "reason"),
    [
        ([INVALID], {}, "ValidationException, HTTP status 400, request id 6f86084a; another"),
        ([BUSY], {"retries": {"total_max_attempts": 1}}, "request id 6f86084a; no attempts are le"),
        ([Reply(delay=3)], {"read_timeout": 0.2}, "ReadTimeoutError; the model may have run"),
    ],
    ids=["invalid", "last attempt", "silence"],
)
def test_why_a_call_is_not_made_again_is_told(face, replies, options, reason):
    with keeping() as kept, serving(*replies) as server:
        error = call(face, server, config=fastbedrock.Config(**options))
    assert isinstance(error, Exception)
    assert reason in kept.texts("fastbedrock.retries")[-1]


def test_a_retry_quota_that_is_used_up_is_told():
    with keeping() as kept, serving(Reply(then="reset", cut=0)) as server:
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


def test_the_rate_limit_of_adaptive_mode_is_told():
    config = fastbedrock.Config(retries={"mode": "adaptive", "total_max_attempts": 2})
    with keeping() as kept, serving(THROTTLED, Reply()) as server:
        call("sync", server, config=config)
    assert any("rate limit holds Converse back" in text for text in kept.texts())


@FACES
def test_a_connection_that_cannot_be_made_is_told(face):
    config = fastbedrock.Config(retries={"total_max_attempts": 1})
    with keeping() as kept, socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()
        closed.close()
        error = call(face, None, endpoint_url=f"http://127.0.0.1:{address[1]}", config=config)
    assert type(error).__name__ == "EndpointConnectionError"
    [text] = [text for text in kept.texts("fastbedrock.connections") if "No connection" in text]
    assert "EndpointConnectionError: " in text
    assert "refused" in text.lower()


def test_a_queue_is_told():
    async def both(server: Server) -> None:
        arguments = {"endpoint_url": server.url, **KEYS, "max_concurrency": 1}
        client = fastbedrock.async_client("bedrock-runtime", **arguments)
        await asyncio.gather(client.converse(**QUESTION), client.converse(**QUESTION))

    with keeping() as kept, serving() as server:
        asynchronous.run(both(server))
    texts = kept.texts("fastbedrock.client")
    assert "Converse waits for its turn: max_concurrency is reached" in texts
    assert any(text.startswith("Converse has its turn after ") for text in texts)


@FACES
def test_a_stream_tells_how_it_ended(face, local_bedrock):
    arguments = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    question = {**QUESTION, "modelId": "amazon.nova-lite-v1:0"}

    def read_all() -> None:
        client = fastbedrock.client("bedrock-runtime", **arguments)
        list(client.converse_stream(**question)["stream"])

    async def read_all_async() -> None:
        client = fastbedrock.async_client("bedrock-runtime", **arguments)
        async for _ in (await client.converse_stream(**question))["stream"]:
            pass

    with keeping() as kept:
        read_all() if face == "sync" else asynchronous.run(read_all_async())
        record = kept.records[-1]
        assert record.getMessage().startswith("Response complete")
        assert record in kept.of_call(kept.records[1].invocation_id)


def test_a_stream_that_is_not_read_tells_that_its_connection_is_closed(local_bedrock):
    arguments = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    client = fastbedrock.client("bedrock-runtime", **arguments)
    question = {**QUESTION, "modelId": "amazon.nova-lite-v1:0"}
    with keeping() as kept:
        client.converse_stream(**question)["stream"].close()
        assert kept.texts()[-1] == "Closed a connection: the response was not read to its end"


def test_credentials_that_cannot_be_refreshed_are_a_warning(monkeypatch):
    # As botocore has it; nobody hears of it otherwise, because the keys in use are still good.
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 300))
    for name, value in [
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_CREDENTIAL_EXPIRATION", soon),
    ]:
        monkeypatch.setenv(name, value)
    with keeping(logging.WARNING) as kept, serving() as server:
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


@FACES
@pytest.mark.parametrize("program", ["exit 1", "cat"])
def test_a_search_for_credentials_is_told(face, program, monkeypatch, tmp_path):
    (tmp_path / "keys").write_text('{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S"}')
    command = f"{program} {tmp_path / 'keys'}" if program == "cat" else f"sh -c '{program}'"
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {command}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    nothing = {name: None for name in KEYS if name.startswith("aws_")}
    with keeping() as kept, serving() as server:
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


async def _converse(server: Server) -> Any:
    client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **KEYS)
    return await client.converse(**QUESTION)


@pytest.mark.parametrize("place", ["main thread", "thread", *asynchronous.LOOPS])
def test_a_waiting_call_shows_what_it_waits_for(place):
    if place == "uvloop":
        pytest.importorskip("uvloop")
    answer = threading.Event()

    def hold(_):
        # Only what is told of the waiting call brings its answer.
        return Reply() if answer.wait(30) else None

    with keeping() as kept, Server(hold) as server:

        def watch() -> None:
            kept.wait_for("Connected to")
            answer.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.monotonic()
        if place == "main thread":
            call("sync", server)
        elif place == "thread":
            caller = threading.Thread(target=call, args=("sync", server))
            caller.start()
            caller.join(30)
        else:
            asynchronous.run(_converse(server), asynchronous.LOOPS[place])
        assert time.monotonic() - began < 10
        watcher.join(30)
    assert any("status 200 after" in text for text in kept.texts("fastbedrock.client"))


def test_records_are_made_where_the_call_is_made():
    """Thread, task and context variables are the caller's, so that filters can use them."""
    label = contextvars.ContextVar("label", default="")
    labels = []

    class Label(logging.Filter):
        def filter(self, record):
            labels.append((getattr(record, "invocation_id", None), label.get()))
            return True

    async def one(client: Any, name: str, kept: Keep) -> tuple[str, Any]:
        label.set(name)
        response = await client.invoke_model(modelId=name, body="{}")
        await response["body"].read()
        return name, asyncio.current_task()

    async def many(server: Server, kept: Keep) -> None:
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        tasks = dict(await asyncio.gather(*(one(client, f"m{n}", kept) for n in range(20))))
        ids = {
            request.header("amz-sdk-invocation-id"): request.target.split("/")[2]
            for request in server.requests
        }
        assert len(ids) == 20
        until_response = [
            (record.invocation_id, place)
            for record, place in zip(kept.records, kept.places, strict=True)
            if record.name == "fastbedrock.client" and hasattr(record, "invocation_id")
        ]
        assert len(until_response) == 40
        for invocation_id, (thread, task) in until_response:
            assert thread == threading.get_ident()
            assert task is tasks[ids[invocation_id]]
        own = [(ids.get(found), name) for found, name in labels if found and name]
        assert own
        assert [pair for pair in own if pair[0] != pair[1]] == []

    with keeping() as kept, serving(Reply(delay=0.02)) as server:
        logger = logging.getLogger("fastbedrock.client")
        logger.addFilter(only := Label())
        try:
            asynchronous.run(many(server, kept))
        finally:
            logger.removeFilter(only)


def test_records_of_threads_are_made_on_these_threads():
    with keeping() as kept, serving(Reply(delay=0.02)) as server:
        client = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        idents = set()

        def work() -> None:
            idents.add(threading.get_ident())
            for _ in range(5):
                client.converse(**QUESTION)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    by_call: dict[str, set[int]] = {}
    for record, (thread, _) in zip(kept.records, kept.places, strict=True):
        if hasattr(record, "invocation_id"):
            by_call.setdefault(record.invocation_id, set()).add(thread)
            assert record.thread == thread
    assert len(by_call) == 40
    assert all(len(found) == 1 for found in by_call.values())
    assert set().union(*by_call.values()) == idents


@FACES
def test_levels_can_change_at_run_time(face):
    logger, child = logging.getLogger("fastbedrock"), logging.getLogger("fastbedrock.retries")
    with keeping(logging.NOTSET) as kept, serving(BUSY, Reply(), BUSY, Reply()) as server:

        def count(reply: Reply) -> int:
            server.play(reply, Reply())
            kept.records.clear()
            call(face, server)
            # When a client goes, and its connections, is the garbage collector's affair.
            return len([text for text in kept.texts() if not text.startswith("Closed idle")])

        root = logging.getLogger().level
        logging.getLogger().setLevel(logging.WARNING)
        try:
            assert count(BUSY) == 0
            logger.setLevel(logging.DEBUG)
            assert count(BUSY) == 11
            logger.setLevel(logging.INFO)
            assert count(BUSY) == 0
            child.setLevel(logging.DEBUG)
            assert count(BUSY) == 1
            child.setLevel(logging.NOTSET)
            logging.getLogger().setLevel(logging.DEBUG)
            logger.setLevel(logging.NOTSET)
            assert count(BUSY) == 11
            logging.disable(logging.DEBUG)
            assert count(BUSY) == 0
            logging.disable(logging.NOTSET)
            logging.getLogger("fastbedrock.connections").setLevel(logging.ERROR)
            assert count(BUSY) == 6
        finally:
            logging.disable(logging.NOTSET)
            logging.getLogger().setLevel(root)
            for name in ("retries", "connections"):
                logging.getLogger(f"fastbedrock.{name}").setLevel(logging.NOTSET)


def test_a_level_set_while_a_call_waits_shows_no_half_of_it():
    logger = logging.getLogger("fastbedrock")
    with keeping(logging.WARNING) as kept:

        def answer(_):
            logger.setLevel(logging.DEBUG)
            call("sync", other)
            return Reply()

        with serving() as other, Server(answer) as server:
            call("sync", server)
            ids = {getattr(record, "invocation_id", None) for record in kept.records}
            assert server.requests[0].header("amz-sdk-invocation-id") not in ids
            assert other.requests[0].header("amz-sdk-invocation-id") in ids
            assert all(isinstance(record.getMessage(), str) for record in kept.records)


def test_programs_that_reset_logging_are_followed():
    fastbedrock.client("bedrock-runtime", "us-east-1")
    found = logging.Logger.manager.loggerDict
    before = {name: found.pop(name) for name in list(found) if name.startswith("fastbedrock")}
    try:
        with keeping() as kept, serving() as server:
            call("sync", server)
        assert "fastbedrock.client" in {record.name for record in kept.records}
    finally:
        found.update(before)


class Breaks(logging.Handler):
    def emit(self, record):
        raise ValueError("a handler's own fault")


class BreaksEverything(logging.Filter):
    def filter(self, record):
        raise ValueError("a filter's own fault")


@FACES
@pytest.mark.parametrize("loud", [True, False])
def test_handlers_and_filters_that_fail_break_no_call(face, loud, monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(logging, "raiseExceptions", loud)
    logger, broken, filtering = logging.getLogger("fastbedrock"), Breaks(), BreaksEverything()
    retries = logging.getLogger("fastbedrock.retries")
    with keeping(), serving(BUSY, Reply()) as server:
        logger.addHandler(broken)
        retries.addFilter(filtering)
        try:
            response = call(face, server)
        finally:
            logger.removeHandler(broken)
            retries.removeFilter(filtering)
    assert response["ResponseMetadata"]["RetryAttempts"] == 1
    assert ("a handler's own fault" in written.getvalue()) is loud
    assert ("a filter's own fault" in written.getvalue()) is loud


@FACES
@pytest.mark.parametrize("name", ["fastbedrock", "fastbedrock.connections"])
def test_loggers_that_fail_break_no_call(face, name, monkeypatch):
    """Their own methods, that is, which other libraries replace."""
    ignored = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    class Fails(logging.Logger):
        def isEnabledFor(self, level):
            raise ValueError("a logger's own fault")

    with keeping(), serving() as server:
        logger = logging.getLogger(name)
        before = logger.__class__
        logger.__class__ = Fails
        try:
            response = call(face, server)
        finally:
            logger.__class__ = before
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert {str(fault.exc_value) for fault in ignored} == {"a logger's own fault"}


def test_a_record_factory_that_fails_or_knows_our_names_breaks_no_call(monkeypatch):
    monkeypatch.setattr(sys, "stderr", written := io.StringIO())
    before = logging.getLogRecordFactory()

    def labelled(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        record.operation = record.invocation_id = "the program's own"
        return record

    def broken(*args: Any, **kwargs: Any) -> logging.LogRecord:
        if args[0].startswith("fastbedrock"):
            raise ValueError("a factory's own fault")
        return before(*args, **kwargs)

    for factory in (labelled, broken):
        logging.setLogRecordFactory(factory)
        try:
            with keeping() as kept, serving() as server:
                response = call("sync", server)
        finally:
            logging.setLogRecordFactory(before)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
        if factory is labelled:
            assert {record.operation for record in kept.records} == {"the program's own"}
            assert any("answered Converse" in text for text in kept.texts())
        else:
            assert (kept.records, "a factory's own fault" in written.getvalue()) == ([], True)


@FACES
def test_a_handler_may_make_calls(face):
    """Its own calls are not told to it, or there would be no end."""
    with serving() as other:
        inner = fastbedrock.client("bedrock-runtime", endpoint_url=other.url, **KEYS)

        class Calls(logging.Handler):
            def emit(self, record):
                if len(other.requests) < 50:
                    inner.converse(**QUESTION)

        logger, handler = logging.getLogger("fastbedrock"), Calls()
        with keeping() as kept, serving(Reply(delay=0.3)) as server:
            logger.addHandler(handler)
            try:
                assert call(face, server)["ResponseMetadata"]["HTTPStatusCode"] == 200
            finally:
                logger.removeHandler(handler)
        records = len(kept.records)
        assert records == 6
        assert len(other.requests) == records
        call_ids = {record.invocation_id for record in kept.records[1:]}
        assert call_ids == {server.requests[0].header("amz-sdk-invocation-id")}


@FACES
def test_what_ends_the_program_goes_through(face):
    class Interrupts(logging.Handler):
        def emit(self, record):
            if "answered" in record.msg:
                raise KeyboardInterrupt

    logger, handler = logging.getLogger("fastbedrock"), Interrupts()
    with keeping(), serving() as server:
        logger.addHandler(handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                call(face, server)
        finally:
            logger.removeHandler(handler)


def test_a_cancelled_call_is_told():
    async def give_up(server: Server) -> None:
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.converse(**QUESTION), 0.2)

    with keeping() as kept, serving(Reply(delay=1)) as server:
        asynchronous.run(give_up(server))
        assert "Converse was cancelled" in kept.texts("fastbedrock.client")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_tells_its_own_calls_only():
    with keeping() as kept, serving() as server:
        client = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        client.converse(**QUESTION)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                kept.records.clear()
                client.converse(**QUESTION)
                ids = {record.invocation_id for record in kept.records}
                os.write(writer, f"{len(kept.records)} {len(ids)}".encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as said:
            assert said.read() == "5 1"
        os.waitpid(pid, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_says_nothing_of_its_parents_calls():
    async def fork_in_a_call(server: Server) -> bytes:
        client = fastbedrock.async_client("bedrock-runtime", endpoint_url=server.url, **KEYS)
        going_on = client.converse(**QUESTION)
        waiter = going_on.send(None)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                kept.records.clear()
                going_on.close()
                call("sync", server)
                os.write(writer, "\n".join(kept.texts("fastbedrock.client")).encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as said:
            texts = said.read().decode()
        os.waitpid(pid, 0)
        await asynchronous.woken(waiter)
        going_on.close()
        return texts

    with keeping() as kept, serving() as server:
        texts = asynchronous.run(fork_in_a_call(server))
    assert "answered Converse with status 200" in texts
    assert "cancelled" not in texts
    assert texts.count("Sending") == 1


def test_no_thread_of_the_runtime_makes_records():
    with keeping() as kept, serving(Reply(delay=0.05)) as server:
        call("async", server)
    assert kept.records
    assert _core.runtime_attaches() == 0


@pytest.mark.parametrize("arguments", [(), ("a.b",), ("a.b", 30), ("a.b", 10, "%(message)s!")])
def test_the_stream_logger_is_boto3s(arguments, monkeypatch):
    def written(module: Any) -> tuple[str, int]:
        name = arguments[0] if arguments else module.__name__
        logger = logging.getLogger(name)
        level, handlers = logger.level, list(logger.handlers)
        monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
        try:
            module.set_stream_logger(*arguments)
            added = [handler for handler in logger.handlers if handler not in handlers]
            assert [handler.level for handler in added] == [logger.level]
            formats = [handler.formatter._fmt for handler in added]
            logger.debug("for debugging")
            logger.warning("as a warning")
            lines = stream.getvalue().replace(name, "NAME").splitlines()
            return [line[line.find("NAME") :] for line in lines], formats, logger.level
        finally:
            logger.setLevel(level)
            logger.handlers[:] = handlers

    theirs = written(boto3)
    assert written(fastbedrock) == theirs
    assert theirs[0]
