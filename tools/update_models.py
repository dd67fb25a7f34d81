"""Write models/, the stubs and the recorded references for the installed botocore; print changes.

    python tools/update_models.py            # also as: make update-models
    python tools/update_models.py --check    # exit 1 if a model is not current

models/ has botocore's own layout (<service>/<API version>/<file>.json) and format. Only facts are
kept (names, types, constraints, HTTP bindings, paginators, waiters): no prose.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore
import botocore.loaders
import update_types
from model_changes import changes

SERVICES = (
    "bedrock",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-agentcore",
    "bedrock-agentcore-control",
    "bedrock-data-automation",
    "bedrock-data-automation-runtime",
    "bedrock-runtime",
)
ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
FILES = ("service-2", "paginators-1", "waiters-2")
# Each writes one file.
RECORDERS = {
    "record_partitions.py": "python/fastbedrock/partitions.json",
    "record_retry_reference.py": "tests/data/retry_reference.json",
    "record_settings_reference.py": "tests/data/settings_reference.json",
}
PROSE = frozenset({"documentation", "documentationUrl", "deprecatedMessage"})
NAMED = frozenset({"shapes", "operations", "members"})
# Sections with one line for each entry, so that a diff can be read.
LISTED = frozenset({"shapes", "operations", "pagination", "waiters"})


def without_prose(node: Any, names: bool = False) -> Any:
    """The node without documentation keys; the keys of a `names` mapping are names, never prose."""
    if isinstance(node, dict):
        return {
            key: without_prose(value, names=key in NAMED and not names)
            for key, value in node.items()
            if names or key not in PROSE
        }
    if isinstance(node, list):
        return [without_prose(item) for item in node]
    return node


def facts(service: str) -> dict[str, dict[str, Any]]:
    """The service's files without prose, in botocore's own member order."""
    # Only what botocore ships: the default search path has the user's own models (~/.aws/models)
    # before it.
    shipped = [botocore.loaders.Loader.BUILTIN_DATA_PATH]
    loader = botocore.loaders.Loader(shipped, include_default_search_paths=False)
    files = {}
    for file in FILES:
        # Not every service has waiters.
        if service in loader.list_available_services(file):
            files[file] = without_prose(loader.load_service_model(service, file))
    # The version of botocore, for readers and for the test that the file is current.
    files["service-2"] = {"botocore": botocore.__version__, **files["service-2"]}
    return files


def text(file: dict[str, Any]) -> str:
    """The text of a file in models/."""

    def compact(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    sections = []
    for name, section in file.items():
        if name in LISTED and section:
            rows = ",\n".join(f"{compact(key)}:{compact(value)}" for key, value in section.items())
            sections.append(f"{compact(name)}:{{\n{rows}\n}}")
        else:
            sections.append(f"{compact(name)}:{compact(section)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def wanted(service: str) -> dict[Path, str]:
    """The text of each of the service's files, by its path below models/."""
    files = facts(service)
    folder = Path(service) / files["service-2"]["metadata"]["apiVersion"]
    return {folder / f"{name}.json": text(file) for name, file in files.items()}


def present(service: str) -> dict[Path, str]:
    """The text of each of the service's files in models/ now, by its path below models/."""
    paths = sorted((MODELS / service).rglob("*.json"))
    return {path.relative_to(MODELS): path.read_text(encoding="utf-8") for path in paths}


def write(service: str) -> None:
    shutil.rmtree(MODELS / service, ignore_errors=True)
    for path, content in wanted(service).items():
        (MODELS / path).parent.mkdir(parents=True, exist_ok=True)
        (MODELS / path).write_text(content, encoding="utf-8")


def record(tool: str, reference: Path) -> None:
    """Run a recorder, and print how many of the recorded lines it has changed."""

    def lines() -> list[str]:
        kept = reference.read_text(encoding="utf-8").splitlines() if reference.exists() else []
        return [line for line in kept if '"botocore":' not in line]

    before = lines()
    subprocess.run([sys.executable, ROOT / "tools" / tool], check=True)
    after = lines()
    same = set(before) & set(after)
    added, removed = (sum(line not in same for line in side) for side in (after, before))
    changed = f"{added} lines added, {removed} removed" if added or removed else "nothing changed"
    print(f"{reference.name}: {changed}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if parser.parse_args().check:
        stale = [service for service in SERVICES if present(service) != wanted(service)]
        if stale:
            names = ", ".join(stale)
            print(f"not current for botocore {botocore.__version__}: {names}", file=sys.stderr)
        return 1 if stale else 0
    for service in SERVICES:
        old, new = present(service), facts(service)
        before = {path.stem: json.loads(content) for path, content in old.items()}
        write(service)
        version = before.get("service-2", {}).get("botocore", "nothing")
        print(f"{service}: botocore {version} to {botocore.__version__}")
        print("\n".join(f"  {line}" for line in changes(before, new) or ["nothing changed"]))
    update_types.main()
    for tool, reference in RECORDERS.items():
        record(tool, ROOT / reference)
    return 0


if __name__ == "__main__":
    sys.exit(main())
