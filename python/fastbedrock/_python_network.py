"""Notices that a program has put something between Python and the network.

The core opens its connections without Python's sockets, so it would go past test tools that forbid
connections (pytest-socket) or record them (VCR), and past sockets of the program's own. A client
asks here before each call, and a call never goes past such a tool in silence.
"""

from __future__ import annotations

from sys import modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# gevent and eventlet replace Python's sockets by green ones: calls wait for the core in their way.
_GREEN = ("gevent.", "eventlet.")

# The class of sockets that was last found to be Python's own or a green one, and its connect.
_own: Any = None
_own_connect: Any = None


def is_replaced() -> bool:
    """Whether a connection that Python opens now would be another package's matter."""
    if "vcr" in modules and _is_recorded():
        return True
    try:
        cls = modules["socket"].socket
        if cls is _own and cls.connect is _own_connect:
            return False
    except (KeyError, AttributeError):  # not loaded, or being loaded
        return False
    return not _is_own(cls)


def _is_own(cls: Any) -> bool:
    global _own, _own_connect
    connect = getattr(cls, "connect", None)
    # The method of Python's own class is a descriptor of the module _socket.
    home = getattr(connect, "__objclass__", connect)
    if cls.__module__ == "socket":
        own = home.__module__ == "_socket"
    else:
        own = cls.__module__.startswith(_GREEN) and home.__module__.startswith(_GREEN)
    if own:
        _own, _own_connect = cls, connect
    return own


def _is_recorded() -> bool:
    """Whether a cassette of VCR is in use."""
    connection = getattr(modules.get("http.client"), "HTTPConnection", None)
    return connection is not None and connection.__module__ != "http.client"


def goes_through_botocore(endpoint_url: str) -> bool:
    """Whether a call to this URL is to be sent by botocore's HTTP client: if botocore is loaded.

    Otherwise :func:`check` is asked whether the call can be made at all.
    """
    if "botocore" in modules:
        return True
    check(endpoint_url)
    return False


def check(endpoint_url: str) -> None:
    """Raise HTTPClientError unless the program allows a connection to this URL.

    A guard that forbids connections is asked by opening one: it raises its own error, which becomes
    the cause, as in boto3. A class of sockets that opens them in its own way cannot be honoured.
    """
    from urllib.parse import urlsplit

    from fastbedrock.exceptions import HTTPClientError

    if "vcr" in modules and _is_recorded():
        raise HTTPClientError(
            error="a cassette of VCR is in use, and it cannot record or replay this call, which "
            "does not use Python's http.client. A synchronous client's calls go through botocore's "
            "connections if the program has imported botocore. See also fastbedrock.local."
        )
    socket = modules["socket"]
    url = urlsplit(endpoint_url)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        _open(socket, url.hostname, port)
    except OSError:
        pass  # not a matter of the guard: the call tells
    except Exception as error:
        raise HTTPClientError(error=error) from error
    module = socket.socket.__module__
    if module != "socket" and not module.startswith(_GREEN):
        name = f"{module}.{getattr(socket.socket, '__qualname__', 'socket')}"
        raise HTTPClientError(
            error=f"socket.socket has been replaced by {name}, which this call does not use. A "
            "synchronous client's calls go through botocore's connections if the program has "
            "imported botocore."
        )


def _open(socket: Any, host: str | None, port: int) -> None:
    addresses = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    family, kind, protocol, _, address = addresses[0]
    with socket.socket(family, kind, protocol) as opened:
        opened.settimeout(1)
        opened.connect(address)
