"""Hints for error texts: what the models of an installed botocore know. It is never imported."""

from __future__ import annotations

import importlib.util
import os
import re
from typing import Any

from fastbedrock import _core
from fastbedrock._model import ServiceModel, service_model
from fastbedrock._search import SearchPath
from fastbedrock._slow import validate
from fastbedrock.exceptions import DataNotFoundError

_UNKNOWN = re.compile(r'^Unknown parameter in .*?: "(.*)", must be one of: ', re.MULTILINE)
_VERSION = re.compile(r"""^__version__ *= *['"]([^'"]+)['"]""", re.MULTILINE)


def parameter_hint(key: str, operation_name: str, params: dict[str, Any], report: str) -> str:
    """A line about the unknown parameters of a report; empty if botocore does not know them."""
    unknown = _unknown(report)
    model = _model(key) if unknown else None
    if model is None or operation_name not in model.operation_names:
        return ""
    known = unknown - _unknown(validate.report(params, model.operation_model(operation_name).input))
    names = ", ".join(sorted({f'"{name}"' for _, name in known}))
    return f"\n{_advice(names)}" if names else ""


def method_hint(key: str, method_name: str) -> str:
    """A clause about a method that clients with this model lack; empty if botocore lacks it too."""
    model = _model(key)
    names = [] if model is None else model.operation_names
    has_method = any(_core.method_name(name) == method_name for name in names)
    return f": {_advice('it')}" if has_method else ""


def service_hint(service_name: str) -> str:
    """A clause about a service that is unknown here; empty if its model would be of no use."""
    path = _path()
    try:
        if path is None or not path.versions(service_name):
            return ""
        path.find(service_name)
    except DataNotFoundError:
        return ""
    return f" ({_advice('it')})"


def _unknown(report: str) -> set[tuple[str, str]]:
    """The unknown parameters of a report, each with its line up to the known ones, which differ."""
    return {(found[0], found[1]) for found in _UNKNOWN.finditer(report)}


def _advice(subject: str) -> str:
    folder, version = _data() or ("", "")
    listed = [folder, *filter(None, [os.environ.get("AWS_DATA_PATH")])]
    setting = f"AWS_DATA_PATH={os.pathsep.join(listed)}"
    return f"the installed botocore {version} knows {subject}; set {setting} to use its models"


def _model(key: str) -> ServiceModel | None:
    """botocore's model of the same service, if it would be used instead of the one with the key."""
    ours, path = service_model(key), _path()
    if path is None or (_data() or ("", ""))[1] == ours.description.get("botocore"):
        return None
    try:
        theirs = service_model(path.find(ours.service_name))
    except DataNotFoundError:
        return None
    # Of several API versions, the newest is used.
    return theirs if theirs.api_version >= ours.api_version else None


def _path() -> SearchPath | None:
    data = _data()
    return None if data is None else SearchPath(data[0], None)


def _data() -> tuple[str, str] | None:
    """The folder of the installed botocore's models, and botocore's version."""
    try:
        spec = importlib.util.find_spec("botocore")
        places = [] if spec is None else list(spec.submodule_search_locations or [])
        with open(os.path.join(places[0], "__init__.py"), encoding="utf-8") as file:
            version = _VERSION.search(file.read())
    except (ImportError, IndexError, OSError, ValueError):
        return None
    folder = os.path.join(places[0], "data")
    return None if version is None or not os.path.isdir(folder) else (folder, version[1])
