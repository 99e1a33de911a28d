"""The WebSocket subprotocol ``aiges.v1.bin``: data as it is, without Base64.

A binary message is one line of JSON, a newline, and the data of its blocks one after the other::

    {"header":{...},"parameter":{...},"payload":{"a":{"encoding":"raw","status":1,"audio":1280},"b":{"text":5}}}\\n
    <1280 bytes><5 bytes>

The line is a frame as in JSON, except that a data field holds the number of its bytes; the data follows in the order
of the blocks in the line. The lengths must sum up to what follows the newline; without data the newline may be left
out. The line holds no newline. Replies have the same form; an error, or any reply without data, is a line alone. In
replies ``seq`` and ``status`` are numbers. A text message is a frame in plain JSON.
"""

from __future__ import annotations

from aiges_native.host.protocol import exact_json
from aiges_native.host.protocol.errors import BAD_PAYLOAD, ProtocolError
from aiges_native.host.protocol.json_request import check_utf8
from aiges_native.host.protocol.names import field_of, pointer
from aiges_native.host.protocol.scalars import kind, refuse
from aiges_native.host.protocol.told import put_data, told_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from msgspec import Raw

    from aiges_native.host.protocol.request import Request
    from aiges_native.host.protocol.service import Service

#: The name that client and server agree on when the connection is opened.
SUBPROTOCOL = "aiges.v1.bin"


def binary_request(service: Service, message: bytes, sid: str, stream: bool) -> Request:
    """The request of a binary message; the status of its nodes as of ``exact_json``. Errors: ProtocolError."""
    end = message.find(b"\n")
    line = message if end < 0 else message[:end]
    if not line.isascii():
        check_utf8(line)
    data = _Data(message, len(message) if end < 0 else end + 1)
    request = exact_json.decode(service, line, sid, stream, data.take)
    left = len(message) - data.at
    if left:
        raise ProtocolError(BAD_PAYLOAD, f"frame has {left} bytes more than its blocks", "/payload")
    if service.schema is not None:
        request.told = told_in(line)
        for node in request.nodes:
            if field_of(node.type) in request.told["payload"][node.key]:
                put_data(request.told, node)
    return request


class _Data:
    """The bytes behind the line, handed out block by block."""

    def __init__(self, message: bytes, at: int) -> None:
        self.message = message
        self.at = at

    def take(self, raw: Raw, *path: str) -> bytes:
        literal = str(memoryview(raw), "utf-8")
        if kind(raw) != "a number" or not literal.isdigit() or len(literal) > 12:
            refuse(raw, "the number of bytes of the data", *path, code=BAD_PAYLOAD)
        start, end = self.at, self.at + int(literal)
        if end > len(self.message):
            sentence = f"block has {literal} bytes, and the frame {len(self.message) - start} more"
            raise ProtocolError(BAD_PAYLOAD, sentence, pointer(*path))
        self.at = end
        return self.message[start:end]
