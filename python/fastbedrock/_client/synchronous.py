"""The base class of the synchronous clients."""

from __future__ import annotations

from sys import modules

from fastbedrock._botocore import BotocoreInstance
from fastbedrock._client.base import ClientCore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, TypeVar

    from fastbedrock._core import PreparedCall
    from fastbedrock.paginate import Paginator
    from fastbedrock.waiter import Waiter

    Client = TypeVar("Client", bound="BaseClient")


class BaseClient(BotocoreInstance, ClientCore):
    """What the clients of all services have in common; made by :func:`fastbedrock.client`.

    A client is safe to use from several threads, survives a fork, and pickles and copies by its
    configuration. As a context manager it closes its idle connections at the end.
    """

    _BOTOCORE_CLASS = ("botocore.client", "BaseClient")

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        # Every call goes through this method, because instrumentations wrap it by its name.
        if not (self._asks_python or "gevent" in modules or "eventlet" in modules):
            return self._engine.call(operation_name, api_params)
        return self._call_prepared(self._engine.prepare(operation_name, api_params))

    def _call_prepared(self, prepared: PreparedCall) -> dict[str, Any]:
        identity = wait = None
        if self._identity_provider is not None:
            identity = self._identity_provider.ask()
        elif self._asks_python:
            from fastbedrock._client import mfa

            mfa.ask(self._engine)
        if "gevent" in modules or "eventlet" in modules:
            from fastbedrock import _green

            wait = _green.waiting()
        if wait is None:
            return self._engine.call_prepared(prepared, identity)
        return _green.call(self._engine, prepared, identity, wait)

    if TYPE_CHECKING:

        def get_paginator(self, operation_name: str) -> Paginator: ...
        def get_waiter(self, waiter_name: str) -> Waiter: ...

    def close(self) -> None:
        """Close the idle connections. The client stays usable."""
        self._engine.close()

    def __enter__(self: Client) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
