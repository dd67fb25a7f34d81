"""The credentials of a client's signer, whose keys can be set."""

from __future__ import annotations

from fastbedrock._client.identity import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._events.signer import RequestSigner


def _setter(name: str) -> Callable[[SignerCredentials, str | None], None]:
    return lambda credentials, value: credentials.replace(name, value)


class SignerCredentials(Credentials):
    """The current credentials. A key that is set replaces the client's own from then on."""

    def __init__(self, signer: RequestSigner, own: Credentials) -> None:
        super().__init__(own._engine, own._provider)
        self._signer = signer
        self._replaced: dict[str, Any] = {}

    def replace(self, name: str, value: str | None) -> None:
        """Sign with another ``access_key``, ``secret_key`` or ``token``."""
        self._replaced[name] = value
        self._signer._credentials = self

    def _current(self) -> dict[str, Any]:
        return {**super()._current(), **self._replaced}

    _own: Any = vars(Credentials)
    access_key = _own["access_key"].setter(_setter("access_key"))
    secret_key = _own["secret_key"].setter(_setter("secret_key"))
    token = _own["token"].setter(_setter("token"))
