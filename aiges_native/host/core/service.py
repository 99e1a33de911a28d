"""One engine with its limits, and everything that runs on it."""

from __future__ import annotations

from aiges_native.host.core import codes
from aiges_native.host.core.admission import Slots
from aiges_native.host.core.life import QUEUED
from aiges_native.host.core.once import OnceRequest
from aiges_native.host.core.outcome import Failure
from aiges_native.host.core.stream import StreamSession

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from aiges_native import Result
    from aiges_native.host.core.life import Life
    from aiges_native.host.core.port import Port, Request

    class Clock(Protocol):
        """An event loop, or a test's."""

        def time(self) -> float: ...
        def call_at(self, when: float, callback: Callable[[], None]) -> Any: ...
        def call_later(self, delay: float, callback: Callable[[], None]) -> Any: ...

    class Limiter(Protocol):
        """Raises Failure when a request comes too soon."""

        def take(self, now: float) -> None: ...


class Limits:
    """Bounds of a session: ``input_frames`` and ``input_bytes`` that may wait for the engine."""

    def __init__(self, input_frames: int = 256, input_bytes: int = 32 << 20) -> None:
        self.input_frames = input_frames
        self.input_bytes = input_bytes


class Service:
    """An engine that is served.

    ``slots``: who may run. ``limiters``: token bucket and window, asked before. ``queue_wait``: seconds in the queue.
    ``hang_after``: seconds that a call may go on after its request was answered, before its slot counts as lost.
    ``async_mode``: once requests through ``wrapperExecAsync``, sessions by callback. ``real_time``: output of a stream
    is delivered as it comes, not after the last input. ``begun``: sessions admitted so far; ``useless``: why
    the engine is of no use although slots are free, or empty.
    """

    def __init__(
        self,
        name: str,
        port: Port,
        clock: Clock,
        slots: Slots,
        *,
        limiters: tuple[Limiter, ...] = (),
        limits: Limits | None = None,
        queue_wait: float = 1.0,
        hang_after: float = 60.0,
        async_mode: bool = False,
        real_time: bool = True,
    ) -> None:
        self.name = name
        self.port = port
        self.clock = clock
        self.slots = slots
        self.limiters = limiters
        self.limits = limits or Limits()
        self.queue_wait = queue_wait
        self.hang_after = hang_after
        self.async_mode = async_mode
        self.async_mode_stream = async_mode
        self.real_time = real_time
        self.draining = False
        self.ready = True
        self.begun = 0
        self.useless = ""
        self.drops: dict[str, int] = {}
        self._alive: set[Life] = set()
        self._late: set[Life] = set()
        self._idle: list[Callable[[], None]] = []

    # ---- What fronts do ---------------------------------------------------------------------------------------------

    def once(self, request: Request, deadline: float, told: Callable[[Result | Failure], None]) -> OnceRequest:
        """Begins a once request; ``deadline``: time of the clock."""
        session = OnceRequest(self, request, deadline, told)
        session.start()
        return session

    def stream(
        self,
        request: Request,
        deadline: float | None,
        told: Callable[[Result | Failure], None],
        on_piece: Callable[[Result, int], None],
        on_room: Callable[[], None] | None = None,
        on_begin: Callable[[], None] | None = None,
    ) -> StreamSession:
        """Begins a session; see :class:`StreamSession`."""
        session = StreamSession(self, request, deadline, told, on_piece, on_room, on_begin)
        session.start()
        return session

    # ---- What operators see -----------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """``loading``, ``ready``, ``busy`` (no slot free), ``wedged`` (all slots lost, or useless) or ``draining``."""
        if self.draining:
            return "draining"
        if not self.ready:
            return "loading"
        if self.useless or self.slots.lost >= self.slots.most:
            return "wedged"
        return "ready" if self.slots.free > 0 else "busy"

    @property
    def overdue(self) -> int:
        """Sessions that were answered while the engine is in a call of theirs."""
        return len(self._late)

    @property
    def sessions(self) -> int:
        """Sessions that are not over for their clients, those in the queue among them."""
        return len(self._alive)

    def drain(self, idle: Callable[[], None]) -> None:
        """Refuses new sessions; ``idle()`` is called when the last one is over."""
        self.draining = True
        if self._alive:
            self._idle.append(idle)
        else:
            idle()

    def stop_all(self) -> int:
        """Ends every session with DRAINING. Returns how many were cut."""
        cut = list(self._alive)
        for session in cut:
            session.stop(Failure(codes.DRAINING, "the service ends"))
        return len(cut)

    # ---- What sessions do -------------------------------------------------------------------------------------------

    def admit(self, session: Life) -> None:
        """Takes a new session in, or raises Failure."""
        if self.draining:
            raise Failure(codes.DRAINING, "the service is about to end")
        if not self.ready:
            raise Failure(codes.NOT_READY, "the engine is still starting")
        if self.slots.lost >= self.slots.most or (self.useless and not session.probes):
            raise self._wedged()
        if self.limiters and not session.probes:
            now = self.clock.time()
            for limiter in self.limiters:
                limiter.take(now)
        self._alive.add(session)
        self.begun += 1

    def leave(self, session: Life) -> None:
        """A session is over."""
        self._alive.discard(session)
        if not self._alive and self._idle:
            waiting, self._idle = self._idle, []
            for idle in waiting:
                idle()

    def late_begins(self, session: Life) -> None:
        """A session was answered while the engine is in a call of it."""
        self._late.add(session)
        self.leave(session)

    def late_ends(self, session: Life, was_lost: bool) -> None:
        """That call has returned."""
        self._late.discard(session)

    def lose(self, session: Life) -> None:
        """That call does not return: the slot is lost."""
        self.slots.lose()
        self.port.replace_thread()
        if self.slots.lost >= self.slots.most:
            self._refuse_waiting()

    def give_up(self, why: str) -> None:
        """The engine returns from its calls, and is of no use all the same; ``why``: a sentence for operators."""
        self.useless = why
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        for waiting in [each for each in self._alive if each.state == QUEUED]:
            waiting.stop(self._wedged())

    def _wedged(self) -> Failure:
        why = "the engine does not answer any more" if self.useless else "the engine does not come back from its calls"
        return Failure(codes.WEDGED, why)

    def dropped(self, reason: str) -> None:
        """A result came that nobody waits for."""
        self.drops[reason] = self.drops.get(reason, 0) + 1
