"""Streams over WebSocket: one connection per session, frames at their time, results as they come."""

from __future__ import annotations

import asyncio
from functools import partial
from time import monotonic_ns

from aiges_native.loadtest.frames import documents_of, frames_of
from aiges_native.loadtest.outcome import CLOSED, CONNECT, DROPPED, TIMEOUT, Outcome
from aiges_native.loadtest.problem import missing_package, plan_error
from aiges_native.loadtest.quantity import SECOND, milliseconds, show_ms

from .address import Address, reason
from .message import reply_reader, request_binary, request_json
from .session import BINARY, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiges_native.loadtest.alarm import Alarm
    from aiges_native.loadtest.plan import Plan

    Script = list[tuple[int, bytes]]  # (due, message) of every frame


def websocket_users(plan: Plan, rates: list[int], alarm: Alarm) -> Iterator[WebSocketUser]:
    """Users that share their encoded frames, one for every rate at which they read (0: at once). Raises
    LoadTestError."""
    try:
        import websockets.client  # noqa: F401
        from websockets.exceptions import InvalidURI
        from websockets.uri import parse_uri
    except ImportError:
        raise missing_package("websockets", "load a service over websocket") from None
    try:
        uri = parse_uri(plan.target)
    except InvalidURI as error:
        raise plan_error(f"'{plan.target}' is no address: {error.msg}", "ws://HOST:PORT/v1/private/SERVICE") from None
    scripts, read, address = _Scripts(plan), reply_reader(), Address(plan)
    offers = BINARY if plan.form == "binary" else ""
    return (
        WebSocketUser(scripts, plan.timeout, alarm, place == 0, partial(Session, address, uri, read, offers, rate))
        for place, rate in enumerate(rates)
    )


class _Scripts:
    """(due, message) of every frame of a session, encoded when first needed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._encode = request_binary if plan.form == "binary" else request_json
        self._period = documents_of(plan)
        self._kept: dict[int, Script] = {}

    def __getitem__(self, number: int) -> Script:
        number %= self._period
        if number not in self._kept:
            frames = frames_of(self._plan, number)
            self._kept[number] = [
                (frame.due, self._encode(self._plan, frame, place == 0, place == len(frames) - 1))
                for place, frame in enumerate(frames)
            ]
        return self._kept[number]


class WebSocketUser:
    """Opens a connection for each of its sessions."""

    def __init__(
        self, scripts: _Scripts, timeout: int, alarm: Alarm, probes: bool, new_session: Callable[[], Session]
    ) -> None:
        self._scripts, self._timeout, self._alarm, self._probes = scripts, timeout, alarm, probes
        self._new_session = new_session
        self._session: Session | None = None

    async def open(self) -> None:
        """One of the users tries a connection, so that a wrong address is told before the run. Raises LoadTestError."""
        if not self._probes:
            return
        session = self._new_session()
        try:
            await asyncio.wait_for(session.connect(), self._timeout / SECOND)
        except (OSError, asyncio.TimeoutError) as error:
            raise session.address.unreachable(error) from error
        finally:
            session.abort()

    async def ask(self, number: int) -> Outcome:
        """One session, from the connection to the last result. The time-out runs from the last frame."""
        outcome = Outcome(monotonic_ns())
        session = await self._connected(outcome)
        if session is None:
            return outcome
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
        return session.seen(outcome)

    async def vanish(self, number: int, part: float, wait: int) -> Outcome:
        """A part of a session: so much of its frames, the last of them cut; or all of them (1.0), and ``wait`` ns. Then
        the connection is dropped, without a Close. What went wrong until then is a failure."""
        outcome = Outcome(monotonic_ns())
        session = await self._connected(outcome)
        if session is None:
            return outcome
        script = self._scripts[number]
        whole, rest = divmod(part * len(script), 1)
        try:
            await self._write(session, outcome, script[: int(whole)])
            if rest:
                due, message = script[int(whole)]
                await self._alarm.until(outcome.sent + due)
                if session.writable:
                    session.send(message, rest)
            await asyncio.wait([session.over], timeout=wait / SECOND)
        finally:
            session.drop()
            self._session = None
        if session.over.done() and session.over.result()[0]:
            return session.seen(outcome.fail(*session.over.result()))
        return outcome.fail(DROPPED, "", monotonic_ns())

    def close(self) -> None:
        """Drops the session that is under way."""
        if self._session is not None:
            self._session.finish(CLOSED, "stopped")

    async def _connected(self, outcome: Outcome) -> Session | None:
        """A session that has begun; None: the outcome says why not."""
        session = self._session = self._new_session()
        try:
            await asyncio.wait_for(session.connect(), self._timeout / SECOND)
        except (OSError, asyncio.TimeoutError) as error:
            session.abort()
            self._session = None
            outcome.fail(CONNECT, reason(error), monotonic_ns())
            return None
        outcome.connected, outcome.sent = monotonic_ns() - outcome.sent, monotonic_ns()
        return session

    async def _write(self, session: Session, outcome: Outcome, script: Script) -> None:
        for due, message in script:
            if due:
                await self._alarm.until(outcome.sent + due)
            if session.over.done() or not session.writable:
                return  # the service may end a session before its input does
            outcome.last_sent = monotonic_ns()
            session.send(message)
            outcome.written += len(message)
