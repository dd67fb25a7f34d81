"""What :func:`fastbedrock.installed` tells about a client. botocore need not be there for it."""

from __future__ import annotations

#: The reason for what is not a client of botocore.
NO_CLIENT = "it is not a client of botocore"


class CallPath:
    """The path of a client's calls: the fast one, or botocore's own for the ``reason``."""

    def __init__(self, reason: str | None) -> None:
        self.reason = reason

    @property
    def is_fast(self) -> bool:
        """Whether calls end in the engine."""
        return self.reason is None

    def __bool__(self) -> bool:
        return self.is_fast

    def __repr__(self) -> str:
        return "<fast path>" if self.is_fast else f"<botocore's own path: {self.reason}>"
