"""The worker that users write."""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class StreamHandleThread(threading.Thread):
    """Base of the threads that work on sessions: override :meth:`run`, and what else is needed.

    One object serves one session after the other: ``session_thread`` (sid, params, callback) tells whose turn it is,
    ``in_q`` holds the requests written, ``out_q`` takes results for ``wrapperRead``:

        def run(self):
            while not self.is_stopping:
                request = self.in_q.get()
                ...
                self.session_thread.callback_fn(response, self.session_thread.sid)
                if last:
                    self.session_thread.reset()

    At shutdown ``in_q.get()`` raises ``SystemExit``. An exception that leaves :meth:`run` ends the open session with
    error 30003 and retires its handle.
    """

    def __init__(self, session_thread: Any, in_q: Any, out_q: Any) -> None:
        super().__init__(name=getattr(session_thread, "name", None), daemon=True)
        self.is_stopping = False
        self.session_thread = session_thread
        self.in_q = in_q
        self.out_q = out_q

    def setDaemon(self, daemonic: bool) -> None:
        """Sets ``daemon``, without the deprecation warning of ``threading``."""
        self.daemon = daemonic

    def init_model(self, *args: Any, **kwargs: Any) -> Any:
        """For subclasses: called with the handle by the default :meth:`run`, in the worker's thread."""

    def run(self) -> None:
        """Calls :meth:`init_model`, then waits for the end."""
        self.init_model(self.session_thread.handle)
        self.in_q.wait_closed()

    def stop(self) -> None:
        """Called at shutdown, when ``is_stopping`` is set and the queues are closed."""
        self.is_stopping = True


#: The name in the first releases of AIGES.
HandleThread = StreamHandleThread
