"""Sessions whose data go to one model."""

from __future__ import annotations

import os
import threading

from .ending import join_all
from .request_thread import ReqHandleThread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class RequestPool:
    """Five places for sessions before one :class:`ModelProcess`; ``shared_req_queue`` takes (handle, context).

    Nothing runs before the first handle is asked for. ``conns_map`` has a pipe per handle, for results: (the place's
    end, the model's end).
    """

    stops_with_wrapper = True
    pool_size = 5

    def __init__(self, shared_req_queue: Any, callback_fn: Callable[..., Any] | None) -> None:
        self.shared_req_queue = shared_req_queue
        self.callback_fn = callback_fn
        self.pool: dict[str, ReqHandleThread] = {}
        self.conns_map: dict[str, tuple[Any, Any]] = {}
        self._lock = threading.RLock()
        self._is_over = False

    def init_threads(self, callback_fn: Callable[..., Any] | None, pool_size: int = 5) -> None:
        """Makes and starts the places, once; :meth:`get_idle_handle` does it by itself."""
        from multiprocessing import Pipe

        with self._lock:
            if self.pool or self._is_over:
                return
            for number in range(pool_size):
                handle = f"process-{os.getpid()}-thread-{number}"
                ends = self.conns_map[handle] = Pipe()
                self.pool[handle] = ReqHandleThread(ends[0], self.shared_req_queue, handle, callback_fn)
            for thread in self.pool.values():
                thread.start()

    def get_idle_handle(self) -> str | None:
        """The handle of a place that is now taken; None when all are."""
        with self._lock:
            self.init_threads(self.callback_fn, self.pool_size)
            for handle, thread in self.pool.items():
                if thread.status == "idle":
                    thread.set_busy()
                    return handle
        return None

    def set_idle_handle(self, handle: str) -> None:
        """Ends the session and frees its place. Does nothing for an unknown handle."""
        with self._lock:
            thread = self.pool.get(handle)
            if thread is not None:
                thread.set_idle()

    def get_thread(self, handle: str) -> ReqHandleThread | None:
        """The place, or None for an unknown handle."""
        return self.pool.get(handle)

    def shutdown(self, timeout: float = 5) -> None:
        """Ends the threads within ``timeout`` seconds and closes the pipes. A second call does nothing."""
        with self._lock:
            self._is_over = True
            threads, pipes = list(self.pool.values()), list(self.conns_map.values())
            self.pool.clear()
            self.conns_map.clear()
        for thread in threads:
            thread.stop()
        join_all(threads, timeout)
        for pipe in pipes:
            for end in pipe:
                end.close()
