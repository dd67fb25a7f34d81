"""The late look at botocore: never imported here, but joined where somebody else has loaded it.

``except botocore.exceptions.X`` and ``isinstance(client, botocore.client.BaseClient)`` keep
working because classes that are also botocore's are made when they are first needed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def loaded(module: str, name: str) -> type[Any] | None:
    """The class ``module.name`` of an already imported botocore module, or None."""
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) else None


def joined(own: type[Any], theirs: type[Any]) -> type[Any]:
    """A class of ``own``'s name that derives from both; ``own`` itself if it does already.

    It is kept on ``own``, so that it lives as long as ``own`` does.
    """
    if issubclass(own, theirs):
        return own
    known = own.__dict__.get("_joined")
    if isinstance(known, type) and theirs in known.__bases__:
        return known
    names = {
        "__module__": own.__module__,
        "__qualname__": own.__qualname__,
        "__doc__": own.__doc__,
        "_origin": own,
    }
    metaclass: Any = type(own)
    both: type[Any] = metaclass(own.__name__, (own, theirs), names)
    own._joined = both
    return both


def origin(cls: type[Any]) -> type[Any]:
    """The class that :func:`joined` made ``cls`` from; ``cls`` itself if it did not."""
    found = cls.__dict__.get("_origin")
    return found if isinstance(found, type) else cls


class Claim:
    """Makes ``isinstance(self, <botocore's class>)`` true where botocore is loaded.

    By what ``__class__`` answers: the type itself keeps no trace of botocore, and it does not
    matter when botocore was imported.
    """

    _BOTOCORE_CLASS: tuple[str, str]

    if not TYPE_CHECKING:  # type checkers take __class__ for an attribute of another kind

        @property
        def __class__(self):
            theirs = loaded(*self._BOTOCORE_CLASS)
            return type(self) if theirs is None else joined(type(self), theirs)
