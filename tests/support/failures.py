"""Comparing failed calls of boto3 and fastbedrock, and servers that make calls fail."""

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
        # Request IDs always differ.
        del found["response"]["ResponseMetadata"]
    return found


def assert_same(call: Callable[[Any], Any]) -> Any:
    """Assert that boto3 and fastbedrock have the same outcome; returns the outcome."""
    expected = outcome(boto3, call)
    assert outcome(fastbedrock, call) == expected
    return expected


def raw_server(work: Callable[[socket.socket], Any]) -> str:
    """The endpoint of a server that calls ``work`` with each connection, on daemon threads."""
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
        with contextlib.suppress(OSError):  # the client may close first
            connection.sendall(words)
            connection.shutdown(socket.SHUT_WR)

    return work
