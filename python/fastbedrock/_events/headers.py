"""Headers whose names ignore case."""

from __future__ import annotations

from collections.abc import MutableMapping

from fastbedrock._botocore import BotocoreInstance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    _Base = MutableMapping[str, Any]
else:
    _Base = MutableMapping


class HeadersDict(BotocoreInstance, _Base):
    """A dict of headers. Names ignore case, and keep the case in which they were set first."""

    _BOTOCORE_CLASS = ("botocore.awsrequest", "HeadersDict")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # By the name in lower case.
        self._items: dict[str, tuple[str, Any]] = {}
        self.update(*args, **kwargs)

    def __setitem__(self, name: str, value: Any) -> None:
        known, _ = self._items.get(name.lower(), (name, None))
        self._items[name.lower()] = (known, value)

    def __getitem__(self, name: str) -> Any:
        return self._items[name.lower()][1]

    def __delitem__(self, name: str) -> None:
        del self._items[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(dict(self._items.values()))

    def copy(self) -> HeadersDict:
        return HeadersDict(self.items())
