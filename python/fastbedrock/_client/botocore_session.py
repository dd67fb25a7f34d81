"""What clients take over from the botocore session of ``Session(botocore_session=…)``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._client import Options


def merged_config(session: Any, config: Any) -> Any:
    """The session's default Config for clients, overridden by what ``config`` sets."""
    default = session.get_default_client_config()
    if default is None:
        return config
    if config is None:
        return default
    from fastbedrock.config import Config

    retry_read_timeout = getattr(default, "retry_read_timeout", None)
    options = default._user_provided_options
    return Config(**options, retry_read_timeout=retry_read_timeout).merge(config)


def add_user_agent(options: Options, session: Any) -> None:
    """Take over what the session adds to the User-Agent header, except botocore's names."""
    if session.user_agent_name not in ("Botocore", "Boto3"):
        options["user_agent_name"] = f"{session.user_agent_name}/{session.user_agent_version}"
    # boto3's sessions put botocore's name and version there.
    words = (session.user_agent_extra or "").split()
    extra = [word for word in words if not word.startswith("Botocore/")]
    if "user_agent_extra" in options:
        extra.append(options["user_agent_extra"])
    if extra:
        options["user_agent_extra"] = " ".join(extra)


def add_model_search(options: Options, session: Any, service_name: str) -> None:
    """Take over where the session looks for models, and their API versions."""
    data_path = session.get_config_variable("data_path")
    if data_path is not None:
        options["data_path"] = data_path
    versions = session.get_config_variable("api_versions") or {}
    if service_name in versions:
        options.setdefault("api_version", versions[service_name])
