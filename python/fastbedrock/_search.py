"""Models that are newer than this build: botocore's search path, and the files found there.

Imported only if a search path is configured, or an API version.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, NamedTuple

from fastbedrock import _core, exceptions

#: The place of the models of this build.
BUILT_IN = "built in"
#: The largest file that is read, in bytes of JSON. botocore's largest model has 4.4 MB.
LARGEST = 16 * 1024 * 1024

_SERVICE, _PAGINATORS, _WAITERS = "service-2", "paginators-1", "waiters-2"
# The section of a file whose entries have names, for files that Rust does not read.
_SECTIONS = {_PAGINATORS: "pagination", _WAITERS: "waiters"}
_PREFIX = re.compile("bedrock(-[a-z0-9]+)*")
# The hosts of all Bedrock services, after their endpoint prefix.
_HOSTS = frozenset(
    f"{variant}.{{Region}}.{{PartitionResult#{suffix}}}"
    for variant in ("", "-fips")
    for suffix in ("dnsSuffix", "dualStackDnsSuffix")
)
# No operation of Bedrock has them.
_IGNORED_TRAITS = ("requestcompression", "httpChecksumRequired", "httpChecksum")
# The API versions that files declare, by the paths of the file and its extras.
_declared: dict[tuple[str | None, ...], str] = {}


class ModelSource(NamedTuple):
    """The model that clients of a service use."""

    #: e.g. ``2023-09-30``.
    api_version: str
    #: ``built in``, or the path of the model's ``service-2`` file.
    origin: str
    #: The version of botocore that a built-in model was taken from; None for other models.
    botocore_version: str | None


class SearchPath:
    """The folders that are searched for models before those of this build.

    ``data_path`` has the form of PATH; ``own_models`` is the user's own folder, or None. Folders
    that do not exist are ignored, as in botocore.
    """

    def __init__(self, data_path: str | None, own_models: str | None) -> None:
        listed = [] if data_path is None else data_path.split(os.pathsep)
        expanded = [os.path.expanduser(os.path.expandvars(path)) for path in listed]
        if own_models is not None:
            expanded.append(own_models)
        self.folders = [os.path.abspath(path) for path in expanded if os.path.isdir(path)]

    def services(self) -> list[str]:
        """The services of this build, and the Bedrock services in the folders."""
        names = _core.service_names()
        found = {name for folder in self.folders for name in _listed(folder)}
        others = {name for name in found - {*names} if name.startswith("bedrock")}
        return sorted([*names, *(name for name in others if self.versions(name))])

    def versions(self, service_name: str) -> set[str]:
        """The API versions of a service."""
        own = _built_in_version(service_name)
        versions = set() if own is None else {own}
        if service_name in ("", ".", "..") or os.path.basename(service_name) != service_name:
            return versions
        for folder in self.folders:
            place = os.path.join(folder, service_name)
            for version in _listed(place) if os.path.isdir(place) else ():
                if _file(os.path.join(place, version, _SERVICE)):
                    versions.add(version)
        return versions

    def version(self, service_name: str, api_version: str | None = None) -> str:
        """The API version to use: the given one, or the newest.

        Raises UnknownServiceError for an unknown service, and DataNotFoundError for an unknown
        version.
        """
        versions = self.versions(service_name)
        if not versions:
            raise self._unknown(service_name)
        if api_version is not None and api_version not in versions:
            path = f"{service_name}/{api_version}/{_SERVICE}"
            raise exceptions.DataNotFoundError(data_path=path)
        return max(versions) if api_version is None else api_version

    def path(self, service_name: str, api_version: str, file: str) -> str | None:
        """The first file with that name, or None if no folder has it."""
        for folder in self.folders:
            path = _file(os.path.join(folder, service_name, api_version, file))
            if path is not None:
                return path
        return None

    def source(self, service_name: str, api_version: str | None = None) -> ModelSource:
        """Where the model of a service comes from. Reads no file."""
        version = self.version(service_name, api_version)
        path = self.path(service_name, version, _SERVICE)
        if path is not None:
            return ModelSource(version, path, None)
        built_in = json.loads(_core.model_json(service_name, _SERVICE) or "{}")
        return ModelSource(version, BUILT_IN, built_in["botocore"])

    def find(self, service_name: str, api_version: str | None = None) -> str:
        """The key of a service's model, which is loaded if that has not been done yet.

        Raises UnknownServiceError for a service that is unknown or not of Bedrock, and
        DataNotFoundError for an unknown version or a file that cannot be used; it names the file.
        """
        version = self.version(service_name, api_version)
        paths = [self._with_extras(service_name, version, _SERVICE)]
        description = None
        declared = version
        if paths[0] != (None, None):
            if paths[0] not in _declared:
                description = _description(service_name, version, paths[0])
                self._check_hosts(service_name, version, description, paths[0])
                _warn_of_traits(description, paths[0][0] or str(paths[0][1]))
                _declared[paths[0]] = description["metadata"]["apiVersion"]
            # botocore looks for the other files with the version that the model declares.
            declared = _declared[paths[0]]
        paths += [self._with_extras(service_name, declared, file) for file in _SECTIONS]
        if all(path == (None, None) for path in paths):
            return service_name
        key = "\n".join([service_name, *(path or "" for pair in paths for path in pair)])
        try:
            _core.outline(key)
        except ValueError:
            if description is None:
                description = _description(service_name, version, paths[0])
            others = [
                _section(service_name, declared, file, pair)
                for file, pair in zip(_SECTIONS, paths[1:], strict=True)
            ]
            load(key, paths[0][0] or paths[0][1] or service_name, description, *others)
        return key

    def _unknown(self, service_name: str, hint: str = "") -> Exception:
        known = ", ".join(self.services()) + hint
        return exceptions.UnknownServiceError(service_name=service_name, known_service_names=known)

    def _with_extras(self, service: str, version: str, file: str) -> tuple[str | None, str | None]:
        extras = self.path(service, version, f"{file}.sdk-extras")
        return self.path(service, version, file), extras

    def _check_hosts(
        self,
        service_name: str,
        version: str,
        description: dict[str, Any],
        paths: tuple[str | None, ...],
    ) -> None:
        """Refuse a model whose calls would go to another host than boto3's."""
        prefix = description["metadata"].get("endpointPrefix")
        known = service_name in _core.service_names()
        path = paths[0] or str(paths[1])
        if known and prefix != service_name:
            raise _unusable(path, f"the endpoint prefix of {service_name} is not {prefix!r}")
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            hint = f" ({path} is the model of a service outside of Bedrock: use boto3 for it)"
            raise self._unknown(service_name, hint)
        operations = description.get("operations")
        for name, operation in operations.items() if isinstance(operations, dict) else ():
            if isinstance(operation, dict) and operation.get("endpoint"):
                problem = f"{name} has a host of its own: use boto3 for {service_name}"
                raise _unusable(path, problem)
        rules = None if known else self.path(service_name, version, "endpoint-rule-set-1")
        if rules is not None:
            expected = {f"https://{prefix}{host}" for host in _HOSTS}
            if {*_urls(_read(rules))} != expected:
                problem = "its endpoint rules are not those of Bedrock's other services"
                raise _unusable(rules, f"{problem}: use boto3 for {service_name}")


def _warn_of_traits(description: dict[str, Any], path: str) -> None:
    """Warn of what botocore does to the requests of an operation and the core does not."""
    operations = description.get("operations")
    texts = [
        f"{path}: {name} has the trait {trait}, which has no effect here"
        for name, operation in (operations.items() if isinstance(operations, dict) else ())
        for trait in _IGNORED_TRAITS
        if isinstance(operation, dict) and operation.get(trait)
    ]
    if texts:
        from fastbedrock._warnings import warn_of

        warn_of(texts)


def _built_in_version(service_name: str) -> str | None:
    return _core.outline(service_name)[1] if service_name in _core.service_names() else None


def load(
    key: str,
    origin: str,
    description: dict[str, Any],
    paginators: dict[str, Any] | None = None,
    waiters: dict[str, Any] | None = None,
) -> None:
    """Load a model under a key, whose first line is the name of the service.

    Raises DataNotFoundError, which names the origin, for a model that cannot be used.
    """
    try:
        texts = [None if it is None else _text(it) for it in (description, paginators, waiters)]
        _core.load_model(key, origin, texts[0] or b"", texts[1], texts[2])
    except (RecursionError, UnicodeEncodeError) as error:
        raise _unusable(origin, error) from None
    except ValueError as error:
        raise exceptions.DataNotFoundError(data_path=str(error)) from None


def _text(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _description(service: str, version: str, paths: tuple[str | None, ...]) -> dict[str, Any]:
    """The merged content of a service's model. Its metadata has an apiVersion."""
    description = _merged(service, _SERVICE, paths)
    metadata = description.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("apiVersion"), str):
        raise _unusable(paths[0] or paths[1] or version, "its metadata has no apiVersion")
    return description


def _section(
    service: str, version: str, file: str, paths: tuple[str | None, ...]
) -> dict[str, Any] | None:
    """The merged content of a file with named entries, or None if there is no such file."""
    if paths[0] is None and version != _built_in_version(service):
        return None
    content = _merged(service, file, paths)
    section = content.get(_SECTIONS[file])
    if content and not (
        isinstance(section, dict) and all(isinstance(entry, dict) for entry in section.values())
    ):
        raise _unusable(paths[0] or paths[1] or version, f"{_SECTIONS[file]} has no named entries")
    return content


def _merged(service: str, file: str, paths: tuple[str | None, ...]) -> dict[str, Any]:
    """The file's content, or that of this build's file, with that of its extras."""
    path, extras = paths
    content = json.loads(_core.model_json(service, file) or "{}") if path is None else _read(path)
    if extras is not None:
        _merge(content, _read(extras).get("merge"), extras)
    return content


def _merge(base: dict[str, Any], extra: Any, path: str) -> None:
    """Merge dicts of any depth, as botocore's ``deep_merge`` does."""
    if extra is None:
        return
    todo = [(base, extra)]
    while todo:
        into, given = todo.pop()
        if not isinstance(given, dict):
            raise _unusable(path, "merge is no object")
        for key, value in given.items():
            if isinstance(value, dict) and isinstance(into.get(key), dict):
                todo.append((into[key], value))
            else:
                into[key] = value


def _urls(node: Any) -> list[str]:
    """The texts under the key ``url``, wherever they are."""
    urls, todo = [], [node]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            urls += [value for key, value in node.items() if key == "url" if isinstance(value, str)]
            todo += node.values()
        elif isinstance(node, list):
            todo += node
    return urls


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError as error:
        raise _unusable(folder, error.strerror) from None


def _file(path: str) -> str | None:
    """The file at the path, which has no ending yet, or None."""
    for ending in (".json", ".json.gz"):
        if os.path.isfile(path + ending):
            return path + ending
        if os.path.lexists(path + ending):
            raise _unusable(path + ending, "it is not a file")
    return None


def _read(path: str) -> dict[str, Any]:
    """The JSON object in a file, without prose.

    Raises DataNotFoundError with the path for a file that cannot be read.
    """
    import gzip
    import zlib

    try:
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise _unusable(path, f"it is larger than {LARGEST} bytes")
        found = json.loads(content.decode(), object_hook=_without_prose)
    except RecursionError:
        raise _unusable(path, "its JSON is nested too deeply") from None
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise _unusable(path, getattr(error, "strerror", None) or error) from None
    if not isinstance(found, dict):
        raise _unusable(path, "it is no JSON object")
    return found


def _without_prose(node: dict[str, Any]) -> dict[str, Any]:
    # A member of that name has a dict there.
    if isinstance(node.get("documentation"), str):
        del node["documentation"]
    return node


def _unusable(path: str, problem: object) -> Exception:
    return exceptions.DataNotFoundError(data_path=f"{path}: {problem}")
