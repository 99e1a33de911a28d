"""Sessions with one thread each."""

from __future__ import annotations

import threading
import time

from aiges_native._native.response import Response
from aiges_native.sdk.codes import USER_EXEC_ERROR
from aiges_native.sdk.logs import log

from .counts import whole_number
from .ending import join_all
from .idle_line import IdleLine
from .pool import Pool
from .session import WorkerThread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class ThreadPool(Pool):
    """``nums`` sessions, each with a thread made by ``ReqThreadCls(session, in_q, out_q)``; :meth:`start` starts them.

    Raises ValueError for ``nums`` below 1, TypeError when the class does not make threads.
    """

    stops_with_wrapper = True

    def __init__(self, ReqThreadCls: Callable[..., Any], process_no: int = 0, nums: int | str = 10) -> None:
        count = whole_number(nums, "nums", least=1)
        self._line = IdleLine()
        #: Sessions by their present handles; guarded by the line's lock.
        self._sessions: dict[str, WorkerThread] = {}
        self._threads: list[threading.Thread] = []
        for number in range(count):
            session = WorkerThread(f"Process-{process_no}-Thread-{number}", self._line)
            worker = ReqThreadCls(session, session.in_q, session.out_q)
            if not isinstance(worker, threading.Thread):
                raise TypeError(
                    f"{ReqThreadCls!r} made a {type(worker).__name__}; it must be derived from StreamHandleThread"
                )
            session.worker = worker
            self._sessions[session.handle] = session
            self._threads.append(worker)

    def start(self) -> None:
        """Starts all threads, as daemons."""
        for session in self.workers.values():
            worker = session.worker
            assert worker is not None
            worker.daemon = True
            # On the object, so that it is under whatever run() the user's class has.
            worker.run = _Guard(self, session, worker.run)  # type: ignore[method-assign]
            worker.start()

    @property
    def workers(self) -> dict[str, WorkerThread]:
        """The sessions by their present handles, as they were at this moment."""
        with self._line.lock:
            return dict(self._sessions)

    def get_thread(self, handle: str) -> WorkerThread | None:
        """The session with that handle; None after it was handed out again, retired or shut down."""
        return self._sessions.get(handle)

    def get_idle_thread_handle(self) -> tuple[str, WorkerThread] | None:
        """A new handle and its session, now busy and empty: the one given back longest ago. None when all are busy."""
        with self._line.lock:
            session = self._line.first()
            if session is None:
                return None
            self._sessions.pop(session.current()[0], None)
            handle = session.hand_out()
            self._sessions[handle] = session
            return handle, session

    def reset_thread(self, handle: str) -> None:
        """Clears the session and marks it idle. Does nothing for a handle that is no longer valid."""
        with self._line.lock:  # so that it cannot become the next one's between look-up and reset
            session = self._sessions.get(handle)
            if session is not None:
                session.reset()

    def shutdown(self, timeout: float = 5) -> None:
        """Ends all threads, waiting ``timeout`` seconds; all handles are void afterwards. A second call does nothing.

        ``is_stopping`` is set, ``in_q.get()`` raises SystemExit in its thread, ``stop()`` is called. Threads that
        stayed are named in one log warning.
        """
        deadline = time.monotonic() + timeout
        with self._line.lock:
            sessions, threads = list(self._sessions.values()), self._threads
            self._sessions, self._threads = {}, []
        for session in sessions:
            session.close()  # all of them first: stop() may wait for its thread
        for session in sessions:
            session.stop()
        join_all(threads, max(0.0, deadline - time.monotonic()))

    def ended(self, session: WorkerThread, error: BaseException | None) -> None:
        """The session's worker is at its end: the handle is retired, an open session gets an error."""
        with self._line.lock:
            handle, sid, callback_fn = session.current()
            is_open = not session.is_idle
            was_told = session.is_stopping
            self._sessions.pop(handle, None)
            session.close()
            left = len(self._sessions)
        if was_told and (error is None or isinstance(error, SystemExit)):
            return
        reason = "failed" if error is not None else "returned from run() before it was told to stop"
        log.error("worker '%s' %s; %d of its pool are left", session.name, reason, left, exc_info=error)
        if not is_open or was_told or callback_fn is None:
            return
        try:
            callback_fn(Response([], USER_EXEC_ERROR), sid)
        except Exception:
            log.exception("the callback of worker '%s' failed", session.name)


class _Guard:
    """run() of a worker, and what follows it."""

    def __init__(self, pool: ThreadPool, session: WorkerThread, run: Callable[[], None]) -> None:
        self._pool = pool
        self._session = session
        self._run = run

    def __call__(self) -> None:
        try:
            self._run()
        except BaseException as error:  # SystemExit included: nothing that a wrapper raises may pass unnoticed
            self._pool.ended(self._session, error)
        else:
            self._pool.ended(self._session, None)
