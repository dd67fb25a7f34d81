"""The engine's options for a Config of fastbedrock or of botocore."""

from __future__ import annotations

from fastbedrock._warnings import warn_of
from fastbedrock.config import (
    FLAGS,
    INEFFECTIVE,
    PASSED,
    check_mapping,
    check_retries,
    check_retry_read_timeout,
    defaults_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def engine_options(config: Any) -> dict[str, Any]:
    """The options of a Config of fastbedrock or of botocore, by the names of the engine's options.

    Warns of options that were given and have no effect.
    """
    given = _options_in(config)
    options = {name: given[name] for name in PASSED if given.get(name) is not None}
    for name in FLAGS:
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
    check_retry_read_timeout(retry_read_timeout)
    if retry_read_timeout:
        options["retry_read_timeout"] = True
    if given.get("proxies") is not None:
        options["proxies"] = _proxies(given["proxies"])
    if given.get("retries") is not None:
        check_retries(given["retries"])
        options.update(_retry_options(given["retries"]))
    _warn_of_ineffective({**given, "connector_args": _connector_args(config)})
    return options


def _options_in(config: Any) -> dict[str, Any]:
    """The options that were given or, as botocore allows, assigned to the object afterwards."""
    if not hasattr(config, "_user_provided_options"):
        raise TypeError(f"config must be a Config, not {type(config).__name__}")
    options = dict(config._user_provided_options)
    for name, default in defaults_of(config).items():
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
    check_mapping("proxies", proxies)
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
