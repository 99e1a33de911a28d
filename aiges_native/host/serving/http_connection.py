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

_STATUS = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
_TEXT = b"the header is too large\n"
_FIELDS = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", b"%d" % len(_TEXT)),
    (b"connection", b"close"),
)


class HttpConnection(HttpToolsProtocol):
    """uvicorn's protocol with ``[limits]`` ``header``, ``headerTimeout`` and ``writeStall``."""

    def __init__(self, *, limits: Limits, **more: Any) -> None:
        super().__init__(**more)
        self._limits = limits
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
        self.transport = Corked(transport, self.loop)  # type: ignore[assignment]
        self._await_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)
        gone, self._gone = self._gone, None
        if gone is not None:
            gone()

    def _watch(self, gone: Callable[[], object] | None = None) -> None:
        self._gone = gone

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is a WebSocket's."""
        self._stop_waiting()
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
                self._refuse()
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
            self.app = _refuse_header
        super().on_headers_complete()

    def _exact_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            fields = b"".join(b"%b: %b\r\n" % field for field in _FIELDS)
            self.transport.write(_STATUS + fields + b"\r\n" + _TEXT)
            self.transport.close()

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


async def _refuse_header(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 431, "headers": list(_FIELDS)})
    await send({"type": "http.response.body", "body": _TEXT})
