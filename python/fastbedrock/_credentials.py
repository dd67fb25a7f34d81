"""The identity of a session or client, under the names of botocore's Credentials."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._core import Engine


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

    def __init__(self, engine: Engine, account_id: str | None = None) -> None:
        self._engine = engine
        self._account_id = account_id

    def _now(self) -> dict[str, Any]:
        found = self._engine.credentials()
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
    def account_id(self) -> str | None:
        """The account of the keys, where it is known."""
        return self._account_of(self._now())

    def _account_of(self, now: dict[str, Any]) -> str | None:
        account_id: str | None = now["account_id"] if self._account_id is None else self._account_id
        return account_id

    @property
    def method(self) -> str:
        """Where the keys were found, e.g. ``explicit``, ``env`` or ``shared-credentials-file``."""
        method: str = self._now()["method"]
        return method

    def get_frozen_credentials(self) -> FrozenCredentials:
        """The keys of this moment as one tuple."""
        now = self._now()
        keys = (now["access_key"], now["secret_key"], now["token"], self._account_of(now))
        return FrozenCredentials(keys)

    def __repr__(self) -> str:
        return "<fastbedrock credentials>"


def credentials_of(engine: Engine, account_id: str | None = None) -> Credentials | None:
    """The identity that an engine finds, or None. May touch the network, as boto3's look-up."""
    return None if engine.credentials() is None else Credentials(engine, account_id)
