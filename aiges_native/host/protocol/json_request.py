"""A request in JSON: the common shape at once, everything else exactly."""

from __future__ import annotations

from aiges_native.host.protocol import exact_json, typed_json
from aiges_native.host.protocol.errors import BAD_JSON, ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.protocol.request import Request
    from aiges_native.host.protocol.service import Service

#: Text is checked in pieces of this size, so that a large request does not double its memory.
_PIECE = 1 << 20


def json_request(service: Service, body: bytes, sid: str, stream: bool) -> Request:
    """The request; the status of its nodes as of ``exact_json``. Errors: ProtocolError."""
    small = len(body) <= typed_json.SMALL
    if not small and not body.isascii():
        check_utf8(body)
    request = typed_json.decode(service, body, sid, stream)
    if request is not None:
        return request
    if small and not body.isascii():
        check_utf8(body)
    return exact_json.decode(service, body, sid, stream)


def check_utf8(body: bytes) -> None:
    """Errors: 10000 with the position of the first byte that is no UTF-8."""
    from codecs import getincrementaldecoder

    decoder = getincrementaldecoder("utf-8")()
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, start + _PIECE >= len(body))
        except UnicodeDecodeError as error:
            where = start - held + error.start
            raise ProtocolError(BAD_JSON, f"request is no UTF-8: byte {where} ({error.reason})") from None
