"""Frameworks and watchers of boto3, unchanged, with fastbedrock in boto3's place.

    make frameworks

    python frameworks/run.py [NAME ...] [--newest] [--environments FOLDER]

For each file in ``packages``, the requirements of ``NAME.txt`` go into an environment of their own,
and the jobs of ``NAME.py`` run three times on the local Bedrock: with boto3's clients, with
fastbedrock's, and with boto3's in place. What the package made and the requests that reached the
server have to be equal. Without a name, the table in docs/frameworks.md is written again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import environments
import fastbedrock.local
import jobs
import table
from recorder import Recorder

HERE = Path(__file__).parent
PACKAGES = HERE / "packages"
# One job with a package that imports for long on a busy machine.
JOB_SECONDS = 180


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="files in packages, without .py (default: all)")
    parser.add_argument("--newest", action="store_true", help="ignore the pins of the requirements")
    parser.add_argument("--environments", type=Path, default=HERE.parent / ".frameworks")
    arguments = parser.parse_args()
    known = sorted(path.stem for path in PACKAGES.glob("*.py"))
    if unknown := set(arguments.names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    results = []
    for name in arguments.names or known:
        print(f"{name}: environment", flush=True)
        python = environments.prepare(name, arguments.environments, newest=arguments.newest)
        result = compare(name, python)
        results.append(result)
        print(table.report(result), flush=True)
    if not arguments.names and not arguments.newest:
        table.write(results)
    failed = [result["name"] for result in results if result["differences"]]
    if failed:
        print(f"differences: {', '.join(failed)}")
    return 1 if failed else 0


def compare(name: str, python: Path) -> dict[str, Any]:
    """Runs the jobs of a package in every mode; what was done, and the differences from boto3."""
    runs = {mode: run_jobs(name, python, mode) for mode in jobs.MODES}
    reference = runs[jobs.BOTO3]
    about = reference["about"]
    intended: dict[str, str] = about["intended"]
    # Where requests go past the engine, and why: a mode, or a job of a mode.
    own_path: dict[str, str] = about["own_path"]
    differences = []
    for job, expected in reference["results"].items():
        # Two failures for the same foreign reason would be equal.
        may_raise = job.split()[-1] in ("errors", "cancellation")
        if not expected["requests"] or ("raised" in expected and not may_raise):
            differences.append(difference(jobs.BOTO3, job, "requests and a result", expected))
    for mode in jobs.MODES[1:]:
        for job, expected in reference["results"].items():
            actual = runs[mode]["results"][job]
            if actual != expected and f"{mode}: {job}" not in intended:
                differences.append(difference(mode, job, expected, actual))
            ours, sent = runs[mode]["paths"][job]
            if ours != sent and not own_path.keys() & {mode, f"{mode}: {job}"}:
                found = {"requests of the engine": ours}
                differences.append(difference(mode, job, {"requests of the engine": sent}, found))
    return {
        "name": name,
        "versions": about["versions"],
        "jobs": about["jobs"],
        "without": about["without"],
        "intended": intended,
        "own_path": own_path,
        "differences": differences,
        # A run in which the package went past our clients would compare nothing.
        "paths": {mode: total(runs[mode]["paths"]) for mode in jobs.MODES},
    }


def difference(mode: str, job: str, expected: Any, actual: Any) -> dict[str, Any]:
    return {"mode": mode, "job": job, "expected": expected, "actual": actual}


def total(paths: dict[str, tuple[int, int]]) -> str:
    """Of all jobs' requests, those of the engine."""
    ours, sent = zip(*paths.values(), strict=True)
    return f"{sum(ours)} of {sum(sent)}"


def run_jobs(name: str, python: Path, mode: str) -> dict[str, Any]:
    """Runs the jobs of a package in a process of its own, each on a fresh local Bedrock."""
    results = {}
    paths: dict[str, tuple[int, int]] = {}
    with fastbedrock.local.serve() as server:
        recorder = Recorder(server.endpoint_url)
        child = subprocess.Popen(
            [python, HERE / "child.py", mode, PACKAGES / f"{name}.py", *environments.names(name)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(server, recorder.endpoint_url),
        )
        try:
            about = answer(child, name)
            for job in about["jobs"]:
                server.reset()
                server.reset_counters()
                child.stdin.write(f"{job}\n")
                child.stdin.flush()
                done = answer(child, f"{name}: {job}")
                sent = recorder.take()
                results[job] = {**done["outcome"], "requests": jobs.plain(sent)}
                paths[job] = (done["attempts"], len(sent))
            child.stdin.write("\n")
            child.stdin.close()
            child.wait(JOB_SECONDS)
        finally:
            child.kill()
            child.wait()
            recorder.close()
    return {"about": about, "results": results, "paths": paths}


def answer(child: subprocess.Popen[str], what: str) -> Any:
    """The child's next line; RuntimeError if there is none within the time of a job."""
    timer = threading.Timer(JOB_SECONDS, child.kill)
    timer.start()
    try:
        line = child.stdout.readline()
    finally:
        timer.cancel()
    if not line:
        raise RuntimeError(f"{what}: the process ended or took more than {JOB_SECONDS} s")
    return json.loads(line)


def environment(server: fastbedrock.local.LocalBedrock, endpoint_url: str) -> dict[str, str]:
    """The variables of a child: nothing of AWS but the local Bedrock."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "FASTBEDROCK_"))}
    services = ("BEDROCK", "BEDROCK_RUNTIME", "BEDROCK_AGENT", "BEDROCK_AGENT_RUNTIME")
    return {
        **kept,
        **{f"AWS_ENDPOINT_URL_{service}": endpoint_url for service in services},
        "AWS_ACCESS_KEY_ID": server.credentials["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": server.credentials["aws_secret_access_key"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONPATH": str(HERE.parent / "python"),
        "PYTHONUTF8": "1",
        "NO_PROXY": "127.0.0.1",
    }


if __name__ == "__main__":
    sys.exit(main())
