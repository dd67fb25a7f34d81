"""Sends a request by botocore's HTTP client, if the program has replaced something below it.

Python's sockets may be guarded or replaced, VCR may record connections, and tests replace the
client itself: a request that botocore sends meets all of them. An asynchronous request that
aiobotocore sends meets VCR and mocks of aiohttp.
"""

from __future__ import annotations

import os
from io import BytesIO
from sys import modules

from fastbedrock import exceptions
from fastbedrock._events.response import AsyncAWSResponse
from fastbedrock._replaced import SEND, are_sockets_replaced, is_aiohttp_mocked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._events.hooks import Hooks
    from fastbedrock._events.request import AWSPreparedRequest


def is_needed(hooks: Hooks) -> bool:
    """Whether the requests of a client are to be sent by botocore, or by aiobotocore."""
    if hooks.is_async:
        return is_aiohttp_mocked()
    if "botocore" not in modules:
        return False
    return are_sockets_replaced() or SEND.patch() is not None


def send(hooks: Hooks, request: AWSPreparedRequest) -> Any:
    """Send one request; returns botocore's AWSResponse. Raises as the core does."""
    from botocore.exceptions import BotoCoreError
    from botocore.httpsession import URLLib3Session

    # A connection of its own for each request, because what is below may be replaced meanwhile.
    session = _opened(URLLib3Session, hooks, request)
    try:
        return session.send(request)
    except BotoCoreError as error:
        raise _own(error) from error


async def send_async(hooks: Hooks, request: AWSPreparedRequest) -> AsyncAWSResponse:
    """:func:`send` by aiobotocore's HTTP client. The whole body of the response is read."""
    from aiobotocore.httpsession import AIOHTTPSession
    from botocore.exceptions import BotoCoreError

    session = _opened(AIOHTTPSession, hooks, request)
    try:
        async with session:
            http = await session.send(request)
            content = await http.content
    except BotoCoreError as error:
        raise _own(error) from error
    return AsyncAWSResponse(http.url, http.status_code, http.headers, BytesIO(content))


def _opened(kind: Any, hooks: Hooks, request: AWSPreparedRequest) -> Any:
    """An HTTP client of botocore's with the settings of a client."""
    from botocore.utils import get_environ_proxies

    settings, options = hooks.engine.settings, hooks.options
    verify = options.get("verify")
    if verify is None:
        names = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
        verify = next((os.environ[name] for name in names if os.environ.get(name)), True)
    proxies = options.get("proxies")
    read_timeout = (request.context or {}).get("read_timeout", settings["read_timeout"])
    return kind(
        verify=verify,
        proxies=get_environ_proxies(request.url) if proxies is None else proxies,
        timeout=(settings["connect_timeout"], read_timeout),
    )


def _own(error: Any) -> Exception:
    # An error of ours is botocore's, too, but not the other way round.
    name = type(error).__name__
    if name in vars(exceptions):
        own: Exception = vars(exceptions)[name](**error.kwargs)
        return own
    return exceptions.HTTPClientError(error=error)
