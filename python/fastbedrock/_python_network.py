"""Asks test tools that stand between Python and the network whether a connection may be opened.

The core opens its connections without Python's sockets, so it would go past test tools that forbid
connections (pytest-socket) or record them (VCR), and past sockets of the program's own. A call
never goes past such a tool in silence.
"""

from __future__ import annotations

from sys import modules

from fastbedrock._replaced import GREEN, is_recorded
from fastbedrock.exceptions import HTTPClientError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check(endpoint_url: str) -> None:
    """Raise HTTPClientError unless the program allows a connection to this URL.

    A guard that forbids connections is asked by opening one: it raises its own error, which becomes
    the cause, as in boto3. A class of sockets that opens them in its own way cannot be honoured.
    """
    from urllib.parse import urlsplit

    if "vcr" in modules and is_recorded():
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
    if module != "socket" and not module.startswith(GREEN):
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
