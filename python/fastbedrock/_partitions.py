"""Partitions and regions, by boto3's own table of endpoints.

Only the lists of a session use the table. The endpoints of clients come from AWS's endpoint rules.
"""

from __future__ import annotations

import json
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_read: list[dict[str, Any]] = []


def _partitions() -> list[dict[str, Any]]:
    if _read:
        return _read
    path = os.path.join(os.path.dirname(__file__), "partitions.json")
    with open(path, encoding="utf-8") as file:
        _read[:] = json.load(file)["partitions"]
    return _read


def names() -> list[str]:
    """The names of the partitions, e.g. ``aws``."""
    return [partition["partition"] for partition in _partitions()]


def regions(service_name: str, partition_name: str, allow_non_regional: bool) -> list[str]:
    """The regions with an endpoint of the service; with ``allow_non_regional``, all endpoints."""
    return [
        endpoint
        for partition in _partitions()
        if partition["partition"] == partition_name
        for endpoint in partition["endpoints"].get(service_name, ())
        if allow_non_regional or endpoint in partition["regions"]
    ]


def partition_of(region_name: str) -> str:
    """The name of the region's partition. Raises UnknownRegionError if no partition has it."""
    for partition in _partitions():
        if region_name in partition["regions"] or re.match(partition["regionRegex"], region_name):
            name: str = partition["partition"]
            return name
    from fastbedrock.exceptions import UnknownRegionError

    raise UnknownRegionError(
        region_name=region_name, error_msg="No partition found for provided region_name."
    )
