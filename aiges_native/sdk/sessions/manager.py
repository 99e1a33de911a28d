"""The sessions of a wrapper."""

from __future__ import annotations

from aiges_native.sdk.constants import THREAD_MODE
from aiges_native.sdk.logs import log

from .counts import whole_number
from .thread_pool import ThreadPool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .pool import Pool
    from .session import WorkerThread


class SessionManager:
    """Hands out sessions, each with a thread of the wrapper's own class behind it.

    Constructing it starts nothing; :meth:`init_handle_pool` does. A handle is valid until its session is handed out
    again; from then on it gives None, and every call with it does nothing. All methods may be called from any thread.
    """

    #: Told to stop by runner and loader after wrapperFini.
    stops_with_wrapper = True

    def __init__(self, config: Mapping[str, Any] | None = None, mode: str = THREAD_MODE, nums: int | str = 0) -> None:
        self.wrapperConfig: Mapping[str, Any] = {} if config is None else config
        self.handle_pool: Pool | None = None
        self.initialized = False
        self._told_mode = False

    def init_wrapper_config(self, config: Mapping[str, Any] | None = None) -> None:
        """Keeps the config of wrapperInit as ``wrapperConfig``, for the workers."""
        self.wrapperConfig = {} if config is None else config

    def init_handle_pool(self, mode: str, nums: int | str, ReqThreadCls: Callable[..., Any]) -> None:
        """Makes ``nums`` sessions (int or digits) with a ``ReqThreadCls(session, in_q, out_q)`` each, and starts them.

        A pool made before is shut down first. The only mode is "thread"; another one is taken for it, and the log
        says so once. Raises ValueError for ``nums`` below 1, TypeError when the class does not make threads, and what
        the class raises.
        """
        count = whole_number(nums, "nums", least=1)
        if mode != THREAD_MODE and not self._told_mode:
            self._told_mode = True
            log.warning("sessions run in threads: mode '%s' is taken for '%s'", mode, THREAD_MODE)
        self.shutdown()
        pool = ThreadPool(ReqThreadCls, 0, count)
        self.handle_pool = pool
        pool.start()
        self.initialized = True

    def get_idle_handle(self) -> str | None:
        """The handle of a session that is now busy and the caller's; None when all are busy, and without a pool."""
        found = self.handle_pool.get_idle_thread_handle() if self.handle_pool is not None else None
        return None if found is None else found[0]

    def get_session(self, handle: str) -> WorkerThread | None:
        """The session with that handle, or None."""
        return self.handle_pool.get_thread(handle) if self.handle_pool is not None else None

    def reset_session(self, handle: str) -> None:
        """Clears the session (sid, params, queues) and gives it back."""
        if self.handle_pool is not None:
            self.handle_pool.reset_thread(handle)

    def set_idle_session(self, handle: str) -> None:
        """The same as :meth:`reset_session`."""
        self.reset_session(handle)

    def push_back(self, handle: str) -> None:
        """The same as :meth:`reset_session`."""
        self.reset_session(handle)

    def shutdown(self, timeout: float = 5) -> None:
        """Ends the workers within ``timeout`` seconds; see :meth:`ThreadPool.shutdown`. A second call does nothing."""
        self.initialized = False
        if self.handle_pool is not None:
            self.handle_pool.shutdown(timeout)
