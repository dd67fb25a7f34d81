"""Hints for the errors about an unknown service or method: which client has the operation."""

from __future__ import annotations

from fastbedrock import _core


class _TextWithHint(str):
    """botocore's text about a missing method, and the service that has the method.

    The service is looked up when the error is shown: the lookup parses the models of other
    services, and ``hasattr`` shows no error.
    """

    method_name = ""

    def __str__(self) -> str:
        service_name = _service_of(self.method_name)
        text = str.__str__(self)
        return text if service_name is None else f"{text}: it is an operation of '{service_name}'"


def _service_of(method_name: str) -> str | None:
    """The service whose client has the method, or None."""
    for service_name in _core.service_names():
        _, _, operations = _core.outline(service_name)
        if any(name == method_name for name, _, _ in operations):
            return service_name
    return None


def missing_attribute(class_name: str, mapping: dict[str, str], name: str) -> AttributeError:
    """botocore's error for an attribute that a client does not have, with a hint."""
    text = f"'{class_name}' object has no attribute '{name}'"
    if name in mapping:
        text += f": {mapping[name]} streams in both directions, which is not supported"
    elif not name.startswith("_"):
        text = _TextWithHint(text)
        text.method_name = name
    error = AttributeError(text)
    error.name = name
    return error


def unknown_service(service_name: object) -> Exception:
    """botocore's error for a service that is not known here, with a hint about what to use."""
    from difflib import get_close_matches

    from fastbedrock.exceptions import UnknownServiceError

    names = _core.service_names()
    known = ", ".join(names)
    name = str(service_name).lower().replace("_", "-")
    if name.startswith("bedrock") and (close := get_close_matches(name, names, 1)):
        known += f" (did you mean '{close[0]}'?)"
    return UnknownServiceError(service_name=service_name, known_service_names=known)
