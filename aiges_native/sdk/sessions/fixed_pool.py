"""A box with room for so many objects."""

from __future__ import annotations

import threading

from .counts import whole_number
from .ending import join_all
from .worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class FixedPool:
    """Objects under keys that it gives out and never uses again, at most ``capacity`` of them (1 at first)."""

    stops_with_wrapper = True

    def __init__(self) -> None:
        self.capacity = 1
        self._lock = threading.Lock()
        self._objects: dict[str, Any] = {}
        self._added = 0

    @property
    def allocated(self) -> int:
        """How many objects are in it."""
        return len(self._objects)

    @property
    def pool(self) -> dict[str, Any]:
        """The objects by key, as they were at this moment."""
        with self._lock:
            return dict(self._objects)

    def set_capacity(self, c: int | str) -> None:
        """Sets the capacity, an int or digits. What is already in stays. Raises ValueError when it is no count."""
        self.capacity = whole_number(c, "capacity", least=0)

    def get(self, key: str) -> Any:
        """The object, or None."""
        return self._objects.get(key)

    def add(self, obj: Any) -> tuple[bool, str]:
        """Puts an object in: (True, its key), or (False, "") when there is no room."""
        with self._lock:
            if len(self._objects) >= self.capacity:
                return False, ""
            key = f"worker-{self._added}"
            self._added += 1
            self._objects[key] = obj
            return True, key

    def remove(self, key: str) -> bool:
        """Takes an object out, if it is there; a Worker is stopped. Always True."""
        with self._lock:
            found = self._objects.pop(key, None)
        _stop([found])
        return True

    def clear_all(self) -> None:
        """Takes everything out; Workers are stopped."""
        self._take_all()

    def shutdown(self, timeout: float = 5) -> None:
        """:meth:`clear_all`, then waits ``timeout`` seconds for the Workers. Those that stay are named in the log."""
        join_all(self._take_all(), timeout)

    def _take_all(self) -> list[Worker]:
        with self._lock:
            found = list(self._objects.values())
            self._objects.clear()
        return _stop(found)


def _stop(objects: list[Any]) -> list[Worker]:
    workers = [each for each in objects if isinstance(each, Worker)]
    for worker in workers:
        worker.stop()
    return workers
