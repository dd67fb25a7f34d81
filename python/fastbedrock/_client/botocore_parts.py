"""The private parts of botocore's clients that code in public uses, for clients of fastbedrock.

They are made when they are first asked for. Everything else about a client that is not here either
has a public name, or does not exist.
"""

from __future__ import annotations

from sys import modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._client import ClientCore


def _serializer(client: Any) -> Any:
    from botocore.serialize import create_serializer

    # The model is botocore's, because botocore is loaded.
    return create_serializer(client.meta.service_model.resolved_protocol)


def _response_parser(client: Any) -> Any:
    from botocore.parsers import create_parser

    return create_parser(client.meta.service_model.resolved_protocol)


class UserAgent:
    """The client's User-Agent header."""

    def __init__(self, client: ClientCore) -> None:
        self._client = client

    def to_string(self) -> str:
        text: str = self._client._engine.settings["user_agent"]
        return text


# Steps of a call that botocore's own functions would take in its own way.
_STEPS = ("_resolve_endpoint_ruleset", "_convert_to_request_dict", "_make_request")

_PARTS: dict[str, Callable[[Any], Any]] = {
    "_request_signer": lambda client: client.meta._hooked().signer,
    "_endpoint": lambda client: client.meta._hooked().endpoint,
    "_user_agent_creator": UserAgent,
}
# Objects of botocore itself.
_PARTS_OF_BOTOCORE: dict[str, Callable[[Any], Any]] = {
    "_serializer": _serializer,
    "_response_parser": _response_parser,
}


def part(client: ClientCore, name: str) -> Any:
    """The private part with that name. Raises KeyError if there is none.

    If the program has loaded botocore, a client has whatever it would inherit from botocore's class
    of clients: functions that use the parts here, and what other packages have set on the class.
    """
    if name in _STEPS:
        return _step(client, name)
    make = _PARTS.get(name)
    if make is None and "botocore.client" in modules:
        make = _PARTS_OF_BOTOCORE.get(name)
        if make is None:
            return _inherited(client, name)
    if make is None:
        raise KeyError(name)
    made = vars(client)[name] = make(client)
    return made


def _step(client: Any, name: str) -> Any:
    from fastbedrock._client import botocore_call
    from fastbedrock._replaced import bound

    suffix = "_async" if client._IS_ASYNC else ""
    return bound(vars(botocore_call)[name[1:] + suffix], client)


def _inherited(client: ClientCore, name: str) -> Any:
    from fastbedrock._replaced import bound

    for cls in client.__class__.__mro__:
        if name in vars(cls):
            return bound(vars(cls)[name], client)
    raise KeyError(name)
