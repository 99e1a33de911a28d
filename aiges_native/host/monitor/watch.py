"""Being told when a process ends."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

_POLL = 0.2  # seconds, on a kernel without pidfd


def open_pidfd(pid: int) -> int:
    """A descriptor that stands for the process ``pid``; -1 where the kernel has none."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1


def watch_end(loop: AbstractEventLoop, pid: int, pidfd: int, ended: Callable[[], None]) -> None:
    """Calls ``ended`` once when the process has ended. ``pidfd`` is consumed; -1: looks five times a second."""
    if pidfd < 0:
        _poll(loop, pid, ended)
        return

    def readable() -> None:
        loop.remove_reader(pidfd)
        os.close(pidfd)
        ended()

    loop.add_reader(pidfd, readable)


def _poll(loop: AbstractEventLoop, pid: int, ended: Callable[[], None]) -> None:
    if has_ended(pid):
        ended()
    else:
        loop.call_later(_POLL, _poll, loop, pid, ended)


def has_ended(pid: int) -> bool:
    """Whether the process has ended, waited for or not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except (OSError, IndexError):
        return True
