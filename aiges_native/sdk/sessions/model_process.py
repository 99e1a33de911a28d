"""The model behind a request pool."""

from __future__ import annotations

import queue
import threading

from aiges_native._native.response import Response
from aiges_native.sdk.codes import USER_EXEC_ERROR
from aiges_native.sdk.logs import log

from .ending import join_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .context import Context

#: Seconds between two looks at is_stopping. The queue is the wrapper's own, so it cannot be closed to wake its reader.
_LOOK = 0.2


class ModelProcess(threading.Thread):
    """Takes (handle, context) from a queue and calls ``infer(context, callback)``. A daemon thread, though named so.

    Override :meth:`infer` or register a function. Data of a session that has been destroyed are passed over. When
    ``infer`` raises, the traceback is logged and the session ends with error 30003.
    """

    stops_with_wrapper = True

    def __init__(
        self, shared_req_queue: Any, result_conns_map: dict[str, Any], callback_fn: Callable[..., Any] | None
    ) -> None:
        super().__init__(daemon=True)
        self.shared_req_queue = shared_req_queue
        self.result_conns_map = result_conns_map
        self.callback = callback_fn
        self.is_stopping = False
        self._registered: Callable[..., Any] | None = None

    def register_infer_func(self, func: Callable[..., Any]) -> None:
        """Sets the function that :meth:`infer` calls."""
        self._registered = func

    def infer(self, ctx: Context, callback: Callable[..., Any] | None) -> Any:
        """Works on ``ctx.data``; results go to ``callback(response, ctx.sid)``."""
        if self._registered is None:
            raise NotImplementedError("override infer() or call register_infer_func() before start()")
        return self._registered(ctx, callback)

    def run(self) -> None:
        """The loop."""
        while not self.is_stopping:
            try:
                handle, ctx = self.shared_req_queue.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if not ctx.session_destroyed:
                self._infer_one(handle, ctx)

    def _infer_one(self, handle: str, ctx: Context) -> None:
        try:
            self.infer(ctx, self.callback)
        except BaseException:  # SystemExit included: one request must not end the model
            log.exception("infer() failed for '%s'", handle)
            try:
                if self.callback is not None:
                    self.callback(Response([], USER_EXEC_ERROR), ctx.sid)
            except Exception:
                log.exception("the callback failed for '%s'", handle)

    def stop(self) -> None:
        """Ends the loop after the data at hand."""
        self.is_stopping = True

    def shutdown(self, timeout: float = 5) -> None:
        """:meth:`stop`, then waits ``timeout`` seconds for the end. A thread that stays is named in the log."""
        self.stop()
        join_all([self], timeout)
