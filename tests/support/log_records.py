"""Recording log records, with the threads and tasks that made them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import threading
from collections.abc import Iterator
from typing import Any

import event_loops
import fastbedrock
from fastbedrock import exceptions
from scripted_server import Reply, Server, in_order

KEYS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "AKIA",
    "aws_secret_access_key": "secret key",
}
QUESTION: dict[str, Any] = {
    "modelId": "m",
    "messages": [{"role": "user", "content": [{"text": "What is a haiku?"}]}],
}


REQUEST_ID = (("Content-Type", "application/json"), ("x-amzn-RequestId", "6f86084a"))
BUSY = Reply(503, headers=REQUEST_ID)


class RecordingHandler(logging.Handler):
    """Keeps the records, with the thread and the task in which each was handled."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.places: list[tuple[int, Any]] = []
        self.arrived = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            task = asyncio.current_task()
        except RuntimeError:
            task = None
        with self.arrived:
            self.records.append(record)
            self.places.append((threading.get_ident(), task))
            self.arrived.notify_all()

    def texts(self, logger: str = "fastbedrock") -> list[str]:
        """The messages of a logger and of its descendants."""
        return [record.getMessage() for record in self.records if is_below(record.name, logger)]

    def of_call(self, invocation_id: str) -> list[logging.LogRecord]:
        """The records of one call."""
        records = self.records
        return [r for r in records if getattr(r, "invocation_id", None) == invocation_id]

    def wait_for(self, part: str, within: float = 30) -> None:
        """Wait for a record whose message contains ``part``."""
        with self.arrived:
            assert self.arrived.wait_for(
                lambda: any(part in text for text in self.texts()), within
            ), self.texts()


def is_below(name: str, logger: str) -> bool:
    """Whether a logger is another one or its descendant."""
    return not logger or name == logger or name.startswith(logger + ".")


@contextlib.contextmanager
def recording_logs(
    level: int = logging.DEBUG, logger: str = "fastbedrock"
) -> Iterator[RecordingHandler]:
    """Record the logs of a logger, which has this level during the recording."""
    # Objects that earlier tests left behind make their records now, before the recording.
    gc.collect()
    fastbedrock.client("bedrock-runtime", "us-east-1")
    handler, target = RecordingHandler(), logging.getLogger(logger)
    before = target.level
    target.addHandler(handler)
    target.setLevel(level)
    try:
        yield handler
    finally:
        target.removeHandler(handler)
        target.setLevel(before)


def server_with(*replies: Reply) -> Server:
    """A server that sends these replies, or successes."""
    return Server(in_order(*(replies or (Reply(),))))


def call(face: str, server: Server | None, **options: Any) -> Any:
    """Make one call with a new client; returns its response, or the error that it raises."""
    there = {} if server is None else {"endpoint_url": server.url}
    arguments = {**there, **KEYS, **options}
    try:
        if face == "sync":
            return fastbedrock.client("bedrock-runtime", **arguments).converse(**QUESTION)

        async def converse() -> Any:
            client = fastbedrock.async_client("bedrock-runtime", **arguments)
            return await client.converse(**QUESTION)

        return event_loops.run(converse())
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        return error
