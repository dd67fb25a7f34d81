"""Puts our code into botocore's functions, in place, and takes it out again.

The function objects stay. So it does not matter who has wrapped or replaced the methods of the
classes before, and who will: what ends in botocore's function ends in the engine.
"""

from __future__ import annotations

import gc
import logging
import sys
from threading import RLock
from types import CodeType, FunctionType

from fastbedrock._in_place import client, context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_logger = logging.getLogger("fastbedrock")

#: The modules of botocore and aiobotocore with the methods that :mod:`client` has.
MODULES = {"botocore.client": client.BaseClient, "aiobotocore.client": client.AioBaseClient}

# Those that stand in the functions that botocore's decorators have made.
_DECORATORS = {
    "botocore.client": context.with_current_context(),
    "aiobotocore.client": context.with_current_async_context(),
}

# By the class whose methods they are: the functions that get our code, with those that have it.
_found: dict[type, list[tuple[FunctionType, FunctionType]]] = {}

_lock = RLock()
_is_wanted = False
# botocore's functions with our code, and their own code.
_original_codes: dict[FunctionType, CodeType] = {}


def are_wanted() -> bool:
    """Whether the code of botocore's functions is ours, or will be when they are imported."""
    return _is_wanted


def want(wanted: bool) -> None:
    global _is_wanted
    _is_wanted = wanted


def put(module_name: str) -> None:
    """Put our code into the functions of a module that is loaded."""
    with _lock:
        if not _is_wanted:
            return
        try:
            for function, stand_in in _places(module_name):
                _put(function, stand_in)
        except Exception:  # the import of botocore must not fail
            _logger.warning("%s stays as it is", module_name, exc_info=True)


def remove() -> None:
    """Give the functions their own code back."""
    with _lock:
        for function, code in _original_codes.items():
            function.__code__ = code
        _original_codes.clear()


def _places(module_name: str) -> list[tuple[FunctionType, FunctionType]]:
    """The functions of a module that get our code, each with the function that has the code."""
    module, ours = sys.modules[module_name], MODULES[module_name]
    cls = getattr(module, ours.__name__)
    if cls not in _found:
        _found[cls] = []
        for name, stand_in in vars(ours).items():
            if not isinstance(stand_in, FunctionType):
                continue
            function, decorator = _own_function(module, f"{ours.__name__}.{name}")
            if decorator is not None:
                _found[cls].append((decorator, _DECORATORS[module_name]))
            elif function is not None:
                _found[cls].append((function, stand_in))
    return _found[cls]


def _put(function: FunctionType, stand_in: FunctionType) -> None:
    if function in _original_codes:
        return
    from fastbedrock._in_place import calls

    code = function.__code__
    original = FunctionType(
        code,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    # So that _own_function does not find it.
    original.__qualname__ = f"{function.__qualname__}, original"
    call = calls.stand_in_for(function.__qualname__, original)
    own = stand_in.__code__.co_consts
    constants = tuple(call if constant == client.MARK else constant for constant in own)
    ours = stand_in.__code__.replace(co_consts=constants)
    if code.co_freevars != ours.co_freevars or _arguments(code) != _arguments(ours):
        _logger.warning("%s is not as expected and stays as it is", function.__qualname__)
        return
    function.__code__ = ours
    _original_codes[function] = code


def _arguments(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount]


def _own_function(
    module: Any, qualified_name: str
) -> tuple[FunctionType | None, FunctionType | None]:
    """The function that the module has defined by this name, however it is wrapped or replaced,
    and what botocore's own decorator has made of it.

    The first is None if the module has not defined it: older versions of botocore lack some.
    """
    class_name, _, name = qualified_name.partition(".")
    found, outer = vars(getattr(module, class_name)).get(name), None
    while isinstance(found, FunctionType):
        if _is_defined(found, module, qualified_name):
            return found, outer if _is_decorator(outer, found) else None
        found, outer = getattr(found, "__wrapped__", None), found
    # Someone has wrapped or replaced it. Each function refers to the globals of its module. Finding
    # all that do takes some milliseconds.
    for found in gc.get_referrers(vars(module)):
        if isinstance(found, FunctionType) and _is_defined(found, module, qualified_name):
            home = sys.modules.get(module.__name__.replace("client", "context"))
            every = [] if home is None else gc.get_referrers(vars(home))
            return found, next((each for each in every if _is_decorator(each, found)), None)
    return None, None


def _is_decorator(outer: Any, function: FunctionType) -> bool:
    """Whether a decorator of botocore, without a hook, has made ``outer`` of the function."""
    if not isinstance(outer, FunctionType) or outer.__dict__.get("__wrapped__") is not function:
        return False
    cells = dict(zip(outer.__code__.co_freevars, outer.__closure__ or (), strict=True))
    return cells.keys() == {"func", "hook"} and cells["hook"].cell_contents is None


def _is_defined(function: FunctionType, module: Any, qualified_name: str) -> bool:
    # A decorator gives its own function the name, but not the globals.
    return function.__globals__ is vars(module) and function.__qualname__ == qualified_name
