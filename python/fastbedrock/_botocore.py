"""Compatibility with botocore's classes, without importing botocore.

If the program has loaded botocore, ``except botocore.exceptions.X`` and
``isinstance(client, botocore.client.BaseClient)`` keep working. The classes that also derive from
botocore's are therefore made when they are first needed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def loaded_class(module: str, name: str) -> type[Any] | None:
    """The class ``module.name``, or None if the program has not imported the module."""
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) else None


class _Shown(type):
    """The class of classes that ``__class__`` shows: what is set on one holds for the real class.

    MLflow and mocks replace methods of ``client.__class__``.
    """

    def __setattr__(cls, name: str, value: Any) -> None:
        own = cls.__dict__["_original"]
        if name not in cls.__dict__ and name in own.__dict__:
            cls.__dict__["_replaced"][name] = own.__dict__[name]
        setattr(own, name, value)
        super().__setattr__(name, value)

    def __delattr__(cls, name: str) -> None:
        super().__delattr__(name)
        own, replaced = cls.__dict__["_original"], cls.__dict__["_replaced"]
        if name in replaced:
            setattr(own, name, replaced.pop(name))
        else:
            delattr(own, name)


def combined_class(
    own: type[Any], theirs: type[Any], module: str | None = None, is_shown: bool = False
) -> type[Any]:
    """A class with ``own``'s name that derives from both; ``own`` itself if it already does.

    ``module`` is the name of the new class's module, if it is not ``own``'s. ``is_shown`` tells
    that the class has no instances: it is what the ``__class__`` of ``own``'s instances is. The new
    class is kept as an attribute of ``own``, and so lives as long as ``own`` does.
    """
    if issubclass(own, theirs):
        return own
    known = own.__dict__.get("_combined")
    if isinstance(known, type) and theirs in known.__bases__:
        return known
    names: dict[str, Any] = {
        "__module__": own.__module__ if module is None else module,
        "__qualname__": own.__qualname__,
        "__doc__": own.__doc__,
        "_original": own,
    }
    metaclass: Any = type(own)
    if is_shown and metaclass is type:
        metaclass = _Shown
        names["_replaced"] = {}
    both: type[Any] = metaclass(own.__name__, (own, theirs), names)
    own._combined = both
    return both


def original_class(cls: type[Any]) -> type[Any]:
    """The class that :func:`combined_class` made ``cls`` from; ``cls`` itself if it did not."""
    found = cls.__dict__.get("_original")
    return found if isinstance(found, type) else cls


def shown_class(instance: Any) -> type[Any]:
    """What ``__class__`` of an instance is; the class has a ``_BOTOCORE_CLASS``."""
    own = type(instance)
    theirs = loaded_class(*own._BOTOCORE_CLASS)
    return own if theirs is None else combined_class(own, theirs, is_shown=True)


class BotocoreInstance:
    """Makes ``isinstance(self, <botocore's class>)`` true if botocore is loaded.

    ``__class__`` returns the combined class. The type itself does not change, so it does not
    matter when botocore is imported.
    """

    # Some frameworks tell synchronous clients by "botocore" in the modules of their base classes.
    __module__ = "fastbedrock"

    _BOTOCORE_CLASS: tuple[str, str]

    if not TYPE_CHECKING:  # for type checkers, __class__ is not a property

        @property
        def __class__(self):
            return shown_class(self)
