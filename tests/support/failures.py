"""Calls that fail with boto3 and with fastbedrock, compared; and servers that make calls fail."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

import fastbedrock
from differential import SETTINGS, raised
from programs import DEADLINE


def client(library: Any, endpoint_url: str, **arguments: Any) -> Any:
    limits = {"connect_timeout": 5, "read_timeout": 5, "retries": {"total_max_attempts": 1}}
    config = Config(**{**limits, **arguments.pop("config", {})})
    arguments = {"endpoint_url": endpoint_url, "config": config, **SETTINGS, **arguments}
    return library.client("bedrock-runtime", **arguments)


def outcome(library: Any, call: Callable[[Any], Any]) -> Any:
    try:
        return call(library)
    except Exception as error:
        found = raised(error)
    if found["response"]:
        # A request id is never the same.
        del found["response"]["ResponseMetadata"]
    return found


def assert_same(call: Callable[[Any], Any]) -> Any:
    """What the call comes to with boto3, and with fastbedrock just the same."""
    expected = outcome(boto3, call)
    assert outcome(fastbedrock, call) == expected
    return expected


def raw_server(work: Callable[[socket.socket], Any]) -> str:
    """The endpoint of a server that does this with each connection, as a daemon."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            connection.settimeout(DEADLINE)
            threading.Thread(target=work, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def send_bytes(words: bytes) -> Callable[[socket.socket], None]:
    def work(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        with contextlib.suppress(OSError):  # the client has heard enough
            connection.sendall(words)
            connection.shutdown(socket.SHUT_WR)

    return work
