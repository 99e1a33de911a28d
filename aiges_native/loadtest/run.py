"""Carries out a plan."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .problem import LoadTestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .fleet import Fleet
    from .plan import Plan
    from .record import Record
    from .resources import Monitor, Sample

LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
SHORT_CALL = 50_000  # ns
BUSY = 0.9  # of a core: a client that is busier measures itself


@dataclass
class Run:
    """What a plan led to. ``began``: seconds since the epoch; ``clock``: the same moment in ns of the monotonic clock;
    ``interrupted``: it was ended early; ``lost``: workers that died."""

    plan: Plan
    record: Record
    began: float
    clock: int
    processes: int
    interrupted: bool = False
    lost: int = 0
    samples: list[Sample] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """What makes the figures doubtful."""
        found = []
        if self.interrupted:
            found.append("interrupted: these are the figures until then")
        if self.lost:
            found.append(f"{self.lost} of {self.processes} workers died: their requests are missing")
        if self.plan.kind != "engine" and self.record.client_cpu > BUSY:
            busy = f"a worker of the load tester used {self.record.client_cpu:.0%} of a core"
            found.append(f"{busy}: it may have measured itself; more --processes or another machine")
        found += self._doubts_of_times()
        if not self.record.measured:
            found.append("no request was measured: a longer run, or a shorter warm-up")
        return found

    def _doubts_of_times(self) -> list[str]:
        found = []
        lag = self.record.histograms["lag"].percentile(99)
        service = self.record.histograms["service"].percentile(50)
        if lag is not None and service and lag > service:
            found.append("the client started requests later than they took (see lag): latencies are its own")
        call = self.record.histograms["latency"].percentile(50)
        if self.plan.kind == "engine" and self.plan.users > self.processes and call is not None and call < SHORT_CALL:
            found.append("calls are as short as the load tester's own work between them, and its threads share an "
                         "interpreter: measure them with one user, or one --processes for each")  # fmt: skip
        return found


def run(plan: Plan, pid: int | None = None, on_progress: Callable[[float, int, int], None] = lambda *_: None) -> Run:
    """Puts the target under load and returns what was seen. ``pid``: whose memory and processor time to watch; None:
    the process behind a local port, or the engine's own. ``on_progress(seconds, ok, failed)``: at most twice a second.

    Ctrl-C ends the run early, with the figures until then; a second one raises KeyboardInterrupt. Raises LoadTestError.
    """
    from .fleet import Fleet

    plan = plan.checked()
    fleet = Fleet(plan)
    try:
        fleet.start()
        return _carry_out(plan, fleet, pid, on_progress)
    finally:
        fleet.close()


def _carry_out(plan: Plan, fleet: Fleet, pid: int | None, on_progress: Callable[[float, int, int], None]) -> Run:
    clock, began = time.monotonic_ns(), time.time()
    monitor = _monitor(plan, fleet, pid)
    interrupted = False
    try:
        try:
            fleet.gather(on_progress)
        except KeyboardInterrupt:
            interrupted = True
            fleet.stop()
            fleet.gather(on_progress)
    finally:
        if monitor is not None:
            monitor.close()
    record = fleet.merged()
    lost = sum(worker.lost for worker in fleet.workers)
    if record is None:
        codes = ", ".join(str(worker.process.wait()) for worker in fleet.workers)
        what = "its engine died, or it was killed" if plan.kind == "engine" else "it was killed"
        raise LoadTestError(
            "finish the load test", f"the worker ended with code {codes}: {what}", "the log", usage=False
        )
    samples = monitor.samples if monitor is not None else []
    return Run(plan, record, began, clock, fleet.shares, interrupted, lost, samples)


def _monitor(plan: Plan, fleet: Fleet, pid: int | None) -> Monitor | None:
    from .resources import Monitor, listener

    if pid is None:
        if plan.kind == "engine":
            pid = fleet.workers[0].process.pid
        else:
            parts = urlsplit(plan.target)
            pid = listener(parts.port or 80) if parts.hostname in LOCAL else None
    return None if pid is None else Monitor(pid)
