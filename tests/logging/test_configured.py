"""Levels, loggers, handlers and factories of any kind are respected, and none breaks a call."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any

import boto3
import pytest

import fastbedrock
from faces import both_faces
from log_records import BUSY, KEYS, QUESTION, call, recording_logs, server_with
from scripted_server import Reply, Server


@both_faces
def test_levels_can_change_at_run_time(face):
    logger, child = logging.getLogger("fastbedrock"), logging.getLogger("fastbedrock.retries")
    with (
        recording_logs(logging.NOTSET) as kept,
        server_with(BUSY, Reply(), BUSY, Reply()) as server,
    ):

        def count(reply: Reply) -> int:
            server.play(reply, Reply())
            kept.records.clear()
            call(face, server)
            # The garbage collector decides when a client and its connections go.
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


def test_a_level_set_while_a_call_waits_does_not_log_half_the_call():
    logger = logging.getLogger("fastbedrock")
    with recording_logs(logging.WARNING) as kept:

        def answer(_):
            logger.setLevel(logging.DEBUG)
            call("sync", other)
            return Reply()

        with server_with() as other, Server(answer) as server:
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
        with recording_logs() as kept, server_with() as server:
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


@both_faces
@pytest.mark.parametrize("loud", [True, False])
def test_handlers_and_filters_that_fail_break_no_call(face, loud, monkeypatch):
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(logging, "raiseExceptions", loud)
    logger, broken, filtering = logging.getLogger("fastbedrock"), Breaks(), BreaksEverything()
    retries = logging.getLogger("fastbedrock.retries")
    with recording_logs(), server_with(BUSY, Reply()) as server:
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


@both_faces
@pytest.mark.parametrize("name", ["fastbedrock", "fastbedrock.connections"])
def test_loggers_that_fail_break_no_call(face, name, monkeypatch):
    """That is, the loggers' own methods, which other libraries replace."""
    ignored = []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    class Fails(logging.Logger):
        def isEnabledFor(self, level):
            raise ValueError("a logger's own fault")

    with recording_logs(), server_with() as server:
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
            with recording_logs() as kept, server_with() as server:
                response = call("sync", server)
        finally:
            logging.setLogRecordFactory(before)
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
        if factory is labelled:
            assert {record.operation for record in kept.records} == {"the program's own"}
            assert any("answered Converse" in text for text in kept.texts())
        else:
            assert (kept.records, "a factory's own fault" in written.getvalue()) == ([], True)


@both_faces
def test_a_handler_may_make_calls(face):
    """The handler gets no records of its own calls, or it would never end."""
    with server_with() as other:
        inner = fastbedrock.client("bedrock-runtime", endpoint_url=other.url, **KEYS)

        class Calls(logging.Handler):
            def emit(self, record):
                if len(other.requests) < 50:
                    inner.converse(**QUESTION)

        logger, handler = logging.getLogger("fastbedrock"), Calls()
        with recording_logs() as kept, server_with(Reply(delay=0.3)) as server:
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


@both_faces
def test_exceptions_that_end_the_program_pass_through(face):
    class Interrupts(logging.Handler):
        def emit(self, record):
            if "answered" in record.msg:
                raise KeyboardInterrupt

    logger, handler = logging.getLogger("fastbedrock"), Interrupts()
    with recording_logs(), server_with() as server:
        logger.addHandler(handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                call(face, server)
        finally:
            logger.removeHandler(handler)


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
