"""One-shot requests over HTTP/1.1: one keep-alive connection per user, one request on it at a time."""

from __future__ import annotations

import asyncio
import os
import re
from time import monotonic_ns
from urllib.parse import urlsplit

from aiges_native.loadtest.frames import documents_of, frames_of
from aiges_native.loadtest.outcome import BAD_REPLY, CLOSED, CONNECT, TIMEOUT, Outcome
from aiges_native.loadtest.problem import LoadTestError, missing_package
from aiges_native.loadtest.quantity import SECOND, milliseconds, show_ms

from .message import reply_reader, request_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from typing import Any

    from aiges_native.loadtest.plan import Plan

    from .message import Reply


class Address:
    """Where a URL leads. ``tls``: how to encrypt, or None."""

    def __init__(self, plan: Plan) -> None:
        parts = urlsplit(plan.target)
        secure = parts.scheme in ("https", "wss")
        self.url = plan.target
        self.host = parts.hostname or ""
        self.port = parts.port or (443 if secure else 80)
        self.authority = parts.netloc.rpartition("@")[2]
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.tls = _tls(plan.insecure) if secure else None

    def unreachable(self, error: Exception) -> LoadTestError:
        """Nobody answers there."""
        cure = "starting the service, or its right address"
        return LoadTestError(f"connect to '{self.url}'", reason(error), cure, usage=False)


def _tls(insecure: bool) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context()
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def reason(error: Exception) -> str:
    """The system's words, without its number."""
    if isinstance(error, asyncio.TimeoutError):
        return "no answer"
    text = str(error) or type(error).__name__
    number = re.search(r"\[Errno (\d+)\]", text)  # asyncio says more than anybody asked, once for every address
    text = os.strerror(int(number[1])) if number else getattr(error, "strerror", None) or text
    return text[:1].lower() + text[1:]


def http_users(plan: Plan, count: int) -> Iterator[HttpUser]:
    """Users that share their encoded requests. Raises LoadTestError: httptools is missing."""
    try:
        from httptools import HttpResponseParser
    except ImportError:
        raise missing_package("httptools", "load a service over http") from None
    address, read, messages = Address(plan), reply_reader(), _Messages(plan)
    return (HttpUser(address, messages, read, plan.timeout, HttpResponseParser) for _ in range(count))


class _Messages:
    """Requests as bytes, encoded when they are first needed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._head = _head(Address(plan))
        self._kept: dict[int, bytes] = {}
        self._period = documents_of(plan)

    def __getitem__(self, number: int) -> bytes:
        number %= self._period
        message = self._kept.get(number)
        if message is None:
            body = request_json(self._plan, frames_of(self._plan, number)[0])
            message = self._kept[number] = b"%s%d\r\n\r\n%s" % (self._head, len(body), body)
        return message


def _head(address: Address) -> bytes:
    lines = (f"POST {address.path} HTTP/1.1", f"Host: {address.authority}", "Content-Type: application/json")
    return "\r\n".join([*lines, "Content-Length: "]).encode("latin-1")


class HttpUser(asyncio.Protocol):
    """One connection. The methods in its second half are called by the transport and by the parser."""

    def __init__(
        self,
        address: Address,
        messages: _Messages,
        read: Callable[[bytes], Reply],
        timeout: int,
        parser: Callable[[HttpUser], Any],
    ) -> None:
        self._address, self._messages, self._read, self._timeout = address, messages, read, timeout
        self._new_parser = parser
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
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
            await asyncio.wait_for(self._connect(), self._timeout / SECOND)
        except (OSError, asyncio.TimeoutError) as error:
            raise self._address.unreachable(error) from error

    async def ask(self, number: int) -> Outcome:
        """Sends a request and waits for its answer, at most for the time-out."""
        message = self._messages[number]
        outcome = Outcome(monotonic_ns())
        self._deadline = outcome.sent + self._timeout
        if self._transport is None:
            try:
                await asyncio.wait_for(self._connect(), self._timeout / SECOND)
            except (OSError, asyncio.TimeoutError) as error:
                return outcome.fail(CONNECT, reason(error), monotonic_ns())
            outcome.connected = monotonic_ns() - outcome.sent
        assert self._transport is not None
        self._received = 0
        answer = self._answer = self._loop.create_future()
        self._transport.write(message)
        outcome.written = len(message)
        if self._watch is None:
            self._watch = self._loop.call_later(self._timeout / SECOND, self._look)
        outcome.end = await answer
        self._answer = None
        outcome.received = self._received
        return self._judge(outcome)

    def close(self) -> None:
        """Drops the connection at once."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    async def _connect(self) -> None:
        address = self._address
        name = address.host if address.tls else None
        await self._loop.create_connection(
            lambda: self, address.host, address.port, ssl=address.tls, server_hostname=name
        )

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
        if self._transport is not None:
            self._end(CLOSED)

    # --- called by the parser ---

    def on_message_begin(self) -> None:
        """A new answer."""
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
