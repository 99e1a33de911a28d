"""What clients of the tests send, and what they make of the answers."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from typing import Any, NamedTuple

from serving import Served
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

#: For services that nobody waits for: no grace before the drain.
AT_ONCE = ("--set", "drain.grace=0")


def encoded(data: str | bytes) -> str:
    """As the protocol has data: Base64."""
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def block(data: str | bytes, status: int | None = None, field: str = "text", **attributes: Any) -> dict[str, Any]:
    """One block of a payload."""
    return {**attributes, **({} if status is None else {"status": status}), field: encoded(data)}


def ask(data: str | bytes = "x", status: int = 3, **more: Any) -> dict[str, Any]:
    """A request, or a frame, of one text named ``data``; ``more``: header, parameter."""
    return {"payload": {"data": block(data, status)}, **more}


def code_of(answer: dict[str, Any]) -> int:
    code: int = answer["header"]["code"]
    return code


def open_stream(served: Served, name: str, **options: Any) -> ClientConnection:
    return connect(f"ws://{served.address}/v1/private/{name}", max_size=None, **options)


class Told(NamedTuple):
    """All that a stream said: its messages, the number and the text of its Close."""

    messages: list[dict[str, Any]]
    close: int | None
    reason: str

    @property
    def code(self) -> int:
        """That of the last message; 0 if there was none."""
        return code_of(self.messages[-1]) if self.messages else 0

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The payloads, in order."""
        return [message["payload"] for message in self.messages if "payload" in message]

    def data(self, key: str = "data", field: str = "text") -> list[bytes]:
        """The decoded data of one output."""
        return [base64.b64decode(output[key][field]) for output in self.outputs if key in output]


def rest_of(stream: ClientConnection, seconds: float = 20) -> Told:
    """Everything until the service says Close."""
    messages = []
    try:
        while True:
            messages.append(json.loads(stream.recv(timeout=seconds)))
    except ConnectionClosed as end:
        close = end.rcvd
    return Told(messages, close.code if close else None, close.reason if close else "")


def stream_of(served: Served, name: str, *frames: Any, **options: Any) -> Told:
    """A whole stream: these frames, then all that it says."""
    with open_stream(served, name, **options) as stream:
        for frame in frames:
            try:
                stream.send(frame if isinstance(frame, (bytes, str)) else json.dumps(frame))
            except ConnectionClosed:
                break
        return rest_of(stream)


def open_socket(served: Served, receive_buffer: int = 0) -> socket.socket:
    """A bare connection to the service's port."""
    host, port = served.address.rsplit(":", 1)
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(20)
    plain.connect((host, int(port)))
    return plain


def post_head(name: str, size: int, *headers: str) -> bytes:
    """The first bytes of a POST with a body of that size."""
    lines = [f"POST /v1/private/{name} HTTP/1.1", "Host: x", f"Content-Length: {size}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer_on(plain: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the next answer on a bare connection."""
    reply = http.client.HTTPResponse(plain)
    reply.begin()
    return reply.status, {key.lower(): value for key, value in reply.getheaders()}, reply.read()


def metric(served: Served, line: str) -> float:
    """The value of a series as ``/metrics`` of the health port shows it; 0 if it is not there."""
    page = served.request("GET", "/metrics", health=True)[2].decode()
    return next((float(text.rsplit(" ", 1)[1]) for text in page.splitlines() if text.startswith(line + " ")), 0.0)
