"""A service that behaves as no service should: it does with a connection what a test says."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

Deed = Callable[[socket.socket], object]


@contextlib.contextmanager
def rude(deed: Deed, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """host:port. ``deed`` gets every connection, on a thread of its own; it is closed when the deed is done."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=meet, args=(listening.accept()[0],), daemon=True).start()

    def meet(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            deed(connection if tls is None else tls.wrap_socket(connection, server_side=True))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield "{}:{}".format(*listening.getsockname())
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def request_of(connection: socket.socket) -> bytes:
    """Reads one request with a body; empty: the client is gone."""
    data = b""
    while (found := re.search(rb"content-length: (\d+)\r\n(?:.+\r\n)*\r\n", data, re.IGNORECASE)) is None or len(
        data
    ) < found.end() + int(found[1]):
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    return data


def answers(*parts: bytes, then: str = "end") -> Deed:
    """Answers the requests of a connection with one of the parts each. After the last it ends the connection, is
    silent (``hold``), or answers further requests in the same way (``again``)."""

    def deed(connection: socket.socket) -> None:
        while True:
            for part in parts:
                if not request_of(connection):
                    return
                connection.sendall(part)
            if then != "again":
                break
        if then == "hold":
            connection.recv(1)

    return deed


def http(body: bytes, status: str = "200 OK", kind: str = "application/json", more: int = 0) -> bytes:
    """A whole answer; ``more``: bytes that its length promises and that do not come."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body) + more}\r\n\r\n"
    return head.encode() + body


def events(*data: bytes, end: bool = True) -> bytes:
    """A stream of events in chunks; without ``end`` it goes on."""
    chunks = [b"data: " + each + b"\n\n" for each in data]
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + body + (b"0\r\n\r\n" if end else b"")


def upgraded(*frames: bytes, hold: bool = True) -> Deed:
    """Accepts a WebSocket and sends these bytes with the same words; then is silent, or gone."""

    def deed(connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", data, re.IGNORECASE)
        assert key is not None
        accept = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        connection.sendall(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + b"".join(frames))
        while hold and connection.recv(65536):
            pass

    return deed


def frame(opcode: int, data: bytes, fin: bool = True) -> bytes:
    """A frame of a server, of at most 125 bytes."""
    return bytes([(0x80 if fin else 0) | opcode, len(data)]) + data
