"""Warnings that point to the user's line of code."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def warn_of(texts: list[str]) -> None:
    """Issue a warning for each text, at the line that called fastbedrock."""
    import warnings

    for text in texts:
        warnings.warn(text, stacklevel=_callers_level())


def _callers_level() -> int:
    """The ``stacklevel`` with which our caller's warning points to the code that called us."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame):
        frame, level = frame.f_back, level + 1
    return level


def _is_ours(frame: FrameType) -> bool:
    package = frame.f_globals.get("__package__") or ""
    return package == __package__ or package.startswith(f"{__package__}.")
