"""What once requests and streams have in common: a slot, a deadline, and an end that is told once."""

from __future__ import annotations

from aiges_native.host.core import codes
from aiges_native.host.core.outcome import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native.host.core.service import Service

_AGAIN = 0.5  # seconds between two cancels of a call that does not return

NEW, QUEUED, RUNNING, CANCEL, CLOSING, LOST, CLOSED = "new", "queued", "running", "cancel", "closing", "lost", "closed"


class Life:
    """A session from admission to its end.

    ``state``: new, queued (waits for a slot), running, cancel (answered, and the engine is still in a call of it),
    closing, lost (cancel for so long that its slot is given up), closed.
    """

    #: Whether the service itself asks, to see how the engine is.
    probes = False

    #: What the client is told at the deadline.
    timeout_code = codes.TIMEOUT_ONCE

    def __init__(self, service: Service, deadline: float | None, told: Callable[[Any], None]) -> None:
        """``deadline``: time of the clock, or None; ``told(outcome)`` is called once: with the result or a Failure."""
        self.state = NEW
        self.service = service
        self.deadline = deadline
        self._told: Callable[[Any], None] | None = told
        self._timers: list[Any] = []
        self._has_slot = False

    # ---- What fronts do ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Asks for a slot and begins, or tells a Failure."""
        service = self.service
        try:
            service.admit(self)
            if self.deadline is not None:
                self._timers.append(service.clock.call_at(self.deadline, self._expire))
            self.state = QUEUED
            if not service.slots.take(self, self._granted):
                self._timers.append(service.clock.call_later(service.queue_wait, self._waited_enough))
        except Failure as failure:
            self._finish(failure)

    def gone(self) -> None:
        """The client is gone: nobody waits for the outcome any more. Does nothing when it was told."""
        if self._told is not None:
            self._abort(Failure(codes.CANCELLED, "the client is gone"))

    def stop(self, failure: Failure) -> None:
        """Ends it from outside: the drain's time is over, or the engine is lost."""
        self._abort(failure)

    # ---- What subclasses do -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """The slot is there: call the engine."""
        raise NotImplementedError

    def _is_in_call(self) -> bool:
        """Whether the engine is inside a call of this session."""
        raise NotImplementedError

    def _cancel_engine(self) -> None:
        """Tells the engine that nobody waits."""
        raise NotImplementedError

    def _close(self, outcome: Any) -> None:
        """No call is running: release what the engine holds, then :meth:`_finish`."""
        self._finish(outcome)

    # ---- The way through the states ---------------------------------------------------------------------------------

    def remaining(self) -> float | None:
        """Seconds until the deadline, at least a millisecond; None: there is none."""
        return None if self.deadline is None else max(0.001, self.deadline - self.service.clock.time())

    def _granted(self) -> None:
        self.state = RUNNING
        self._has_slot = True
        self._begin()

    def _waited_enough(self) -> None:
        if self.state == QUEUED:
            self._abort(Failure(codes.NO_SLOT, f"no slot came free within {self.service.queue_wait:g} s"))

    def _expire(self) -> None:
        self._abort(Failure(self.timeout_code, "the deadline has passed"))

    def _abort(self, failure: Failure) -> None:
        """Answers now, whatever the engine does."""
        if self.state == QUEUED:
            self.service.slots.leave(self)
            self._finish(failure)
        elif self.state == RUNNING:
            self._cancel_engine()
            if self._is_in_call():
                self._leave_behind(failure)
                self._cancel_later()
            else:
                self._close(failure)
        elif self.state == CLOSING:
            self._tell(failure)

    def _leave_behind(self, outcome: Any) -> None:
        """Answers while the engine is in a call, which keeps the slot until it returns or counts as lost."""
        self.state = CANCEL
        self._drop_timers()
        self._timers.append(self.service.clock.call_later(self.service.hang_after, self._lose))
        self.service.late_begins(self)
        self._tell(outcome)

    def _cancel_later(self) -> None:
        """Once more, as long as the call goes on: a cancel is lost on a call that is still on its way to the engine."""
        self._timers.append(self.service.clock.call_later(_AGAIN, self._cancel_again))

    def _cancel_again(self) -> None:
        if self.state == CANCEL:
            self._cancel_engine()
            self._cancel_later()

    def _lose(self) -> None:
        """The engine does not come back: its slot is given up, and a thread takes the place of the one inside."""
        if self.state == CANCEL:
            self.state = LOST
            self._has_slot = False
            self.service.lose(self)

    def _came_back(self) -> None:
        """The call of a cancelled or lost session has returned at last."""
        self.service.late_ends(self, self.state == LOST)
        if self.state == LOST:
            self.service.slots.lost -= 1  # it is this session's again, until it is closed
            self.service.slots.busy += 1
            self._has_slot = True
        self.state = CLOSING
        self._close(None)

    def _finish(self, outcome: Any) -> None:
        """The end: first the slot, then the outcome."""
        self.state = CLOSED
        self._drop_timers()
        self.service.leave(self)
        if self._has_slot:
            self._has_slot = False
            self.service.slots.give()
        self._tell(outcome)

    def _tell(self, outcome: Any) -> None:
        told, self._told = self._told, None
        if told is not None:
            told(outcome)

    def _drop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
