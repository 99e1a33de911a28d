"""Wakes coroutines at a nanosecond of the monotonic clock.

Event loops sleep in whole milliseconds, and half a millisecond too late at every start would be half a millisecond in
every latency. A timer file descriptor of the kernel is exact to some 50 us, for the price of one system call.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from heapq import heappop, heappush
from time import monotonic_ns

from .quantity import SECOND

_MONOTONIC = 1
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC
_ABSOLUTE = 1


class _Times(ctypes.Structure):
    """struct itimerspec."""

    _fields_ = [(name, ctypes.c_long) for name in ("every_s", "every_ns", "at_s", "at_ns")]


class Alarm:
    """One timer for any number of sleepers on the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file: int = self._libc.timerfd_create(_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self._file < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = 0
        self._set = 0
        self._loop.add_reader(self._file, self._ring)

    async def until(self, when: int) -> None:
        """Sleeps until ``when``, or until :meth:`wake_all`."""
        if when <= monotonic_ns():
            return
        sleeper = self._loop.create_future()
        self._number += 1
        heappush(self._sleepers, (when, self._number, sleeper))
        if not self._set or when < self._set:
            self._arm(when)
        await sleeper

    def wake_all(self) -> None:
        """Ends every sleep now."""
        for _, _, sleeper in self._sleepers:
            if not sleeper.done():
                sleeper.set_result(None)
        self._sleepers.clear()

    def close(self) -> None:
        """Wakes everybody and gives the timer back."""
        self.wake_all()
        self._loop.remove_reader(self._file)
        os.close(self._file)

    def _arm(self, when: int) -> None:
        self._set = when
        times = _Times(0, 0, when // SECOND, when % SECOND)
        self._libc.timerfd_settime(self._file, _ABSOLUTE, ctypes.byref(times), None)

    def _ring(self) -> None:
        try:
            os.read(self._file, 8)
        except BlockingIOError:
            return
        now = monotonic_ns()
        self._set = 0
        while self._sleepers and self._sleepers[0][0] <= now:
            sleeper = heappop(self._sleepers)[2]
            if not sleeper.done():
                sleeper.set_result(None)
        if self._sleepers:
            self._arm(self._sleepers[0][0])
