"""Streams over WebSocket: one connection per session, frames at their time, results as they come."""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from aiges_native.loadtest.frames import documents_of, frames_of
from aiges_native.loadtest.outcome import BAD_REPLY, CLOSED, CONNECT, TIMEOUT, Outcome
from aiges_native.loadtest.problem import missing_package
from aiges_native.loadtest.quantity import SECOND, milliseconds, show_ms

from .http import Address, reason
from .message import reply_reader, request_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from aiges_native.loadtest.alarm import Alarm
    from aiges_native.loadtest.plan import Plan

    from .message import Reply


def websocket_users(plan: Plan, count: int, alarm: Alarm) -> Iterator[WebSocketUser]:
    """Users that share their encoded frames. Raises LoadTestError: websockets is missing."""
    try:
        import websockets.client  # noqa: F401
    except ImportError:
        raise missing_package("websockets", "load a service over websocket") from None
    scripts, read, address = _Scripts(plan), reply_reader(), Address(plan)
    return (WebSocketUser(address, scripts, read, plan.timeout, alarm, probes=number == 0) for number in range(count))


class _Scripts:
    """(due, message) of every frame of a session, encoded when first needed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._period = documents_of(plan)
        self._kept: dict[int, list[tuple[int, bytes]]] = {}

    def __getitem__(self, number: int) -> list[tuple[int, bytes]]:
        number %= self._period
        if number not in self._kept:
            frames = frames_of(self._plan, number)
            self._kept[number] = [
                (frame.due, request_json(self._plan, frame, place == 0, place == len(frames) - 1))
                for place, frame in enumerate(frames)
            ]
        return self._kept[number]


class WebSocketUser:
    """Opens a connection for each of its sessions."""

    def __init__(
        self,
        address: Address,
        scripts: _Scripts,
        read: Callable[[bytes], Reply],
        timeout: int,
        alarm: Alarm,
        probes: bool,
    ) -> None:
        self._probes = probes
        self._address, self._scripts, self._read, self._timeout = address, scripts, read, timeout
        self._alarm = alarm
        self._session: _Session | None = None

    async def open(self) -> None:
        """One of the users tries a connection, so that a wrong address is told before the run. Raises LoadTestError."""
        if not self._probes:
            return
        session = _Session(self._address, self._read)
        try:
            await asyncio.wait_for(session.connect(), self._timeout / SECOND)
        except (OSError, asyncio.TimeoutError) as error:
            raise self._address.unreachable(error) from error
        finally:
            session.abort()

    async def ask(self, number: int) -> Outcome:
        """One session, from the connection to the last result. The time-out runs from the last frame."""
        outcome = Outcome(monotonic_ns())
        session = self._session = _Session(self._address, self._read)
        try:
            await asyncio.wait_for(session.connect(), self._timeout / SECOND)
        except (OSError, asyncio.TimeoutError) as error:
            session.abort()
            return outcome.fail(CONNECT, reason(error), monotonic_ns())
        outcome.connected, outcome.sent = monotonic_ns() - outcome.sent, monotonic_ns()
        try:
            await self._write(session, outcome, self._scripts[number])
            await asyncio.wait_for(asyncio.shield(session.over), self._timeout / SECOND)
        except asyncio.TimeoutError:
            text = f"no result within {show_ms(milliseconds(self._timeout))} of the last frame"
            outcome.fail(TIMEOUT, text, monotonic_ns())
        else:
            outcome.fail(*session.over.result())
        finally:
            session.abort()
            self._session = None
        outcome.first, outcome.received = session.first, session.received
        return outcome

    def close(self) -> None:
        """Drops the session that is under way."""
        if self._session is not None:
            self._session.finish(CLOSED, "stopped")

    async def _write(self, session: _Session, outcome: Outcome, script: list[tuple[int, bytes]]) -> None:
        for due, message in script:
            if due:
                await self._alarm.until(outcome.sent + due)
            if session.over.done() or not session.writable:
                return  # the service may end a session before its input does
            outcome.last_sent = monotonic_ns()
            session.send(message)
            outcome.written += len(message)


class _Session(asyncio.Protocol):
    """One connection. ``over``: (code, text, when) once it has ended; ``first``: when the first result came."""

    def __init__(self, address: Address, read: Callable[[bytes], Reply]) -> None:
        from websockets.client import ClientProtocol
        from websockets.uri import parse_uri

        self._address, self._read = address, read
        self._loop = asyncio.get_running_loop()
        self._protocol: Any = ClientProtocol(parse_uri(address.url), max_size=None)
        self._transport: asyncio.Transport | None = None
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self.over: asyncio.Future[tuple[int | str, str, int]] = self._loop.create_future()
        self.first = 0
        self.received = 0
        self._parts: list[bytes] = []

    async def connect(self) -> None:
        """TCP, TLS and the handshake. Raises OSError."""
        address = self._address
        name = address.host if address.tls else None
        await self._loop.create_connection(
            lambda: self, address.host, address.port, ssl=address.tls, server_hostname=name
        )
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        await self._opened

    @property
    def writable(self) -> bool:
        """Whether frames may be sent: once the service has said Close, the connection only waits for its end."""
        return bool(self._protocol.state.name == "OPEN")

    def send(self, message: bytes) -> None:
        """One message, as text; only while ``writable``."""
        self._protocol.send_text(message)
        self._flush()

    def finish(self, code: int | str, text: str) -> None:
        """The session has ended now, unless it had before."""
        if not self.over.done():
            self.over.set_result((code, text, monotonic_ns()))

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

    def _flush(self) -> None:
        if self._transport is not None:
            for data in self._protocol.data_to_send():
                if data:
                    self._transport.write(data)

    # --- called by the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TCP, and TLS, are there."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Bytes of the handshake or of frames."""
        now = monotonic_ns()
        self.received += len(data)
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if not self._opened.done():
                self._handshake(event)
            else:
                self._frame(event, now)
        self._flush()  # answers to ping and close

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing more will come."""
        if not self._opened.done():
            self._protocol.receive_eof()  # ends an answer that had no length
            problem = self._protocol.handshake_exc or "the connection was closed"
            self._opened.set_exception(OSError(f"no websocket: {problem}"))
        self.finish(CLOSED, self._closing_text())

    def _handshake(self, response: Any) -> None:
        problem = self._protocol.handshake_exc
        if problem is None:
            self._opened.set_result(None)
        else:
            self._opened.set_exception(OSError(f"no websocket: {problem}"))

    def _frame(self, frame: Any, now: int) -> None:
        if frame.opcode > 2:  # close, ping, pong: the protocol object sees to them
            return
        self._parts.append(frame.data)
        if not frame.fin:
            return
        message = b"".join(self._parts)
        self._parts.clear()
        try:
            reply = self._read(message)
        except ValueError as error:
            self.finish(BAD_REPLY, str(error))
            return
        if reply.result and not self.first:
            self.first = now
        if reply.ended and not self.over.done():
            self.over.set_result((reply.code, reply.message, now))

    def _closing_text(self) -> str:
        close = self._protocol.close_rcvd
        return f"closed with {close.code} {close.reason}".strip() if close else "connection lost"
