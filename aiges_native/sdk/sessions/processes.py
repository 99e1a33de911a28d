"""Two names of AIGES that never worked."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ProcessThreadPool:
    """Raises NotImplementedError with what to use instead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"'{type(self).__name__}' does not exist: sessions run in threads of one process; "
            "use ThreadPool, or SessionManager.init_handle_pool('thread', nums, ThreadClass)"
        )


class WorkerProcess(ProcessThreadPool):
    """Raises NotImplementedError with what to use instead."""
