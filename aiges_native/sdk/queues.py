"""The response queue of wrappers that are called without a loader, as a test of their own methods does."""

from __future__ import annotations

from aiges_native._native.callback import set_queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    import queue


def init_rq() -> queue.Queue[object]:
    """A new ``queue.Queue`` that receives the responses given to :func:`callback` in a process without a loader.

    In a loaded wrapper, and in a local run, results go to the host and the queue stays empty.
    """
    import queue

    made: queue.Queue[object] = queue.Queue()
    set_queue(made)
    return made


def set_up(q: queue.Queue[object]) -> None:
    """:func:`init_rq` with a queue that exists."""
    set_queue(q)
