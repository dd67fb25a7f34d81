"""Credentials and tokens from Python code, and the Credentials that sessions and clients return.

``credentials=`` (a botocore credentials object, or a function that returns credentials) and the
bearer token of a botocore session are asked for here, before the call begins, and not in the Rust
core: an asynchronous call may have to await them.
"""

from __future__ import annotations

from sys import modules

from fastbedrock import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # access key, secret key, token, account id
    _Keys = tuple[str, str, str | None, str | None]


class IdentityProvider:
    """Provides the identity of each call, if the engine does not find the identity itself.

    Arguments:
        given: the value of ``credentials=``, or the ``get_auth_token`` of a botocore session.
        is_token: whether ``given`` is the ``get_auth_token``.
    """

    def __init__(self, given: Any, is_token: bool) -> None:
        self.given = given
        self._is_token = is_token

    @property
    def is_callable(self) -> bool:
        """Whether ``given`` is a function that returns an identity, rather than an identity."""
        return callable(self.given) and not self.may_refresh(self.given)

    @staticmethod
    def may_refresh(given: Any) -> bool:
        """Whether reading the identity from an object may refresh it, which can take long."""
        names = ("get_frozen_credentials", "access_key", "get_frozen_token")
        return any(hasattr(given, name) for name in names)

    def ask(self) -> _core.Identity:
        """The identity for one call; see :meth:`identity_of`."""
        return self.identity_of(self._current())

    def identity_of(self, given: Any) -> _core.Identity:
        """The identity in a value: in the attribute ``given``, or in what calling it returned.

        Raises NoCredentialsError or NoAuthTokenError if there is none, TypeError or ValueError if
        the object holds no credentials, and whatever a refresh raises.
        """
        if self._is_token:
            return _bearer(given)
        keys = _keys_of(given)
        if keys is None:
            from fastbedrock.exceptions import NoCredentialsError

            raise NoCredentialsError()
        return _core.Identity(*keys[:3])

    def keys(self) -> _Keys | None:
        """The current access keys; None if there are none, or if the identity is a bearer token."""
        return None if self._is_token else _keys_of(self._current())

    def _current(self) -> Any:
        return self.given() if self.is_callable else self.given


def identity_provider(engine: _core.Engine, options: dict[str, Any]) -> IdentityProvider | None:
    """The provider for an engine with these options; None if the engine finds the identity."""
    external = engine.external
    if external is None:
        return None
    is_token = external == "token"
    return IdentityProvider(options["auth_token" if is_token else "credentials"], is_token)


def _bearer(given: Any) -> _core.Identity:
    if given is None:
        from fastbedrock.exceptions import NoAuthTokenError

        raise NoAuthTokenError()
    frozen = given.get_frozen_token() if hasattr(given, "get_frozen_token") else given
    return _core.Identity.bearer(frozen.token)


def _keys_of(given: Any) -> _Keys | None:
    """The access keys in a value of ``credentials=``, or in what calling the value returned.

    The value is a credentials object, a dict with boto3's argument names or with botocore's names
    (``access_key``, ``secret_key``, ``token``), or a tuple of the three. None means
    that there are none, as ``get_credentials`` of boto3's sessions returns it.
    """
    if given is None:
        return None
    if hasattr(given, "get_frozen_credentials"):
        given = given.get_frozen_credentials()
    if hasattr(given, "__await__"):
        if hasattr(given, "close"):
            given.close()  # otherwise Python would warn of a coroutine that was never awaited
        raise TypeError(
            "credentials= gave a coroutine, which only calls of an asynchronous client can await"
        )
    if isinstance(given, dict):
        access_key = _first(given, "aws_access_key_id", "access_key")
        secret_key = _first(given, "aws_secret_access_key", "secret_key")
        token = _first(given, "aws_session_token", "token", default=None)
        return access_key, secret_key, token, None
    if hasattr(given, "access_key"):
        account_id = getattr(given, "account_id", None)
        return given.access_key, given.secret_key, given.token, account_id
    if isinstance(given, tuple) and list(map(type, given[:2])) == [str, str] and len(given) == 3:
        return (*given, None)
    raise TypeError(
        "credentials= must be or return a credentials object, a dict, or a tuple of access key, "
        f"secret key and token, not {type(given)}"
    )


def _first(given: dict[str, Any], *names: str, default: Any = ...) -> Any:
    for name in names:
        if name in given:
            return given[name]
    if default is ...:
        raise ValueError(f"credentials= gave no {names[0]}")
    return default


class FrozenCredentials(tuple[str, str, "str | None", "str | None"]):
    """A snapshot of credentials: access_key, secret_key, token, account_id.

    The repr hides the secrets.
    """

    __slots__ = ()

    @property
    def access_key(self) -> str:
        return self[0]

    @property
    def secret_key(self) -> str:
        return self[1]

    @property
    def token(self) -> str | None:
        return self[2]

    @property
    def account_id(self) -> str | None:
        return self[3]

    def __repr__(self) -> str:
        return f"<FrozenCredentials access_key={self.access_key!r}>"


class Credentials:
    """The current credentials. Each attribute asks the engine, which refreshes them in time.

    Use :meth:`get_frozen_credentials` to get values that belong together.
    """

    def __init__(
        self, engine: _core.Engine, provider: IdentityProvider | None, account_id: str | None = None
    ) -> None:
        self._engine = engine
        self._provider = provider
        self._account_id = account_id

    def _current(self) -> dict[str, Any]:
        found = look_up(self._engine, self._provider)
        if found is None:
            from fastbedrock.exceptions import NoCredentialsError

            raise NoCredentialsError()
        return found

    @property
    def access_key(self) -> str:
        key: str = self._current()["access_key"]
        return key

    @property
    def secret_key(self) -> str:
        key: str = self._current()["secret_key"]
        return key

    @property
    def token(self) -> str | None:
        token: str | None = self._current()["token"]
        return token

    @property
    def account_id(self) -> str | None:
        """The account of the access keys, or None if it is not known."""
        return self._account_of(self._current())

    def _account_of(self, found: dict[str, Any]) -> str | None:
        account_id: str | None = (
            found["account_id"] if self._account_id is None else self._account_id
        )
        return account_id

    @property
    def method(self) -> str:
        """Where the credentials come from: ``explicit``, ``env``, ``shared-credentials-file``…"""
        method: str = self._current()["method"]
        return method

    def get_frozen_credentials(self) -> FrozenCredentials:
        """The current credentials as one tuple."""
        found = self._current()
        keys = (found["access_key"], found["secret_key"], found["token"], self._account_of(found))
        return FrozenCredentials(keys)

    def __repr__(self) -> str:
        return "<fastbedrock credentials>"


def credentials_of(
    engine: _core.Engine, provider: IdentityProvider | None, account_id: str | None = None
) -> Credentials | None:
    """The credentials of the provider or, if it is None, those that the engine finds.

    Returns None if there are none. May use the network, as boto3's lookup does. Credentials whose
    ``get_frozen_credentials`` is a coroutine function, as aiobotocore's, are returned themselves.
    """
    freeze = None if provider is None else getattr(provider.given, "get_frozen_credentials", None)
    if provider is not None and freeze is not None:
        from inspect import iscoroutinefunction

        if iscoroutinefunction(freeze):
            given: Credentials = provider.given
            return given
    if look_up(engine, provider) is None:
        return None
    return Credentials(engine, provider, account_id)


def signing_identity(engine: _core.Engine, options: dict[str, Any]) -> _core.Identity:
    """The keys that an engine with these options signs with. May use the network.

    Raises NoCredentialsError if there are none.
    """
    found = look_up(engine, identity_provider(engine, options))
    if found is None:
        from fastbedrock.exceptions import NoCredentialsError

        raise NoCredentialsError()
    return _core.Identity(found["access_key"], found["secret_key"], found["token"])


def look_up(engine: _core.Engine, provider: IdentityProvider | None) -> dict[str, Any] | None:
    if provider is None:
        if engine.asks_for_codes:
            from fastbedrock._client import mfa

            mfa.ask(engine)
        if "gevent" in modules or "eventlet" in modules:
            from fastbedrock import _green

            wait = _green.waiting()
            if wait is not None:
                return _green.credentials(engine, wait)
        return engine.credentials()
    keys = provider.keys()
    if keys is None:
        return None
    names = ("access_key", "secret_key", "token", "account_id")
    return {**dict(zip(names, keys, strict=True)), "method": "explicit"}
