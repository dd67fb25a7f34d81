"""The Rust core. Private: the public names are in the package's other modules."""

from typing import Any

__version__: str

def service_names() -> list[str]:
    """Names of the services that this build has tables for, e.g. ``bedrock-runtime``."""

def model_json(service_name: str) -> str:
    """The service model (``models/<service>.json``) as JSON text."""

def outline(service_name: str) -> tuple[str, str, list[tuple[str, str, bool]]]:
    """The service id, the API version, and each operation in the model's order.

    An operation is its method name, AWS's name, and whether it streams in both directions.
    """

class Engine:
    """What one client works with: resolved settings, identity, connections.

    ``options`` holds what the caller said and nothing else (absent = not said). Keys:
    region_name, config_region_name, profile_name, use_ssl, verify (bool or str), endpoint_url,
    aws_access_key_id, aws_secret_access_key, aws_session_token, api_key, credentials (a botocore
    credentials object or a callable), connect_timeout and read_timeout (seconds, or None for no
    limit), retry_mode, total_max_attempts, retry_read_timeout, max_pool_connections, user_agent,
    user_agent_extra, user_agent_appid, signature_version, auth_scheme_preference,
    use_fips_endpoint, use_dualstack_endpoint, ignore_configured_endpoint_urls.
    """

    def __new__(cls, service_name: str, options: dict[str, Any]) -> Engine: ...
    @property
    def region_name(self) -> str: ...
    @property
    def endpoint_url(self) -> str: ...
    @property
    def partition(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any]:
        """The values in effect under botocore's Config names (timeouts in seconds, retries, …)."""

    def call(self, operation_name: str, params: dict[str, Any]) -> dict[str, Any]:
        """Make one call (AWS's operation name) and return its response."""

    def credentials(self) -> dict[str, Any] | None:
        """The identity in effect: access_key, secret_key, token, method; None where none is found."""

    def close(self) -> None:
        """Close idle connections. The engine stays usable."""

class LocalServer:
    """A running local Bedrock; ``fastbedrock.local`` gives it its public shape."""

    def __new__(
        cls, host: str, port: int, tls: bool, workers: int, scenario: str | None
    ) -> LocalServer: ...
    @property
    def endpoint_url(self) -> str: ...
    @property
    def authority_pem(self) -> str | None: ...
    def control(self, method: str, name: str, body: str) -> str:
        """What ``method /_local/{name}`` answers over HTTP; ValueError says what was wrong."""

    def next_request(self, timeout: float) -> tuple[int, str] | None:
        """Wait up to ``timeout`` seconds for a request to a callable: its number and its JSON.

        EOFError once the server has closed.
        """

    def respond(self, number: int, reply: str, error: str | None = None) -> None:
        """Answer a request of :meth:`next_request`: a reply as JSON, or what went wrong."""

    def close(self) -> None:
        """Stop serving, within a second."""
