"""Folders of service models, in botocore's layout."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any


def description(service: str, version: str, *operations: str, **metadata: Any) -> dict[str, Any]:
    """A model with these operations. Each takes one string, ``text``."""
    http = {"method": "POST", "requestUri": "/"}
    return {
        "metadata": {
            "apiVersion": version,
            "endpointPrefix": service,
            "signingName": "bedrock",
            "protocol": "rest-json",
            "protocols": ["rest-json"],
            "serviceId": service.replace("-", " ").title(),
            **metadata,
        },
        "operations": {
            name: {"name": name, "http": http, "input": {"shape": "Input"}} for name in operations
        },
        "shapes": {
            "Input": {"type": "structure", "members": {"text": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    }


def write(
    root: Path,
    service: str,
    version: str,
    content: Any,
    file: str = "service-2",
    ending: str = ".json",
) -> Path:
    """Write one file, compressed if ``ending`` says so; returns its path."""
    path = root / service / version / f"{file}{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content).encode()
    path.write_bytes(gzip.compress(text) if ending.endswith(".gz") else text)
    return path
