"""boto3's Bedrock runtime client with a Rust core.

    import fastbedrock

    client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
    response = client.converse(
        modelId="amazon.nova-lite-v1:0",
        messages=[{"role": "user", "content": [{"text": "Hello"}]}],
    )

Arguments, responses and exceptions are boto3's.
"""

from __future__ import annotations

from fastbedrock._client import BaseClient
from fastbedrock._core import __version__
from fastbedrock.config import Config
from fastbedrock.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike
    from typing import Any

    from fastbedrock import exceptions as exceptions
    from fastbedrock import local as local
    from fastbedrock._async_client import AsyncBedrockRuntime as AsyncBedrockRuntime
    from fastbedrock._client import BedrockRuntime as BedrockRuntime

__all__ = [
    "AsyncBedrockRuntime",
    "BaseClient",
    "BedrockRuntime",
    "Config",
    "Session",
    "__version__",
    "async_client",
    "client",
    "exceptions",
    "set_stream_logger",
    "setup_default_session",
]

BaseClient.__module__ = __name__

#: The session of :func:`client`, made when first needed.
DEFAULT_SESSION: Session | None = None


def setup_default_session(**kwargs: Any) -> None:
    """Make the session of :func:`client` anew, with the arguments of :class:`Session`."""
    global DEFAULT_SESSION
    DEFAULT_SESSION = Session(**kwargs)


def set_stream_logger(
    name: str = "fastbedrock", level: int = 10, format_string: str | None = None
) -> None:
    """Write what a logger takes to standard error. docs/logging.md says what there is.

    Arguments, as boto3's:
        name: the logger's name; ``""`` for the root logger.
        level: the lowest level that is written, ``logging.DEBUG`` by default.
        format_string: the format of a line, in the words of :class:`logging.Formatter`.
    """
    from fastbedrock import _logging

    _logging.set_stream_logger(name, level, format_string)


def client(
    service_name: str,
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
) -> BedrockRuntime:
    """Make a client with the default session: see :meth:`Session.client` for the arguments."""
    global DEFAULT_SESSION
    if DEFAULT_SESSION is None:
        DEFAULT_SESSION = Session()
    return DEFAULT_SESSION.client(
        service_name,
        region_name,
        api_version,
        use_ssl,
        verify,
        endpoint_url,
        aws_access_key_id,
        aws_secret_access_key,
        aws_session_token,
        config,
        aws_account_id,
        credentials=credentials,
        api_key=api_key,
    )


def async_client(
    service_name: str,
    region_name: str | None = None,
    api_version: str | None = None,
    use_ssl: bool = True,
    verify: bool | str | PathLike[str] | None = None,
    endpoint_url: str | None = None,
    aws_access_key_id: str | None = None,
    aws_secret_access_key: str | None = None,
    aws_session_token: str | None = None,
    config: Any = None,
    aws_account_id: str | None = None,
    *,
    credentials: Any | Callable[[], Any] | None = None,
    api_key: str | None = None,
    max_concurrency: int | None = None,
) -> AsyncBedrockRuntime:
    """Make an asynchronous client with the default session: see :meth:`Session.async_client`."""
    global DEFAULT_SESSION
    if DEFAULT_SESSION is None:
        DEFAULT_SESSION = Session()
    return DEFAULT_SESSION.async_client(
        service_name,
        region_name,
        api_version,
        use_ssl,
        verify,
        endpoint_url,
        aws_access_key_id,
        aws_secret_access_key,
        aws_session_token,
        config,
        aws_account_id,
        credentials=credentials,
        api_key=api_key,
        max_concurrency=max_concurrency,
    )


if not TYPE_CHECKING:  # or every name would pass the type checker

    def __getattr__(name):
        # What a program may never need is loaded when first looked at.
        if name in ("exceptions", "local"):
            from importlib import import_module

            return import_module(f"fastbedrock.{name}")
        from fastbedrock._client import class_named

        found = class_named(name)
        if found is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
