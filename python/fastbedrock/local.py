"""An Amazon Bedrock inside this process: no AWS account, no network, deterministic models.

    import boto3
    import fastbedrock.local

    with fastbedrock.local.serve() as server:
        client = boto3.client(
            "bedrock-runtime", endpoint_url=server.endpoint_url, **server.credentials
        )
        client.converse(
            modelId="amazon.nova-lite-v1:0",
            messages=[{"role": "user", "content": [{"text": "Hello"}]}],
        )

It is a real HTTP server on a loopback port, so that any client in any language can talk to it.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

from fastbedrock._core import LocalServer

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["LocalBedrock", "serve"]

_REGION = "us-east-1"
_SECRET_KEY = "local/BedrockSecretKey+notARealSecret0000"


class LocalBedrock:
    """A running local Bedrock: made by :func:`serve`, stopped by :meth:`close` or ``with``."""

    #: The URL to give to a client as its ``endpoint_url``.
    endpoint_url: str
    #: The file that holds the server's certificate authority, for ``verify=``; None without TLS.
    ca_bundle: str | None

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self.endpoint_url = server.endpoint_url
        self.ca_bundle = None
        pem = server.authority_pem
        if pem is not None:
            descriptor, self.ca_bundle = tempfile.mkstemp(prefix="fastbedrock-", suffix=".pem")
            with os.fdopen(descriptor, "w") as file:
                file.write(pem)

    @property
    def credentials(self) -> dict[str, str]:
        """Keys and region that the server accepts, as keyword arguments of a client."""
        return {
            "aws_access_key_id": "AKIALOCALBEDROCKTEST",
            "aws_secret_access_key": _SECRET_KEY,
            "region_name": _REGION,
        }

    @property
    def temporary_credentials(self) -> dict[str, str]:
        """The same with a session token."""
        return {
            "aws_access_key_id": "ASIALOCALBEDROCKTEST",
            "aws_secret_access_key": _SECRET_KEY,
            "aws_session_token": "localBedrockSessionToken//////////notARealToken",
            "region_name": _REGION,
        }

    @property
    def api_key(self) -> str:
        """The Bedrock API key (bearer token) that the server accepts."""
        return "bedrock-api-key-local"

    @property
    def counters(self) -> dict[str, Any]:
        """What the server has seen: connections opened and open, requests by operation and status,
        streams and requests that the client left, bytes."""
        counters: dict[str, Any] = json.loads(self._server.control("GET", "counters", ""))
        return counters

    def reset_counters(self) -> None:
        """Start counting anew; connections that are open stay counted."""
        self._server.control("DELETE", "counters", "")

    def close(self) -> None:
        """Stop serving and drop every connection, within a second. Closing twice is fine."""
        self._server.close()
        if self.ca_bundle is not None:
            try:
                os.unlink(self.ca_bundle)
            except OSError:
                pass

    def __enter__(self) -> LocalBedrock:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<LocalBedrock {self.endpoint_url}>"


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool = False,
    workers: int = 1,
) -> LocalBedrock:
    """Start a local Bedrock.

    ``host`` and ``port`` say where it listens (port 0: any free one), ``tls`` whether behind a
    certificate of its own (``ca_bundle``), ``workers`` on how many threads it serves. Raises
    OSError where it cannot listen.
    """
    return LocalBedrock(LocalServer(host, port, tls, workers, None))
