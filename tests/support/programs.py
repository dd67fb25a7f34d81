"""Programs that run in separate interpreters and report facts to the test."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

# The longest time that a test waits for anything, in seconds.
DEADLINE = 30
# Arguments of a call to Converse.
HELLO = {
    "modelId": "amazon.nova-lite-v1:0",
    "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
}


def say(**facts: Any) -> None:
    """For use in the program: report facts, which :meth:`Program.next` returns."""
    print(json.dumps(facts), flush=True)


def pause() -> None:
    """For use in the program: wait until the test calls :meth:`Program.resume`."""
    sys.stdin.readline()


def arguments() -> Any:
    """For use in the program: the ``given`` arguments."""
    return json.loads(sys.argv[1])


class Program:
    """Runs Python code, for which :func:`arguments` returns ``given``.

    ``environment`` sets variables; None removes one. Leaving the ``with`` block kills the program
    if it still runs.
    """

    def __init__(
        self, code: str, given: Any = None, environment: Mapping[str, str | None] | None = None
    ) -> None:
        changed = {**os.environ, **(environment or {})}
        changed["PYTHONPATH"] = os.pathsep.join(
            [str(Path(__file__).parent), *filter(None, sys.path)]
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={name: value for name, value in changed.items() if value is not None},
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.errors = ""
        self._readers = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def next(self) -> dict[str, Any]:
        """The next facts that the program reports. Raises EOFError if it has ended."""
        try:
            line = self._lines.get(timeout=DEADLINE)
        except queue.Empty:
            raise TimeoutError(f"the program reports nothing\n{self.errors}") from None
        if not line:
            self._join()
            raise EOFError(f"the program has ended\n{self.errors}")
        facts: dict[str, Any] = json.loads(line)
        return facts

    def resume(self) -> None:
        """End the program's :func:`pause`."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def interrupt(self, number: int = signal.SIGINT) -> float:
        """Send a signal; returns the time on the monotonic clock, in seconds."""
        now = time.monotonic()
        self._process.send_signal(number)
        return now

    def wait_until_asleep(self) -> None:
        """Wait until the main thread sleeps in the kernel."""
        wait_for(lambda: is_asleep(self.pid, self.pid))

    def end(self, within: float = DEADLINE) -> int:
        """Wait for the program to end; returns its exit status, which is negative for a signal."""
        status = self._process.wait(within)
        self._join()
        return status

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(DEADLINE)
        self._join()

    def _join(self) -> None:
        for reader in self._readers:
            reader.join(DEADLINE)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.errors += line


def wait_for(condition: Callable[[], bool], within: float = DEADLINE) -> None:
    """Poll until the condition holds, e.g. of the kernel's tables."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, f"not within {within} s"
        time.sleep(0.002)


def is_asleep(thread: int | None, process: int | str = "self") -> bool:
    """Whether the thread with this native ID sleeps in Linux's kernel."""
    status = Path(f"/proc/{process}/task/{thread}/stat").read_text()
    return status.rpartition(")")[2].split()[0] == "S"


def run_python(code: str, stdin: bytes = b"") -> str:
    """What ``code`` prints in a new interpreter with this one's search path."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()
