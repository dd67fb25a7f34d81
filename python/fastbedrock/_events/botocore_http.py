"""Sends a request by botocore's HTTP client, if the program has replaced something below it.

Python's sockets may be guarded or replaced, VCR may record connections, and tests replace the
client itself: a request that botocore sends meets all of them.
"""

from __future__ import annotations

import os
from sys import modules

from fastbedrock import exceptions
from fastbedrock._replaced import SEND, are_sockets_replaced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._events.hooks import Hooks
    from fastbedrock._events.request import AWSPreparedRequest


def is_needed(hooks: Hooks) -> bool:
    """Whether the requests of a client are to be sent by botocore."""
    if hooks.is_async or "botocore" not in modules:
        return False
    return are_sockets_replaced() or SEND.patch() is not None


def send(hooks: Hooks, request: AWSPreparedRequest) -> Any:
    """Send one request; returns botocore's AWSResponse. Raises as the core does."""
    from botocore.exceptions import BotoCoreError
    from botocore.httpsession import URLLib3Session
    from botocore.utils import get_environ_proxies

    settings, options = hooks.engine.settings, hooks.options
    verify = options.get("verify")
    if verify is None:
        names = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
        verify = next((os.environ[name] for name in names if os.environ.get(name)), True)
    proxies = options.get("proxies")
    read_timeout = (request.context or {}).get("read_timeout", settings["read_timeout"])
    # A connection of its own for each request, because what is below may be replaced meanwhile.
    kind: Any = URLLib3Session  # its types are narrower than what it takes
    session = kind(
        verify=verify,
        proxies=get_environ_proxies(request.url) if proxies is None else proxies,
        timeout=(settings["connect_timeout"], read_timeout),
    )
    try:
        return session.send(request)
    except BotoCoreError as error:
        # An error of ours is botocore's, too, but not the other way round.
        own = vars(exceptions).get(type(error).__name__, exceptions.HTTPClientError)
        fields = error.kwargs if type(error).__name__ in vars(exceptions) else {"error": error}
        raise own(**fields) from error
