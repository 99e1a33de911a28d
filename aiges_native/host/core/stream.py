"""A session: frames in, pieces out, in their order."""

from __future__ import annotations

from collections import deque

from aiges_native.host.core import codes
from aiges_native.host.core.life import CANCEL, CLOSED, CLOSING, LOST, RUNNING, Life
from aiges_native.host.core.outcome import Failure, failure_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native import Result
    from aiges_native.host.core.port import Cancellable, Request
    from aiges_native.host.core.service import Service

_FIRST_POLL, _LONGEST_POLL = 0.001, 0.05
_PATIENCE = 1.0  # seconds that the last piece waits for wrapperDestroy
_PATIENCE_FAILED = 0.08  # the same for a failure, which may be due already


class StreamSession(Life):
    """A stream over one session of the engine.

    ``on_piece(result, size)``: each answer but the last, which comes as the outcome: ``told(outcome)`` gets the last
    :class:`aiges_native.Result`, or a :class:`Failure`, once. The front tells :meth:`left` the size of what has left.
    ``on_room()``: a frame was taken, more may be written. ``on_begin()``: it has its slot.
    """

    timeout_code = codes.TIMEOUT_STREAM

    def __init__(
        self,
        service: Service,
        request: Request,
        deadline: float | None,
        told: Callable[[Result | Failure], None],
        on_piece: Callable[[Result, int], None],
        on_room: Callable[[], None] | None = None,
        on_begin: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(service, deadline, told)
        self.request = request
        self._on_piece = on_piece
        self._on_room = on_room
        self._on_begin = on_begin
        self._frames: deque[tuple[list[Any], bool]] = deque()
        self._frame_bytes = 0
        self._input_over = False
        self._last_was_written = False
        self._stream: Any = None  # the engine's session, once it is open
        self._calls = 0  # the engine is inside so many: 0 or 1
        self._creating: Cancellable | None = None
        self._held: deque[tuple[Any, int]] = deque()  # realTimeRlt=false: pieces until the input is over
        self._poll = _FIRST_POLL
        self._pause: Any = None  # until the next read
        self._outcome: Any = None  # to be told when the session is destroyed

    # ---- Input ------------------------------------------------------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """Whether a frame may be written; else wait for ``on_room``."""
        limits = self.service.limits
        return len(self._frames) < limits.input_frames and self._frame_bytes < limits.input_bytes

    @property
    def waiting_bytes(self) -> int:
        """Bytes of frames that wait for the engine."""
        return self._frame_bytes

    @property
    def input_is_over(self) -> bool:
        """Whether the last frame has been handed in."""
        return self._input_over

    def write(self, nodes: list[Any], last: bool) -> None:
        """Hands in a frame. Raises Failure after the last one, or when the session is over."""
        if self._input_over or self.state in (CLOSING, CLOSED, CANCEL, LOST):
            raise Failure(codes.SESSION_OVER, "the session is over: its last frame has come")
        self._input_over = last
        self._frames.append((nodes, last))
        self._frame_bytes += _size(nodes)
        if self.state == RUNNING:
            self._go_on()

    def left(self, size: int) -> None:
        """A piece of that size has left for the client."""
        if self._stream is not None and self.service.async_mode_stream:
            self._stream.taken(size)

    # ---- Calls, one after the other ---------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._on_begin is not None:
            self._on_begin()
        self._calls = 1
        on_piece = self._piece if self.service.async_mode_stream else None
        try:
            self._creating = self.service.port.create(self.request, self.remaining(), self._created, on_piece)
        except Exception as error:
            self._calls = 0
            self._close(failure_of(error, codes.ENGINE_CREATE))

    def _created(self, value: Any) -> None:
        self._calls = 0
        failed = isinstance(value, BaseException)
        if not failed:
            self._stream = value
        if self.state in (CANCEL, LOST):
            self._came_back()
        elif self.state == CLOSING:  # the engine said its last word inside wrapperCreate
            self._close(self._outcome)
        elif failed and self.state == RUNNING:
            self.state = CLOSING
            self._close(failure_of(value, codes.ENGINE_CREATE))
        elif self.state == RUNNING:
            self._go_on()

    def _go_on(self) -> None:
        """The next call, if none is running: a frame that waits, or a read."""
        if self._calls or self._stream is None or self.state != RUNNING:
            return
        if self._frames:
            nodes, last = self._frames.popleft()
            self._frame_bytes -= _size(nodes)
            self._last_was_written = last
            self._call(self.service.port.write, nodes, done=self._written)
            if self._on_room is not None and self.has_room:
                self._on_room()
        elif self._last_was_written and not self.service.async_mode_stream:
            self._call(self.service.port.read, done=self._was_read)

    def _call(self, function: Callable[..., object], *arguments: Any, done: Callable[[Any], None]) -> None:
        self._calls = 1
        try:
            function(self._stream, *arguments, done)
        except Exception as error:
            done(error)

    def _written(self, error: Any) -> None:
        if not self._call_ended(error, codes.ENGINE_WRITE):
            return
        if self._last_was_written:
            self._release_held()
        reads = not self.service.async_mode_stream and (self.service.real_time or self._last_was_written)
        if reads and self.state == RUNNING:
            self._call(self.service.port.read, done=self._was_read)
        else:
            self._go_on()

    def _was_read(self, value: Any) -> None:
        if not self._call_ended(value, codes.ENGINE_READ):
            return
        if len(value):
            self._poll = _FIRST_POLL
            self._take(value, 0)
            self._go_on()
        elif self._frames or not self._last_was_written:
            self._go_on()
        else:
            self._pause = self.service.clock.call_later(self._poll, self._go_on)
            self._poll = min(_LONGEST_POLL, 2 * self._poll)

    def _call_ended(self, value: Any, code: int) -> bool:
        """Whether the session goes on after a call that came to ``value``."""
        self._calls = 0
        if self.state in (CANCEL, LOST):
            self._came_back()
            return False
        if self.state == CLOSING:
            self._destroy()
            return False
        if isinstance(value, BaseException) and self.state == RUNNING:
            self._end(failure_of(value, code))
            return False
        return self.state == RUNNING

    # ---- Output -----------------------------------------------------------------------------------------------------

    def _piece(self, value: Any, size: int) -> None:
        if isinstance(value, BaseException):
            if self._stream is not None and self._stream.overflowed:
                self._abort(Failure(codes.OVERFLOW, "the client did not take the results in time"))
            elif self.state == RUNNING:
                self._end(failure_of(value, codes.ENGINE_CALLBACK))
            return
        if self._last_was_written:
            self._release_held()  # its write may not be back yet, and what came before this piece goes first
        if self.state != RUNNING:
            self.service.dropped("late")
            self.left(size)
        elif not self.service.real_time and not self._last_was_written:
            self._held.append((value, size))
        else:
            self._take(value, size)

    def _release_held(self) -> None:
        while self._held and self.state == RUNNING:
            self._take(*self._held.popleft())

    def _take(self, value: Result, size: int) -> None:
        if value.final:
            self.left(size)
            self._end(value)
        else:
            self._on_piece(value, size)

    # ---- The end ----------------------------------------------------------------------------------------------------

    def _end(self, outcome: Any) -> None:
        """The engine has said its last word: it is told once the session is destroyed."""
        self.state = CLOSING
        self._close(outcome)

    def _close(self, outcome: Any) -> None:
        """Ends the engine's session, then this one. ``outcome`` waits a moment for it; None: it was told before."""
        self.state = CLOSING
        self._drop_timers()
        self._frames.clear()
        self._frame_bytes = 0
        self._held.clear()
        if self._stream is None and self._calls == 0:
            self._finish(outcome)
            return
        self._outcome = outcome
        patience = _PATIENCE_FAILED if outcome is None or isinstance(outcome, Failure) else _PATIENCE
        self._timers.append(self.service.clock.call_later(patience, self._out_of_patience))
        if self._calls == 0:
            self._destroy()

    def _out_of_patience(self) -> None:
        """The engine is still in a call, perhaps in wrapperDestroy: the client does not wait for it."""
        if self.state == CLOSING:
            outcome, self._outcome = self._outcome, None
            self._leave_behind(outcome)

    def _destroy(self) -> None:
        self._stream.shut()
        self._calls = 1
        try:
            self.service.port.destroy(self._stream, self._destroyed)
        except Exception as error:
            self._destroyed(error)

    def _destroyed(self, error: Any) -> None:
        self._calls = 0
        self._stream = None
        if self.state in (CANCEL, LOST):
            self._came_back()
        else:
            self._finish(self._outcome)

    def _drop_timers(self) -> None:
        super()._drop_timers()
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _is_in_call(self) -> bool:
        return self._calls > 0

    def _cancel_engine(self) -> None:
        way = self._stream if self._stream is not None else self._creating
        if way is not None:
            way.cancel()


def _size(nodes: list[Any]) -> int:
    return sum(len(node) for node in nodes)
