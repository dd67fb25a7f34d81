"""boto3's Bedrock clients with a Rust core.

    import fastbedrock

    client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
    response = client.converse(
        modelId="amazon.nova-lite-v1:0",
        messages=[{"role": "user", "content": [{"text": "Hello"}]}],
    )

Arguments, responses and exceptions are boto3's.
"""

from __future__ import annotations

from fastbedrock._client.classes import arguments_of
from fastbedrock._client.synchronous import BaseClient
from fastbedrock._core import __version__
from fastbedrock.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock import exceptions as exceptions
    from fastbedrock import local as local
    from fastbedrock import types as types
    from fastbedrock._client import operations
    from fastbedrock._client.operations import *  # noqa: F403
    from fastbedrock._in_place import install as install
    from fastbedrock._in_place import installed as installed
    from fastbedrock._in_place import uninstall as uninstall
    from fastbedrock._search import ModelSource
    from fastbedrock.config import Config as Config
    from fastbedrock.reply import acollect_stream as acollect_stream
    from fastbedrock.reply import astream_text as astream_text
    from fastbedrock.reply import collect_stream as collect_stream
    from fastbedrock.reply import reply_text as reply_text
    from fastbedrock.reply import stream_text as stream_text

__all__ = [
    "AsyncBedrockRuntime",  # noqa: F405
    "BaseClient",
    "BedrockRuntime",  # noqa: F405
    "Config",
    "Session",
    "__version__",
    "acollect_stream",
    "astream_text",
    "async_client",
    "client",
    "collect_stream",
    "exceptions",
    "install",
    "installed",
    "models",
    "reply_text",
    "set_stream_logger",
    "setup_default_session",
    "stream_text",
    "uninstall",
]
if TYPE_CHECKING:  # at run time, a star import would make the classes of all services
    __all__ += operations.__all__

BaseClient.__module__ = __name__

#: The session of :func:`client` and :func:`async_client`, made when it is first needed.
DEFAULT_SESSION: Session | None = None


def setup_default_session(**kwargs: Any) -> None:
    """Replace the session of :func:`client` and :func:`async_client`.

    The arguments are those of :class:`Session`.
    """
    global DEFAULT_SESSION
    DEFAULT_SESSION = Session(**kwargs)


def _default_session() -> Session:
    global DEFAULT_SESSION
    if DEFAULT_SESSION is None:
        DEFAULT_SESSION = Session()
    return DEFAULT_SESSION


def set_stream_logger(
    name: str = "fastbedrock", level: int = 10, format_string: str | None = None
) -> None:
    """Write the records of a logger to standard error. docs/logging.md lists the records.

    Arguments, as boto3's:
        name: the logger's name; ``""`` for the root logger.
        level: the lowest level to write, ``logging.DEBUG`` by default.
        format_string: the format of a line, as :class:`logging.Formatter` takes it.
    """
    from fastbedrock import _logging

    _logging.set_stream_logger(name, level, format_string)


@arguments_of(Session().client if TYPE_CHECKING else Session.client)
def client(*args: Any, **kwargs: Any) -> Any:
    """Make a client with the default session: see :meth:`Session.client` for the arguments."""
    return _default_session().client(*args, **kwargs)


@arguments_of(Session().async_client if TYPE_CHECKING else Session.async_client)
def async_client(*args: Any, **kwargs: Any) -> Any:
    """Make an asynchronous client with the default session: see :meth:`Session.async_client`.

    It takes the arguments of :func:`client`, and ``max_concurrency``: how many calls and streams
    may be in flight; further ones wait. The client is used in ``async with``, or closed by
    ``await client.close()``.
    """
    return _default_session().async_client(*args, **kwargs)


def models() -> dict[str, ModelSource]:
    """The service model that the next client of each service uses; see :meth:`Session.models`."""
    return _default_session().models()


if not TYPE_CHECKING:  # otherwise type checkers would accept every name

    def __getattr__(name):
        # Modules and classes that a program may never need are loaded when they are first used.
        if name in ("config", "exceptions", "local", "types"):
            from importlib import import_module

            return import_module(f"fastbedrock.{name}")
        if name in ("install", "installed", "uninstall"):
            from fastbedrock import _in_place

            return getattr(_in_place, name)
        if name == "Config":
            from fastbedrock.config import Config

            return Config
        if name.endswith(("_stream", "_text")):
            from fastbedrock import reply

            if name in __all__:
                return getattr(reply, name)
        from fastbedrock._client.classes import class_named

        found = class_named(name)
        if found is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
