"""Count the instructions of a call, an event and a large body, and compare them with known counts.

    make guard                                 # a release build and a few minutes; needs valgrind
    .venv/bin/python bench/guard.py --record   # write instructions.json, after a change on purpose

Counts hardly depend on how busy the machine is. They depend on Python's version and on the
processor: they are compared only with counts of the same environment, and without any, the
comparison fails. valgrind shows programs one processor of 2013 on all machines with AVX2, without
SHA instructions and AVX-512. Counts depend less on the versions of the compiler and of the other
tools, which are named if they are not the recorded ones. A count that has grown by more than 2 %
fails, and the functions that grew most are named. A count is the difference between two runs of
different lengths, so that the start of the program is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from measure import BURST, CONVERSE, MODEL, AsyncClient, consume, sync_client

KNOWN = Path(__file__).with_name("instructions.json")
LIMIT = 1.02
IMAGE = {"image": {"format": "png", "source": {"bytes": bytes(1_000_000)}}}
LARGE = {"modelId": MODEL, "messages": [{"role": "user", "content": [IMAGE]}]}
# What the local model answers to BURST.
EVENTS = 3904
# case: rounds of the short and of the long run, and what one round is worth.
CASES = {
    "call": (50, 250, 1),
    "async call": (50, 250, 1),
    "event": (1, 5, EVENTS),
    "async event": (1, 5, EVENTS),
    "large body": (1, 5, 1),
    "async large body": (1, 5, 1),
}
# A line of callgrind_annotate: a count, a share, file:function, the object.
LINE = re.compile(r"^ *([\d,]+) +\([^)]*\) +(?:\S*/|\?\?\?:)?(.+?)(?:::h[0-9a-f]{16})?(?: \[.*)?$")
SERVE = """
import fastbedrock.local, json, sys
with fastbedrock.local.serve() as server:
    line = {"endpoint_url": server.endpoint_url, "credentials": server.credentials}
    print(json.dumps({**line, "ca_bundle": None}), flush=True)
    sys.stdin.read()
"""


def work(case: str, rounds: int, server: dict[str, Any]) -> None:
    """What callgrind watches."""
    params = LARGE if case.endswith("large body") else CONVERSE
    if case.startswith("async"):
        asyncio.run(async_work(case, params, rounds, server))
        return
    client = sync_client("fastbedrock", server)
    for _ in range(rounds):
        if case == "event":
            for _ in client.converse_stream(**BURST)["stream"]:
                pass
        else:
            client.converse(**params)


async def async_work(case: str, params: Any, rounds: int, server: dict[str, Any]) -> None:
    async with AsyncClient("fastbedrock", server) as client:
        for _ in range(rounds):
            if case == "async event":
                await consume(client, BURST)
            else:
                await client.converse(**params)


def functions(case: str, rounds: int, server: str) -> Counter[str]:
    """The instructions of each function in one run."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        program = [sys.executable, __file__, "--work", case, str(rounds), server]
        environment = {key: value for key, value in os.environ.items() if key[:4] != "AWS_"}
        environment |= {"AWS_EC2_METADATA_DISABLED": "true", "PYTHONHASHSEED": "0"}
        watched = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *program]
        subprocess.run(watched, check=True, capture_output=True, env=environment)
        table = ["callgrind_annotate", "--threshold=100", "--auto=no", str(out)]
        text = subprocess.run(table, check=True, capture_output=True, text=True).stdout
    counts: Counter[str] = Counter()
    for line in text.splitlines():
        if (found := LINE.match(line)) and "PROGRAM TOTALS" not in line:
            counts[found[2]] += int(found[1].replace(",", ""))
    return counts


def count(case: str, server: str) -> dict[str, float]:
    """The instructions of one call, event or body, by function, and in all."""
    short, long, worth = CASES[case]
    first, second = functions(case, short, server), functions(case, long, server)
    units = (long - short) * worth
    grown = {name: (second[name] - first[name]) / units for name in first | second}
    total = sum(grown.values())
    # What is too small to make up the limit together with others is left out.
    large = {name: round(value, 1) for name, value in grown.items() if value > total / 500}
    return {"total": round(total, 1), **dict(sorted(large.items(), key=lambda item: -item[1]))}


def lowest(case: str, server: str, enough: float) -> dict[str, float]:
    """The lowest of three counts, or the first that is low enough: how often the threads of an
    asynchronous call wait for each other differs, up to 3 % of its instructions."""
    found = count(case, server)
    for _ in range(2):
        if found["total"] > enough:
            found = min(found, count(case, server), key=lambda counts: counts["total"])
    return found


def environment() -> str:
    """What counts of different values cannot be compared across."""
    flags = re.search(r"^(?:flags|Features)\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.M)
    vectors = {"avx2", "asimd"} & set(flags[1].split() if flags else [])
    version = ".".join(platform.python_version_tuple()[:2])
    return " ".join(
        [platform.python_implementation(), version, platform.machine(), *sorted(vectors)]
    )


def versions() -> dict[str, str]:
    """What else counts depend on, a little."""

    def version(*command: str) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    return {
        "Python": platform.python_version(),
        "rustc": version("rustc", "--version"),
        "valgrind": version("valgrind", "--version"),
        "C library": " ".join(platform.libc_ver()),
    }


def compare(case: str, known: dict[str, float], found: dict[str, float]) -> bool:
    """Prints the counts, and what grew if they are too large; returns whether they are not."""
    before, now = known["total"], found["total"]
    is_good = now <= before * LIMIT
    print(f"{case:18} {before:12,.0f} {now:12,.0f} {now / before - 1:+8.1%}", flush=True)
    if not is_good:
        grown = {name: found[name] - known.get(name, 0) for name in found if name != "total"}
        for name, more in sorted(grown.items(), key=lambda item: -item[1])[:10]:
            print(f"    {more:+10,.0f} {name}")
    return is_good


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--work", nargs=3)
    options = parser.parse_args()
    if options.work:
        case, rounds, server = options.work
        work(case, int(rounds), json.loads(server))
        return
    known = json.loads(KNOWN.read_text())
    here = environment()
    if not options.record:
        if here not in known:
            sys.exit(f"There are no counts of {here}: record them before the change (--record).")
        for name, version in versions().items():
            if version != (recorded := known[here]["versions"].get(name)):
                print(f"{name} is {version}. The known counts are of {recorded}.", flush=True)
    with subprocess.Popen(
        [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        server = process.stdout.readline().strip()
        counts: dict[str, Any] = {}
        good = []
        for case in CASES:
            before = None if options.record else known[here][case]
            if before is not None:
                enough = before["total"] * LIMIT
            else:
                enough = 0 if case.startswith("async") else float("inf")
            counts[case] = lowest(case, server, enough)
            good.append(compare(case, before or counts[case], counts[case]))
        process.communicate()
    if options.record:
        counts = {"versions": versions(), **counts}
        KNOWN.write_text(json.dumps({**known, here: counts}, indent=1) + "\n")
    elif not all(good):
        sys.exit("A count has grown by more than 2 %.")


if __name__ == "__main__":
    main()
