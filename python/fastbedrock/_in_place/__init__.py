"""boto3 accelerated in place: calls of botocore's own clients end in the engine.

The clients stay botocore's objects, with their hooks, wrappers and mocks. A call takes the fast
path if nothing but botocore itself has a say in it (see ``client_state.py``). Otherwise it takes
botocore's own path, unchanged.
"""

from __future__ import annotations

import sys

from fastbedrock._in_place import imports, trampolines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from fastbedrock._in_place.call_path import CallPath


class Installation:
    """What :func:`install` returns. As a context manager it undoes the installation at its end.

    The context manager of a second installation undoes nothing.
    """

    def __init__(self, is_first: bool) -> None:
        self._is_first = is_first

    def __enter__(self) -> Installation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_first:
            uninstall()

    def __repr__(self) -> str:
        return f"<fastbedrock installation: {'installed' if installed() else 'undone'}>"


def install() -> Installation:
    """Let the calls of boto3's Bedrock clients end in fastbedrock's engine.

    This holds for all clients of botocore, boto3, aiobotocore and aioboto3 for Bedrock services,
    made before or after, until :func:`uninstall`. botocore may be imported before or after; it is
    not imported by this function. Installing again changes nothing.

    Returns an object that, as a context manager, uninstalls at its end.

    docs/in_place.md says which calls take botocore's own path.
    """
    is_first = not trampolines.are_wanted()
    if is_first:
        trampolines.want(True)
        imports.watch(trampolines.MODULES, trampolines.put)
        for module in trampolines.MODULES:
            if module in sys.modules:
                trampolines.put(module)
    return Installation(is_first)


def uninstall() -> None:
    """Undo :func:`install`. Calls that are in flight end as they began."""
    trampolines.want(False)
    imports.stop_watching()
    trampolines.remove()


def installed(client: Any = None) -> bool | CallPath:
    """Whether :func:`install` is in effect; with a client of botocore, the path of its calls.

    The path of a client has ``is_fast`` and ``reason``, which says why the client's calls take
    botocore's own path. It is true if it is the fast path. An operation can have a reason of its
    own; the records of the logger ``fastbedrock`` at DEBUG tell it.
    """
    if client is None:
        return trampolines.are_wanted()
    from fastbedrock._in_place.call_path import NO_CLIENT, CallPath

    if not trampolines.are_wanted():
        return CallPath("fastbedrock is not installed")
    if "botocore.client" not in sys.modules:
        return CallPath(NO_CLIENT)
    from fastbedrock._in_place.client_state import path_of

    return path_of(client)
