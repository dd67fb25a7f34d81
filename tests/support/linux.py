"""What Linux's /proc shows of this process."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads Linux's /proc")


def descriptors() -> int:
    """How many file descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


def threads() -> int:
    """How many threads this process has, including those of libraries."""
    return len(os.listdir("/proc/self/task"))


def has_socket(port: int, state: str) -> bool:
    """Whether there is a connection to the port with a matching state and queues.

    ``state`` is a regular expression that continues the port in /proc/net/tcp: 01 is ESTABLISHED,
    02 is SYN_SENT.
    """
    return re.search(f":{port:04X} {state}", Path("/proc/net/tcp").read_text()) is not None
