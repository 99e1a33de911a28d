"""One place for a session: its state, its queues, and the thread that works on it."""

from __future__ import annotations

import logging
import threading

from .idle_line import IdleLine
from .session_queue import SessionQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class _Lease:
    """What belongs to one use of a session: from a hand-out to its reset."""

    __slots__ = ("callback_fn", "handle", "params", "sid")

    def __init__(self, handle: str, callback_fn: Callable[..., Any] | None) -> None:
        self.handle = handle
        self.sid = ""
        self.params: dict[str, Any] = {}
        self.callback_fn = callback_fn


class WorkerThread:
    """A session. The name is that of AIGES; it is no thread, it has one: its :class:`StreamHandleThread`.

    A worker may still be busy with an old item when its session is given back and handed out again. So its thread
    sees ``sid``, ``params``, ``callback_fn`` and ``handle`` as they were for the item that it took last, and what it
    does to a session that is no longer its own (``reset()``, ``out_q.put()``) has no effect. All other threads see
    the session as it is.

    ``in_q`` holds what the wrapper writes, ``out_q`` what it reads.
    """

    def __init__(self, name: str, line: IdleLine | None = None) -> None:
        self.name = name
        self.is_stopping = False
        self.in_q = SessionQueue(taken=self._note_lease)
        self.out_q = SessionQueue(accepts=lambda: not self._is_late())
        self.worker: threading.Thread | None = None
        self._line = line or IdleLine()
        self._hand_outs = 0
        self._lease = _Lease(f"{name}.0", None)
        #: The lease of the item that the worker took last; written by its thread alone.
        self._worked_on: _Lease | None = None
        self._line.enter(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._lease.handle} {'idle' if self.is_idle else 'busy'}>"

    # --- what a wrapper and its worker use ------------------------------------------------------------------------

    @property
    def handle(self) -> str:
        """Name of this use of the session; another one after each hand-out."""
        return self._seen().handle

    @property
    def sid(self) -> str:
        """Id that the host gave the session; empty after a reset."""
        return self._seen().sid

    @sid.setter
    def sid(self, value: str) -> None:
        self._seen().sid = value

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of the session; empty after a reset."""
        return self._seen().params

    @params.setter
    def params(self, value: dict[str, Any]) -> None:
        self._seen().params = value

    @property
    def callback_fn(self) -> Callable[..., Any] | None:
        """``callback_fn(response, sid)`` delivers a result; kept by a reset."""
        return self._seen().callback_fn

    @callback_fn.setter
    def callback_fn(self, value: Callable[..., Any] | None) -> None:
        self._seen().callback_fn = value

    @property
    def is_idle(self) -> bool:
        """Whether the session may be handed out. Assigning marks it idle or busy, without a reset."""
        return self in self._line

    @is_idle.setter
    def is_idle(self, value: bool) -> None:
        with self._line.lock:
            if self._is_late():
                return
            if value and not self.is_stopping:
                self._line.enter(self)
            else:
                self._line.leave(self)

    @property
    def idle(self) -> bool:
        """The same as :attr:`is_idle`, to be read only."""
        return self.is_idle

    def setup_sid(self, sid: str) -> None:
        """Sets :attr:`sid`."""
        self.sid = sid

    def setup_params(self, params: dict[str, Any]) -> None:
        """Sets :attr:`params` and marks the session busy."""
        self.params = params
        self.is_idle = False

    def setup_callback_fn(self, callback: Callable[..., Any] | None) -> None:
        """Sets :attr:`callback_fn`."""
        self.callback_fn = callback

    def reset(self) -> None:
        """Clears sid, params and both queues, then marks the session idle. Its handle is valid until the next use."""
        with self._line.lock:
            if self._is_late():
                return
            self._renew(self._lease.handle)
            self.is_idle = True

    def stop(self) -> None:
        """Ends the worker: sets ``is_stopping`` here and there, wakes it from its queues, calls its own ``stop()``."""
        self.close()
        stop = getattr(self.worker, "stop", None)
        if stop is None:
            return
        try:
            stop()
        except Exception:
            logging.getLogger("aiges").exception("stop() of worker '%s' failed", self.name)

    # --- what the pool uses ---------------------------------------------------------------------------------------

    def close(self) -> None:
        """:meth:`stop` without calling into the worker's code."""
        with self._line.lock:
            self.is_stopping = True
            self._line.leave(self)
        if self.worker is not None:
            self.worker.is_stopping = True  # type: ignore[attr-defined]  # users read it, whatever class they made
        self.in_q.close()
        self.out_q.close()

    def hand_out(self) -> str:
        """Makes the session a new one, busy and empty. Returns the handle; the one before is no longer valid."""
        with self._line.lock:
            self._hand_outs += 1
            self._renew(f"{self.name}.{self._hand_outs}")
            self._line.leave(self)
            return self._lease.handle

    def current(self) -> tuple[str, str, Callable[..., Any] | None]:
        """(handle, sid, callback_fn) as they are, also for the worker's own thread."""
        lease = self._lease
        return lease.handle, lease.sid, lease.callback_fn

    # --- leases ---------------------------------------------------------------------------------------------------

    def _renew(self, handle: str) -> None:
        """A new lease over empty queues. An item in a queue thereby always belongs to the current lease."""
        lease = _Lease(handle, self._lease.callback_fn)
        with self.in_q.mutex:
            if self._in_worker():
                self._worked_on = lease
            self._lease = lease
            self.in_q.clear_locked()
        self.out_q.clear()

    def _note_lease(self) -> None:
        if self._in_worker():
            self._worked_on = self._lease

    def _in_worker(self) -> bool:
        return self.worker is not None and self.worker.ident == threading.get_ident()

    def _seen(self) -> _Lease:
        worked_on = self._worked_on
        return worked_on if worked_on is not None and self._in_worker() else self._lease

    def _is_late(self) -> bool:
        """Whether this is the worker's thread, still at work for a lease that has ended."""
        return self._seen() is not self._lease
