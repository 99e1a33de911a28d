"""What the process tells of itself: counters of requests, states and slots, in the page that the monitor maps."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import sys
import time

import aiges_native
from aiges_native import paths
from aiges_native.host.core import codes
from aiges_native.host.monitor import start_monitor
from aiges_native.host.serving.access_log import AccessLog
from aiges_native.host.serving.violations import Violations
from aiges_native.host.telemetry import Heart, NativeStats, Page, PageReader, Telemetry, render
from aiges_native.host.telemetry.health import is_live, judge_host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native.host.config import Config
    from aiges_native.host.core import Service
    from aiges_native.host.fronts import Ending
    from aiges_native.host.fronts.budget import Budget
    from aiges_native.host.monitor import MonitorHandle
    from aiges_native.host.telemetry import ServiceState

_TICK = 0.1  # seconds between two looks at slots and sessions
_REJECTED = {
    codes.NO_SLOT: "no_slot",
    codes.RATE_LIMITED: "rate",
    codes.DRAINING: "draining",
    codes.NOT_READY: "loading",
    codes.WEDGED: "wedged",
    -20155: "too_large",
}
_CANCELLED = {
    codes.CANCELLED: "client",
    codes.TIMEOUT_ONCE: "deadline",
    codes.TIMEOUT_STREAM: "deadline",
    codes.OVERFLOW: "overflow",
}


class Measures:
    """Counts what ends, and looks ten times a second at what runs."""

    def __init__(self, config: Config, loop: asyncio.AbstractEventLoop, on_wedged: Callable[[str], object]) -> None:
        """``on_wedged(service)``: it is of no use any more, and its configuration wants the process to end then."""
        self._loop = loop
        self._access = AccessLog(config.log, loop)
        self._exits_wedged = {name for name, engine in config.engines.items() if engine.on_wedge == "exit"}
        self._on_wedged = on_wedged
        self._page = Page()
        limits = next(iter(config.engines.values()))
        self._page.set_limits(
            stall_after=limits.stall_after, gil_stall=limits.gil_stall, exit_on_wedge=limits.on_wedge == "exit"
        )
        self._page.set_config_loaded()
        self._page.set_labels(_labels_of(config))
        self._tells_metrics = config.metrics.able
        if not self._tells_metrics:
            self._page.hide_metrics()
        self._telemetry = Telemetry(self._page, paths.__version__)
        self._heart = Heart(self._page, loop)
        self._states: dict[str, ServiceState] = {name: self._page.service(name) for name in config.engines}
        self._services: list[Service] = []
        self._lost: dict[str, int] = {}
        self._budget: Budget | None = None
        self._useless: dict[str, str] = {}
        self._dropped: dict[tuple[str, str], int] = {}
        self._counters: dict[tuple[str, str, str, int], Callable[[int], object]] = {}
        self._stages: dict[tuple[str, str], Callable[[int], None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._monitor: MonitorHandle | None = None
        self._reader = PageReader(self._page.fd)

    def start_monitor(self, listen: str) -> str:
        """Starts the process that tells health and metrics; its address. OSError: nothing can listen there."""
        self._monitor = start_monitor(self._page, listen)
        if self._monitor.supervised:
            self._monitor.wait_serving()  # it serves already, and has said where
        else:
            self._loop.add_reader(self._monitor.fileno(), self._look_at_monitor)
        self._heart.start()
        self._tick()
        return self._monitor.address

    def _look_at_monitor(self) -> None:
        """It serves, or it has died: then another one takes its place, for whose sake clients wait."""
        monitor = self._monitor
        if monitor is not None and not monitor.alive():
            self._loop.remove_reader(monitor.fileno())
            print(f"the monitor (pid {monitor.pid}) has ended: another one is started", file=sys.stderr)
            self._loop.call_later(_TICK, self._restart_monitor)

    def _restart_monitor(self) -> None:
        monitor = self._monitor
        assert monitor is not None
        try:
            monitor.restart()
        except OSError as error:  # no process can be started now
            print(f"no monitor: {error}", file=sys.stderr)
            self._loop.call_later(1, self._restart_monitor)
        else:
            self._loop.add_reader(monitor.fileno(), self._look_at_monitor)

    # ---- What is told -----------------------------------------------------------------------------------------------

    def failed(self, name: str, reason: str) -> None:
        """An engine could not be started."""
        self._states[name].set("dead", reason)

    def ready(self, service: Service) -> None:
        """An engine is served from now on."""
        self._services.append(service)
        state = self._states[service.name]
        state.set_slots(service.slots.most)
        state.set("ready")
        if self._monitor is not None and len(self._services) == 1:
            self._monitor.attach_native(aiges_native.stats_fd())

    def watch(self, budget: Budget) -> None:
        """Tells what requests hold in memory."""
        self._budget = budget

    def violations(self, name: str) -> Violations:
        """Who hears of requests that an engine's declarations do not allow and that are served all the same."""
        return Violations(name, self._telemetry.schema_violation.labels(name))

    def draining(self) -> None:
        """New requests are refused from now on."""
        self._page.set_draining()

    def finished(self, ending: Ending) -> None:
        """A request has ended."""
        key = (ending.service, ending.transport, ending.kind, ending.code)
        count = self._counters.get(key)
        if count is None:
            count = self._counters[key] = self._counter(*key)
        count(int(ending.seconds * 1e9))
        if ending.stages:
            for stage, nanoseconds in ending.stages.times:
                self._stage(ending.service, stage)(nanoseconds)
        if ending.first_output:
            self._first_output(ending.service, ending.transport)(int(ending.first_output * 1e9))
        if self._access.enabled:
            self._access.write(ending)

    def _stage(self, service: str, stage: str) -> Callable[[int], None]:
        observe = self._stages.get((service, stage))
        if observe is None:
            observe = self._stages[service, stage] = self._telemetry.stage(service, stage)
        return observe

    def _first_output(self, service: str, transport: str) -> Callable[[int], None]:
        return self._telemetry.first_output_seconds.labels(service, transport).observe

    def _counter(self, service: str, transport: str, kind: str, code: int) -> Callable[[int], None]:
        telemetry = self._telemetry
        requests = telemetry.requests.labels(service, transport, kind, str(code)).add
        observe = telemetry.request_seconds.labels(service, transport, kind).observe
        also = None
        if code in _REJECTED:
            also = telemetry.rejected.labels(service, _REJECTED[code]).add
        elif code in _CANCELLED:
            also = telemetry.cancelled.labels(service, _CANCELLED[code]).add

        def count(nanoseconds: int) -> None:
            requests(1)
            observe(nanoseconds)
            if also is not None:
                also(1)

        return count

    def _tick(self) -> None:
        for service in self._services:
            state, slots = self._states[service.name], service.slots
            state.set_busy(slots.busy)
            if service.useless != self._useless.get(service.name, ""):
                self._tell_useless(service)
            if slots.lost > self._lost.get(service.name, 0):
                self._tell_lost(service)
            self._lost[service.name] = slots.lost
            state.set_lost(slots.lost)
            state.set_overdue(service.overdue >= slots.most)
            self._telemetry.session_state(service.name, "running").set(slots.busy)
            self._telemetry.session_state(service.name, "queued").set(slots.waiting)
            for reason, total in service.drops.items():
                self._count_drops(service.name, reason, total)
        if self._budget is not None:
            self._telemetry.buffer_bytes.labels("requests").set(self._budget.held)
        self._timer = self._loop.call_later(_TICK, self._tick)

    def _tell_lost(self, service: Service) -> None:
        """A call does not return: where every thread is, for who has to find out why."""
        slots = service.slots
        print(f"engine '{service.name}': {slots.lost} of {slots.most} slots are lost in calls", file=sys.stderr)
        with contextlib.suppress(OSError, ValueError):  # a stderr without descriptor
            faulthandler.dump_traceback(all_threads=True)
        if service.state == "wedged" and service.name in self._exits_wedged:
            self._on_wedged(service.name)

    def _tell_useless(self, service: Service) -> None:
        """Its canary has failed, or answers again."""
        why = self._useless[service.name] = service.useless
        self._states[service.name].set("wedged" if why else "ready", why)
        print(f"engine '{service.name}': {why or 'answers again'}", file=sys.stderr)
        if why and service.name in self._exits_wedged:
            self._on_wedged(service.name)

    def _count_drops(self, service: str, reason: str, total: int) -> None:
        before = self._dropped.get((service, reason), 0)
        if total > before:
            self._telemetry.output_dropped.labels(service, reason).add(total - before)
            self._dropped[service, reason] = total

    # ---- The same on the service's own port --------------------------------------------------------------------------

    def pages(self) -> dict[str, Callable[[], tuple[int, bytes, bytes]]]:
        """``/health/live``, ``/health/ready`` and ``/metrics``, for who can reach this port only."""
        pages = {"/health/live": self._live, "/health/ready": self._ready}
        return {**pages, "/metrics": self._metrics} if self._tells_metrics else pages

    def _live(self) -> tuple[int, bytes, bytes]:
        now = time.monotonic_ns()
        alive = is_live(self._reader.verdicts(now), self._reader.host())
        return 200 if alive else 503, b"application/json", b'{"live":%s}' % (b"true" if alive else b"false")

    def _ready(self) -> tuple[int, bytes, bytes]:
        import json

        now = time.monotonic_ns()
        verdict = judge_host(self._reader.verdicts(now), self._reader.host())
        body = {
            "state": verdict.state,
            "since_s": round((now - verdict.since) / 1e9, 3),
            "reason": verdict.reason,
        }
        return 200 if verdict.serving else 503, b"application/json", json.dumps(body).encode()

    def _metrics(self) -> tuple[int, bytes, bytes]:
        sources: list[Any] = [self._reader]
        if aiges_native.stats_fd() >= 0:
            sources.append(NativeStats(aiges_native.stats_fd()))
        body, content_type = render(sources, labels=self._reader.labels)
        return 200, content_type.encode(), body

    def close(self) -> None:
        """The end of telling; the monitor ends when it sees that this process has."""
        self._access.flush()
        self._heart.stop()
        if self._timer is not None:
            self._timer.cancel()


def _labels_of(config: Config) -> dict[str, str]:
    """What ``[metrics]`` and ``[aiges] gray`` put on every metric; what is not set is no label."""
    metrics = config.metrics
    labels = {"idc": metrics.idc, "sub": metrics.sub, "cs": metrics.cs, "gray": "true" if config.aiges.gray else ""}
    return {name: value for name, value in labels.items() if value}
