"""Whether the client is still there while its request is served."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native.host.fronts.replies import Receive, Scope

_GONE = ("http.disconnect", "websocket.disconnect")


class ClientGoneError(Exception):
    """The client is gone before its request is whole."""


#: An ASGI extension of our own server: ``scope["extensions"][EXTENSION]["watch"](gone)`` has ``gone()`` called
#: when the connection ends; without an argument it ends this.
EXTENSION = "aiges.disconnect"


def watch_client(scope: Scope, receive: Receive, gone: Callable[[], object]) -> Callable[[], None]:
    """Has ``gone()`` called once when the client is gone. Returns the function that ends this."""
    extensions = scope.get("extensions")
    if extensions is not None and EXTENSION in extensions:
        watch: Callable[..., None] = extensions[EXTENSION]["watch"]
        watch(gone)
        return watch
    return DisconnectWatch(receive, gone).stop


class DisconnectWatch:
    """Calls ``gone()`` once when the next message of a connection is its end; stopped with :meth:`stop`.

    The server's ``receive()`` nearly always waits for one future. Its coroutine is taken one step, to that future, and
    goes on when it is done: a task for it would cost more than the rest of the front. What waits for anything else gets
    its task.
    """

    __slots__ = ("_coroutine", "_future", "_gone", "_task")

    def __init__(self, receive: Receive, gone: Callable[[], object]) -> None:
        self._gone = gone
        self._future: asyncio.Future[Any] | None = None
        self._task: asyncio.Future[Any] | None = None
        self._coroutine: Any = receive()
        if not asyncio.iscoroutine(self._coroutine):
            self._watch_task(self._coroutine)
        else:
            self._step()

    def _step(self) -> None:
        """Goes on to the next future that ``receive()`` waits for, or to its end."""
        try:
            waited = self._coroutine.send(None)
        except StopIteration as end:
            self._coroutine = None
            self._take(end.value)
            return
        if not asyncio.isfuture(waited) or not waited._asyncio_future_blocking:
            # It gives the loop a turn, or waits in a way of its own: a task goes on from here.
            self._watch_task(_resumed(self._coroutine))
            return
        waited._asyncio_future_blocking = False
        self._future = waited
        waited.add_done_callback(self._go_on)

    def _go_on(self, done: asyncio.Future[Any]) -> None:
        self._future = None
        if self._coroutine is not None:
            self._step()

    def _watch_task(self, awaitable: Any) -> None:
        self._coroutine = None
        self._task = asyncio.ensure_future(awaitable)
        self._task.add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Future[Any]) -> None:
        if not task.cancelled():
            self._take({"type": _GONE[0]} if task.exception() else task.result())

    def _take(self, message: dict[str, Any]) -> None:
        gone, self._gone = self._gone, _nobody
        if message["type"] in _GONE:
            gone()

    def stop(self) -> None:
        """Nobody wants to know any more."""
        self._gone = _nobody
        if self._future is not None:
            self._future.remove_done_callback(self._go_on)
            self._future = None
        if self._coroutine is not None:
            self._coroutine.close()
            self._coroutine = None
        if self._task is not None:
            self._task.cancel()


async def _resumed(coroutine: Any) -> Any:
    return await _Resumed(coroutine)


class _Resumed:
    """A coroutine that was begun by hand, for ``await``."""

    def __init__(self, coroutine: Any) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Any:
        return self._coroutine.__await__()


def _nobody() -> None:
    pass
