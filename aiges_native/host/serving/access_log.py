"""One line a request, written in batches: never payload or parameter values, and nothing on the request's own time."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
import time
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

    from aiges_native.host.config.sections.operation import Log
    from aiges_native.host.fronts.ending import Ending

_PERIOD = 0.25  # seconds between two batches
_MOST = 10_000  # lines that may wait; more are counted instead


class AccessLog:
    """Lines of ``[log] level`` info and below, in text or JSON, to ``[log] file`` or stderr."""

    def __init__(self, settings: Log, loop: asyncio.AbstractEventLoop) -> None:
        self.enabled = settings.level in ("debug", "info")
        self._json = settings.format == "json"
        self._loop = loop
        self._waiting: list[tuple[float, Ending]] = []
        self._lost = 0
        self._timer: asyncio.TimerHandle | None = None
        self._logger = logging.Logger("aiges.access")
        self._logger.addHandler(_handler(settings))

    def write(self, ending: Ending) -> None:
        """Keeps a line for the next batch."""
        if len(self._waiting) >= _MOST:
            self._lost += 1
            return
        self._waiting.append((time.time(), ending))
        if self._timer is None:
            self._timer = self._loop.call_later(_PERIOD, self._batch)

    def _batch(self) -> None:
        self._timer = None
        self.flush()

    def flush(self) -> None:
        """Writes what waits."""
        waiting, self._waiting = self._waiting, []
        lost, self._lost = self._lost, 0
        if not waiting:
            return
        shape = _as_json if self._json else _as_text
        lines = [shape(when, ending) for when, ending in waiting]
        if lost:
            lines.append(f"{lost} more requests are not listed")
        record = logging.LogRecord("aiges.access", logging.INFO, "", 0, "\n".join(lines), None, None)
        self._logger.handle(record)


def _handler(settings: Log) -> logging.Handler:
    if not settings.file:
        return logging.StreamHandler(sys.stderr)
    path = Path(settings.file)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        size = int(settings.size * 1_000_000)
        return logging.handlers.RotatingFileHandler(path, maxBytes=size, backupCount=settings.count, encoding="utf-8")
    except OSError as error:
        print(f"warning: no log in '{path}' ({error.strerror}): it goes to stderr", file=sys.stderr)
        return logging.StreamHandler(sys.stderr)


def _fields(when: float, ending: Ending) -> dict[str, str | int | float]:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when)) + f".{int(when % 1 * 1000):03d}Z"
    return {
        "time": stamp,
        "service": ending.service,
        "transport": ending.transport,
        "kind": ending.kind,
        "sid": ending.sid,
        **({"client_sid": ending.client_sid} if ending.client_sid else {}),
        "client": "{}:{}".format(*ending.client) if ending.client else "",
        "code": ending.code,
        "ms": round(ending.seconds * 1000, 3),
        "in": ending.bytes_in,
        "out": ending.bytes_out,
    }


def _as_text(when: float, ending: Ending) -> str:
    fields = _fields(when, ending)
    return f"{fields.pop('time')} " + " ".join(f"{name}={value}" for name, value in fields.items())


def _as_json(when: float, ending: Ending) -> str:
    return json.dumps(_fields(when, ending))
