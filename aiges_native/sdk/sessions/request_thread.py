"""One place of a request pool."""

from __future__ import annotations

import threading

from .context import Context
from .session_queue import SessionQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class ReqHandleThread(threading.Thread):
    """Passes the data of one session on to the queue that all share, as ``(handle, context)``. A daemon."""

    def __init__(
        self, model_pipe_conn: Any, shared_req_queue: Any, handle: str, callback_fn: Callable[..., Any] | None
    ) -> None:
        super().__init__(name=handle, daemon=True)
        self.model_pipe_conn = model_pipe_conn
        self.shared_req_queue = shared_req_queue
        self.handle = handle
        self.callback = callback_fn
        self.input_queue = SessionQueue()
        self.ctx = Context()
        self.status = "idle"
        self.is_stopping = False

    def set_busy(self) -> None:
        """Marks the place as taken."""
        self.status = "busy"

    def set_idle(self) -> None:
        """Ends the session and frees the place: what it has queued is not worked on any more."""
        self.ctx.set_destroyed()
        self.input_queue.clear()
        self.ctx.reset_ctx()
        self.status = "idle"

    def destroy(self) -> None:
        """The same as :meth:`set_idle`."""
        self.set_idle()

    def set_ctx(self, sid: str, params: dict[str, Any]) -> None:
        """Says which session has the place."""
        self.ctx.set_sid(sid)
        self.ctx.set_params(params)

    def send_to_input_queue(self, sid: str, req: Any) -> None:
        """Queues a piece of data of the session."""
        self.ctx.set_sid(sid)
        self.ctx.set_data(req)
        self.input_queue.put(self.ctx.with_data(req))

    def run(self) -> None:
        """The loop."""
        while True:
            try:
                ctx = self.input_queue.get()
            except SystemExit:  # the queue was closed by stop()
                return
            self.shared_req_queue.put((self.handle, ctx))

    def stop(self) -> None:
        """Ends the loop."""
        self.is_stopping = True
        self.input_queue.close()
