"""Makes records of the standard library's ``logging`` from the core's log events.

``import fastbedrock`` does not import this module. The core does, in programs that use ``logging``.
"""

from __future__ import annotations

import logging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = "fastbedrock"
_AREAS = ("client", "connections", "credentials", "retries")
# Reports exceptions in filters and handlers. As in botocore, it also keeps warnings away from
# standard error in programs that do not configure logging.
_fallback = logging.NullHandler()

# The file and line of every record.
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
    """Whether one of our loggers is enabled for DEBUG. Called before each call."""
    # A program that resets logging has new loggers.
    if logging.Logger.manager.loggerDict.get(_NAME) is not _parent:
        _find_loggers()
    # Children inherit the parent's level, unless they have their own.
    one, two, three, four = _children
    if _parent.isEnabledFor(logging.DEBUG) or one.level or two.level or three.level or four.level:
        return any(logger.isEnabledFor(logging.DEBUG) for logger in _children)
    return False


def emit(name: str, level: int, created: float, message: str, fields: dict[str, Any]) -> None:
    """Log an event: the logger's name, the level, the time, the message and its fields."""
    logger = _loggers[name]
    if logger.isEnabledFor(level):
        try:
            logger.handle(_record(logger, level, created, message, fields))
        except Exception:
            # A call does not fail because a filter or a handler fails.
            record = logging.LogRecord(name, level, *_NOWHERE, message, _args(fields), None)
            _fallback.handleError(record)


def _record(
    logger: logging.Logger, level: int, created: float, message: str, fields: dict[str, Any]
) -> logging.LogRecord:
    record = logger.makeRecord(logger.name, level, *_NOWHERE, message, _args(fields), None)
    record.relativeCreated += (created - record.created) * 1000
    record.created = created
    record.msecs = float(int(created % 1 * 1000))
    for field, value in fields.items():
        # An attribute that the program's own record factory has set is kept.
        record.__dict__.setdefault(field, value)
    return record


def _args(fields: dict[str, Any]) -> tuple[Any, ...]:
    # If a non-empty dict is the only argument, the names in the message refer to its keys.
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
