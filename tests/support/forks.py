"""Programs that fork: what they begin with, and all that they say."""

from __future__ import annotations

from typing import Any

from fastbedrock.local import LocalBedrock
from programs import Program

PRELUDE = """
import gc, os, signal, sys, threading, warnings
import fastbedrock
from programs import HELLO, arguments, pause, say

# Forking with threads is what these tests are about.
warnings.simplefilter("ignore", DeprecationWarning)

def fork(work):
    pid = os.fork()
    if pid == 0:
        # A child that hangs is a failure, not a wait.
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
    """All that the program says; it must end well and quietly."""
    facts = []
    with program(setup, code, server, **given) as running:
        try:
            while True:
                facts.append(running.next())
        except EOFError:
            assert (running.end(), running.errors) == (0, "")
    return facts
