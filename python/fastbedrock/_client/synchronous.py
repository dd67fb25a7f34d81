"""The base class of the synchronous clients, and their methods.

There is a method for each operation. Its docstring and its signature come from the service model.
"""

from __future__ import annotations

from sys import modules

from fastbedrock._client.base import ClientCore
from fastbedrock._replaced import (
    api_call_patch,
    are_sockets_replaced,
    bound,
    do_others_take_part,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from types import TracebackType
    from typing import Any, TypeVar

    from fastbedrock._core import PreparedCall
    from fastbedrock._model import OperationModel
    from fastbedrock.paginate import Paginator
    from fastbedrock.waiter import Waiter

    Client = TypeVar("Client", bound="BaseClient")


class BaseClient(ClientCore):
    """What the clients of all services have in common; made by :func:`fastbedrock.client`.

    A client is safe to use from several threads, survives a fork, and pickles and copies by its
    configuration. As a context manager it closes its idle connections at the end.
    """

    _BOTOCORE_CLASS = ("botocore.client", "BaseClient")

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        # Every call goes through this method, because instrumentations wrap it by its name.
        if "botocore.client" in modules:
            patch = api_call_patch()
            if patch is not None:
                # It ends in botocore's own function, and that in _call (see botocore_call.py).
                response: dict[str, Any] = bound(patch, self)(operation_name, api_params)
                return response
        return self._call(operation_name, api_params)

    def _call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        hooks = self.meta._hooks
        if (
            (hooks is not None and hooks.emitter.concerns_calls)
            or ("botocore.endpoint" in modules and do_others_take_part(self))
            or (are_sockets_replaced() and self._goes_through_botocore())
        ):
            response: dict[str, Any] = self.meta._hooked().call(self, operation_name, api_params)
            return response
        if not (self._asks_python or "gevent" in modules or "eventlet" in modules):
            return self._engine.call(operation_name, api_params)
        return self._call_prepared(self._engine.prepare(operation_name, api_params))

    def _goes_through_botocore(self) -> bool:
        """Whether botocore's HTTP client is to send requests, because sockets were replaced.

        Raises HTTPClientError if botocore is not loaded and the core cannot send them either.
        """
        if "botocore" in modules:
            return True
        from fastbedrock._python_network import check

        check(self.meta.endpoint_url)
        return False

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

    def generate_presigned_url(
        self,
        ClientMethod: str,
        Params: dict[str, Any] | None = None,
        ExpiresIn: int = 3600,
        HttpMethod: str | None = None,
    ) -> str:
        """A URL that makes a call without keys, until it expires. Nothing is sent.

        Arguments, in boto3's order:
            ClientMethod: the name of a method, e.g. ``"list_async_invokes"``.
            Params: the arguments of the method. Members of the body go into the query, as in
                boto3; services ignore them there.
            ExpiresIn: seconds.
            HttpMethod: replaces the HTTP method of the operation.

        Raises UnknownClientMethodError, ParamValidationError, NoCredentialsError, or
        UnsupportedSignatureVersionError if the client is configured for API keys.
        """
        from fastbedrock._client.identity import signing_identity
        from fastbedrock._client.presign import UnsignedUrl, provided_params

        try:
            provided_params(self, ClientMethod, Params).send(None)  # it never waits here
        except StopIteration as stop:
            params: dict[str, Any] = stop.value
        url = UnsignedUrl(self, ClientMethod, params, ExpiresIn, HttpMethod)
        if url.signer is None:
            return url.unsigned()
        return url.signed(signing_identity(url.signer, self._options))

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


class Operation:
    # Behaves like a function and passes isinstance() as one, because inspect, pydoc and
    # mock.create_autospec check that. It is not a real function, so that the docstring and the
    # signature are made when they are first read: making them reads the service model.

    def __init__(self, model_key: str, operation_name: str, method_name: str) -> None:
        self._model_key = model_key
        self._operation_name = operation_name
        self.__name__ = self.__qualname__ = method_name
        self.__module__ = "fastbedrock"

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.__qualname__ = f"{owner.__name__}.{name}"

    def __get__(self, client: BaseClient | None, owner: type[Any] | None = None) -> Any:
        return self if client is None else _MethodType(self, client)

    def __call__(self, client: BaseClient, /, *args: Any, **params: Any) -> dict[str, Any]:
        if args:
            raise TypeError(f"{self.__name__}() only accepts keyword arguments.")
        return client._make_api_call(self._operation_name, params)

    if not TYPE_CHECKING:

        @property
        def __class__(self):
            return type(Operation.__call__)

        def __getattr__(self, name):  # e.g. __code__ and __defaults__
            return getattr(Operation.__call__, name)

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<operation {self.__qualname__}>"

    def _model(self) -> OperationModel:
        from fastbedrock._model import service_model

        return service_model(self._model_key).operation_model(self._operation_name)

    @property
    def __signature__(self) -> Signature:
        from inspect import Parameter, Signature

        parameters = [Parameter("self", Parameter.POSITIONAL_ONLY)]
        shape = self._model().input_shape
        if shape is not None:
            for name in shape.members:
                default = Parameter.empty if name in shape.required_members else None
                parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, default=default))
        return Signature(parameters)

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from fastbedrock._client.docstring import docstring

        return docstring(self._model())


# This is types.MethodType. Importing types would take 0.4 ms.
_MethodType: Any = type(Operation.__call__.__get__(object()))
