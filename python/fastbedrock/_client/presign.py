"""Presigned URLs: calls that somebody else sends, without keys of their own."""

from __future__ import annotations

import json
from operator import index
from urllib.parse import parse_qs, quote, urlsplit

from fastbedrock import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fastbedrock._client import ClientCore


async def provided_params(
    client: ClientCore, client_method: str, params: dict[str, Any] | None
) -> dict[str, Any]:
    """The parameters, as handlers of the client's events have left or replaced them."""
    params = {} if params is None else params
    hooks, operation = client.meta._hooks, client._PY_TO_OP_NAME.get(client_method)
    if operation is None or hooks is None or not hooks.emitter.concerns_calls:
        return params
    from fastbedrock._events.call import emit_api_params

    model = client.meta.service_model.operation_model(operation)
    is_global = client.meta.partition == "aws"  # has a meaning for S3 only
    context = {"is_presign_request": True, "use_global_endpoint": is_global}
    return await emit_api_params(hooks, params, model, context)


class UnsignedUrl:
    """The URL of a call, before it is signed.

    Arguments are those of ``generate_presigned_url``. Raises UnknownClientMethodError, and
    ParamValidationError for ``params`` that the method does not take.
    """

    def __init__(
        self,
        client: ClientCore,
        client_method: str,
        params: dict[str, Any],
        expires_in: int,
        http_method: str | None,
    ) -> None:
        operation = client._PY_TO_OP_NAME.get(client_method)
        if operation is None:
            from fastbedrock.exceptions import UnknownClientMethodError

            raise UnknownClientMethodError(method_name=client_method)
        self._engine = client._engine
        self._call = client._engine.prepare(operation, params)
        self._expires_in = _seconds(expires_in)
        self._http_method = http_method
        # Finds the keys; None if requests are not signed.
        self.signer = _signer(client)

    def unsigned(self) -> str:
        """The URL for a client that does not sign its requests."""
        return self._engine.unsigned_url(self._call)

    def signed(self, identity: _core.Identity) -> str:
        """The URL, signed with these keys."""
        query = _query(urlsplit(self.unsigned()).query, self._call.body)
        return self._engine.presigned_url(
            self._call, identity, query, self._expires_in, self._http_method
        )


def _seconds(expires_in: Any) -> int:
    try:
        seconds = index(expires_in)
    except TypeError:
        text = f"ExpiresIn must be an int, not {type(expires_in).__name__}"
        raise TypeError(text) from None
    if seconds < 0:
        raise ValueError(f"ExpiresIn must be 0 or more, not {seconds}")
    return seconds


def _signer(client: ClientCore) -> _core.Engine | None:
    version = client._options.get("signature_version") or "v4"
    if "api_key" in client._options:
        version = "bearer"
    if version == "unsigned":
        return None
    if version != "v4":
        from fastbedrock.exceptions import UnsupportedSignatureVersionError

        raise UnsupportedSignatureVersionError(signature_version=f"{version}-query")
    if client._engine.settings["signature_version"] == "v4":
        return client._engine
    # As in boto3, a bearer token in the environment does not presign: access keys do.
    options = {**client._options, "signature_version": "v4"}
    return _core.Engine(client._MODEL_KEY, options)


def _query(query: str, body: bytes) -> str:
    """The query, with the members of the body in it, both as botocore escapes them.

    Raises ValueError for a body that is not JSON.
    """
    parameters: dict[str, Any] = {
        name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()
    }
    if body:
        parameters.update(json.loads(body.decode()))
    return "&".join(_escaped(parameters))


def _escaped(parameters: Mapping[str, Any]) -> list[str]:
    pairs = []
    for name, value in parameters.items():
        for each in value if isinstance(value, list) else [value]:
            # A nested object appears as Python writes it.
            text = each if isinstance(each, str) else str(each)
            pairs.append(f"{quote(name, safe='-._~')}={quote(text, safe='-._~')}")
    return pairs
