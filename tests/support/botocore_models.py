"""The service models that the installed botocore ships."""

from __future__ import annotations

import functools
import gzip
from pathlib import Path
from typing import Any

import botocore.exceptions
import botocore.loaders

from fastbedrock._model import ServiceModel

#: Where the files of all services are.
FOLDER = Path(botocore.loaders.Loader.BUILTIN_DATA_PATH)


@functools.cache
def _loader() -> botocore.loaders.Loader:
    shipped = [botocore.loaders.Loader.BUILTIN_DATA_PATH]
    return botocore.loaders.Loader(shipped, include_default_search_paths=False)


def services() -> list[str]:
    """The names of all services."""
    return _loader().list_available_services("service-2")


def description(service: str) -> dict[str, Any]:
    """The content of a service's ``service-2.json``."""
    return _loader().load_service_model(service, "service-2")


def file(service: str, name: str) -> dict[str, Any]:
    """The content of one of a service's files, e.g. ``paginators-1``; empty if there is none."""
    try:
        return _loader().load_service_model(service, name)
    except (botocore.exceptions.DataNotFoundError, botocore.exceptions.UnknownServiceError):
        return {}


def folder(service: str) -> Path:
    """Where the files of a service are."""
    return FOLDER / service / _loader().determine_latest_version(service, "service-2")


def rules(service: str) -> str:
    """The text of a service's endpoint rules."""
    return gzip.decompress((folder(service) / "endpoint-rule-set-1.json.gz").read_bytes()).decode()


def slow_path_model(service: str) -> ServiceModel:
    """Our model of a service, for the parts that are written in Python."""
    return ServiceModel(description(service), service)
