"""What somebody in this process may see of the wrappers that run in it: their exceptions and their responses.

The host gets codes and texts. A local run, in the wrapper's own process, also wants the exception itself, and the
response as the wrapper made it, before it becomes a list of the ABI. Nobody watches in production, and then a call pays
one comparison.
"""

from __future__ import annotations

from aiges_native._native import result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Watcher:
    """Sees every call of every wrapper of the process, on the thread of the call. Its own exceptions are ignored."""

    def fault(self, method: str, code: int, error: BaseException) -> bool:
        """A method raised, or returned what cannot be sent. True: it is told to the user, the log need not tell it."""
        return False

    def response(self, items: list[Any]) -> None:
        """A response is about to be sent; ``items`` are the wrapper's own objects, valid during this call only."""


_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Begins to tell ``watcher``."""
    _watchers.append(watcher)
    result.set_watch(_tell_response)


def unwatch(watcher: Watcher) -> None:
    """Ends it."""
    _watchers.remove(watcher)
    if not _watchers:
        result.set_watch(None)


def is_told(method: str, code: int, error: BaseException) -> bool:
    """Tells the watchers of a fault; whether one of them tells the user."""
    told = False
    for watcher in list(_watchers):
        told = watcher.fault(method, code, error) or told
    return told


def _tell_response(items: list[Any]) -> None:
    for watcher in list(_watchers):
        watcher.response(items)
