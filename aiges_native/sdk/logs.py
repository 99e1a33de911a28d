"""Loggers of wrappers. The root logger is never touched, and nothing happens before somebody asks for a logger.

``log`` is the logger ``aiges``. Runner and loader see what wrappers log through :func:`attach`.
"""

from __future__ import annotations

import logging
import threading

from aiges_native.sdk.log_handlers import DEFAULT_FOLDER, LateFileHandler, StderrHandler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["attach", "detach", "fmt", "getFileLogger", "getLogger", "level", "log", "logpath"]

#: Defaults of the two functions.
fmt = "%(asctime)s %(levelname)s %(name)s %(funcName)s:%(lineno)d: %(message)s"
level = logging.DEBUG
#: The folder of log files as AIGES has it; AIGES_LOG_DIR names another.
logpath = DEFAULT_FOLDER

log = logging.getLogger("aiges")

#: Guards what follows. Not held where a handler's own lock is taken: one that is writing may come here with a warning.
_lock = threading.Lock()
#: Loggers made by the two functions, by name.
_made: dict[str, logging.Logger] = {}
#: What is attached at the moment.
_attached: list[logging.Handler] = []
_warned = False
#: Whether attach() gave `log` its level, which detach() then takes back.
_level_lent = False


def getLogger(fmt: str | None = fmt, level: int | str = level, name: str = "root") -> logging.Logger:
    """The logger ``name`` ("root" means ``aiges``) with one handler of ours, which writes to standard error.

    A second call replaces that handler. While a handler is attached it stays silent: the same lines would come twice.
    Never raises: an unusable ``fmt`` or ``level`` gives the default.
    """
    return _with_handler(_logger(name), StderrHandler(_is_covered), fmt, level)


def getFileLogger(fmt: str | None = fmt, level: int | str = level, name: str = "wrapper") -> logging.Logger:
    """The logger ``name`` ("root" means ``aiges``) with one handler of ours, which writes UTF-8 to ``<name>.log``.

    The file is opened at the first record, in the first of these folders that can be written: ``AIGES_LOG_DIR``,
    ``/log/app`` (macOS: ``/tmp/log/app``), ``$XDG_STATE_HOME/aiges`` or ``~/.local/state/aiges``, the temporary
    folder; else it is standard error. One warning per process tells of another folder than the first.
    A second call replaces the handler. Never raises: an unusable ``fmt`` or ``level`` gives the default.
    """
    logger = _logger(name)
    handler = LateFileHandler(logger.name, StderrHandler(_is_covered), _warn_once)
    return _with_handler(logger, handler, fmt, level)


def attach(handler: logging.Handler) -> None:
    """Shows ``handler`` the records of ``aiges`` and of every logger made here, also of those made later.

    Undone by :func:`detach`. While anything is attached, ``aiges`` lets everything through unless it was given a level.
    """
    global _level_lent
    with _lock:
        if handler in _attached:
            return
        _attached.append(handler)
        if log.level == logging.NOTSET:
            log.setLevel(logging.DEBUG)
            _level_lent = True
        for logger in (log, *_made.values()):
            _show(logger, handler)


def detach(handler: logging.Handler) -> None:
    """Takes ``handler`` off again; does nothing when it is not attached. The handler stays open."""
    global _level_lent
    with _lock:
        if handler not in _attached:
            return
        _attached.remove(handler)
        for logger in (log, *_made.values()):
            logger.removeHandler(handler)
        if _level_lent and not _attached:
            log.setLevel(logging.NOTSET)
            _level_lent = False


def _logger(name: str) -> logging.Logger:
    return log if name in ("root", "", None) else logging.getLogger(str(name))


def _with_handler(
    logger: logging.Logger, handler: logging.Handler, layout: str | None, least: int | str
) -> logging.Logger:
    """Gives the logger the handler in place of an earlier one of its kind."""
    global _level_lent
    handler.setFormatter(_formatter(layout))
    with _lock:
        replaced = [each for each in logger.handlers if type(each) is type(handler)]
        logger.handlers = [each for each in logger.handlers if each not in replaced] + [handler]
        logger.setLevel(_number(least))
        if logger is log:
            _level_lent = False  # the level is the wrapper's own from here on
        _made[logger.name] = logger
        for each in _attached:
            _show(logger, each)
    for each in replaced:
        each.close()
    return logger


def _show(logger: logging.Logger, handler: logging.Handler) -> None:
    """Adds the handler, unless records of this logger reach it through a parent."""
    place: logging.Logger | None = logger
    while place is not None:
        if handler in place.handlers:
            return
        place = place.parent if place.propagate else None
    logger.addHandler(handler)


def _formatter(layout: Any) -> logging.Formatter:
    try:
        return logging.Formatter(layout)
    except (ValueError, TypeError, AttributeError):
        return logging.Formatter(fmt)


def _number(least: Any) -> int:
    """The level as a number: 10, "10", "debug" and "DEBUG" are the same."""
    try:
        return int(least)
    except (ValueError, TypeError):
        number = logging.getLevelName(str(least).upper())
        return number if isinstance(number, int) else level


def _is_covered() -> bool:
    return bool(_attached)


def _warn_once(text: str) -> None:
    global _warned
    with _lock:
        if _warned:
            return
        _warned = True
    log.warning("%s", text)
