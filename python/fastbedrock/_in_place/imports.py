"""Calls a function once a module has been imported, and not before."""

from __future__ import annotations

import importlib.util
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any


class _Finder:
    """Finds the modules as the other finders do, and wraps their loaders.

    It is first on ``sys.meta_path``, and leaves when it has found all of its modules.
    """

    def __init__(self, names: Iterable[str], then: Callable[[str], None]) -> None:
        self._names = set(names)
        self._then = then

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in self._names:
            return None
        self._names.discard(name)
        try:
            spec = importlib.util.find_spec(name)
        except BaseException:
            self._names.add(name)
            raise
        if spec is None or not hasattr(spec.loader, "exec_module"):
            self._names.add(name)
            return spec
        spec.loader = _Loader(spec.loader, self._then)  # type: ignore[assignment]
        if not self._names:
            _leave(self)
        return spec


class _Loader:
    """Loads a module by its own loader, which it then puts back."""

    def __init__(self, own: Any, then: Callable[[str], None]) -> None:
        self._own = own
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._own.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._own
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        self._own.exec_module(module)
        self._then(module.__name__)

    def __getattr__(self, name: str) -> Any:  # e.g. get_source
        return getattr(self._own, name)


_finder: _Finder | None = None


def watch(names: Iterable[str], then: Callable[[str], None]) -> None:
    """Call ``then`` with the name of each of these modules once it has been imported.

    Modules that are imported already are not watched.
    """
    global _finder
    missing = [name for name in names if name not in sys.modules]
    if missing and _finder is None:
        _finder = _Finder(missing, then)
        sys.meta_path.insert(0, _finder)


def stop_watching() -> None:
    """Undo :func:`watch`."""
    if _finder is not None:
        _leave(_finder)


def _leave(finder: _Finder) -> None:
    global _finder
    if finder in sys.meta_path:
        sys.meta_path.remove(finder)
    _finder = None
