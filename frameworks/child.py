"""Runs the jobs of one module, one after the other, when its parent asks: ``run.py`` starts this.

    python child.py MODE MODULE.py

It runs in the package's own environment. Each line of its input is the name of a job, or empty to
end; each line of its output is that job's result as JSON. Whatever the package prints goes to the
standard error stream.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
from importlib.metadata import version
from pathlib import Path

import jobs


class Attempts(logging.Handler):
    """The attempts that fastbedrock's engine makes, by its records."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: set[tuple[str, int]] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if hasattr(record, "attempt") and hasattr(record, "invocation_id"):
            self.seen.add((record.invocation_id, record.attempt))

    def take(self) -> int:
        count = len(self.seen)
        self.seen.clear()
        return count


def main(mode: str, path: str, names: list[str]) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if mode == jobs.IN_PLACE:
        import fastbedrock

        fastbedrock.install()
    attempts = Attempts()
    logger = logging.getLogger("fastbedrock.client")
    logger.addHandler(attempts)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    spec = importlib.util.spec_from_file_location(f"jobs_of_{Path(path).stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    print(
        json.dumps(
            {
                "jobs": list(jobs.JOBS),
                "without": getattr(module, "WITHOUT", {}),
                "intended": getattr(module, "INTENDED", {}),
                "own_path": getattr(module, "OWN_PATH", {}),
                "versions": {name: version(name) for name in names},
            }
        ),
        file=answers,
        flush=True,
    )
    for line in sys.stdin:
        name = line.strip()
        if not name:
            break
        outcome = jobs.run(name, mode)
        print(
            json.dumps({"outcome": outcome, "attempts": attempts.take()}), file=answers, flush=True
        )
    # Threads that a package has left behind must not keep the child.
    answers.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
