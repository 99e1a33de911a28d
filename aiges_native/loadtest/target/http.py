"""One-shot requests over HTTP/1.1: one keep-alive connection per user, one request on it at a time."""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from aiges_native.loadtest.frames import documents_of, frames_of
from aiges_native.loadtest.outcome import BAD_REPLY, CLOSED, CONNECT, DROPPED, TIMEOUT, Outcome
from aiges_native.loadtest.problem import missing_package
from aiges_native.loadtest.quantity import SECOND, milliseconds, show_ms

from .address import Address, reason
from .body import body_of, query_of
from .message import reply_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from aiges_native.loadtest.plan import Plan

    from .message import Reply


def http_users(plan: Plan, rates: list[int]) -> Iterator[HttpUser]:
    """Users that share their encoded requests, one for every rate at which they read (0: at once). Raises
    LoadTestError: httptools is missing."""
    try:
        from httptools import HttpResponseParser
    except ImportError:
        raise missing_package("httptools", "load a service over http") from None
    kind = HttpUser
    if plan.mode == "events":
        from .events import EventsUser

        kind = EventsUser
    address, read = Address(plan), reply_reader()
    messages = _Messages(plan, address)
    return (kind(address, messages, read, plan.timeout, HttpResponseParser, rate) for rate in rates)


class _Messages:
    """Requests as bytes, encoded when they are first needed."""

    def __init__(self, plan: Plan, address: Address) -> None:
        self._plan = plan
        query = query_of(plan, address.query)
        path = f"{address.path}?{query}" if query else address.path
        accept = "Accept: text/event-stream\r\n" if plan.mode == "events" else ""
        self._head = f"POST {path} HTTP/1.1\r\nHost: {address.authority}\r\n{accept}"
        self._kept: dict[int, bytes] = {}
        self._period = documents_of(plan)

    def __getitem__(self, number: int) -> bytes:
        number %= self._period
        message = self._kept.get(number)
        if message is None:
            kind, body = body_of(self._plan, frames_of(self._plan, number)[0])
            head = f"{self._head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            message = self._kept[number] = head.encode() + body
        return message


class HttpUser(asyncio.Protocol):
    """One connection. The methods in its second half are called by the transport and by the parser."""

    def __init__(
        self,
        address: Address,
        messages: _Messages,
        read: Callable[[bytes], Reply],
        timeout: int,
        parser: Callable[[HttpUser], Any],
        rate: int,
    ) -> None:
        self._address, self._messages, self._read, self._timeout = address, messages, read, timeout
        self._new_parser, self._rate = parser, rate
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._dropped = 0  # connections of which the end is still to be told
        self._answer: asyncio.Future[int] | None = None  # its result is when the answer was complete
        self._watch: asyncio.TimerHandle | None = None
        self._deadline = 0
        self._received = 0
        self._body: list[bytes] = []
        self._status = 0
        self._keep_alive = False
        self._why = ""

    async def open(self) -> None:
        """Connects. Raises LoadTestError."""
        try:
            await self._connect()
        except (OSError, asyncio.TimeoutError) as error:
            raise self._address.unreachable(error) from error

    async def ask(self, number: int) -> Outcome:
        """Sends a request and waits for its answer, at most for the time-out."""
        message = self._messages[number]
        outcome = Outcome(monotonic_ns())
        self._deadline = outcome.sent + self._timeout
        if self._transport is None and not await self._connected(outcome):
            return outcome
        answer = self._send(message, outcome)
        if self._watch is None:
            self._watch = self._loop.call_later(self._timeout / SECOND, self._look)
        outcome.end = await answer
        self._answer = None
        outcome.received = self._received
        return self._judge(outcome)

    async def vanish(self, number: int, part: float, wait: int) -> Outcome:
        """Sends a part of a request, or all of it (1.0) and waits for ``wait`` ns; then drops the connection. What went
        wrong until then is a failure; an answer that came by then is nobody's."""
        message = self._messages[number]
        outcome = Outcome(monotonic_ns())
        if self._transport is None and not await self._connected(outcome):
            return outcome
        answer = self._send(message[: round(len(message) * part)], outcome)
        await asyncio.wait([answer], timeout=wait / SECOND)
        if answer.done():
            outcome.end = answer.result()
            self._judge(outcome)
        self._answer = None
        self.close()
        return outcome if outcome.code else outcome.fail(DROPPED, "", monotonic_ns())

    def close(self) -> None:
        """Drops the connection at once."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
            self._dropped += 1

    async def _connect(self) -> None:
        await asyncio.wait_for(self._address.connect(self, self._rate), self._timeout / SECOND)

    async def _connected(self, outcome: Outcome) -> bool:
        """Connects within a request; whether that went well."""
        try:
            await self._connect()
        except (OSError, asyncio.TimeoutError) as error:
            outcome.fail(CONNECT, reason(error), monotonic_ns())
            return False
        if self._transport is None:
            outcome.fail(CLOSED, "the connection was lost as soon as it was there", monotonic_ns())
            return False
        outcome.connected = monotonic_ns() - outcome.sent
        return True

    def _send(self, message: bytes, outcome: Outcome) -> asyncio.Future[int]:
        assert self._transport is not None
        self._received = 0
        answer = self._answer = self._loop.create_future()
        self._transport.write(message)
        outcome.written = len(message)
        return answer

    def _judge(self, outcome: Outcome) -> Outcome:
        if self._why:
            code, self._why = self._why, ""
            texts = {TIMEOUT: f"no answer within {show_ms(milliseconds(self._timeout))}", BAD_REPLY: "no HTTP"}
            return outcome.fail(code, texts.get(code, "the connection was lost"), outcome.end)
        status = self._status
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        if not self._keep_alive:
            self.close()
        try:
            reply = self._read(body)
        except ValueError as error:
            code = BAD_REPLY if status == 200 else f"http {status}"
            return outcome.fail(
                code, str(error) if status == 200 else body[:200].decode("utf-8", "replace"), outcome.end
            )
        if reply.code or status >= 300:
            return outcome.fail(reply.code or f"http {status}", reply.message, outcome.end)
        return outcome

    def _look(self) -> None:
        """The one timer of the connection: it follows the deadline of the request that is under way."""
        self._watch = None
        if self._answer is None or self._answer.done():
            return
        left = self._deadline - monotonic_ns()
        if left > 0:
            self._watch = self._loop.call_later(left / SECOND, self._look)
        else:
            self._end(TIMEOUT)

    def _end(self, why: str) -> None:
        """The request that is under way has failed, and the connection with it."""
        self.close()
        if self._answer is not None and not self._answer.done():
            self._why = why
            self._answer.set_result(monotonic_ns())

    # --- called by the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A new connection has a new parser."""
        self._transport = transport  # type: ignore[assignment]
        self._parser = self._new_parser(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except Exception:  # the parser's own kind: what came is not HTTP
            self._end(BAD_REPLY)

    def connection_lost(self, error: Exception | None) -> None:
        """The service is gone, or has closed an idle connection; the next request connects anew."""
        if self._dropped:
            self._dropped -= 1  # it was ours to end
        elif self._transport is not None:
            self._transport = None
            self._end(CLOSED)

    # --- called by the parser ---

    def on_message_begin(self) -> None:
        """A new answer."""
        if self._answer is None or self._answer.done():
            raise ValueError("an answer to nothing")  # to the parser, and from it to data_received
        self._body = []

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """The answer is whole: this is the moment that counts, before anything is read in it."""
        now = monotonic_ns()
        self._status = self._parser.get_status_code()
        self._keep_alive = self._parser.should_keep_alive()  # the parser knows it only here
        if self._answer is not None and not self._answer.done() and self._status >= 200:
            self._answer.set_result(now)
