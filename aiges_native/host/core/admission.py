"""Who may run: slots, the queue before them, and rate limits. All of it answers at once or queues; nothing blocks."""

from __future__ import annotations

from collections import OrderedDict

from aiges_native.host.core import codes
from aiges_native.host.core.outcome import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Slots:
    """``most`` sessions at once. A slot is free, busy, or lost in a call that does not return.

    Those that find none wait in the order they came, at most ``queue`` of them.
    """

    def __init__(self, most: int, queue: int = 0) -> None:
        if most < 1:
            raise ValueError(f"a service has 1 slot or more, not {most}")
        self.most = most
        self.queue = queue
        self.busy = 0
        self.lost = 0
        self._waiting: OrderedDict[object, Callable[[], None]] = OrderedDict()
        self._granting = False

    @property
    def free(self) -> int:
        """Slots that nobody has."""
        return self.most - self.busy - self.lost

    @property
    def waiting(self) -> int:
        """Sessions in the queue."""
        return len(self._waiting)

    def take(self, session: object, granted: Callable[[], None]) -> bool:
        """A slot for ``session``: True with ``granted()`` called, or False: it waits, and ``granted()`` comes later.
        Raises Failure when the queue is full, too."""
        if self.free > 0 and not self._waiting:
            self.busy += 1
            granted()
            return True
        if len(self._waiting) >= self.queue:
            raise Failure(codes.NO_SLOT, f"no slot: all {self.most - self.lost} are busy")
        self._waiting[session] = granted
        return False

    def leave(self, session: object) -> None:
        """Takes a session out of the queue; does nothing when it is not there."""
        self._waiting.pop(session, None)

    def give(self) -> None:
        """A busy slot is free again."""
        self.busy -= 1
        self._grant()

    def lose(self) -> None:
        """A busy slot is lost in a call."""
        self.busy -= 1
        self.lost += 1

    def find(self) -> None:
        """A lost slot is back."""
        self.lost -= 1
        self._grant()

    def _grant(self) -> None:
        if self._granting:  # a session that ended at once gave its slot back: the loop below goes on with it
            return
        self._granting = True
        try:
            while self._waiting and self.free > 0:
                _, granted = self._waiting.popitem(last=False)
                self.busy += 1
                granted()
        finally:
            self._granting = False


class TokenBucket:
    """One request every ``interval`` seconds, ``burst`` of them at once."""

    def __init__(self, interval: float, burst: int, now: float) -> None:
        self._interval = interval
        self._most = max(1, burst)
        self._tokens = float(self._most)
        self._since = now

    def take(self, now: float) -> None:
        """Raises Failure when there is no token."""
        self._tokens = min(self._most, self._tokens + (now - self._since) / self._interval)
        self._since = now
        if self._tokens < 1:
            raise Failure(codes.RATE_LIMITED, f"more than one request every {self._interval:g} s")
        self._tokens -= 1


class WindowLimit:
    """At most ``most`` requests in any ``window`` seconds that begin with a request."""

    def __init__(self, most: int, window: float, now: float) -> None:
        self._most = most
        self._window = window
        self._begin = now - window
        self._count = 0

    def take(self, now: float) -> None:
        """Raises Failure when the window is full."""
        if now - self._begin >= self._window:
            self._begin, self._count = now, 0
        if self._count >= self._most:
            raise Failure(codes.RATE_LIMITED, f"more than {self._most} requests in {self._window:g} s")
        self._count += 1
