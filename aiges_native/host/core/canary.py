"""Whether the engine still answers: asked by the service itself."""

from __future__ import annotations

from itertools import count

from aiges_native.host.core import codes
from aiges_native.host.core.once import OnceRequest
from aiges_native.host.core.outcome import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native.host.core.port import Request
    from aiges_native.host.core.service import Service

FAILURES = 3

#: Refusals of the service, which say nothing of the engine.
_NO_NEWS = (codes.NO_SLOT, codes.DRAINING, codes.NOT_READY, codes.CANCELLED)


class Probe(OnceRequest):
    """A once request that nobody sent: no rate limit counts it, and an engine that is wedged gets it too."""

    probes = True


class Canary:
    """A request every ``period`` seconds, to be answered within as much. After three failures in a row the engine
    counts as wedged, until it answers again. While no slot is free none is sent: clients' own requests tell enough.

    ``request(sid)`` makes one; ``tell(sentence)`` gets what operators should read.
    """

    def __init__(
        self, service: Service, request: Callable[[str], Request], period: float, tell: Callable[[str], object]
    ) -> None:
        self._service = service
        self._request = request
        self._period = period
        self._tell = tell
        self._numbers = count(1)
        self._failures = 0
        self._timer: Any = None

    def start(self) -> None:
        """Asks from now on, first after one period."""
        self._timer = self._service.clock.call_later(self._period, self._ask)

    def stop(self) -> None:
        """Asks no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ask(self) -> None:
        self.start()
        service = self._service
        if service.slots.free > 0:
            deadline = service.clock.time() + self._period
            Probe(service, self._request(f"canary-{next(self._numbers)}"), deadline, self._told).start()

    def _told(self, outcome: Any) -> None:
        if not isinstance(outcome, Failure):
            self._failures = 0
            self._service.useless = ""
        elif outcome.code == codes.ENTRY_MISSING:
            self.stop()
            self._tell("no canary request is sent: the engine takes no once requests")
        elif outcome.code not in _NO_NEWS:
            self._failures += 1
            if self._failures >= FAILURES:
                self._service.give_up(f"{self._failures} canary requests in a row failed: {outcome.message}")
