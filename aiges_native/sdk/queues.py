"""The response queue of wrappers written for local runs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def init_rq() -> Any:
    """A ``queue.Queue``. In a loaded wrapper results go through :func:`callback`, and the queue stays unused."""
    import queue

    return queue.Queue()
