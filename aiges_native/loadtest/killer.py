"""Kills the target's process now and then, to see whether what watches over it does its work."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns

from .chaos import victim
from .problem import LoadTestError
from .quantity import SECOND
from .resources import children, tree, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .plan import Plan


NEVER = 1 << 62


@dataclass(frozen=True)
class Kill:
    """``at``: ns of the monotonic clock; ``pid``: who was killed."""

    at: int
    pid: int


class Killer:
    """Kills a child of the process that the plan names, at times that the plan fixes. ``kills``: what was done;
    ``missed``: how often there was nobody to kill. Raises LoadTestError when there is nobody from the start."""

    def __init__(self, plan: Plan) -> None:
        assert plan.chaos is not None
        self._plan = plan
        self._parent, self._every = plan.chaos.kill_parent, plan.chaos.kill_every
        self.kills: list[Kill] = []
        self.missed = 0
        self._due = self._last = NEVER
        _check(self._parent)

    def begin(self, moment: int) -> None:
        """The run begins: the first kill is due one interval after its warm-up, the last one interval before its
        end."""
        plan = self._plan
        self._due = moment + plan.warmup + self._every
        if plan.duration is not None:
            self._last = moment + plan.duration - self._every

    def seconds_left(self) -> float:
        """Until the next kill is due."""
        return max(self._due - monotonic_ns(), 0) / SECOND

    def strike(self) -> Kill | None:
        """Kills, if it is time."""
        if monotonic_ns() < self._due:
            return None
        self._due += self._every
        if self._due > self._last:
            self._due = NEVER
        found = _alive(self._parent)
        if not found:
            self.missed += 1
            return None
        pid = victim(self._plan, len(self.kills), found)
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:  # it has just ended
            self.missed += 1
            return None
        self.kills.append(Kill(monotonic_ns(), pid))
        return self.kills[-1]


def _alive(parent: int) -> list[int]:
    return [pid for pid in children(parent) if usage(pid) is not None]


def _check(parent: int) -> None:
    """Raises LoadTestError when there is nobody to kill, or nobody whom we may kill."""
    found = _alive(parent)
    why = ""
    if not Path(f"/proc/{parent}").is_dir():
        why = "there is no such process"
    elif not found:
        why = "it has none"
    elif parent == os.getpid() or any(os.getpid() in tree(pid) for pid in found):
        why = "this load tester is one of them, or their parent"
    for pid in () if why else found:
        try:
            os.kill(pid, 0)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
    if why:
        cure = "the pid of what starts its children again, as 'aiges-native serve --supervise' does"
        raise LoadTestError(f"kill children of process {parent}", why, cure, usage=False)
