"""Whether only botocore's own handlers are registered for the events of an operation."""

from __future__ import annotations

from collections import Counter
from sys import modules
from types import FunctionType, MethodType

import botocore.handlers
from botocore.hooks import EventAliaser, HierarchicalEmitter

from fastbedrock._events.names import CALL_EVENTS_IN_ORDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What botocore registers with each client, by the name of the method or of the class. The names are
# those of aiobotocore, too, which may precede them by a prefix.
_OF_CLIENTS = {
    "request-created": {
        "handler",
        "rebuild_and_replace_user_agent_handler",
        "seed_max_attempts",
    },
    "needs-retry": {"needs_retry", "RetryHandler", "AioRetryHandler", "on_receiving_response"},
    "before-send": {"on_sending_request"},
    "after-call": {"release_retry_quota"},
    "before-parameter-build": {"block_endpoint_discovery_required_operations"},
}
# Without these, a client would not sign or not retry.
_REQUIRED = {
    "request-created": ({"handler"},),
    "needs-retry": ({"needs_retry", "RetryHandler", "AioRetryHandler"},),
}
_HOMES = (
    "botocore.signers",
    "botocore.useragent",
    "botocore.retryhandler",
    "botocore.retries.",
    "botocore.client",
    "botocore.handlers",
)


def foreign_handler(emitter: Any, service: str, operation: str) -> str | None:
    """Why handlers of an operation's events are not exactly botocore's own; None if they are.

    ``service`` is the service in names of events, e.g. ``bedrock-runtime``.
    """
    builtin = _builtin_handlers
    # Some of botocore's functions are replaced by aiobotocore's.
    mapping = getattr(modules.get("aiobotocore.hooks"), "_HANDLER_MAPPING", {})
    botocores = {theirs: ours for ours, theirs in mapping.items()}
    for event in CALL_EVENTS_IN_ORDER:
        name = f"{event}.{service}.{operation}"
        found = Counter(
            botocores.get(handler, handler) for handler in emitter._handlers.prefix_search(name)
        )
        expected = Counter(builtin.prefix_search(name))
        if missing := expected - found:
            return f"botocore's handler {next(iter(missing))!r} of {event} is not registered"
        own_names = set()
        for handler in (found - expected).elements():
            own_name = _own_name(handler)
            if own_name not in _OF_CLIENTS.get(event, ()):
                return f"{handler!r} is a handler of {event}"
            own_names.add(own_name)
        for required in _REQUIRED.get(event, ()):
            if own_names.isdisjoint(required):
                return f"botocore's own handler of {event} is not registered"
    return None


def _own_name(handler: Any) -> str | None:
    """The name of a method or class of botocore that handles an event; None if it is another's."""
    if type(handler) is MethodType:
        parts: tuple[Any, ...] = (handler.__func__, type(handler.__self__))
    else:
        parts = (handler if type(handler) is FunctionType else type(handler),)
    homes = (str(part.__module__).removeprefix("aio") for part in parts)
    name: str = parts[0].__name__
    return name if all(home.startswith(_HOMES) for home in homes) else None


def _make_builtin_handlers() -> Any:
    """botocore's built-in handlers, without those that other packages have added to them."""
    emitter = HierarchicalEmitter()
    events = EventAliaser(emitter)
    for event, handler, *_ in botocore.handlers.BUILTIN_HANDLERS:
        if _home(handler).startswith("botocore."):
            events.register(event, handler)
    return emitter._handlers


def _home(handler: Any) -> str:
    return str(getattr(handler, "__module__", None) or type(handler).__module__)


_builtin_handlers = _make_builtin_handlers()
