"""The tables for the service model of a client: made from the model that the client itself uses.

So it does not matter which version of botocore is installed, and where a model has been found.
"""

from __future__ import annotations

import json
from hashlib import blake2b

from fastbedrock import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The last model of each service: the clients of a session share its description.
_last: dict[str, tuple[Any, str]] = {}


class NotOurs(Exception):
    """Why a call is not for the engine."""


def model_key(service_model: Any) -> str:
    """The key of the tables for this model of botocore. Raises NotOurs for another service."""
    name = service_model.service_name
    if name not in _core.service_names():
        raise NotOurs(f"{name} is not a service of Bedrock that fastbedrock knows")
    description = service_model._service_description
    known = _last.get(name)
    if known is not None and known[0] is description:
        return known[1]
    if service_model.resolved_protocol != "rest-json":
        raise NotOurs(f"{name} speaks {service_model.resolved_protocol}")
    text = json.dumps(description, separators=(",", ":"), ensure_ascii=False).encode()
    key = f"{name}\n{blake2b(text, digest_size=16).hexdigest()}"
    try:
        _core.load_model(key, "the model of a client of botocore", text)
    except ValueError as error:
        raise NotOurs(str(error)) from None
    _last[name] = (description, key)
    return key
