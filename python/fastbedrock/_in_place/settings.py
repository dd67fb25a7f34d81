"""The options of an engine, from what a client of botocore has resolved itself."""

from __future__ import annotations

import os

from fastbedrock._in_place.model import NotOurs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNSIGNED = "unsigned"


def check(client: Any) -> None:
    """Raise NotOurs for a setting that the engine does not have."""
    session = client._endpoint.http_session
    if is_async(client) and not hasattr(session, "_sessions"):
        raise NotOurs("its HTTP session is not aiohttp's")
    if getattr(session, "_sessions", session) is None:
        raise NotOurs("its HTTP session is not open")
    if session._cert_file or session._key_file:
        raise NotOurs("it has a client certificate")
    if session._proxy_config.settings:
        raise NotOurs("it has a proxies_config")
    if os.environ.get("BOTO_EXPERIMENTAL__ADD_PROXY_HOST_HEADER"):
        raise NotOurs("BOTO_EXPERIMENTAL__ADD_PROXY_HOST_HEADER is set")
    if is_async(client):
        given = getattr(client.meta.config, "connector_args", None)
        if given is not None and given != type(client.meta.config)().connector_args:
            raise NotOurs("it has connector_args")


def is_async(client: Any) -> bool:
    """Whether it is a client of aiobotocore."""
    return type(client._endpoint).__module__.startswith("aiobotocore.")


def engine_options(client: Any, url: str, version: str, region: str) -> dict[str, Any]:
    """The options for a client whose requests go to ``url``, signed by ``version`` for a region.

    Nothing comes from the environment.
    """
    session = client._endpoint.http_session
    connect_timeout, read_timeout = _timeouts(session._timeout)
    config = client.meta.config
    retries = config.retries or {}
    options = {
        "region_name": region,
        "endpoint_url": url,
        "signature_version": version,
        "verify": _verify(session._verify),
        "proxies": _proxies(session),
        "connect_timeout": connect_timeout,
        "read_timeout": read_timeout,
        "retry_read_timeout": True,
        "retry_mode": retries.get("mode", "legacy"),
        "max_pool_connections": session._max_pool_connections,
        "tcp_keepalive": bool(config.tcp_keepalive),
        "user_agent": client._user_agent_creator.to_string(),
        "use_fips_endpoint": False,
        "use_dualstack_endpoint": False,
    }
    if retries.get("total_max_attempts") is not None:
        options["total_max_attempts"] = retries["total_max_attempts"]
    elif retries.get("max_attempts") is not None:
        options["total_max_attempts"] = retries["max_attempts"] + 1
    if is_async(client):
        # The limit of aiohttp's connections is one of concurrent calls and streams.
        limit = options["max_pool_connections"]
        options["max_concurrency"] = limit if limit and limit > 0 else 1 << 31
    if version == "bearer":
        options["auth_token"] = True
    elif version == "v4":
        options["credentials"] = True
    return options


def _timeouts(timeout: Any) -> tuple[float | None, float | None]:
    if timeout is None or isinstance(timeout, (int, float)):
        return timeout, timeout
    if hasattr(timeout, "sock_read"):  # aiohttp's
        return timeout.sock_connect, timeout.sock_read
    return timeout.connect_timeout, timeout.read_timeout


def _verify(verify: Any) -> Any:
    """As botocore reads it: False, or the path of its own bundle or of the one that was given."""
    from botocore.httpsession import get_cert_path

    if not verify:
        return False
    return get_cert_path(verify)


def _proxies(session: Any) -> dict[str, str]:
    configured = session._proxy_config
    urls = {scheme: configured.proxy_url_for(f"{scheme}://host") for scheme in ("http", "https")}
    return {scheme: url for scheme, url in urls.items() if url}
