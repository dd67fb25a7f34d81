"""Client configuration with botocore's option names, rules and error texts."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from fastbedrock._botocore import BotocoreInstance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

# Accepted as in botocore, but without effect on a Bedrock client so far.
INEFFECTIVE = (
    "proxies_config", "s3", "s3_disable_express_session_auth", "client_cert",
    "inject_host_prefix", "endpoint_discovery_enabled", "defaults_mode",
    "request_min_compression_size_bytes", "disable_request_compression", "client_context_params",
    "sigv4a_signing_region_set", "request_checksum_calculation", "response_checksum_validation",
    "account_id_endpoint_mode",
)  # fmt: skip
# The values of these can contain a password or the path of a key.
_HIDDEN = frozenset({"proxies", "proxies_config", "client_cert"})


class Config(BotocoreInstance):
    """Options of a client, for ``client(config=...)``, which takes botocore's own Config too.

    An option that is not given here comes from the environment or the profile, or has a default.
    A timeout that is not given therefore does not override one from there.

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
            _check_retry_read_timeout(retry_read_timeout)
            self.retry_read_timeout = retry_read_timeout
        # botocore's marker for a prefix that is not set.
        self._inject_host_prefix: Any = "UNSET"
        for name, value in {**_defaults(self), **self._user_provided_options}.items():
            if name != "inject_host_prefix" or name in self._user_provided_options:
                setattr(self, name, value)
        if self.s3 is not None:
            _check_mapping("s3", self.s3)
            _validate_addressing_style(self.s3.get("addressing_style"))
        if self.retries is not None:
            _validate_retries(self.retries)

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


def _defaults(config: Any) -> dict[str, Any]:
    """The defaults of a Config of fastbedrock or of botocore."""
    mode = config._user_provided_options.get("defaults_mode", "legacy")
    extra = {} if mode == "legacy" else config.NON_LEGACY_OPTION_DEFAULTS
    return {**config.OPTION_DEFAULTS, **extra}


def _check_mapping(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, not {type(value).__name__}")


def _check_retry_read_timeout(value: Any) -> None:
    # A truth value is not enough here: "false" is true, and each attempt is billed.
    if not isinstance(value, bool):
        raise TypeError(f"retry_read_timeout must be True or False, not {value!r}")


def _validate_addressing_style(style: Any) -> None:
    if style not in ("virtual", "auto", "path", None):
        from fastbedrock.exceptions import InvalidS3AddressingStyleError

        raise InvalidS3AddressingStyleError(s3_addressing_style=style)


def _validate_retries(retries: Any) -> None:
    from fastbedrock import exceptions

    _check_mapping("retries", retries)
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


def engine_options(config: Any) -> dict[str, Any]:
    """The options of a Config of fastbedrock or of botocore, by the names of the engine's options.

    Warns of options that were given and have no effect.
    """
    given = _options_in(config)
    options = {name: given[name] for name in _PASSED if given.get(name) is not None}
    for name in _FLAGS:
        if given.get(name) is not None:
            options[name] = truth_of(name, given[name])
    for name in ("connect_timeout", "read_timeout"):  # None means no limit
        if name in given:
            options[name] = given[name]
    if given.get("region_name") is not None:
        options["config_region_name"] = given["region_name"]
    if given.get("signature_version") is not None:
        options["signature_version"] = _signature_version(given["signature_version"])
    if given.get("auth_scheme_preference"):
        options["auth_scheme_preference"] = _auth_schemes(given["auth_scheme_preference"])
    retry_read_timeout = getattr(config, "retry_read_timeout", False)
    _check_retry_read_timeout(retry_read_timeout)
    if retry_read_timeout:
        options["retry_read_timeout"] = True
    if given.get("proxies") is not None:
        options["proxies"] = _proxies(given["proxies"])
    if given.get("retries") is not None:
        _validate_retries(given["retries"])
        options.update(_retry_options(given["retries"]))
    _warn_of_ineffective({**given, "connector_args": _connector_args(config)})
    return options


_PASSED = ("user_agent", "user_agent_extra", "user_agent_appid", "max_pool_connections")
_FLAGS = (
    "use_fips_endpoint",
    "use_dualstack_endpoint",
    "ignore_configured_endpoint_urls",
    "tcp_keepalive",
)


def _options_in(config: Any) -> dict[str, Any]:
    """The options that were given or, as botocore allows, assigned to the object afterwards."""
    if not hasattr(config, "_user_provided_options"):
        raise TypeError(f"config must be a Config, not {type(config).__name__}")
    options = dict(config._user_provided_options)
    for name, default in _defaults(config).items():
        if name == "inject_host_prefix":
            name, default = "_inject_host_prefix", "UNSET"
        value = getattr(config, name, default)
        if value != default or name in options:
            options[name.lstrip("_")] = value
    return options


def _connector_args(config: Any) -> Any:
    """The HTTP library's options in a Config of aiobotocore; None if they are the default."""
    given = getattr(config, "connector_args", None)
    return None if given is None or given == type(config)().connector_args else given


def truth_of(name: str, value: Any) -> bool:
    """A flag's truth value, as in boto3. Warns if the flag is not a bool: "false" is true."""
    truth = bool(value)
    if value not in (True, False):
        warn_of([f"{name}={value!r} is neither True nor False: it counts as {truth}, as in boto3"])
    return truth


def _retry_options(retries: Any) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if "mode" in retries:
        options["retry_mode"] = retries["mode"]
    if "total_max_attempts" in retries:
        options["total_max_attempts"] = retries["total_max_attempts"]
    elif "max_attempts" in retries:  # counts the attempts after the first one
        options["total_max_attempts"] = retries["max_attempts"] + 1
    return options


def _proxies(proxies: Any) -> dict[str, str]:
    _check_mapping("proxies", proxies)
    for scheme, url in proxies.items():
        if not isinstance(scheme, str):
            raise TypeError(f"proxies: a scheme must be a str, not {scheme!r}")
        if url and not isinstance(url, str):  # not shown, because it can contain a password
            raise TypeError(f"proxies[{scheme!r}] must be a str, not {type(url).__name__}")
    # A scheme with an empty URL has no proxy.
    return {scheme: url for scheme, url in proxies.items() if url}


def _signature_version(version: Any) -> str:
    # botocore.UNSIGNED is the only instance of a class named UNSIGNED.
    return version if isinstance(version, str) else type(version).__name__.lower()


def _auth_schemes(preference: Any) -> str:
    if not isinstance(preference, str):
        from fastbedrock.exceptions import InvalidConfigError

        raise InvalidConfigError(
            error_msg="auth_scheme_preference must be a comma-delimited string. "
            f"Received {type(preference)} instead: {preference}."
        )
    schemes = (item.replace(" ", "").replace("\t", "") for item in preference.split(","))
    return ",".join(scheme for scheme in schemes if scheme)


def _warn_of_ineffective(given: dict[str, Any]) -> None:
    names = [name for name in (*INEFFECTIVE, "connector_args") if given.get(name) is not None]
    if given.get("parameter_validation") is False:
        names.append("parameter_validation=False")
    for scheme, url in (given.get("proxies") or {}).items():
        if url and scheme not in ("http", "https"):  # e.g. "no", from urllib's getproxies()
            names.append(f"proxies[{scheme!r}]")
    if names:
        warn_of([f"Config options without effect in fastbedrock: {', '.join(names)}"])


def warn_of(texts: list[str]) -> None:
    """Issue a warning for each text, at the line that called fastbedrock."""
    import warnings

    for text in texts:
        warnings.warn(text, stacklevel=_callers_level())


def _callers_level() -> int:
    """The stack level, for a warning raised by our caller, of the code that called fastbedrock."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame):
        frame, level = frame.f_back, level + 1
    return level


def _is_ours(frame: FrameType) -> bool:
    package = frame.f_globals.get("__package__") or ""
    return package == __package__ or package.startswith(f"{__package__}.")
