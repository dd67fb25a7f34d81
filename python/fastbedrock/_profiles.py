"""Names of the profiles in the shared AWS files, read as botocore reads them."""

from __future__ import annotations

import configparser
import os
import shlex


def available_profiles() -> list[str]:
    """Profiles of the config file, then those that only the credentials file has.

    Raises ConfigParseError for a file that is no INI file.
    """
    names: dict[str, None] = {}
    for section in _sections("AWS_CONFIG_FILE", "~/.aws/config"):
        if section.startswith("profile"):
            try:
                words = shlex.split(section)
            except ValueError:  # an unclosed quotation: no profile
                continue
            if len(words) == 2:
                names[words[1]] = None
        elif section == "default":
            names[section] = None
    names.update(dict.fromkeys(_sections("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")))
    return list(names)


def _sections(variable: str, default: str) -> list[str]:
    path = os.path.expanduser(os.path.expandvars(os.environ.get(variable, default)))
    if not os.path.isfile(path):
        return []
    parser = configparser.RawConfigParser()
    try:
        parser.read([path])
        for section in parser.sections():
            for _, value in parser.items(section):
                _check_nested(value)
    except (configparser.Error, ValueError) as error:
        from fastbedrock.exceptions import ConfigParseError

        raise ConfigParseError(path=path, error=error) from None
    return parser.sections()


def _check_nested(value: str) -> None:
    """Raise ValueError for an indented block with a line that is no setting."""
    if value.startswith("\n") and any(
        "=" not in line for line in value.split("\n") if line.strip()
    ):
        raise ValueError(f"not a block of settings: {value!r}")
