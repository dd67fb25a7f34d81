"""Whether other packages take part in a call in other ways than by handlers of its events.

Such a call is made in the steps of a call with handlers, in which they can take part.
"""

from __future__ import annotations

from sys import modules

from fastbedrock._client.patches import PREPARE_REQUEST, SEND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._client.base import ClientCore

# The handlers that were known when BUILTIN_HANDLERS was last looked at, and how many it had.
_known: tuple[Any, ...] = ()
_length = -1


def take_part(client: ClientCore) -> bool:
    """Whether botocore, which is loaded, has been patched where a call passes.

    OpenTelemetry and X-Ray wrap ``Endpoint.prepare_request``, to add a header. Tests replace
    ``URLLib3Session.send``. moto appends a handler to botocore's built-in ones, which botocore
    registers for each new client: here it is registered with the client at its next call.
    """
    if PREPARE_REQUEST.patch() is not None:
        return True
    if SEND.patch() is not None and not client._IS_ASYNC:
        return True
    module = modules.get("botocore.handlers")
    handlers = getattr(module, "BUILTIN_HANDLERS", ())
    if len(handlers) != _length:
        _look(handlers)
    if not _known:
        return False
    hooks = client.meta._hooked()
    if hooks.builtin_handlers != _length:
        hooks.builtin_handlers = _length
        _register(hooks.emitter, module)
    return hooks.emitter.concerns_calls


def _look(handlers: Any) -> None:
    global _known, _length
    _known = tuple(entry for entry in handlers if not _is_botocores(entry[1]))
    _length = len(handlers)


def _is_botocores(handler: Any) -> bool:
    handler = getattr(handler, "func", handler)  # a partial
    module = getattr(handler, "__module__", None) or type(handler).__module__
    return module.partition(".")[0] == "botocore"


def _register(events: Any, module: Any) -> None:
    for event_name, handler, *order in _known:
        if handler in events.handlers(event_name):  # moto.core.patch_client has done it
            continue
        if order and order[0] is module.REGISTER_FIRST:
            events.register_first(event_name, handler)
        elif order and order[0] is module.REGISTER_LAST:
            events.register_last(event_name, handler)
        else:
            events.register(event_name, handler)
