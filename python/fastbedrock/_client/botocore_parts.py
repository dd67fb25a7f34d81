"""The private parts of botocore's clients that code in public uses, for clients of fastbedrock.

They are made when they are first asked for. Everything else about a client that is not here either
has a public name, or does not exist.
"""

from __future__ import annotations

from sys import modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._client.base import ClientCore


class RequestSigner:
    """What the client signs with. Assigning ``_credentials`` or ``_auth_token`` replaces it."""

    def __init__(self, client: ClientCore) -> None:
        self._client = client

    @property
    def region_name(self) -> str:
        return self._client.meta.region_name

    @property
    def signing_name(self) -> str:
        return self._client.meta.service_model.signing_name

    @property
    def signature_version(self) -> Any:
        return self._client.meta.config.signature_version

    _region_name = region_name
    _signing_name = signing_name
    _signature_version = signature_version

    @property
    def _credentials(self) -> Any:
        return self._client._get_credentials()

    @_credentials.setter
    def _credentials(self, credentials: Any) -> None:
        # botocore's None means that there are none.
        given = (lambda: None) if credentials is None else credentials
        self._client._replace_identity(credentials=given)

    @property
    def _auth_token(self) -> Any:
        token = self._client._options.get("auth_token")
        return token() if callable(token) else None

    @_auth_token.setter
    def _auth_token(self, token: Any) -> None:
        self._client._replace_identity(auth_token=lambda: token)


class HttpSession:
    """The client's connections."""

    def __init__(self, client: ClientCore) -> None:
        self._client = client

    def close(self) -> None:
        """Close the idle connections."""
        self._client._engine.close()


class AsyncHttpSession(HttpSession):
    async def close(self) -> None:  # type: ignore[override]
        """Close the idle connections."""
        super().close()


class Endpoint:
    """Where the client sends its requests."""

    def __init__(self, client: ClientCore) -> None:
        self._client = client
        session = AsyncHttpSession if _is_async(client) else HttpSession
        self.http_session = session(client)

    @property
    def host(self) -> str:
        return self._client.meta.endpoint_url

    @property
    def _endpoint_prefix(self) -> str:
        return self._client.meta.service_model.endpoint_prefix

    @property
    def _event_emitter(self) -> Any:
        return self._client.meta.events

    def close(self) -> Any:
        """Close the idle connections."""
        return self.http_session.close()

    def __repr__(self) -> str:
        return f"{self._endpoint_prefix}({self.host})"


def _serializer(client: ClientCore) -> Any:
    from botocore.serialize import create_serializer

    return create_serializer(client.meta.service_model.resolved_protocol)


def _response_parser(client: ClientCore) -> Any:
    from botocore.parsers import create_parser

    return create_parser(client.meta.service_model.resolved_protocol)


class UserAgent:
    """The client's User-Agent header."""

    def __init__(self, client: ClientCore) -> None:
        self._client = client

    def to_string(self) -> str:
        text: str = self._client._engine.settings["user_agent"]
        return text


_PARTS: dict[str, Callable[[Any], Any]] = {
    "_request_signer": RequestSigner,
    "_endpoint": Endpoint,
    "_user_agent_creator": UserAgent,
    # The engine knows the endpoint.
    "_ruleset_resolver": lambda client: None,
}
# Objects of botocore itself.
_PARTS_OF_BOTOCORE: dict[str, Callable[[Any], Any]] = {
    "_serializer": _serializer,
    "_response_parser": _response_parser,
}


def part(client: ClientCore, name: str) -> Any:
    """The private part with that name. Raises KeyError if there is none.

    If the program has loaded botocore, a client has whatever it would inherit from botocore's class
    of clients: functions that use the parts here, and what other packages have set on the class.
    """
    if name in ("_convert_to_request_dict", "_make_request"):
        return _step(client, name)
    make = _PARTS.get(name)
    if make is None and "botocore.client" in modules:
        make = _PARTS_OF_BOTOCORE.get(name)
        if make is None:
            return _inherited(client, name)
    if make is None:
        raise KeyError(name)
    made = vars(client)[name] = make(client)
    return made


def _step(client: Any, name: str) -> Any:
    from fastbedrock._client import botocore_call
    from fastbedrock._client.patches import bound

    suffix = "_async" if _is_async(client) else ""
    return bound(vars(botocore_call)[name[1:] + suffix], client)


def _is_async(client: Any) -> bool:
    return hasattr(type(client), "__aenter__")


def _inherited(client: ClientCore, name: str) -> Any:
    from fastbedrock._client.patches import bound

    for cls in client.__class__.__mro__:
        if name in vars(cls):
            return bound(vars(cls)[name], client)
    raise KeyError(name)
