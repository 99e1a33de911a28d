"""One HTTP connection as uvicorn has it, within bounds: the size of a header, the time it may take, a client that does
not read."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aiges_native.host.fronts.disconnect import EXTENSION
from aiges_native.host.serving.corked import Corked

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any

    from aiges_native.host.config.sections.fronts import Limits
    from aiges_native.host.fronts.replies import Receive, Scope, Send


class _Refusal:
    """An answer without an application, which ends the connection."""

    def __init__(self, status: int, phrase: bytes, text: bytes) -> None:
        self._start = b"HTTP/1.1 %d %b\r\n" % (status, phrase)
        self._status = status
        self._text = text
        self._fields = (
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(text)),
            (b"connection", b"close"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI application, once the request has been understood."""
        await send({"type": "http.response.start", "status": self._status, "headers": list(self._fields)})
        await send({"type": "http.response.body", "body": self._text})

    def end(self, transport: asyncio.Transport) -> None:
        """Before that."""
        if not transport.is_closing():
            fields = b"".join(b"%b: %b\r\n" % field for field in self._fields)
            transport.write(self._start + fields + b"\r\n" + self._text)
            transport.close()


_LARGE_HEADER = _Refusal(431, b"Request Header Fields Too Large", b"the header is too large\n")
_TOO_MANY = _Refusal(503, b"Service Unavailable", b"the service has as many connections as it may\n")


class HttpConnection(HttpToolsProtocol):
    """uvicorn's protocol with ``[limits]`` ``connections``, ``header``, ``headerTimeout`` and ``writeStall``."""

    def __init__(self, *, limits: Limits, **more: Any) -> None:
        super().__init__(**more)
        self._limits = limits
        self._is_surplus = False
        self._read = 0  # bytes that came last
        self._header_size = 0  # of a header whose end has not come yet
        self._in_header = False
        self._header_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._unread = 0  # bytes that the client had left when the timer began
        self._gone: Callable[[], object] | None = None  # who is told of the connection's end
        self._extensions = {EXTENSION: {"watch": self._watch}}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._is_surplus = len(self.connections) > self._limits.connections
        self.transport = Corked(transport, self.loop)  # type: ignore[assignment]
        self._await_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)
        self._extensions.clear()  # it refers to this object, which nobody may need any more
        gone, self._gone = self._gone, None
        if gone is not None:
            gone()

    def _watch(self, gone: Callable[[], object] | None = None) -> None:
        self._gone = gone

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is a WebSocket's."""
        self._stop_waiting()
        if self._is_surplus:
            _TOO_MANY.end(self.transport)
            return
        self.transport = self.transport.plain  # type: ignore[attr-defined]
        super().handle_websocket_upgrade()

    # ---- A header: bounded in size and time ------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        self._read = len(data)
        super().data_received(data)
        if self._in_header:
            self._header_size += len(data)
            if self._header_size > self._limits.header:
                _LARGE_HEADER.end(self.transport)
            elif self._header_timer is None:
                self._await_header()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_header = True
        self._header_size = 0
        super().on_message_begin()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item]

    def on_headers_complete(self) -> None:
        """Its header is whole."""
        self._in_header = False
        self._stop_waiting()
        if self._header_size + self._read > self._limits.header and self._exact_size() > self._limits.header:
            self.app = _LARGE_HEADER
        elif self._is_surplus:
            self.app = _TOO_MANY
        super().on_headers_complete()

    def _exact_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _await_header(self) -> None:
        self._header_timer = self.loop.call_later(self._limits.header_timeout, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    # ---- A client that does not read: cut, so that what it was sent is not kept for ever ----------------------------

    def pause_writing(self) -> None:
        """The client reads more slowly than it is answered."""
        super().pause_writing()
        if self._stall_timer is None:
            self._watch_client()

    def resume_writing(self) -> None:
        """It has caught up."""
        super().resume_writing()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def timeout_keep_alive_handler(self) -> None:
        """No other request has come for long."""
        if self.transport.plain.get_write_buffer_size():  # type: ignore[attr-defined]
            self.transport.plain.abort()  # type: ignore[attr-defined]
        else:
            super().timeout_keep_alive_handler()

    def _watch_client(self) -> None:
        self._unread = self.transport.plain.get_write_buffer_size()  # type: ignore[attr-defined]
        self._stall_timer = self.loop.call_later(self._limits.write_stall, self._look_at_client)

    def _look_at_client(self) -> None:
        if self.transport.plain.get_write_buffer_size() >= self._unread:  # type: ignore[attr-defined]
            self.transport.plain.abort()  # type: ignore[attr-defined]
        else:
            self._watch_client()
