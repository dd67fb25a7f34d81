"""The identity of a session or client, under the names of botocore's Credentials, and the keys of
``credentials=``: a botocore credentials object, or a callable that returns credentials."""

from __future__ import annotations

from fastbedrock import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Keys = tuple[str, str, str | None]


def is_credentials(source: Any) -> bool:
    """Whether this is a credentials object, rather than a function that returns one."""
    return hasattr(source, "get_frozen_credentials") or hasattr(source, "access_key")


def identity_of(source: Any) -> _core.Identity:
    """The keys of ``credentials=``, for one call.

    Raises NoCredentialsError where there are none, TypeError or ValueError for what is no
    credentials, and whatever the source raises.
    """
    keys = _keys_of(source)
    if keys is None:
        from fastbedrock.exceptions import NoCredentialsError

        raise NoCredentialsError()
    return _core.Identity(*keys)


def _keys_of(source: Any) -> Keys | None:
    """Asks the source, here and not in the Rust core: it may take long, and a daemon thread that
    was in Python code below a frame of the core at exit would abort the process.

    A callable returns a credentials object, a dict with boto3's argument names or botocore's
    ``access_key``, ``secret_key``, ``token``, or a tuple of the three; any of these is taken as
    well. None where the callable returns None, as ``get_credentials`` of boto3's sessions does.
    """
    given = source() if callable(source) and not is_credentials(source) else source
    if given is None:
        return None
    if hasattr(given, "get_frozen_credentials"):
        given = given.get_frozen_credentials()
    if isinstance(given, dict):
        token = _first(given, "aws_session_token", "token", default=None)
        access_key = _first(given, "aws_access_key_id", "access_key")
        return access_key, _first(given, "aws_secret_access_key", "secret_key"), token
    if hasattr(given, "access_key"):
        return given.access_key, given.secret_key, given.token
    if isinstance(given, tuple) and list(map(type, given[:2])) == [str, str] and len(given) == 3:
        return given
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
    """One moment's keys: access_key, secret_key, token, account_id. The repr hides the secrets."""

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
    """Keys as they are now: each look asks the engine, which refreshes them before they expire.

    Use :meth:`get_frozen_credentials` where several values must belong together.
    """

    def __init__(
        self, engine: _core.Engine, account_id: str | None = None, source: Any = None
    ) -> None:
        self._engine = engine
        self._source = source
        self.account_id = account_id

    def _now(self) -> dict[str, Any]:
        found = _look_up(self._engine, self._source)
        if found is None:
            from fastbedrock.exceptions import NoCredentialsError

            raise NoCredentialsError()
        return found

    @property
    def access_key(self) -> str:
        key: str = self._now()["access_key"]
        return key

    @property
    def secret_key(self) -> str:
        key: str = self._now()["secret_key"]
        return key

    @property
    def token(self) -> str | None:
        token: str | None = self._now()["token"]
        return token

    @property
    def method(self) -> str:
        """Where the keys were found, e.g. ``explicit``, ``env`` or ``shared-credentials-file``."""
        method: str = self._now()["method"]
        return method

    def get_frozen_credentials(self) -> FrozenCredentials:
        """The keys of this moment as one tuple."""
        now = self._now()
        keys = (now["access_key"], now["secret_key"], now["token"], self.account_id)
        return FrozenCredentials(keys)

    def __repr__(self) -> str:
        return "<fastbedrock credentials>"


def credentials_of(
    engine: _core.Engine, account_id: str | None = None, source: Any = None
) -> Credentials | None:
    """The identity of ``credentials=source``, else the one that an engine finds, or None.

    May touch the network, as boto3's look-up.
    """
    if _look_up(engine, source) is None:
        return None
    return Credentials(engine, account_id, source)


def _look_up(engine: _core.Engine, source: Any) -> dict[str, Any] | None:
    if source is None:
        return engine.credentials()
    keys = _keys_of(source)
    if keys is None:
        return None
    access_key, secret_key, token = keys
    values = {"access_key": access_key, "secret_key": secret_key, "token": token}
    return {**values, "method": "explicit"}
