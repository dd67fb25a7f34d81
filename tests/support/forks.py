"""Programs that fork: their first lines, and the facts that they report."""

from __future__ import annotations

import os
from typing import Any

import pytest

from fastbedrock.local import LocalBedrock
from programs import Program

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

PRELUDE = """
import gc, os, signal, sys, threading, warnings
import fastbedrock
from programs import HELLO, arguments, pause, say

# These tests are about forking while threads run.
warnings.simplefilter("ignore", DeprecationWarning)

def fork(work):
    pid = os.fork()
    if pid == 0:
        # A child that hangs fails instead of being waited for.
        signal.alarm(10)
        work()
        os._exit(0)
    return pid

def status(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def program(setup: str, code: str, server: LocalBedrock, **given: Any) -> Program:
    settings = {"endpoint_url": server.endpoint_url, **server.credentials, **given}
    return Program(PRELUDE + setup + code, settings)


def run(setup: str, code: str, server: LocalBedrock, **given: Any) -> list[dict[str, Any]]:
    """All facts that the program reports. It must exit with 0 and print no errors."""
    facts = []
    with program(setup, code, server, **given) as running:
        try:
            while True:
                facts.append(running.next())
        except EOFError:
            assert (running.end(), running.errors) == (0, "")
    return facts
