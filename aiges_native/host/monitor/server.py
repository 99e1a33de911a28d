"""HTTP/1.1 for health and metrics: small requests, answered at once on the event loop."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import unquote

import httptools

from .answers import Answer, answer, problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from .board import Board

MAX_CONNECTIONS = 256
MAX_HEADER_BYTES = 16384
MAX_BODY_BYTES = 65536
#: Seconds for a request to arrive; until the next one, longer than scrapers wait between two.
REQUEST_TIMEOUT, IDLE_TIMEOUT = 10.0, 75.0
_ALLOW = "Allow: GET, HEAD\r\n"


async def serve(board: Board, listener: socket.socket) -> asyncio.Server:
    """Serves ``board`` on a listening socket, which becomes the server's."""
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Connection(board, connections), sock=listener)


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, board: Board, connections: set[Connection]) -> None:
        self._board = board
        self._connections = connections
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._accept: list[str] = []
        self._size = 0  # bytes of the present request's header, then of its body

    # --- the connection ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio.Protocol."""
        self._transport = transport  # type: ignore[assignment]
        if len(self._connections) >= MAX_CONNECTIONS:
            self._refuse(503, "too many connections")
            return
        self._connections.add(self)
        self._restart_timer(REQUEST_TIMEOUT)

    def connection_lost(self, error: Exception | None) -> None:
        """Part of asyncio.Protocol."""
        self._connections.discard(self)
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Part of asyncio.Protocol."""
        if self._transport.is_closing():
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            self._refuse(500, "this request cannot be answered")
            raise  # to the log
        except httptools.HttpParserError:  # a request to change the protocol is one, too
            self._refuse(400, "this is no HTTP/1.1 request")

    def pause_writing(self) -> None:
        """Part of asyncio.Protocol: a client that asks and does not read is not listened to."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Part of asyncio.Protocol."""
        self._transport.resume_reading()

    def _restart_timer(self, seconds: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._transport.abort)

    # --- the parser -------------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        self._restart_timer(REQUEST_TIMEOUT)
        self._target = b""
        self._accept = []
        self._size = 0

    def on_url(self, part: bytes) -> None:
        """A part of the request's target."""
        self._target += part
        self._count(len(part), MAX_HEADER_BYTES, 431)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        if name.lower() == b"accept":
            self._accept.append(value.decode("latin-1"))
        self._count(len(name) + len(value) + 4, MAX_HEADER_BYTES, 431)

    def on_headers_complete(self) -> None:
        """From now on the body is counted."""
        self._size = 0

    def on_body(self, part: bytes) -> None:
        """A part of the body, which nobody wants."""
        self._count(len(part), MAX_BODY_BYTES, 413)

    def on_message_complete(self) -> None:
        """The request is whole: it is answered."""
        if self._transport.is_closing():
            return
        method = self._parser.get_method()
        path = unquote(self._target.partition(b"?")[0].decode("latin-1"))
        found = answer(self._board, method, path, ",".join(self._accept))
        keep = self._parser.should_keep_alive()
        self._send(found, keep=keep, body=method != b"HEAD")
        if keep:
            self._restart_timer(IDLE_TIMEOUT)

    def _count(self, size: int, limit: int, status: int) -> None:
        self._size += size
        if self._size > limit and not self._transport.is_closing():
            self._refuse(status, f"the request is longer than {limit} bytes")

    # --- the answer -------------------------------------------------------------------------------------------------

    def _refuse(self, status: int, text: str) -> None:
        self._send(problem(status, text), keep=False)

    def _send(self, found: Answer, *, keep: bool, body: bool = True) -> None:
        head = (
            f"HTTP/1.1 {found.status} {HTTPStatus(found.status).phrase}\r\n"
            f"Content-Type: {found.content_type}\r\nContent-Length: {len(found.body)}\r\n"
            f"Cache-Control: no-store\r\n{_ALLOW if found.status == 405 else ''}"
            f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n"
        )
        self._transport.write(head.encode("latin-1") + (found.body if body else b""))
        if not keep:
            self._transport.close()
