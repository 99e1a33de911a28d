"""A user who reads slowly: what a service has sent waits in its own buffers."""

from __future__ import annotations

import asyncio
from time import monotonic

TURNS = 10  # a second, in which bytes are read


class SlowReader(asyncio.BufferedProtocol):
    """Hands a connection on to a protocol, at most ``rate`` bytes a second."""

    def __init__(self, protocol: asyncio.Protocol, rate: int) -> None:
        self._protocol = protocol
        self._rate = rate
        self._buffer = bytearray(max(1, min(rate // TURNS, 1 << 16)))
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # when the bytes that were read would have arrived at the rate

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP, and TLS, are there."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._protocol.connection_made(transport)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where the next bytes go: no more than one turn's."""
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        """Bytes: the next ones are read when these are worn off."""
        now = monotonic()
        self._due = max(self._due, now) + count / self._rate
        if self._timer is None:
            self._transport.pause_reading()
            self._timer = self._loop.call_later(self._due - now, self._go_on)
        self._protocol.data_received(bytes(self._buffer[:count]))

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing more will come."""
        if self._timer is not None:
            self._timer.cancel()
        self._protocol.connection_lost(error)

    def _go_on(self) -> None:
        self._timer = None
        left = self._due - monotonic()
        if left > 0:  # a transport may hand over several turns at once
            self._timer = self._loop.call_later(left, self._go_on)
        elif not self._transport.is_closing():
            self._transport.resume_reading()
