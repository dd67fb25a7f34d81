"""Clients of botocore whose calls may end in fastbedrock's engine, and which path a call took."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from differential import SETTINGS
from scripted_server import Reply, Request, Server

ENGINE, BOTOCORE = "engine", "botocore"


def make_client(server: Server, config: dict[str, Any] | None = None, **options: Any) -> Any:
    """A client of boto3 for the server, from a session of its own."""
    arguments: dict[str, Any] = {"endpoint_url": server.url, **SETTINGS, **options}
    service = arguments.pop("service_name", "bedrock-runtime")
    session = boto3.session.Session()
    return session.client(service, config=Config(**(config or {})), **arguments)


def sender(request: Request) -> str:
    """Who sent the request: the engine writes names of headers in lower case."""
    return ENGINE if request.headers[0][0] == "host" else BOTOCORE


def path(client: Any, server: Server, operation: str = "converse", **params: Any) -> str:
    """Make one call, to which the server responds with ``{}``; returns who sent it."""
    server.play(Reply())
    getattr(client, operation)(**{"modelId": "m", **params})
    [request] = server.requests
    return sender(request)
