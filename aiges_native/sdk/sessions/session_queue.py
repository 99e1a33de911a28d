"""The queues between a wrapper and its workers."""

from __future__ import annotations

import queue
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: Seconds for which a thread is held that swallowed the exit and came back for more.
_PENANCE = 1.0


class SessionQueue(queue.Queue):  # type: ignore[type-arg]  # generic for type checkers only
    """A ``queue.Queue`` that ends its readers: once closed, every ``get`` raises ``SystemExit`` in its thread.

    That is quiet in a thread, passes ``except queue.Empty`` and ``except Exception``, and wakes a blocked reader.
    A closed queue claims to hold one item more, the exit, so that a reader which asks ``empty()`` first goes on to
    ``get``. Items put before are not handed out any more.

    ``taken`` is called in the reading thread, under the queue's lock, whenever a ``get`` comes back. ``accepts`` is
    asked in the writing thread, under the lock: False drops the item.
    """

    def __init__(self, *, taken: Callable[[], None] | None = None, accepts: Callable[[], bool] | None = None) -> None:
        super().__init__()
        self._taken = taken
        self._accepts = accepts
        self._closed = threading.Event()
        self._told: set[int] = set()

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed.is_set()

    def close(self) -> None:
        """Ends all readers, those that wait now and those that come."""
        with self.mutex:
            self._closed.set()
            self.not_empty.notify_all()

    def wait_closed(self) -> None:
        """Waits for :meth:`close` without taking anything."""
        self._closed.wait()

    def clear(self) -> None:
        """Drops all items."""
        with self.mutex:
            self.clear_locked()

    def clear_locked(self) -> None:
        """Drops all items, for callers that hold ``mutex``."""
        self.unfinished_tasks -= len(self.queue)  # as task_done() would, so that join() comes back
        self.queue.clear()
        if self.unfinished_tasks <= 0:
            self.unfinished_tasks = 0
            self.all_tasks_done.notify_all()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next item. Raises ``queue.Empty`` as a ``queue.Queue`` does, and ``SystemExit`` once it is closed."""
        if threading.get_ident() in self._told:
            time.sleep(_PENANCE)  # a bare `except` around this call must not turn into a busy loop
        try:
            return super().get(block, timeout)
        except queue.Empty:
            if self._taken is not None:
                with self.mutex:
                    self._taken()
            raise

    # The three operations that queue.Queue leaves to subclasses; it holds the mutex.

    def _qsize(self) -> int:
        return len(self.queue) + self._closed.is_set()

    def _get(self) -> Any:
        if self._closed.is_set():
            self._told.add(threading.get_ident())
            raise SystemExit(0)
        if self._taken is not None:
            self._taken()
        return self.queue.popleft()

    def _put(self, item: Any) -> None:
        if self._accepts is None or self._accepts():
            self.queue.append(item)
        else:
            self.unfinished_tasks -= 1  # queue.Queue counts it when this returns
