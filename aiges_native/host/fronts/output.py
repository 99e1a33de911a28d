"""Pieces of a stream on their way to a client, who may read slowly."""

from __future__ import annotations

import asyncio
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native import Result
    from aiges_native.host.core import Failure


class Output:
    """What the core has told of a session and the client has not got yet. Its bound is the session's own: a piece that
    waits here counts there until it has left."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[Result, int]] = deque()
        self._outcome: Result | Failure | None = None
        self._changed = asyncio.Event()
        self.begun = False

    def on_begin(self) -> None:
        """The session has its slot."""
        self.begun = True
        self._changed.set()

    def on_piece(self, piece: Result, size: int) -> None:
        """A piece that is not the last."""
        self._pieces.append((piece, size))
        self._changed.set()

    def on_outcome(self, outcome: Result | Failure) -> None:
        """The last piece, or why there is none."""
        self._outcome = outcome
        self._changed.set()

    async def wait(self) -> None:
        """Until there is something new."""
        await self._changed.wait()
        self._changed.clear()

    def take(self) -> tuple[Result, int] | None:
        """The next piece, or None."""
        return self._pieces.popleft() if self._pieces else None

    def outcome(self) -> Any:
        """How it ended, once every piece was taken; None before."""
        return self._outcome if not self._pieces else None
