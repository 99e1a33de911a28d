"""One connection of a WebSocket: what goes out, and how it ends."""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from aiges_native.loadtest.outcome import BAD_REPLY, CLOSED, Outcome

from .address import Address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .message import Reply

#: Name of the subprotocol in which data goes as it is; its messages are binary.
BINARY = "aiges.v1.bin"


class Session(asyncio.Protocol):
    """One session. ``offers``: the subprotocol that it must be, or nothing. ``over``: (code, text, when) once it has
    ended."""

    def __init__(self, address: Address, uri: Any, read: Callable[[bytes], Reply], offers: str, rate: int) -> None:
        from websockets.client import ClientProtocol

        self.address, self._read, self._offers, self._rate = address, read, offers, rate
        self._loop = asyncio.get_running_loop()
        offered: Any = [offers] if offers else None
        self._protocol: Any = ClientProtocol(uri, max_size=None, subprotocols=offered)
        self._transport: asyncio.Transport | None = None
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self.over: asyncio.Future[tuple[int | str, str, int]] = self._loop.create_future()
        self._first = self._pieces = self._received = 0
        self._opcode = 0  # of the message that is coming
        self._parts: list[bytes] = []

    async def connect(self) -> None:
        """TCP, TLS and the handshake. Raises OSError."""
        await self.address.connect(self, self._rate)
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        await self._opened

    @property
    def writable(self) -> bool:
        """Whether frames may be sent: once the service has said Close, the connection only waits for its end."""
        state: str = self._protocol.state.name
        return state == "OPEN"

    def send(self, message: bytes, part: float = 1.0) -> None:
        """One message, or a part of its bytes; only while ``writable``."""
        (self._protocol.send_binary if self._offers else self._protocol.send_text)(message)
        self._flush(part)

    def finish(self, code: int | str, text: str) -> None:
        """The session has ended now, unless it had before."""
        if not self.over.done():
            self.over.set_result((code, text, monotonic_ns()))

    def seen(self, outcome: Outcome) -> Outcome:
        """The outcome, with what came of results."""
        outcome.first, outcome.pieces, outcome.received = self._first, self._pieces, self._received
        return outcome

    def abort(self) -> None:
        """Closes the connection: politely as far as the protocol goes, and at once."""
        if self._transport is not None:
            if self.writable:
                self._protocol.send_close(1000)
                self._flush()
            self._transport.close()
            self._transport = None
        if not self._opened.done():
            self._opened.cancel()

    def drop(self) -> None:
        """Is gone, without a word."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _flush(self, part: float = 1.0) -> None:
        data = b"".join(self._protocol.data_to_send())
        if data and self._transport is not None:
            self._transport.write(data if part == 1.0 else data[: int(len(data) * part)])

    # --- called by the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP, and TLS, are there."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Bytes of the handshake or of frames."""
        now = monotonic_ns()
        self._received += len(data)
        protocol = self._protocol
        protocol.receive_data(data)
        events = protocol.events_received()
        if not self._opened.done():
            self._handshake(answered=bool(events))
        for event in events:
            if hasattr(event, "opcode"):  # not the answer to the handshake
                self._frame(event, now)
        self._flush()  # answers to ping and close
        if protocol.parser_exc is not None:
            self.finish(BAD_REPLY, f"no websocket: {protocol.parser_exc}")
        elif protocol.close_rcvd is not None:
            self.finish(CLOSED, self._closing_text())

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing more will come."""
        self._transport = None
        if not self._opened.done():
            self._protocol.receive_eof()  # ends an answer that had no length
            self._refuse(self._protocol.handshake_exc or "the connection was closed")
        self.finish(CLOSED, self._closing_text())

    def _handshake(self, answered: bool) -> None:
        protocol = self._protocol
        if protocol.handshake_exc is not None:
            self._refuse(protocol.handshake_exc)
        elif answered and self._offers and protocol.subprotocol != self._offers:
            self._refuse(f"the service does not speak '{self._offers}'")
        elif answered:
            self._opened.set_result(None)

    def _refuse(self, problem: Any) -> None:
        self._opened.set_exception(OSError(f"no websocket: {problem}"))

    def _frame(self, frame: Any, now: int) -> None:
        if frame.opcode > 2:  # close, ping, pong: the protocol object sees to them
            return
        self._opcode = frame.opcode or self._opcode
        self._parts.append(frame.data)
        if not frame.fin:
            return
        message = b"".join(self._parts)
        self._parts.clear()
        if self._opcode == 2 and self._offers and (end := message.find(b"\n")) >= 0:
            message = message[:end]  # its data is behind the line
        try:
            reply = self._read(message)
        except ValueError as error:
            self.finish(BAD_REPLY, str(error))
            return
        if reply.result:
            self._first = self._first or now
            self._pieces += 1
        if reply.ended and not self.over.done():
            self.over.set_result((reply.code, reply.message, now))

    def _closing_text(self) -> str:
        close = self._protocol.close_rcvd
        return f"closed with {close.code} {close.reason}".strip() if close else "connection lost"
