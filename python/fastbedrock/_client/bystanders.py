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

# What the last look has found: functions of botocore if they are its own, the last one of its
# built-in handlers (others are appended), and those of other packages.
_prepare: Any = None
_send: Any = None
_last: Any = None
_foreign: list[Any] = []


def take_part(client: ClientCore) -> bool:
    """Whether botocore, which is loaded, has been patched where a call passes.

    OpenTelemetry and X-Ray wrap ``Endpoint.prepare_request``, to add a header. Tests replace
    ``URLLib3Session.send``. moto appends a handler to botocore's built-in ones, which botocore
    registers for each new client: here it is registered with the client at its next call.
    """
    try:
        if (
            modules["botocore.endpoint"].Endpoint.prepare_request is _prepare
            and modules["botocore.httpsession"].URLLib3Session.send is _send
            and modules["botocore.handlers"].BUILTIN_HANDLERS[-1] is _last
            and not _foreign
        ):
            return False
        return _look(client)
    except (LookupError, AttributeError):  # not loaded, or being loaded
        return False


def _look(client: ClientCore) -> bool:
    global _prepare, _send, _last, _foreign
    if PREPARE_REQUEST.patch() is not None:
        return True
    _prepare = modules["botocore.endpoint"].Endpoint.prepare_request
    # An asynchronous call cannot be sent by botocore.
    if SEND.patch() is not None and not client._IS_ASYNC:
        return True
    _send = modules["botocore.httpsession"].URLLib3Session.send
    module = modules["botocore.handlers"]
    _foreign = [entry for entry in module.BUILTIN_HANDLERS if not _is_botocores(entry[1])]
    _last = module.BUILTIN_HANDLERS[-1]
    if not _foreign:
        return False
    hooks = client.meta._hooked()
    if hooks.builtin_handlers != _foreign:
        hooks.builtin_handlers = _foreign
        _register(hooks.emitter, module)
    return hooks.emitter.concerns_calls


def _is_botocores(handler: Any) -> bool:
    handler = getattr(handler, "func", handler)  # a partial
    module = getattr(handler, "__module__", None) or type(handler).__module__
    return module.partition(".")[0] == "botocore"


def _register(events: Any, module: Any) -> None:
    for event_name, handler, *order in _foreign:
        if handler in events.handlers(event_name):  # moto.core.patch_client has done it
            continue
        if order and order[0] is module.REGISTER_FIRST:
            events.register_first(event_name, handler)
        elif order and order[0] is module.REGISTER_LAST:
            events.register_last(event_name, handler)
        else:
            events.register(event_name, handler)
