"""The places in botocore, and below it, where other packages take part in calls.

The fast path passes none of these functions. If one of them is not the original any more, because a
package has wrapped it or a test has replaced it, calls take botocore's own path.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import sys
from operator import attrgetter, is_
from types import FunctionType, MethodDescriptorType

import botocore.auth
import botocore.eventstream
import botocore.history
import botocore.parsers
import urllib3.connectionpool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Methods of a client that the fast path skips.
METHODS = (
    "_emit_api_params",
    "_resolve_endpoint_ruleset",
    "_convert_to_request_dict",
    "_make_request",
)
_ENDPOINT = (
    "make_request",
    "create_request",
    "prepare_request",
    "_send_request",
    "_get_response",
    "_do_get_response",
    "_needs_retry",
    "_send",
)
_SIGNER = ("sign", "get_auth_instance")
_EMITTER = ("_emit", "emit", "emit_until_response")
_EVENTS = ("emit", "emit_until_response")
_CONNECTION = ("putrequest", "send", "getresponse", "connect")
_STREAM = ("_parse_event", "_create_raw_event_generator")

_of_client = attrgetter(*METHODS)
_of_endpoint = attrgetter(*_ENDPOINT)
_of_signer = attrgetter(*_SIGNER)
_of_emitter = attrgetter(*_EMITTER)
_of_events = attrgetter(*_EVENTS)
_of_connection = attrgetter(*_CONNECTION)
_of_stream = attrgetter(*_STREAM)

_NAMES = (
    *(f"BaseClient.{name}" for name in METHODS),
    *(f"Endpoint.{name}" for name in _ENDPOINT),
    *(f"RequestSigner.{name}" for name in _SIGNER),
    *(f"HierarchicalEmitter.{name}" for name in _EMITTER),
    *(f"EventAliaser.{name}" for name in _EVENTS),
    "the HTTP session's send",
    *(f"EventStream.{name}" for name in _STREAM),
    *(f"HTTPConnection.{name}" for name in _CONNECTION),
    "HTTPConnectionPool.urlopen",
    "http.client.HTTPConnection",
    "ssl.SSLContext",
    "socket.socket",
    "socket.socket.connect",
    "the class of signatures",
    "the add_auth of signatures",
    "ResponseParser.parse",
    "aiohttp.ClientSession._request",
)
# gevent and eventlet replace Python's sockets by green ones, for which the engine has its own way.
_GREEN = ("gevent.", "eventlet.")
_OWN = ("botocore.", "aiobotocore.", "http.", "urllib3.", "aiohttp.", *_GREEN)


def hooks(client: Any, endpoint: Any, signer: Any, session: Any, events: Any) -> tuple[Any, ...]:
    """The functions and classes that are in these places now, for a client with these parts."""
    connection = http.client.HTTPConnection
    sockets = socket.socket
    signature: Any = botocore.auth.AUTH_TYPE_MAPS["v4"]
    aiohttp = sys.modules.get("aiohttp") if hasattr(session, "_sessions") else None
    return (
        *_of_client(type(client)),
        *_of_endpoint(type(endpoint)),
        *_of_signer(type(signer)),
        *_of_emitter(type(events._emitter)),
        *_of_events(type(events)),
        type(session).send,
        *_of_stream(botocore.eventstream.EventStream),
        *_of_connection(connection),
        urllib3.connectionpool.HTTPConnectionPool.urlopen,
        connection,
        ssl.SSLContext,
        sockets,
        sockets.connect,
        signature,
        signature.add_auth,
        botocore.parsers.ResponseParser.parse,
        None if aiohttp is None else aiohttp.ClientSession._request,
    )


def are_same(known: tuple[Any, ...], found: tuple[Any, ...]) -> bool:
    """Whether both have the same objects. Wrappers pretend to be equal to what they wrap."""
    return len(known) == len(found) and all(map(is_, known, found))


def replaced(found: tuple[Any, ...]) -> str | None:
    """The name of a place where the original is not any more, or None."""
    for name, value in zip(_NAMES, found, strict=True):
        if not _is_original(value):
            return name
    return None


def _is_original(value: Any) -> bool:
    if value is None or type(value) is MethodDescriptorType:
        return True
    if isinstance(value, type):
        return value.__module__ in ("socket", "ssl") or value.__module__.startswith(_OWN)
    if type(value) is not FunctionType:
        return False
    home = value.__globals__.get("__name__", "")
    module = sys.modules.get(home)
    return module is not None and vars(module) is value.__globals__ and home.startswith(_OWN)
