"""Health from evidence: what the page of a host says about its services, judged at one moment."""

from __future__ import annotations

from .layout import BUSY, DEAD, DRAINING, LOADING, READY, STALLED, WEDGED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: States in which requests may be sent.
SERVING = (READY, BUSY)


class Verdict:
    """``state``, ``since`` (CLOCK_MONOTONIC, ns) and ``reason``, a sentence for people, which may be empty."""

    __slots__ = ("reason", "since", "state")

    def __init__(self, state: str, since: int, reason: str = "") -> None:
        self.state = state
        self.since = since
        self.reason = reason

    def __repr__(self) -> str:
        return f"<Verdict {self.state} since {self.since}: {self.reason}>"

    @property
    def serving(self) -> bool:
        """Whether requests may be sent."""
        return self.state in SERVING


class HostFacts:
    """What a page says about its process. Times are CLOCK_MONOTONIC in ns; 0: not yet, or not so."""

    pid: int
    started: int
    heartbeat: int
    draining: int
    config_loaded: int
    stall_after: int
    gil_stall: int
    exit_on_wedge: bool


class ServiceFacts:
    """What a page says about one service. Times as in HostFacts."""

    name: str
    state: str
    since: int
    reason: str
    slots: int
    busy: int
    lost: int
    full_since: int
    overdue_since: int

    @property
    def free(self) -> int:
        """Slots that the next session may take."""
        return max(self.slots - self.busy - self.lost, 0)


def judge_service(service: ServiceFacts, host: HostFacts, now: int) -> Verdict:
    """How a service is at ``now`` (CLOCK_MONOTONIC, ns), if its host is alive."""
    if host.draining:
        return Verdict(DRAINING, host.draining, "no new sessions")
    if service.state in (LOADING, DEAD, WEDGED):
        # An engine may hold Python's lock while it loads: no heartbeat is no news then.
        return Verdict(service.state, service.since, service.reason)
    if 0 < service.slots <= service.lost:
        return Verdict(WEDGED, service.full_since, f"all {service.slots} slots are lost in hung engine calls")
    silent = _judge_silence(host, now)
    if silent is not None:
        return silent
    if service.overdue_since and now - service.overdue_since >= host.stall_after:
        return Verdict(STALLED, service.overdue_since + host.stall_after, "every slot is past its deadline")
    if service.state == STALLED:
        return Verdict(STALLED, service.since, service.reason)
    lost = f"{service.lost} of {service.slots} slots are lost in hung engine calls" if service.lost else ""
    if service.slots and not service.free:
        return Verdict(BUSY, service.full_since, lost or "no free slot")
    return Verdict(READY, service.since, service.reason or lost)


def _judge_silence(host: HostFacts, now: int) -> Verdict | None:
    silence = now - (host.heartbeat or host.started)
    for limit, state in ((host.gil_stall, WEDGED), (host.stall_after, STALLED)):
        if silence >= limit:
            return Verdict(state, now - silence + limit, f"the event loop has not run for {silence / 1e9:.0f} s")
    return None


def judge_host(verdicts: Mapping[str, Verdict], host: HostFacts) -> Verdict:
    """How a host with these services is as a whole.

    It serves as soon as nothing loads any more and one service serves; else it is as the service that is least so.
    """
    if host.draining:
        return Verdict(DRAINING, host.draining, "no new sessions")
    if not verdicts:
        return Verdict(LOADING, host.started, "no service yet")
    for state in (LOADING, READY, BUSY, STALLED, WEDGED):
        found = {name: verdict for name, verdict in verdicts.items() if verdict.state == state}
        if found:
            break
    else:
        found = dict(verdicts)
    # The latest of them made it so; of services that serve, the first.
    choose = min if state in SERVING else max
    name, verdict = choose(found.items(), key=lambda item: item[1].since)
    reason = verdict.reason if len(verdicts) == 1 or not verdict.reason else f"{name}: {verdict.reason}"
    return Verdict(verdict.state, verdict.since, reason)


def is_live(verdicts: Mapping[str, Verdict], host: HostFacts) -> bool:
    """Whether a host that is alive should be left running: not when it should have ended itself."""
    return not (host.exit_on_wedge and any(verdict.state == WEDGED for verdict in verdicts.values()))
