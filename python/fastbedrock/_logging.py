"""What the core tells, as records of the standard library's ``logging``.

Not part of ``import fastbedrock``: the core imports it in programs that use ``logging``.
"""

from __future__ import annotations

import logging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = "fastbedrock"
_AREAS = ("client", "connections", "credentials", "retries")
# Handles what goes wrong in filters and handlers. It also keeps warnings of programs that do not
# configure logging off their standard error, as botocore does.
_fallback = logging.NullHandler()

# A record's file and line.
_NOWHERE = ("(unknown file)", 0)

_parent: logging.Logger
_children: tuple[logging.Logger, ...]
_loggers: dict[str, logging.Logger]


def _find_loggers() -> None:
    global _parent, _children, _loggers
    _parent = logging.getLogger(_NAME)
    _children = tuple(logging.getLogger(f"{_NAME}.{area}") for area in _AREAS)
    _loggers = {logger.name: logger for logger in (_parent, *_children)}
    _parent.addHandler(_fallback)


_find_loggers()


def wants_debug() -> bool:
    """Whether somebody listens to one of our loggers at DEBUG. Asked before each call."""
    # Programs that reset logging forget the loggers that they had.
    if logging.Logger.manager.loggerDict.get(_NAME) is not _parent:
        _find_loggers()
    # Children inherit the parent's level, unless they have one of their own.
    one, two, three, four = _children
    if _parent.isEnabledFor(logging.DEBUG) or one.level or two.level or three.level or four.level:
        return any(logger.isEnabledFor(logging.DEBUG) for logger in _children)
    return False


def emit(events: list[tuple[str, int, float, str, dict[str, Any]]]) -> None:
    """Log events: the logger's name, the level, the time, the message and its fields."""
    for name, level, created, message, fields in events:
        logger = _loggers[name]
        if logger.isEnabledFor(level):
            try:
                logger.handle(_record(logger, level, created, message, fields))
            except Exception:
                # A call does not fail because a filter or a handler does.
                about = logging.LogRecord(name, level, *_NOWHERE, message, _args(fields), None)
                _fallback.handleError(about)


def _record(
    logger: logging.Logger, level: int, created: float, message: str, fields: dict[str, Any]
) -> logging.LogRecord:
    record = logger.makeRecord(logger.name, level, *_NOWHERE, message, _args(fields), None)
    record.relativeCreated += (created - record.created) * 1000
    record.created = created
    record.msecs = float(int(created % 1 * 1000))
    for field, value in fields.items():
        # What the program's own record factory has put there stays.
        record.__dict__.setdefault(field, value)
    return record


def _args(fields: dict[str, Any]) -> tuple[Any, ...]:
    # A dict alone is what the message's names refer to, unless it is empty.
    return (fields,) if fields else ()


def set_stream_logger(name: str, level: int, format_string: str | None) -> None:
    """See :func:`fastbedrock.set_stream_logger`."""
    if format_string is None:
        format_string = "%(asctime)s %(name)s [%(levelname)s] %(message)s"
    logger = logging.getLogger(name)
    logger.setLevel(level)
    handler = logging.StreamHandler()
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter(format_string))
    logger.addHandler(handler)
