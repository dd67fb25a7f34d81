"""Write models/<service>.json from the service model that the installed botocore ships.

    python tools/update_models.py            # every service in SERVICES
    python tools/update_models.py --check    # exit 1 if a file is not current

Only facts are kept (names, types, constraints, HTTP bindings, paginators): no prose.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import botocore
import botocore.exceptions
import botocore.loaders

SERVICES = ("bedrock-runtime",)
MODELS = Path(__file__).resolve().parent.parent / "models"
PROSE = frozenset({"documentation", "documentationUrl", "deprecatedMessage"})
NAMED = frozenset({"shapes", "operations", "members"})


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


def facts(service: str) -> dict[str, Any]:
    """The service's model without prose, with its paginators, in botocore's own member order."""
    # Only what botocore ships: the default search path has the user's own models (~/.aws/models)
    # before it.
    shipped = [botocore.loaders.Loader.BUILTIN_DATA_PATH]
    loader = botocore.loaders.Loader(shipped, include_default_search_paths=False)
    model = without_prose(loader.load_service_model(service, "service-2"))
    try:
        paginators = loader.load_service_model(service, "paginators-1")["pagination"]
    except botocore.exceptions.DataNotFoundError:
        paginators = {}
    return {
        "botocore": botocore.__version__,
        "metadata": model["metadata"],
        "operations": model["operations"],
        "shapes": model["shapes"],
        "paginators": paginators,
    }


def text(service: str) -> str:
    """One line for each operation and shape, so that a diff of an update can be read."""
    model = facts(service)

    def compact(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    sections = []
    for name, section in model.items():
        if name in ("operations", "shapes", "paginators"):
            rows = ",\n".join(f"{compact(key)}:{compact(value)}" for key, value in section.items())
            sections.append(f"{compact(name)}:{{\n{rows}\n}}")
        else:
            sections.append(f"{compact(name)}:{compact(section)}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    stale = []
    for service in SERVICES:
        path = MODELS / f"{service}.json"
        new = text(service)
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != new:
                stale.append(path.name)
        else:
            path.write_text(new, encoding="utf-8")
    if stale:
        names = ", ".join(stale)
        print(f"not current for botocore {botocore.__version__}: {names}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
