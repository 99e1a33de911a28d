"""Users of an engine, a thread for each of them."""

from __future__ import annotations

import threading
import time
from time import monotonic_ns

from .outcome import TIMEOUT, Outcome
from .quantity import SECOND
from .shift import Shift
from .target import open_engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .link import Link
    from .plan import Plan
    from .record import Record
    from .target import BlockingUser

_SET_TIMERSLACK = 29
PROGRESS = 0.5  # s between two messages to the parent


def run_threads(plan: Plan, share: int, shares: int, link: Link) -> Record | None:
    """The whole life of a worker for an engine; None: the parent is gone. Raises LoadTestError before the start."""
    target = open_engine(plan)
    link.send(("ready",))
    go = link.receive()
    if go is None:
        return None
    shift = Shift(plan, share, shares, go[1])
    team = _Team(shift, [target.user() for _ in range(shift.users)], link)
    hung = team.work()
    record = shift.finished()
    if not hung:
        target.close()
    return record


def _sleep_exactly() -> None:
    """Sleeps of this thread end when they should, not up to 50 us later, which is Linux's leave to save power."""
    import ctypes

    ctypes.CDLL(None).prctl(_SET_TIMERSLACK, 1, 0, 0, 0)


class _Team:
    def __init__(self, shift: Shift, users: list[BlockingUser], link: Link) -> None:
        self._shift, self._users, self._link = shift, users, link
        self._lock = threading.Lock()  # of starts, numbers and record; never held during a call
        self._stopped = threading.Event()
        self._done = threading.Event()
        self._under_way: dict[int, int] = {}
        self._left = len(users)

    def work(self) -> bool:
        """Returns when every call has returned, or was given up: whether one was."""
        for place, user in enumerate(self._users):
            threading.Thread(target=self._use, args=(place, user), daemon=True).start()
        deadline = self._shift.starts.stop + round(self._shift.patience * SECOND)
        while not self._done.wait(PROGRESS):
            with self._lock:
                message = self._shift.progress()
            self._link.send(message)
            if not self._stopped.is_set() and self._link.waiting():
                with self._lock:
                    self._shift.stop()
                self._stopped.set()
                deadline = monotonic_ns() + round(self._shift.patience * SECOND)
            if monotonic_ns() > deadline:
                self._give_up()
                return True
        return False

    def _use(self, place: int, user: BlockingUser) -> None:
        _sleep_exactly()
        try:
            self._pause_until(self._shift.joins(place))
            while self._one(place, user):
                pass
        finally:
            with self._lock:
                self._left -= 1
                if not self._left:
                    self._done.set()

    def _one(self, place: int, user: BlockingUser) -> bool:
        shift = self._shift
        with self._lock:
            now = monotonic_ns()
            intended = shift.starts.take(now)
        if intended is None:
            return False
        waited = intended > now
        if waited:
            self._pause_until(intended)
        with self._lock:
            if intended > shift.starts.stop:
                return False
            number = shift.number()
            self._under_way[place] = intended
        outcome = user.ask(number)
        if not shift.starts.is_open:
            intended = outcome.sent  # what lies between is ours, and a call may be as short
        with self._lock:
            if self._under_way.pop(place, None) is not None:
                shift.record.add(intended, outcome, outcome.sent - intended if waited else -1)
        return True

    def _give_up(self) -> None:
        """Calls that do not return are failures, whatever becomes of them."""
        with self._lock:
            now = monotonic_ns()
            for intended in () if self._shift.interrupted else self._under_way.values():
                self._shift.record.add(intended, Outcome().fail(TIMEOUT, "the call did not return", now))
            self._under_way.clear()

    def _pause_until(self, when: int) -> None:
        left = (when - monotonic_ns()) / SECOND
        if left > PROGRESS:
            self._stopped.wait(left)
        elif left > 0:
            time.sleep(left)
