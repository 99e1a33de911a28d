"""Memory that large requests needed, given back to the system when they are over.

``malloc_trim`` alone leaves the end of every arena but the first: with an arena for each thread that is most of it, so
threads share a few. ``benchmarks/bench_service.py`` tells what is resident before and after large requests.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PERIOD = 1.0  # seconds between two looks
_QUIET = 2  # looks without a session, before memory is given back
_GROWN = 1.1  # times what was resident at the start

_PAGE = os.sysconf("SC_PAGE_SIZE")


_M_ARENA_MAX = -8  # of <malloc.h>


def use_few_arenas() -> None:
    """Threads share malloc's arenas, one for two cores: before there are threads. ``MALLOC_ARENA_MAX`` or
    ``GLIBC_TUNABLES`` of the environment hold over this; without glibc it does nothing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and not {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"} & os.environ.keys():
        mallopt(_M_ARENA_MAX, max(2, (os.cpu_count() or 1) // 2))


class Trimmer:
    """Calls ``malloc_trim`` once the service is idle and has grown.

    malloc keeps what is freed for the next request, and one with many threads keeps a lot. To give it back at once
    would cost more than the request, so it is done when there is none. Without glibc it does nothing.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, sessions: Callable[[], tuple[int, int]]) -> None:
        """``sessions()``: how many have begun so far, and how many run."""
        self._loop = loop
        self._sessions = sessions
        self._begun = 0
        self._quiet = 0
        self._at_start = 0  # bytes that were resident
        self._trim: Any = getattr(ctypes.CDLL(None), "malloc_trim", None)
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Looks from now on."""
        if self._trim is not None:
            self._at_start = resident_bytes()
            self._timer = self._loop.call_later(_PERIOD, self._look)

    def stop(self) -> None:
        """Looks no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = self._loop.call_later(_PERIOD, self._look)
        begun, running = self._sessions()
        self._quiet = self._quiet + 1 if begun == self._begun and running == 0 else 0
        self._begun = begun
        if self._quiet == _QUIET and resident_bytes() > _GROWN * self._at_start:  # once in a quiet time
            self._loop.run_in_executor(None, self._trim, 0)  # it may take milliseconds


def resident_bytes() -> int:
    """What of this process is in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
