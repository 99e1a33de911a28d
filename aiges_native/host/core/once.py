"""One request, one answer."""

from __future__ import annotations

from aiges_native.host.core import codes
from aiges_native.host.core.life import CANCEL, CLOSED, CLOSING, LOST, RUNNING, Life
from aiges_native.host.core.outcome import Failure, failure_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native import Result
    from aiges_native.host.core.port import Call, OpenStream, Request
    from aiges_native.host.core.service import Service

_PATIENCE = 1.0  # seconds that an answer waits for wrapperExecAsync to return


class OnceRequest(Life):
    """A once request. ``told(outcome)`` gets the :class:`aiges_native.Result` or a :class:`Failure`, once."""

    def __init__(
        self, service: Service, request: Request, deadline: float, told: Callable[[Result | Failure], None]
    ) -> None:
        super().__init__(service, deadline, told)
        self.request = request
        self._call: Call | None = None
        self._stream: OpenStream | None = None  # asyncMode: where the answer comes
        self._in_call = False
        self._outcome: Any = None  # to be told when wrapperExecAsync has returned

    @property
    def call_times(self) -> tuple[int, int]:
        """When the engine's thread began ``wrapperExec`` and when it returned (CLOCK_MONOTONIC, ns); 0: it did not."""
        return (0, 0) if self._call is None else (self._call.began_ns, self._call.ended_ns)

    def _begin(self) -> None:
        if self.service.async_mode:
            self._begin_async()
        else:
            self._begin_exec()

    def _begin_exec(self) -> None:
        self._in_call = True
        try:
            self._call = self.service.port.exec(self.request, self.remaining() or 0.001, self._returned)
        except Exception as error:
            self._in_call = False
            self._close(failure_of(error, codes.ENGINE_EXEC))

    def _begin_async(self) -> None:
        self._in_call = True
        try:
            self._stream = self.service.port.exec_async(
                self.request, self.remaining() or 0.001, self._started, self._piece
            )
        except Exception as error:
            self._in_call = False
            self._close(failure_of(error, codes.ENGINE_EXEC))

    def _returned(self, value: Any) -> None:
        """``wrapperExec`` has ended."""
        self._in_call = False
        if self.state in (CANCEL, LOST):
            self.service.dropped("late")
            self._came_back()
        elif self.state == RUNNING:
            self.state = CLOSING
            failed = isinstance(value, BaseException)
            self._close(failure_of(value, codes.ENGINE_EXEC) if failed else value)

    def _started(self, error: Any) -> None:
        """``wrapperExecAsync`` has returned; the answer comes, or came, as a piece."""
        self._in_call = False
        if getattr(error, "code", None) == codes.METHOD_MISSING and self.state == RUNNING:
            self._stream = None
            self.service.async_mode = False  # a wrapper with wrapperOnceExec only
            self._begin_exec()
        elif self.state in (CANCEL, LOST):
            self._came_back()
        elif self.state == CLOSING:
            self._close(self._outcome)
        elif error is not None and self.state == RUNNING:
            self.state = CLOSING
            self._close(failure_of(error, codes.ENGINE_EXEC))

    def _piece(self, value: Any, size: int) -> None:
        """The first piece is the answer; more of them are dropped."""
        if self._stream is not None:
            self._stream.taken(size)
        if self.state != RUNNING:
            self.service.dropped("late" if self.state != CLOSED else "after_end")
            return
        self.state = CLOSING
        outcome = failure_of(value, codes.ENGINE_CALLBACK) if isinstance(value, BaseException) else value
        if self._in_call:  # it came before the call that started it returned, which keeps the slot
            self._outcome = outcome
            self._drop_timers()
            patience = min(_PATIENCE, self.remaining() or 0.001)
            self._timers.append(self.service.clock.call_later(patience, self._out_of_patience))
        else:
            self._close(outcome)

    def _out_of_patience(self) -> None:
        """The engine has answered and is still in the call: the client does not wait for it."""
        if self.state == CLOSING:
            self._leave_behind(self._outcome)

    def _is_in_call(self) -> bool:
        return self._in_call

    def _cancel_engine(self) -> None:
        way = self._stream if self._stream is not None else self._call
        if way is not None:
            way.cancel()

    def _close(self, outcome: Any) -> None:
        if self._stream is not None:
            self._stream.shut()
        self._finish(outcome)
