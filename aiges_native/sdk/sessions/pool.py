"""What a session manager asks of a pool."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .session import WorkerThread


class Pool:
    """Sessions by handle. A handle that names none gives None, and every call with it does nothing."""

    def get_thread(self, handle: str) -> WorkerThread | None:
        """The session with that handle."""
        raise NotImplementedError

    def get_idle_thread_handle(self) -> tuple[str, WorkerThread] | None:
        """A new handle and its session, now busy; None when all are."""
        raise NotImplementedError

    def reset_thread(self, handle: str) -> None:
        """Clears the session and marks it idle."""
        raise NotImplementedError

    def set_idle(self, handle: str) -> None:
        """The same as :meth:`reset_thread`: nothing of a session stays for the next."""
        self.reset_thread(handle)

    def shutdown(self, timeout: float = 5) -> None:
        """Ends all sessions and their threads within ``timeout`` seconds."""
        raise NotImplementedError
