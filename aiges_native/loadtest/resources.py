"""Memory and processor time of the target, read from /proc while it is under load."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = 0.5  # s between two samples

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LISTEN = "0A"


@dataclass(frozen=True)
class Sample:
    """``at``: seconds since the epoch; ``rss``: bytes; ``cpu``: percent of one core since the sample before."""

    at: float
    rss: int
    cpu: float
    processes: int


def listener(port: int) -> int | None:
    """The process of this machine that listens on a TCP port; None: nobody, or nobody we may look at."""
    sockets = set(_sockets_on(port))
    if not sockets:
        return None
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(str(file.readlink()) in sockets for file in folder.iterdir()):
                return int(folder.parent.name)
        except OSError:
            continue
    return None


def _sockets_on(port: int) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        try:
            lines = Path("/proc/net", name).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if words[3] == _LISTEN and int(words[1].rpartition(":")[2], 16) == port:
                yield f"socket:[{words[9]}]"


def children(pid: int) -> list[int]:
    """The processes that a process started, and that are still there."""
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return found
    for task in tasks:
        with contextlib.suppress(OSError):  # a thread that has just ended: its children are another thread's now
            found += map(int, (task / "children").read_text().split())
    return found


def tree(pid: int) -> list[int]:
    """The process and all that it started, and they started."""
    found, at = [pid], 0
    while at < len(found):
        found += children(found[at])
        at += 1
    return found


def usage(pid: int) -> tuple[int, float] | None:
    """(resident bytes, seconds of processor time) of one process; None: it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    if fields[0] == "Z" or fields[21] == "0":
        return None  # it has ended, or is about to
    return int(fields[21]) * _PAGE, (int(fields[11]) + int(fields[12])) / _TICKS


class Monitor:
    """Samples a process and its children until closed. ``samples`` may be read at any time."""

    def __init__(self, pid: int, every: float = EVERY) -> None:
        self.pid = pid
        self.samples: list[Sample] = []
        self._every = every
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Takes a last sample and stops."""
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        before, spent = time.monotonic(), self._look()[1]
        ended = False
        while not ended:
            ended = self._end.wait(self._every)
            now, (rss, cpu, processes) = time.monotonic(), self._look()
            if not processes:
                return
            share = max(cpu - spent, 0.0) / max(now - before, 1e-3) * 100
            self.samples.append(Sample(time.time(), rss, round(share, 1), processes))
            before, spent = now, cpu

    def _look(self) -> tuple[int, float, int]:
        found = [seen for pid in tree(self.pid) if (seen := usage(pid)) is not None]
        return sum(rss for rss, _ in found), sum(cpu for _, cpu in found), len(found)
