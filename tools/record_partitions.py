"""Write the partitions and regions of the session's lists anew, for the installed botocore.

python tools/record_partitions.py    # also as a part of: make update-models
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.regions

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "python" / "fastbedrock" / "partitions.json"


def text() -> str:
    """The text of the file, by botocore's own table of endpoints."""
    # Only what botocore ships: the default search path has the user's own data before it.
    shipped = [botocore.loaders.Loader.BUILTIN_DATA_PATH]
    loader = botocore.loaders.Loader(shipped, include_default_search_paths=False)
    table = loader.load_data("endpoints")
    resolver = botocore.regions.EndpointResolver(table)
    models = {path.parents[1].name: path for path in ROOT.glob("models/*/*/service-2.json")}

    def endpoints(service: str, partition: str) -> list[str]:
        model = json.loads(models[service].read_text(encoding="utf-8"))
        prefix = model["metadata"]["endpointPrefix"]
        found: list[str] = resolver.get_available_endpoints(prefix, partition, True)
        return found

    rows: list[dict[str, Any]] = []
    for partition in table["partitions"]:
        name = partition["partition"]
        of_services = {service: endpoints(service, name) for service in sorted(models)}
        rows.append(
            {
                "partition": name,
                "regionRegex": partition["regionRegex"],
                "regions": list(partition["regions"]),
                "endpoints": {service: found for service, found in of_services.items() if found},
            }
        )
    content = {
        "written by": "tools/record_partitions.py",
        "botocore": botocore.__version__,
        "partitions": rows,
    }
    # A line for each list, so that a diff can be read.
    lists = re.compile(r'\[\n +("[^\]{]*?)\n +\]')
    return lists.sub(one_line, json.dumps(content, indent=1)) + "\n"


def one_line(found: re.Match[str]) -> str:
    return f"[{' '.join(found[1].split())}]"


def main() -> int:
    REFERENCE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
