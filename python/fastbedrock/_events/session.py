"""The events of a session, from which its clients copy their handlers."""

from __future__ import annotations

import sys

from fastbedrock import _core
from fastbedrock._events.builtins import register_for_session
from fastbedrock._events.emitter import Emitter, event_service, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def session_emitter() -> Emitter:
    """The events of a new session."""
    emitter = Emitter()
    register_for_session(emitter)
    return emitter


def botocore_handlers(session: Any) -> Emitter | None:
    """The handlers that users have registered on a botocore session; None if there are none."""
    theirs = session.get_component("event_emitter")
    # botocore registers its own handlers under older names of some services.
    alias = getattr(theirs, "_alias_event_name", str)
    theirs = getattr(theirs, "_emitter", theirs)
    own = getattr(sys.modules.get("botocore.handlers"), "BUILTIN_HANDLERS", [])
    builtin = [(alias(entry[0]), entry[1]) for entry in own]
    emitter = session_emitter()
    register = (emitter.register_first, emitter.register, emitter.register_last)
    for event_name, sections in _nodes(theirs._handlers._root, ""):
        for section, handlers in enumerate(sections):
            for handler in handlers:
                package = _package(handler)
                # moto adds a handler of its own to botocore's list.
                is_builtin = package == "botocore" and (event_name, handler) in builtin
                if not is_builtin and package not in ("boto3", "aiobotocore"):
                    register[section](event_name, handler)
    return emitter if emitter.has_foreign else None


def _nodes(node: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """The names in botocore's tree of handlers, each with three lists of handlers."""
    for part, child in node["children"].items():
        if child["values"]:
            yield prefix + part, child["values"]
        yield from _nodes(child, f"{prefix}{part}.")


def _package(handler: Any) -> str:
    """The package that defines a handler."""
    module: str = getattr(handler, "__module__", None) or type(handler).__module__
    return module.partition(".")[0]


def changed_class(cls: type[Any], emitter: Emitter) -> type[Any]:
    """The class for a new client: ``cls``, or a class that handlers have changed.

    Handlers of ``creating-client-class`` may change the methods and add base classes.
    """
    service_id, _, _ = _core.outline(cls._MODEL_KEY)
    event_name = f"creating-client-class.{event_service(service_id)}"
    if not emitter.handlers(event_name):
        return cls
    names = {*cls._PY_TO_OP_NAME, "_PY_TO_OP_NAME"}
    attributes = {name: value for name, value in vars(cls).items() if name in names}
    bases: list[type[Any]] = list(cls.__bases__)
    run(emitter.call_handlers(event_name, {"class_attributes": attributes, "base_classes": bases}))
    of_class = {*names, "_SERVICE_CLASS", "__dict__", "__weakref__"}
    own = {name: value for name, value in vars(cls).items() if name not in of_class}
    changed: type[Any] = type(cls.__name__, tuple(bases), {**own, **attributes})
    # Copies of a client have the same class.
    changed._SERVICE_CLASS = changed
    return changed
