"""The client classes with all that the extra ``types`` knows, for annotations.

    pip install "fastbedrock[types]"

    def ask(client: fastbedrock.types.BedrockRuntime) -> str: ...

At run time they are the classes of the same name in :mod:`fastbedrock`.
"""

from __future__ import annotations


def __getattr__(name: str) -> object:
    from fastbedrock._client.classes import class_named

    found = class_named(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found
