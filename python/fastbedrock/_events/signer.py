"""Signs the requests of calls whose events have handlers: ``request_signer`` of their events."""

from __future__ import annotations

import os
import sys
from weakref import ref

from fastbedrock import _botocore, _core
from fastbedrock._botocore import BotocoreInstance
from fastbedrock._events.emitter import run
from fastbedrock._events.request import bytes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._events.hooks import Hooks
    from fastbedrock._events.request import AWSRequest

_ADDED = {
    "x-amz-date": "X-Amz-Date",
    "x-amz-security-token": "X-Amz-Security-Token",
    "authorization": "Authorization",
}


class _Unsigned:
    """Stands for ``botocore.UNSIGNED`` if botocore is not loaded."""

    def __repr__(self) -> str:
        return "UNSIGNED"


_UNSIGNED = _Unsigned()


def unsigned() -> Any:
    """``botocore.UNSIGNED``, or a marker of our own if botocore is not loaded."""
    return getattr(sys.modules.get("botocore"), "UNSIGNED", _UNSIGNED)


def is_unsigned(version: Any) -> bool:
    # botocore.UNSIGNED is the only instance of a class named UNSIGNED.
    return version is _UNSIGNED or type(version).__name__ == "UNSIGNED"


class RequestSigner(BotocoreInstance):
    """Signs requests, after handlers of ``choose-signer`` and ``before-sign`` had their say."""

    _BOTOCORE_CLASS = ("botocore.signers", "RequestSigner")

    def __init__(self, hooks: Hooks, signing_name: str, options: dict[str, Any]) -> None:
        self._hooks = ref(hooks)
        self._engine = hooks.engine
        self._options = options
        self._service_id = hooks.service_id
        self._signing_name = signing_name
        self._region_name = hooks.engine.region_name
        configured = options.get("signature_version")
        self._signature_version: Any = configured or "v4"
        if configured == "unsigned":
            self._signature_version = unsigned()
        #: The version that requests get if no handler chooses another one.
        self.resolved_version: Any = hooks.engine.settings["signature_version"]
        if self.resolved_version is None:
            self.resolved_version = self._signature_version
        # Credentials and a token that somebody has set in place of the client's own.
        self._given: dict[str, Any] = {}

    @property
    def region_name(self) -> str:
        return self._region_name

    @property
    def signature_version(self) -> Any:
        return self._signature_version

    @property
    def signing_name(self) -> str:
        return self._signing_name

    @property
    def _credentials(self) -> Any:
        if "credentials" in self._given:
            return self._given["credentials"]
        from fastbedrock._client.identity import Credentials, credentials_of
        from fastbedrock._events.signer_credentials import SignerCredentials

        found = credentials_of(self._engine, self._live().provider)
        return SignerCredentials(self, found) if type(found) is Credentials else found

    @_credentials.setter
    def _credentials(self, credentials: Any) -> None:
        self._given["credentials"] = credentials
        self._live().emitter.concern_calls()

    @property
    def _auth_token(self) -> Any:
        return self._given.get("token")

    @_auth_token.setter
    def _auth_token(self, token: Any) -> None:
        self._given["token"] = token
        self._live().emitter.concern_calls()

    def _live(self) -> Hooks:
        hooks = self._hooks()
        if hooks is None:
            raise ReferenceError("the client of this signer does not exist any more")
        return hooks

    def handler(
        self, operation_name: str | None = None, request: AWSRequest | None = None, **kwargs: Any
    ) -> Any:
        """Sign a request, as a handler of ``request-created``."""
        if operation_name is None or request is None:
            return None
        return self.sign(operation_name, request)

    def sign(
        self,
        operation_name: str,
        request: AWSRequest,
        region_name: str | None = None,
        signing_type: str = "standard",
        expires_in: int | None = None,
        signing_name: str | None = None,
    ) -> Any:
        """Sign a request. A coroutine function in an asynchronous client.

        Arguments:
            operation_name: AWS's name of the operation.
            request: the request, whose headers change.
            region_name, signing_name: what to sign for, if not for the client's region and service.

        Raises UnknownSignatureVersionError, NoCredentialsError, NoAuthTokenError, and what fetching
        credentials raises.
        """
        if signing_type != "standard":
            from fastbedrock.exceptions import UnsupportedSignatureVersionError

            raise UnsupportedSignatureVersionError(signature_version=signing_type)
        signing = self.steps(operation_name, request, region_name, signing_name)
        return signing if self._live().is_async else run(signing)

    async def steps(
        self,
        operation_name: str,
        request: AWSRequest,
        region_name: str | None = None,
        signing_name: str | None = None,
    ) -> None:
        """:meth:`sign` as a coroutine in all clients."""
        hooks = self._live()
        name = self._signing_name if signing_name is None else signing_name
        version = await self._choose(hooks, operation_name, request.context)
        await hooks.emit(
            f"before-sign.{self._service_id}.{operation_name}",
            request=request,
            signing_name=name,
            region_name=self._region_name,
            signature_version=version,
            request_signer=self,
            operation_name=operation_name,
        )
        if is_unsigned(version):
            return
        context = request.context.get("signing", {})
        region = region_name or context.get("region") or self._region_name
        name = context.get("signing_name") or name
        if version == "bearer" and not _is_replaced(version):
            await self._add_token(hooks, request)
        elif version == "v4" and not _is_replaced(version):
            given = context.get("request_credentials")
            await self._add_signature(hooks, request, region, name, given)
        else:
            _botocore_auth(version, self, name, region).add_auth(request)

    async def _choose(self, hooks: Hooks, operation_name: str, context: dict[str, Any]) -> Any:
        signing = context.get("signing", {})
        version = context.get("auth_type") or self._signature_version
        responses = await hooks.emit_until_response(
            f"choose-signer.{self._service_id}.{operation_name}",
            signing_name=signing.get("signing_name", self._signing_name),
            region_name=signing.get("region", self._region_name),
            signature_version=version,
            context=context,
        )
        return version if responses is None else responses

    async def _add_signature(
        self, hooks: Hooks, request: AWSRequest, region: str, name: str, given: Any
    ) -> None:
        if given is None and "credentials" in self._given:
            given = self._given["credentials"] or False
        identity = await hooks.driver.identity(hooks, given)
        if identity is None:
            from fastbedrock.exceptions import NoCredentialsError

            raise NoCredentialsError()
        for header in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            del request.headers[header]
        prepared = request.prepare()
        body = prepared.body
        start = body.tell() if hasattr(body, "seek") else None
        headers = [(header, text(value)) for header, value in request.headers.items()]
        added = _core.sign_v4(
            prepared.method or "", prepared.url, headers, bytes_of(body), region, name, identity
        )
        if start is not None:
            body.seek(start)
        for header, value in added:
            if header == "x-amz-date":
                request.context["timestamp"] = value
            request.headers[_ADDED[header]] = value

    async def _add_token(self, hooks: Hooks, request: AWSRequest) -> None:
        token = await self._token(hooks)
        if token is None:
            from fastbedrock.exceptions import NoAuthTokenError

            raise NoAuthTokenError()
        if not (request.url or "").startswith("https"):
            from fastbedrock.exceptions import InvalidEndpointConfigurationError

            raise InvalidEndpointConfigurationError(
                msg="Bearer authorization requires an HTTPS endpoint."
            )
        del request.headers["Authorization"]
        request.headers["Authorization"] = f"Bearer {token}"

    async def _token(self, hooks: Hooks) -> str | None:
        given = self._given.get("token")
        if given is None:
            variable = f"AWS_BEARER_TOKEN_{self._signing_name.replace('-', '_').upper()}"
            own = self._engine.bearer_token() or os.environ.get(variable)
            if own is not None:
                return own
            provide = self._options.get("auth_token")
            given = None if provide is None else await hooks.driver.ask(provide)
        if given is None:
            return None
        frozen = given.get_frozen_token() if hasattr(given, "get_frozen_token") else given
        token: str = frozen.token
        return token


def text(value: Any) -> str | bytes:
    """A header's value; a handler may have set a number."""
    return value if isinstance(value, (str, bytes)) else str(value)


def _is_replaced(version: str) -> bool:
    """Whether the program has put a signer of its own into botocore's table."""
    table = getattr(sys.modules.get("botocore.auth"), "AUTH_TYPE_MAPS", {})
    signer = table.get(version)
    return signer is not None and signer.__module__ != "botocore.auth"


def _botocore_auth(version: Any, signer: RequestSigner, name: str, region: str) -> Any:
    """A signer of botocore's table, which programs may extend, if botocore is loaded."""
    table = getattr(sys.modules.get("botocore.auth"), "AUTH_TYPE_MAPS", {})
    theirs = _botocore.loaded_class("botocore.signers", "RequestSigner")
    if version not in table or theirs is None:
        from fastbedrock.exceptions import UnknownSignatureVersionError

        raise UnknownSignatureVersionError(signature_version=version)
    # RequestSigner of botocore knows which arguments the signers take.
    return theirs.get_auth_instance(signer, name, region, version)
