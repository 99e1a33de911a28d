"""Who waits for work."""

from __future__ import annotations

import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .session import WorkerThread


class IdleLine:
    """The idle sessions of a pool, the one given back longest ago first.

    ``lock`` guards the line, the leases of all its sessions and the pool's table of handles. It is taken before the
    lock of a queue, never after.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._sessions: dict[WorkerThread, None] = {}

    def enter(self, session: WorkerThread) -> None:
        """Puts the session at the end, also one that stands in the line."""
        with self.lock:
            self._sessions.pop(session, None)
            self._sessions[session] = None

    def leave(self, session: WorkerThread) -> None:
        """Takes the session out; does nothing when it is not there."""
        with self.lock:
            self._sessions.pop(session, None)

    def first(self) -> WorkerThread | None:
        """The session whose turn it is, left in its place."""
        with self.lock:
            return next(iter(self._sessions), None)

    def __contains__(self, session: WorkerThread) -> bool:
        return session in self._sessions
