"""One worker's part of a run: when it begins, is warm and stops, which starts are its own, what it has seen so far."""

from __future__ import annotations

import time
from time import monotonic_ns

from .pacing import ClosedStarts, OpenStarts, joining
from .quantity import SECOND
from .record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .plan import Plan

NEVER = 1 << 62
INTERVALS = 600  # of the timeline at most, so that a run of days fits into memory


def part(total: int, share: int, shares: int) -> int:
    """How many of ``total`` fall to one of ``shares``, as evenly as whole numbers allow."""
    return total // shares + (share < total % shares)


class Shift:
    """Worker ``share`` of ``shares``; ``begin`` is the same moment for all of them."""

    def __init__(self, plan: Plan, share: int, shares: int, begin: int) -> None:
        self.plan, self.share, self.shares, self.begin = plan, share, shares, begin
        self.users = part(plan.users, share, shares)
        stop = begin + plan.duration if plan.duration is not None else NEVER
        count = None if plan.count is None else part(plan.count, share, shares)
        self.starts: ClosedStarts | OpenStarts = ClosedStarts(stop, count)
        if plan.profile is not None:
            starts = plan.profile.starts(plan.poisson, share, shares, plan.seed)
            self.starts = OpenStarts(starts, begin, stop, count)
        seconds = (plan.duration or 0) // SECOND
        width = max(1, -(-seconds // INTERVALS)) * SECOND
        self.record = Record(begin, begin + plan.warmup, stop, self.starts.is_open, plan.keep_requests, width)
        self.interrupted = False
        self._number = share
        self._cpu = time.process_time()

    def joins(self, user: int) -> int:
        """When the worker's ``user``-th user begins."""
        if self.plan.profile is not None:
            return self.begin
        return self.begin + joining(user * self.shares + self.share, self.plan.users, self.plan.ramp)

    def number(self) -> int:
        """The number of the next request: which inputs it sends."""
        self._number += self.shares
        return self._number - self.shares

    def stop(self) -> None:
        """No request starts from now on."""
        now = monotonic_ns()
        self.interrupted = True
        self.starts.stop = min(self.starts.stop, now)
        self.record.stop = min(self.record.stop, now)

    @property
    def patience(self) -> float:
        """Seconds after the last start in which answers are waited for."""
        if self.interrupted:
            return 2.0
        return (2 * self.plan.timeout + self.plan.length) / SECOND + 1

    def progress(self) -> tuple[str, int, int, int, int]:
        """The message for the parent."""
        record = self.record
        ok = sum(interval.ok for interval in record.intervals.values())
        failed = sum(interval.failed for interval in record.intervals.values())
        return ("progress", self.share, self._number // self.shares, ok, failed)

    def finished(self) -> Record:
        """The record, once nothing more is under way: with the arrivals that nobody was free to send."""
        now = monotonic_ns()
        for intended in self.starts.unsent():
            if intended >= now:
                break
            self.record.add_unsent(intended, now)
        elapsed = (now - self.begin) / SECOND
        self.record.client_cpu = (time.process_time() - self._cpu) / elapsed if elapsed > 0 else 0.0
        return self.record
