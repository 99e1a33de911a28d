"""Carries out a plan."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .problem import LoadTestError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .fleet import Fleet
    from .killer import Kill, Killer
    from .plan import Plan
    from .record import Record
    from .resources import Monitor, Sample

LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
SHORT_CALL = 50_000  # ns
BUSY = 0.9  # of a core: a client that is busier measures itself


@dataclass
class Run:
    """What a plan led to. ``began``: seconds since the epoch; ``clock``: the same moment in ns of the monotonic clock;
    ``interrupted``: it was ended early; ``lost``: workers that died; ``kills``: of the target's process, and
    ``missed``, those that were due when there was nobody to kill."""

    plan: Plan
    record: Record
    began: float
    clock: int
    processes: int
    interrupted: bool = False
    lost: int = 0
    samples: list[Sample] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    missed: int = 0

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
        if self.missed:
            found.append(f"{self.missed} of {self.missed + len(self.kills)} kills found nobody to kill")
        if self.unrecovered:
            found.append(f"after {self.unrecovered} of {len(self.kills)} kills no request was answered well any more")
        if not self.record.measured and not self.record.dropped:
            found.append("no request was measured: a longer run, or a shorter warm-up")
        return found

    @property
    def recoveries(self) -> list[tuple[Kill, int | None]]:
        """Every kill, and the ns until a request was answered well; None: none was any more."""
        answers = self.record.recoveries
        return [(kill, answers[kill.at] - kill.at if kill.at in answers else None) for kill in self.kills]

    @property
    def unrecovered(self) -> int:
        """Kills after which no good answer came."""
        return sum(time is None for _, time in self.recoveries)

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
    if pid is not None and not Path(f"/proc/{pid}").is_dir():
        raise LoadTestError(f"watch process {pid}", "there is no such process", "another --pid", usage=False)
    killer = None
    if plan.chaos is not None and plan.chaos.kill_every:
        from .killer import Killer

        killer = Killer(plan)
        pid = pid or plan.chaos.kill_parent  # what listens on the port is about to die
    fleet = Fleet(plan)
    try:
        fleet.start()
        return _carry_out(plan, fleet, pid, killer, on_progress)
    finally:
        fleet.close()


def _carry_out(
    plan: Plan, fleet: Fleet, pid: int | None, killer: Killer | None, on_progress: Callable[[float, int, int], None]
) -> Run:
    clock, began = time.monotonic_ns(), time.time()
    monitor = _monitor(plan, fleet, pid)
    if killer is not None:
        killer.begin(fleet.begin)
    interrupted = False
    try:
        try:
            fleet.gather(on_progress, killer)
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
    done = Run(plan, record, began, clock, fleet.shares, interrupted, lost)
    if monitor is not None:
        done.samples = monitor.samples
    if killer is not None:
        done.kills, done.missed = killer.kills, killer.missed
        for kill, answer in record.recoveries.items():
            record.histograms["recovery"].record(answer - kill)
    return done


def _monitor(plan: Plan, fleet: Fleet, pid: int | None) -> Monitor | None:
    from .resources import Monitor, listener

    if pid is None:
        if plan.kind == "engine":
            pid = fleet.workers[0].process.pid
        else:
            parts = urlsplit(plan.target)
            usual = 443 if parts.scheme in ("https", "wss") else 80
            pid = listener(parts.port or usual) if parts.hostname in LOCAL else None
    return None if pid is None else Monitor(pid)
