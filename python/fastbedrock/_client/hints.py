"""Hints for the errors about an unknown service or method: which client has the operation."""

from __future__ import annotations

from fastbedrock import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _TextWithHint(str):
    """botocore's text about a missing method, and the service that has the method.

    The service is looked up when the error is shown: the lookup parses the models of other
    services, and ``hasattr`` shows no error.
    """

    method_name = model_key = ""

    def __str__(self) -> str:
        service_name = _service_of(self.method_name)
        text = str.__str__(self)
        if service_name is not None:
            return f"{text}: it is an operation of '{service_name}'"
        from fastbedrock._installed import method_hint

        return text + method_hint(self.model_key, self.method_name)


def _service_of(method_name: str) -> str | None:
    """The service whose client has the method, or None."""
    for service_name in _core.service_names():
        _, _, operations = _core.outline(service_name)
        if any(name == method_name for name, _, _ in operations):
            return service_name
    return None


def missing_attribute(cls: type[Any], name: str, client: Any = None) -> AttributeError:
    """botocore's error for an attribute that a client does not have, with a hint.

    With ``client`` Python's own report of the error suggests a similar name.
    """
    text = f"'{cls.__name__}' object has no attribute '{name}'"
    if name in cls._PY_TO_OP_NAME:
        text += f": {cls._PY_TO_OP_NAME[name]} streams in both directions, which is not supported"
    elif not name.startswith("_"):
        text = _TextWithHint(text)
        text.method_name, text.model_key = name, cls._MODEL_KEY
    error = AttributeError(text)
    error.name = name
    error.obj = client
    return error


def _installed_hint(service_name: str) -> str:
    from fastbedrock._installed import service_hint

    return service_hint(service_name) if service_name.startswith("bedrock") else ""


def unknown_service(service_name: object, names: list[str]) -> Exception:
    """botocore's error for a service that is not one of ``names``, with a hint what to use."""
    from difflib import get_close_matches

    from fastbedrock.exceptions import UnknownServiceError

    known = ", ".join(names)
    name = str(service_name).lower().replace("_", "-")
    if isinstance(service_name, str) and (hint := _installed_hint(service_name)):
        known += hint
    elif name.startswith("bedrock") and (close := get_close_matches(name, names, 1)):
        known += f" (did you mean '{close[0]}'?)"
    return UnknownServiceError(service_name=service_name, known_service_names=known)
