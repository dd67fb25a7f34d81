"""What other packages have replaced in botocore and in Python, looked at before each call.

OpenTelemetry, dd-trace, Sentry, X-Ray and the mocks of tests wrap or replace methods of botocore's
classes, at any time. Test tools replace Python's sockets. A client asks here before each call. The
looks are cheap: they compare objects with those that the last closer look has found to be genuine.
A module that is not loaded has no patches; it is imported only for those who wait for that.

The files ``_client/botocore_call.py`` and ``_client/created.py`` say how a patch is called.
"""

from __future__ import annotations

from sys import modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FunctionType
    from typing import Any

    from fastbedrock._client import ClientCore
else:
    FunctionType = type(lambda: None)  # importing types would take 0.4 ms


class PatchableMethod:
    """One method of a class of botocore or aiobotocore, which other packages may patch."""

    def __init__(self, module: str, class_name: str, name: str) -> None:
        self._module = module
        self._class_name = class_name
        self._name = name
        # The function that was last found to be botocore's own, and its code: some packages
        # replace the code of a function in place.
        self.own: Any = None
        self.own_code: Any = None

    def patch(self) -> Any:
        """What the class has in place of botocore's own function; None if it has that function."""
        try:
            found = modules[self._module].__dict__[self._class_name].__dict__[self._name]
        except KeyError:  # not loaded, or being loaded
            return None
        if found is self.own and found.__code__ is self.own_code:
            return None
        if not self._is_own(found):
            return found
        self.own, self.own_code = found, found.__code__
        return None

    def _is_own(self, found: Any) -> bool:
        # botocore decorates some methods itself, by functools.wraps.
        while type(found) is FunctionType:
            names = found.__globals__
            home = modules.get(names.get("__name__", ""))
            file = getattr(home, "__file__", None) or ""
            if (
                home is None
                or names is not vars(home)
                or not home.__name__.startswith(("botocore.", "aiobotocore."))
                or _last_part(found.__code__.co_filename) != _last_part(file).replace(".pyc", ".py")
            ):
                return False
            if not hasattr(found, "__wrapped__"):
                return found.__code__.co_name == self._name
            found = found.__wrapped__
        return False


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


API_CALL = PatchableMethod("botocore.client", "BaseClient", "_make_api_call")
ASYNC_API_CALL = PatchableMethod("aiobotocore.client", "AioBaseClient", "_make_api_call")
CREATE_CLIENT = PatchableMethod("botocore.client", "ClientCreator", "create_client")
ASYNC_CREATE_CLIENT = PatchableMethod("aiobotocore.client", "AioClientCreator", "create_client")
CREATE_METHODS = PatchableMethod("botocore.client", "ClientCreator", "_create_methods")
CREATE_METHOD = PatchableMethod("botocore.client", "ClientCreator", "_create_api_method")
API_PARAMS = PatchableMethod("botocore.client", "BaseClient", "_emit_api_params")
ASYNC_API_PARAMS = PatchableMethod("aiobotocore.client", "AioBaseClient", "_emit_api_params")
MAKE_REQUEST = PatchableMethod("botocore.endpoint", "Endpoint", "make_request")
# aiobotocore's class inherits the method, until somebody replaces it there.
ASYNC_MAKE_REQUEST = PatchableMethod("aiobotocore.endpoint", "AioEndpoint", "make_request")
PREPARE_REQUEST = PatchableMethod("botocore.endpoint", "Endpoint", "prepare_request")
SEND = PatchableMethod("botocore.httpsession", "URLLib3Session", "send")
ASYNC_SEND = PatchableMethod("aiobotocore.httpsession", "AIOHTTPSession", "send")
STREAM_ITER = PatchableMethod("botocore.eventstream", "EventStream", "__iter__")
STREAM_PARSE = PatchableMethod("botocore.eventstream", "EventStream", "_parse_event")
STREAM_CLOSE = PatchableMethod("botocore.eventstream", "EventStream", "close")
CLIENT_INIT = PatchableMethod("botocore.client", "BaseClient", "__init__")


def create_client_patch(is_async: bool) -> Any:
    """What makes clients in place of botocore's or aiobotocore's ``create_client``, or None."""
    _load_for_watchers("aiobotocore.client" if is_async else "botocore.client")
    return (ASYNC_CREATE_CLIENT if is_async else CREATE_CLIENT).patch()


def _load_for_watchers(module: str) -> None:
    """Import a module of botocore, if a package waits for this import in order to patch it.

    A program with fastbedrock's clients may never import it itself, and ddtrace and newrelic would
    see no calls.
    """
    if module not in modules and ("ddtrace" in modules or "newrelic" in modules):
        from contextlib import suppress
        from importlib import import_module

        with suppress(ImportError):  # not installed
            import_module(module)


def api_call_patch() -> Any:
    """``API_CALL.patch()``, in half the time: every call asks."""
    try:
        found = modules["botocore.client"].BaseClient._make_api_call
        if found is API_CALL.own and found.__code__ is API_CALL.own_code:
            return None
    except (KeyError, AttributeError):  # being loaded, or replaced by something without code
        pass
    return API_CALL.patch()


def bound(patch: Any, instance: Any) -> Any:
    """The patch as a method of the instance, as an attribute of its class would become one."""
    get = getattr(type(patch), "__get__", None)
    return patch if get is None else get(patch, instance, type(instance))


def events_of(stream: Any, own: Any) -> Any:
    """The events of a stream, as its iteration yields them; ``own`` iterates over the stream's own.

    Sentry wraps ``__iter__`` of botocore's class, openllmetry wraps ``_parse_event`` of a stream,
    and tests replace that of the class. The events were parsed before.
    """
    patch = STREAM_ITER.patch()
    if patch is not None:
        return iter(bound(patch, stream)())
    parse = vars(stream).get("_parse_event")
    if parse is None and (patch := STREAM_PARSE.patch()) is not None:
        parse = bound(patch, stream)
    return own if parse is None else filter(None, map(parse, own))


def close_events(stream: Any, own: Any) -> None:
    """Close a stream, whose connection is ``own``, as a wrapper of botocore's ``close`` does."""
    patch = STREAM_CLOSE.patch()
    if patch is None:
        own.close()
    else:
        bound(patch, stream)()


def params_patch(is_async: bool) -> Any:
    """What takes the place of ``_emit_api_params`` in a call, or None."""
    return (ASYNC_API_PARAMS if is_async else API_PARAMS).patch()


def make_request_patch(is_async: bool) -> Any:
    """What takes the place of ``Endpoint.make_request`` in a call, or None."""
    patch = ASYNC_MAKE_REQUEST.patch() if is_async else None
    return MAKE_REQUEST.patch() if patch is None else patch


# What the last look has found: functions of botocore if they are its own, the last one of its
# built-in handlers (others are appended), and those of other packages.
_prepare: Any = None
_make_request: Any = None
_params: Any = None
_send: Any = None
_last: Any = None
_foreign: list[Any] = []


def do_others_take_part(client: ClientCore) -> bool:
    """Whether botocore, which is loaded, has been patched where a call passes.

    OpenTelemetry and X-Ray wrap ``Endpoint.prepare_request``, to add a header. newrelic wraps
    ``Endpoint.make_request`` and ``_emit_api_params``. Tests replace
    ``URLLib3Session.send``. moto appends a handler to botocore's built-in ones, which botocore
    registers for each new client: here it is registered with the client at its next call. And
    tools may record botocore's history of calls.
    """
    try:
        if client._IS_ASYNC and "aiobotocore.endpoint" in modules and _is_aiobotocore_patched():
            return True
        history = modules["botocore.history"].HISTORY_RECORDER
        if history._enabled or "record" in vars(history):
            return True
        endpoint = modules["botocore.endpoint"].Endpoint
        if (
            endpoint.prepare_request is _prepare
            and endpoint.make_request is _make_request
            and modules["botocore.client"].BaseClient._emit_api_params is _params
            and modules["botocore.httpsession"].URLLib3Session.send is _send
            and modules["botocore.handlers"].BUILTIN_HANDLERS[-1] is _last
            and not _foreign
        ):
            return False
        return _look(client)
    except (LookupError, AttributeError):  # not loaded, or being loaded
        return False


def _is_aiobotocore_patched() -> bool:
    if "make_request" in modules["aiobotocore.endpoint"].AioEndpoint.__dict__:
        return True
    params = modules["aiobotocore.client"].AioBaseClient._emit_api_params
    return params is not ASYNC_API_PARAMS.own and ASYNC_API_PARAMS.patch() is not None


def _look(client: ClientCore) -> bool:
    global _prepare, _make_request, _params, _send, _last, _foreign
    if PREPARE_REQUEST.patch() is not None or MAKE_REQUEST.patch() is not None:
        return True
    _prepare, _make_request = PREPARE_REQUEST.own, MAKE_REQUEST.own
    of_synchronous = (API_PARAMS.patch(), SEND.patch())
    if of_synchronous != (None, None) and not client._IS_ASYNC:
        return True
    _params, _send = API_PARAMS.own, SEND.own
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


# gevent and eventlet replace Python's sockets by green ones: calls wait for the core in their way.
GREEN = ("gevent.", "eventlet.")

# The class of sockets that was last found to be Python's own or a green one, and its connect.
_own_sockets: Any = None
_own_connect: Any = None


def are_sockets_replaced() -> bool:
    """Whether a connection that Python opens now would be another package's matter."""
    if "vcr" in modules and is_recorded():
        return True
    try:
        cls = modules["socket"].socket
        if cls is _own_sockets and cls.connect is _own_connect:
            return False
    except (KeyError, AttributeError):  # not loaded, or being loaded
        return False
    return not _are_own_sockets(cls)


def _are_own_sockets(cls: Any) -> bool:
    global _own_sockets, _own_connect
    connect = getattr(cls, "connect", None)
    # The method of Python's own class is a descriptor of the module _socket.
    home = getattr(connect, "__objclass__", connect)
    if cls.__module__ == "socket":
        own = home.__module__ == "_socket"
    else:
        own = cls.__module__.startswith(GREEN) and home.__module__.startswith(GREEN)
    if own:
        _own_sockets, _own_connect = cls, connect
    return own


def is_aiohttp_mocked() -> bool:
    """Whether aiobotocore, which is loaded, would send requests to a test tool.

    Wrappers of aiohttp do not count: the requests of asynchronous clients are none of aiohttp's.
    """
    if "aiobotocore.httpsession" not in modules:
        return False
    if ASYNC_SEND.patch() is not None or ("vcr" in modules and is_recorded()):
        return True
    found = getattr(getattr(modules.get("aiohttp"), "ClientSession", None), "_request", None)
    while found is not None:
        if hasattr(found, "mock"):  # of unittest.mock, which aioresponses uses as well
            return True
        found = getattr(found, "__wrapped__", None)
    return False


def is_recorded() -> bool:
    """Whether a cassette of VCR is in use."""
    connection = getattr(modules.get("http.client"), "HTTPConnection", None)
    return connection is not None and connection.__module__ != "http.client"
