"""How pools end their threads."""

from __future__ import annotations

import logging
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def join_all(threads: Iterable[threading.Thread], timeout: float) -> list[str]:
    """Waits for the threads, ``timeout`` seconds for all together. Names those that stayed, in one log warning too.

    The calling thread and threads that were never started are passed over.
    """
    deadline = time.monotonic() + timeout
    stayed = []
    for thread in threads:
        if thread is threading.current_thread() or thread.ident is None:
            continue
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            stayed.append(thread.name)
    if stayed:
        names = ", ".join(f"'{name}'" for name in stayed)
        logging.getLogger("aiges").warning(
            "threads that were told to stop are still running: %s; "
            "let their loops end when 'is_stopping' is set or 'in_q.get()' raises SystemExit",
            names,
        )
    return stayed
