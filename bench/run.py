"""Measure fastbedrock against its peers in one run and print the ratios as Markdown.

    make bench                               # everything
    .venv/bin/python bench/run.py converse   # the cases whose names contain a word
    .venv/bin/python bench/run.py --without-sha   # as on a processor without SHA instructions

All clients use one fastbedrock-local, a release build in a separate process. Every figure is the
median of ROUNDS rounds in which the clients take turns, each time in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
ROUNDS = 5
CREDENTIALS = {
    "aws_access_key_id": "AKIALOCALBEDROCKTEST",
    "aws_secret_access_key": "local/BedrockSecretKey+notARealSecret0000",
    "region_name": "us-east-1",
}
PACE = {"tokens_per_second": 50}
# Programs without Python: the official client, and our engine, which takes and returns bytes.
RUST = {"sdk": "release/sdk-peer", "engine": "release/examples/engine"}
# For each case, the number of calls in flight and the number of calls in all.
RUST_CALLS = {"converse": ["1", "8000"], "converse_100": ["100", "40000"]}

# For aws-lc and for Python's OpenSSL: the bit of the SHA instructions of x86, cleared.
WITHOUT_SHA = {"OPENSSL_ia32cap": ":~0x20000000"}

# case, TLS, scenario, figure, unit, factor to that unit, peers, title
CASES: list[tuple[str, bool, dict[str, Any], str, str, float, list[str], str]] = [
    ("creation", False, {}, "wall", "ms", 1e3, ["boto3"], "import and client creation"),
    ("converse", False, {}, "cpu", "µs", 1e6, ["boto3", *RUST], "converse in sequence, CPU"),
    ("converse", True, {}, "cpu", "µs", 1e6, ["boto3"], "the same over TLS"),
    ("handled", False, {}, "cpu", "µs", 1e6, ["boto3"], "the same with a handler of an event"),
    ("burst", False, {}, "cpu", "µs", 1e6, ["boto3"], "burst stream, CPU per event"),
    ("burst", True, {}, "cpu", "µs", 1e6, ["boto3"], "the same over TLS"),
    ("image", False, {}, "cpu", "ms", 1e3, ["boto3"], "converse with a 5 MB image, CPU"),
    ("converse_100", False, {}, "rate", "/s", 1, ["aiobotocore", *RUST], "100 calls in flight"),
    ("converse_100", False, {}, "cpu", "µs", 1e6, ["aiobotocore", *RUST], "the same, CPU per call"),
    ("async_burst", False, {}, "cpu", "µs", 1e6, ["aiobotocore"], "burst, asyncio, per event"),
    ("paced_64", False, PACE, "cpu", "µs", 1e6, ["aiobotocore", "bare"], "64 paced streams"),
    ("idle_1000", False, {"tokens_per_second": 1}, "kb", "KB", 1, [], "memory of an idle stream"),
    ("server_call", False, {}, "cpu", "µs", 1e6, [], "local Bedrock, its own CPU per request"),
    ("server_event", False, {}, "cpu", "µs", 1e6, [], "local Bedrock, its own CPU per event"),
]


def run(command: list[str | Path], **options: Any) -> str:
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options)
    return finished.stdout


def target() -> Path:
    metadata = run(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT)
    return Path(json.loads(metadata)["target_directory"])


def prepare() -> None:
    """Build the server and the programs without Python."""
    local = ["--no-default-features", "--features", "local"]
    for target_kind in ["--bin=fastbedrock-local", "--example=engine"]:
        run(["cargo", "build", "--quiet", "--release", *local, target_kind], cwd=ROOT)
    peer = ["cargo", "build", "--quiet", "--release", "--manifest-path", BENCH / "sdk/Cargo.toml"]
    run([*peer, "--target-dir", target()], cwd=ROOT)


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
    if library in RUST:
        keys = [CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"]]
        program = target() / RUST[library]
        found = json.loads(run([program, server["endpoint_url"], *keys, *RUST_CALLS[case]]))
        return {"rate": found["calls"] / found["wall"], "cpu": found["cpu"] / found["calls"]}
    python = peers / "bin/python" if library == "aiobotocore" else Path(sys.executable)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["AWS_EC2_METADATA_DISABLED"] = "true"
    command = [python, BENCH / "measure.py", library, case, json.dumps(server)]
    found: dict[str, float] = json.loads(run(command, env=environment))
    return found


def has_sha() -> bool:
    """Whether the processor has SHA instructions."""
    flags = Path("/proc/cpuinfo").read_text().split()
    return "sha_ni" in flags or "sha2" in flags


def machine(without_sha: bool) -> str:
    names = ("fastbedrock", "boto3", "botocore")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":")[1].strip() for line in lines if "model name" in line), "?")
    sha = "turned off" if without_sha else "used" if has_sha() else "not there"
    return (
        f"{date.today()}, {platform.system()} {platform.release()}, {os.cpu_count()} cores "
        f"({cpu}; SHA instructions {sha}), Python {platform.python_version()}, {versions}, "
        "aiobotocore 3.10.0, aws-sdk-bedrockruntime 1.153.0"
    )


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
    options = parser.parse_args()
    prepare()
    if options.without_sha:
        os.environ.update(WITHOUT_SHA)
    print(f"{machine(options.without_sha)}\n")
    print("| case | fastbedrock | peer | ratio |\n|---|---|---|---|")
    for case, tls, scenario, figure, unit, factor, peers, title in CASES:
        if options.words and not any(word in case for word in options.words):
            continue
        found: dict[str, list[float]] = {}
        with local_bedrock(tls, scenario) as server:
            for _ in range(options.rounds):
                for library in ["fastbedrock", *peers]:
                    value = measure(library, case, server, options.peers)[figure] * factor
                    found.setdefault(library, []).append(value)
        ours = statistics.median(found.pop("fastbedrock"))
        if not found:
            print(f"| {title} | {ours:.4g} {unit} | | |", flush=True)
        for library, values in found.items():
            theirs = statistics.median(values)
            ratio = ours / theirs if figure == "rate" else theirs / ours
            row = f"| {title} | {ours:.4g} {unit} | {library} {theirs:.4g} {unit} | {ratio:.2f} |"
            print(row, flush=True)


if __name__ == "__main__":
    main()
