"""Measure fastbedrock against its peers in one run.

    make bench                               # everything: results.json, RESULTS.md, docs/charts
    .venv/bin/python bench/run.py converse   # only print the cases whose names contain a word
    .venv/bin/python bench/run.py --without-sha   # as on a processor without SHA instructions
    .venv/bin/python bench/run.py --awake         # as on a machine whose processors never sleep

All clients use one fastbedrock-local, a release build in a separate process. Every figure is the
median of ROUNDS rounds in which the clients take turns, each time in a fresh process.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import chart
import report
from cases import CASES, RUST, Case

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
ROUNDS = 5
CREDENTIALS = {
    "aws_access_key_id": "AKIALOCALBEDROCKTEST",
    "aws_secret_access_key": "local/BedrockSecretKey+notARealSecret0000",
    "region_name": "us-east-1",
}
PROGRAMS = {"sdk": "release/sdk-peer", "engine": "release/examples/engine"}
# For each case, the number of calls in flight and the number of calls in all.
RUST_CALLS = {"converse": ["1", "8000"], "converse_100": ["100", "40000"]}

# For aws-lc and for Python's OpenSSL: the bit of the SHA instructions of x86, cleared.
WITHOUT_SHA = {"OPENSSL_ia32cap": ":~0x20000000"}


def run(command: list[str | Path], **options: Any) -> str:
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options)
    return finished.stdout


def target() -> Path:
    metadata = run(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT)
    return Path(json.loads(metadata)["target_directory"])


def prepare(rust_peers: bool) -> None:
    """Build the server and the programs without Python, and compile the package as pip does."""
    compileall.compile_dir(ROOT / "python", quiet=1)
    local = ["--no-default-features", "--features", "local"]
    kinds = ["--bin=fastbedrock-local", *(["--example=engine"] if rust_peers else [])]
    for kind in kinds:
        run(["cargo", "build", "--quiet", "--release", *local, kind], cwd=ROOT)
    if not rust_peers:
        return
    peer = ["cargo", "build", "--quiet", "--release", "--manifest-path", BENCH / "sdk/Cargo.toml"]
    run([*peer, "--target-dir", target()], cwd=ROOT)


@contextmanager
def awake_processors() -> Iterator[None]:
    """Keep all processors from sleeping. Every other program precedes those that do it.

    A call that waits lets its processor sleep, and is charged for waking it up again: the clock
    rises slowly, and the caches are cold. On a server that has other work this does not happen.
    """
    code = "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    spinning = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


@contextmanager
def local_bedrock(tls: bool, scenario: dict[str, Any]) -> Any:
    """Run fastbedrock-local; yields what it prints, plus credentials and its process id."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scenario.json")
        file.write_text(json.dumps(scenario))
        command: list[str | Path] = [target() / "release/fastbedrock-local", "--until-eof"]
        command += ["--scenario", file]
        if tls:
            command += ["--tls", "--ca-bundle", Path(folder, "ca.pem")]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                line = json.loads(process.stdout.readline())
                yield {**line, "credentials": CREDENTIALS, "pid": process.pid}
            finally:
                process.stdin.close()


def measure(library: str, case: str, server: dict[str, Any], peers: Path) -> dict[str, float]:
    """What one client does once, in a process of its own: names of figures and their values."""
    if library in RUST:
        keys = [CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"]]
        program = target() / PROGRAMS[library]
        found = json.loads(run([program, server["endpoint_url"], *keys, *RUST_CALLS[case]]))
        return {"rate": found["calls"] / found["wall"], "cpu": found["cpu"] / found["calls"]}
    python = peers / "bin/python" if library == "aiobotocore" else Path(sys.executable)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["AWS_EC2_METADATA_DISABLED"] = "true"
    command = [python, BENCH / "measure.py", library, case, json.dumps(server)]
    found: dict[str, float] = json.loads(run(command, env=environment))
    return found


def figures_of(case: Case, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The figures of a case, with the values of each round for each client."""
    libraries = ["fastbedrock", *(peer for peer in case.peers if options.rust or peer not in RUST)]
    rounds: dict[str, list[dict[str, float]]] = {library: [] for library in libraries}
    with local_bedrock(case.tls, case.scenario) as server:
        for _ in range(options.rounds):
            for library, measured in rounds.items():
                measured.append(measure(library, case.function, server, options.peers))
    return [
        {
            "case": case.name,
            "figure": figure.name,
            "title": figure.title,
            "unit": figure.unit,
            "more_is_better": figure.more_is_better,
            "rounds": {
                library: [float(f"{values[figure.name] * figure.scale:.4g}") for values in measured]
                for library, measured in rounds.items()
            },
        }
        for figure in case.figures
    ]


def has_sha() -> bool:
    """Whether the processor has SHA instructions."""
    flags = Path("/proc/cpuinfo").read_text().split()
    return "sha_ni" in flags or "sha2" in flags


def versions(peers: Path) -> dict[str, str]:
    """The versions of all clients."""

    def installed(python: Path, *names: str) -> list[str]:
        code = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        return run([python, "-c", code, *names]).split()

    own = installed(Path(sys.executable), "fastbedrock", "boto3", "botocore")
    theirs = installed(peers / "bin/python", "aiobotocore", "botocore")
    manifest = (BENCH / "sdk/Cargo.toml").read_text("utf-8")
    sdk = re.search(r'aws-sdk-bedrockruntime = \{ version = "=([^"]+)"', manifest)
    names = ("fastbedrock", "boto3", "botocore", "aiobotocore", "botocore of aiobotocore")
    return {
        **dict(zip(names, own + theirs, strict=True)),
        "aws-sdk-bedrockruntime": sdk[1] if sdk else "?",
    }


def cores_in_use() -> float:
    """How many cores other programs use, in two seconds in which this one waits.

    The load average would count the builds that went before.
    """

    def ticks() -> int:
        line = Path("/proc/stat").read_text().splitlines()[0]
        user, nice, system = map(int, line.split()[1:4])
        return user + nice + system

    before = ticks()
    time.sleep(2)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / 2


def machine(options: argparse.Namespace) -> dict[str, Any]:
    """Where and when the figures were measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return {
        "date": f"{date.today()}",
        "system": f"{platform.system()} {platform.release()}",
        "processor": next((n.split(":")[1].strip() for n in lines if "model name" in n), "?"),
        "cores": os.cpu_count(),
        "sha_instructions": "turned off"
        if options.without_sha
        else "used"
        if has_sha()
        else "not there",
        "load": round(cores_in_use(), 1),
        "python": platform.python_version(),
        "versions": versions(options.peers),
        "rounds": options.rounds,
        "note": options.note,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only the cases whose names contain one of these")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--peers",
        type=Path,
        default=ROOT / ".venv-peers",
        help="the environment with aiobotocore, which needs another version of botocore",
    )
    parser.add_argument(
        "--without-sha",
        action="store_true",
        help="turn off the SHA instructions of x86 processors, for all clients",
    )
    parser.add_argument(
        "--awake", action="store_true", help="keep the processors from sleeping (Linux)"
    )
    parser.add_argument(
        "--without-rust",
        dest="rust",
        action="store_false",
        help="do not build and measure the peers without Python",
    )
    parser.add_argument("--note", default="", help="what a reader of the figures should know")
    options = parser.parse_args()
    prepare(options.rust)
    if options.without_sha:
        os.environ.update(WITHOUT_SHA)
    results = {**machine(options), "figures": []}
    print(f"{report.machine(results)}\n\n{report.HEAD}")
    with awake_processors() if options.awake else nullcontext():
        for case in CASES:
            if options.words and not any(word in case.name for word in options.words):
                continue
            for figure in figures_of(case, options):
                results["figures"].append(figure)
                print("\n".join(report.rows(figure)), flush=True)
    if not (options.words or options.without_sha or options.awake):
        report.RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
        report.write(results)
        chart.write(results)


if __name__ == "__main__":
    main()
