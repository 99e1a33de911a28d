"""A thread with a queue and a model."""

from __future__ import annotations

import threading

from aiges_native.sdk.logs import log

from .ending import join_all
from .session_queue import SessionQueue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


class Worker(threading.Thread):
    """Gives what is put into ``in_q`` to a model, one item after the other: ``predict(req=item)`` → (output, all_done).

    It ends after an item that was the last one (``all_done``), when :meth:`stop` is called, and with an exception,
    which is logged. ``output`` is not looked at: the model delivers it by callback or puts it into ``out_q``.
    A daemon; :meth:`start` starts it. ``_type``, ``nums`` and ``context`` are kept for the wrapper.
    """

    stops_with_wrapper = True

    def __init__(
        self, name: str | None = None, _type: str = "thread", nums: int = 1, context: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._type = _type
        self.nums = nums
        self.context = {} if context is None else context
        self.in_q = SessionQueue()
        self.out_q = SessionQueue()
        self.infer_class: Any = None
        self.infer_func: Callable[..., tuple[Any, bool]] | None = None
        self.callback_fn: Callable[..., Any] | None = None
        self.is_stopping = False

    def setDaemon(self, daemonic: bool) -> None:
        """Sets ``daemon``, without the deprecation warning of ``threading``."""
        self.daemon = daemonic

    def register_infer_class(self, instance: Any) -> None:
        """Sets the model: an :class:`InferClass`, or any object with ``predict``. Raises TypeError for another one."""
        if not callable(getattr(instance, "predict", None)):
            raise TypeError(f"a {type(instance).__name__} has no method 'predict'; derive its class from InferClass")
        self.infer_class = instance

    def register_infer_func(self, infer: Callable[..., tuple[Any, bool]]) -> None:
        """Sets a function that is called like ``predict`` while there is no model."""
        self.infer_func = infer

    def register_callback(self, cb: Callable[..., Any] | None) -> None:
        """Keeps ``cb`` as ``callback_fn``, for the model."""
        self.callback_fn = cb

    def setHandle(self, hdl: Any) -> None:
        """Tells the model the session's handle. Raises RuntimeError when there is no model."""
        if self.infer_class is None:
            raise RuntimeError(f"worker '{self.name}' has no model; call register_infer_class() first")
        self.infer_class.setHandle(hdl)

    def create(self, params: Mapping[str, Any] | None = None) -> Any:
        """For subclasses: a session begins."""

    def run(self) -> None:
        """The loop."""
        try:
            while not self.is_stopping:
                item = self.in_q.get()
                _, all_done = self._predict()(req=item)
                if all_done:
                    return
        except SystemExit:
            if not self.is_stopping:
                log.exception("worker '%s' ended", self.name)
        except BaseException:
            log.exception("worker '%s' failed", self.name)

    def _predict(self) -> Callable[..., tuple[Any, bool]]:
        if self.infer_class is not None:
            predict: Callable[..., tuple[Any, bool]] = self.infer_class.predict
            return predict
        if self.infer_func is None:
            raise RuntimeError("an item came and there is no model; call register_infer_class() before start()")
        return self.infer_func

    def stop(self) -> None:
        """Ends the loop after the item at hand; items still in the queue are left."""
        self.is_stopping = True
        self.in_q.close()
        self.out_q.close()

    def shutdown(self, timeout: float = 5) -> None:
        """:meth:`stop`, then waits ``timeout`` seconds for the end. A thread that stays is named in the log."""
        self.stop()
        join_all([self], timeout)
