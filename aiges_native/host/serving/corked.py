"""The head and the body of an answer in one system call and one segment: clients are woken once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio


class Corked:
    """A transport whose first write waits for the second, at most until the loop has had its turn.

    ``plain``: the transport itself.
    """

    __slots__ = ("_call_soon", "_held", "is_closing", "plain")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.plain = transport
        self.is_closing = transport.is_closing
        self._call_soon = loop.call_soon
        self._held = b""

    def write(self, data: bytes) -> None:
        """Bytes for the peer."""
        held = self._held
        if held:
            self._held = b""
            self.plain.writelines((held, data))
        elif data:
            self._held = data
            self._call_soon(self.flush)

    def flush(self) -> None:
        """Nothing waits any more."""
        held, self._held = self._held, b""
        if held:
            self.plain.write(held)

    def close(self) -> None:
        """Ends the connection when everything has left."""
        self.flush()
        self.plain.close()
