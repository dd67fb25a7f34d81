"""Event-stream messages as bytes."""

from __future__ import annotations

import struct
from binascii import crc32
from typing import Any


def encode(headers: dict[str, Any], payload: bytes) -> bytes:
    """One message with its checksums. Header values may be str, bytes, bool or int."""
    encoded = b""
    for name, value in headers.items():
        raw = name.encode()
        encoded += struct.pack("!B", len(raw)) + raw
        if isinstance(value, bool):
            encoded += b"\x00" if value else b"\x01"
        elif isinstance(value, int):
            encoded += struct.pack("!Bq", 5, value)
        else:
            kind, data = (7, value.encode()) if isinstance(value, str) else (6, value)
            encoded += struct.pack("!BH", kind, len(data)) + data
    prelude = struct.pack("!II", 16 + len(encoded) + len(payload), len(encoded))
    frame = prelude + struct.pack("!I", crc32(prelude)) + encoded + payload
    return frame + struct.pack("!I", crc32(frame))


def event(event_type: str, payload: bytes) -> bytes:
    """The message of an ordinary event with a JSON payload."""
    headers = {":event-type": event_type, ":content-type": "application/json"}
    return encode({**headers, ":message-type": "event"}, payload)


def exception(exception_type: str, payload: bytes) -> bytes:
    """The message of a modelled exception with a JSON payload."""
    headers = {":exception-type": exception_type, ":content-type": "application/json"}
    return encode({**headers, ":message-type": "exception"}, payload)
