"""Messages of a WebSocket that come while something else is awaited."""

from __future__ import annotations

import asyncio
from collections import deque

from aiges_native.host.fronts.disconnect import ClientGoneError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from aiges_native.host.fronts.replies import Receive


class Incoming:
    """The messages of a connection in their order. Those that come too early are kept, up to ``most_frames`` of them
    and ``most_bytes``; beyond that the client has to wait."""

    def __init__(self, receive: Receive, most_frames: int, most_bytes: int) -> None:
        self._receive = receive
        self._most_frames = most_frames
        self._most_bytes = most_bytes
        self._kept: deque[dict[str, Any]] = deque()
        self._bytes = 0
        self._next: asyncio.Future[dict[str, Any]] | None = None

    async def next(self) -> dict[str, Any]:
        """The next message: ``receive`` of ASGI."""
        if self._kept:
            message = self._kept.popleft()
            self._bytes -= _size(message)
            return message
        if self._next is not None:
            waited, self._next = self._next, None
            return await waited
        return await self._receive()

    async def during(self, work: Coroutine[Any, Any, None]) -> None:
        """Awaits ``work``, and takes messages meanwhile. ClientGoneError: the client went; the work is cancelled."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                if self._next is None and len(self._kept) < self._most_frames and self._bytes < self._most_bytes:
                    self._next = asyncio.ensure_future(self._receive())
                waits: list[asyncio.Future[Any]] = [task] if self._next is None else [task, self._next]
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                self._keep()
            await task
        finally:
            task.cancel()

    def _keep(self) -> None:
        if self._next is None or not self._next.done():
            return
        message, self._next = self._next.result(), None
        if message["type"] == "websocket.disconnect":
            raise ClientGoneError
        self._kept.append(message)
        self._bytes += _size(message)

    def close(self) -> None:
        """Nobody wants more messages."""
        if self._next is not None:
            self._next.cancel()


def _size(message: dict[str, Any]) -> int:
    return len(message.get("bytes") or message.get("text") or "")
