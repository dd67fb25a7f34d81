"""Client configuration with botocore's option names, rules and error texts."""

from __future__ import annotations

from collections.abc import Mapping

from fastbedrock._botocore import BotocoreInstance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The values of these options can contain a password or the path of a key.
_HIDDEN = frozenset({"proxies", "proxies_config", "client_cert"})

# Accepted as in botocore, but without effect on a Bedrock client so far.
INEFFECTIVE = (
    "proxies_config", "s3", "s3_disable_express_session_auth", "client_cert",
    "inject_host_prefix", "endpoint_discovery_enabled", "defaults_mode",
    "request_min_compression_size_bytes", "disable_request_compression", "client_context_params",
    "sigv4a_signing_region_set", "request_checksum_calculation", "response_checksum_validation",
    "account_id_endpoint_mode",
)  # fmt: skip
# Options that go to the engine as they are, and those that are truth values.
PASSED = ("user_agent", "user_agent_extra", "user_agent_appid", "max_pool_connections")
FLAGS = (
    "use_fips_endpoint",
    "use_dualstack_endpoint",
    "ignore_configured_endpoint_urls",
    "tcp_keepalive",
)


class Config(BotocoreInstance):
    """Options of a client, for ``client(config=...)``, which takes botocore's own Config too.

    An option that is not given here comes from the environment or the profile, or has a default.

    Arguments, by name or in botocore's order:
        region_name: the region, unless ``client(region_name=)`` gives another one.
        signature_version: ``"v4"``, ``"bearer"``, or ``botocore.UNSIGNED``.
        user_agent: replaces the whole User-Agent header.
        user_agent_extra: text appended to the User-Agent header.
        user_agent_appid: an application id for the User-Agent header, up to 50 characters.
        connect_timeout: seconds to wait for a connection, including the TLS handshake; None for
            no limit. Default: 10.
        read_timeout: seconds that the server may stay silent; None for no limit. Default: 600.
        max_pool_connections: idle connections to keep, not a limit of calls. Default: 10.
        retries: a dict of ``mode`` ("standard", "adaptive" or "legacy"), and
            ``total_max_attempts`` (attempts, 1 or more) or ``max_attempts`` (retries, 0 or more).
        use_dualstack_endpoint, use_fips_endpoint: bool, the variant of the endpoint.
        ignore_configured_endpoint_urls: True to not read endpoint URLs from the environment
            and the profile.
        tcp_keepalive: False to turn TCP keepalive off. By default it is on, because NAT gateways
            and firewalls forget a silent connection after 350 s or less.
        auth_scheme_preference: names of auth schemes, separated by commas.
        proxies: a dict from the scheme of the endpoint to the URL of an HTTP proxy. It replaces
            the proxies of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY); {} turns them off.
        parameter_validation: accepted; parameters are always validated.
        retry_read_timeout: by name only, and not in botocore. True to send a request again after
            a read timeout, as boto3 does: the model may run, and be billed, again.

    botocore's other options are accepted. The client warns of those that have no effect.

    Making a client with this Config raises TypeError or ValueError if an option has a value that
    cannot be used; the text names the option. A flag that is not a bool counts by its truth value,
    as in boto3, and the client warns of it.

    Raises TypeError for an unknown option, for ``retries``, ``s3`` or ``retry_read_timeout`` of the
    wrong type, and InvalidRetryConfigurationError,
    InvalidMaxRetryAttemptsError, InvalidRetryModeError or InvalidS3AddressingStyleError of
    :mod:`fastbedrock.exceptions` for a wrong value.
    """

    _BOTOCORE_CLASS = ("botocore.config", "Config")
    OPTION_DEFAULTS: dict[str, Any] = {
        "region_name": None,
        "signature_version": None,
        "user_agent": None,
        "user_agent_extra": None,
        "user_agent_appid": None,
        "connect_timeout": 10,
        "read_timeout": 600,
        "parameter_validation": True,
        "max_pool_connections": 10,
        "proxies": None,
        "proxies_config": None,
        "s3": None,
        "s3_disable_express_session_auth": None,
        "retries": None,
        "client_cert": None,
        "inject_host_prefix": None,
        "endpoint_discovery_enabled": None,
        "use_dualstack_endpoint": None,
        "use_fips_endpoint": None,
        "ignore_configured_endpoint_urls": None,
        "defaults_mode": None,
        "tcp_keepalive": None,
        "request_min_compression_size_bytes": None,
        "disable_request_compression": None,
        "client_context_params": None,
        "sigv4a_signing_region_set": None,
        "request_checksum_calculation": None,
        "response_checksum_validation": None,
        "account_id_endpoint_mode": None,
        "auth_scheme_preference": None,
    }
    NON_LEGACY_OPTION_DEFAULTS: dict[str, Any] = {"connect_timeout": None}

    if TYPE_CHECKING:
        region_name: str | None
        signature_version: Any
        user_agent: str | None
        user_agent_extra: str | None
        user_agent_appid: str | None
        connect_timeout: float | None
        read_timeout: float | None
        parameter_validation: bool
        max_pool_connections: int
        proxies: dict[str, str] | None
        proxies_config: dict[str, Any] | None
        s3: dict[str, Any] | None
        s3_disable_express_session_auth: bool | None
        retries: dict[str, Any] | None
        client_cert: str | tuple[str, str] | None
        endpoint_discovery_enabled: bool | str | None
        use_dualstack_endpoint: bool | None
        use_fips_endpoint: bool | None
        ignore_configured_endpoint_urls: bool | None
        defaults_mode: str | None
        tcp_keepalive: bool | None
        request_min_compression_size_bytes: int | None
        disable_request_compression: bool | None
        client_context_params: dict[str, Any] | None
        sigv4a_signing_region_set: str | None
        request_checksum_calculation: str | None
        response_checksum_validation: str | None
        account_id_endpoint_mode: str | None
        auth_scheme_preference: str | None

    # An instance has this attribute only if the option was given.
    retry_read_timeout: bool = False

    def __init__(self, *args: Any, retry_read_timeout: bool | None = None, **kwargs: Any) -> None:
        self._user_provided_options = self._given_options(args, kwargs)
        if retry_read_timeout is not None:
            check_retry_read_timeout(retry_read_timeout)
            self.retry_read_timeout = retry_read_timeout
        # botocore's marker for a prefix that is not set.
        self._inject_host_prefix: Any = "UNSET"
        for name, value in {**defaults_of(self), **self._user_provided_options}.items():
            if name != "inject_host_prefix" or name in self._user_provided_options:
                setattr(self, name, value)
        if self.s3 is not None:
            check_mapping("s3", self.s3)
            _check_addressing_style(self.s3.get("addressing_style"))
        if self.retries is not None:
            check_retries(self.retries)

    @classmethod
    def _given_options(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        for name in kwargs:
            if name not in cls.OPTION_DEFAULTS:
                raise TypeError(f"Got unexpected keyword argument '{name}'")
        limit = len(cls.OPTION_DEFAULTS)
        if len(args) > limit:
            raise TypeError(f"Takes at most {limit} arguments ({len(args)} given)")
        given = dict(kwargs)
        for name, value in zip(cls.OPTION_DEFAULTS, args, strict=False):
            if name in given:
                raise TypeError(f"Got multiple values for keyword argument '{name}'")
            given[name] = value
        return given

    @property
    def inject_host_prefix(self) -> Any:
        return True if self._inject_host_prefix == "UNSET" else self._inject_host_prefix

    @inject_host_prefix.setter
    def inject_host_prefix(self, value: Any) -> None:
        self._inject_host_prefix = value

    def merge(self, other_config: Any) -> Config:
        """A new Config with the options of both; those of ``other_config`` take precedence.

        ``other_config`` is a Config of fastbedrock or of botocore.
        """
        merged = {**self._user_provided_options, **other_config._user_provided_options}
        retry = {**vars(self), **vars(other_config)}.get("retry_read_timeout")
        return Config(**merged, retry_read_timeout=retry)

    def __reduce__(self) -> tuple[Any, ...]:
        # pickle's default refuses an object whose __class__ is not its type.
        return object.__new__, (type(self),), self.__dict__

    def __repr__(self) -> str:
        given = {**self._user_provided_options}
        if "retry_read_timeout" in vars(self):
            given["retry_read_timeout"] = self.retry_read_timeout
        shown = (
            f"{name}={'<hidden>' if name in _HIDDEN else repr(value)}"
            for name, value in given.items()
        )
        return f"Config({', '.join(shown)})"


def defaults_of(config: Any) -> dict[str, Any]:
    """The defaults of a Config of fastbedrock or of botocore."""
    mode = config._user_provided_options.get("defaults_mode", "legacy")
    extra = {} if mode == "legacy" else config.NON_LEGACY_OPTION_DEFAULTS
    return {**config.OPTION_DEFAULTS, **extra}


def check_mapping(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, not {type(value).__name__}")


def check_retry_read_timeout(value: Any) -> None:
    # A truth value is not enough here: "false" is true, and each attempt is billed.
    if not isinstance(value, bool):
        raise TypeError(f"retry_read_timeout must be True or False, not {value!r}")


def _check_addressing_style(style: Any) -> None:
    if style not in ("virtual", "auto", "path", None):
        from fastbedrock.exceptions import InvalidS3AddressingStyleError

        raise InvalidS3AddressingStyleError(s3_addressing_style=style)


def check_retries(retries: Any) -> None:
    from fastbedrock import exceptions

    check_mapping("retries", retries)
    for name, value in retries.items():
        if name not in exceptions.RETRY_OPTIONS:
            raise exceptions.InvalidRetryConfigurationError(
                retry_config_option=name, valid_options=exceptions.RETRY_OPTIONS
            )
        least = {"max_attempts": 0, "total_max_attempts": 1}.get(name)
        if least is not None and not hasattr(type(value), "__index__"):
            raise TypeError(f"retries: {name} must be an int, not {value!r}")
        if least is not None and value < least:
            raise exceptions.InvalidMaxRetryAttemptsError(
                provided_max_attempts=value, min_value=least
            )
        if name == "mode" and value not in exceptions.RETRY_MODES:
            raise exceptions.InvalidRetryModeError(
                provided_retry_mode=value, valid_modes=exceptions.RETRY_MODES
            )
