"""multipart/form-data (RFC 7578): parts are payload blocks, without Base64.

The name of a part is the key of a block, its ``Content-Type`` gives the data field: audio/*, image/*, video/*, text/*
and JSON as text, anything else as "other"; without one, or with application/octet-stream, the declared type of the
input counts. The part ``json`` holds ``header`` and ``parameter`` as in a JSON request, and in ``payload`` may hold
attributes of the parts, and blocks of its own.
"""

from __future__ import annotations

import re

from aiges_native import DataListNode
from aiges_native.host.protocol import exact_json
from aiges_native.host.protocol.errors import BAD_JSON, BAD_PAYLOAD, ProtocolError
from aiges_native.host.protocol.json_request import check_utf8
from aiges_native.host.protocol.names import ONCE, OTHER, TEXT, TYPE_OF, pointer, shown, taken
from aiges_native.host.protocol.told import put_data, told_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiges_native.host.protocol.request import Request
    from aiges_native.host.protocol.service import Service

#: The part with header and parameters.
JSON_PART = "json"

# The email package of the standard library raises TypeError and worse on hostile parameters.
_PARAMETER = re.compile(r';\s*([\w!#$%&*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))')
_ESCAPED = re.compile(r"\\([\"\\])")

#: Parts of one request, and bytes of the headers of one part.
MOST_PARTS = 256
MOST_HEADER_BYTES = 8192


def multipart_request(service: Service, body: bytes, sid: str, content_type: str) -> Request:
    """The request. Errors: 10000 for a broken form, 10001 for parts that are no blocks, and those of the JSON part."""
    parts: dict[str, tuple[dict[str, str], bytes]] = {}
    for head, data in _parts(body, _boundary(content_type)):
        name = _parameter(head.get("content-disposition", ""), "name")
        if not name:
            raise ProtocolError(BAD_PAYLOAD, "a part of the form has no name")
        if name in parts:
            raise ProtocolError(BAD_PAYLOAD, f"the form has two parts named {shown(name)}", pointer("payload", name))
        parts[name] = (head, data)
    json = parts.pop(JSON_PART, None)
    described_by = b"{}" if json is None else json[1]
    if not described_by.isascii():
        check_utf8(described_by)
    request = exact_json.decode(service, described_by, sid, False, parts=frozenset(parts))
    described = {node.key: node for node in request.nodes}
    for name, (head, data) in parts.items():
        if not taken(name, "payload"):
            continue
        node = DataListNode(name, data, _data_type(service, name, head.get("content-type", "")), ONCE)
        if name in described:
            node.desc = described[name].desc
        described[name] = node
    request.nodes = list(described.values())
    if service.schema is not None:
        request.told = told_in(described_by)
        for node in request.nodes:
            if node.key in parts:
                put_data(request.told, node)
    return request


def _boundary(content_type: str) -> bytes:
    boundary = _parameter(content_type, "boundary")
    if not 0 < len(boundary) <= 70 or not boundary.isascii():
        raise ProtocolError(BAD_JSON, "Content-Type has no boundary of 1 to 70 characters")
    return boundary.encode()


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """(head, data) of each part; data is copied once, out of the body."""
    mark = b"--" + boundary
    at = 0 if body.startswith(mark) else body.find(b"\r\n" + mark) + 2
    if at == 1:
        raise ProtocolError(BAD_JSON, "the form does not begin with its boundary")
    mark = b"\r\n" + mark
    at += len(mark) - 2
    for _ in range(MOST_PARTS):
        if body.startswith(b"--", at):
            return
        start = body.find(b"\r\n", at)
        if start < 0 or body[at:start].strip(b" \t"):
            raise ProtocolError(BAD_JSON, "the form is broken after a boundary")
        end = body.find(mark, start)
        if end < 0:
            raise ProtocolError(BAD_JSON, "the form does not end with its boundary")
        blank = body.find(b"\r\n\r\n", start, min(end, start + MOST_HEADER_BYTES))
        if blank < 0:
            raise ProtocolError(BAD_JSON, f"the headers of a part do not end within {MOST_HEADER_BYTES} bytes")
        yield _head(body[start + 2 : blank]), body[blank + 4 : end]
        at = end + len(mark)
    if not body.startswith(b"--", at):
        raise ProtocolError(BAD_JSON, f"the form has more than {MOST_PARTS} parts")


def _head(text: bytes) -> dict[str, str]:
    """The header lines of a part, their names in lower case."""
    try:
        lines = text.decode().split("\r\n")  # names are UTF-8, as browsers write them
    except UnicodeDecodeError:
        raise ProtocolError(BAD_JSON, "the headers of a part are no UTF-8") from None
    head = {}
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon:
            raise ProtocolError(BAD_JSON, f"the header {shown(line)} of a part has no colon")
        head[name.strip().lower()] = value
    return head


def _parameter(value: str, name: str) -> str:
    """A parameter of a header value, "" if it is not there."""
    for found in _PARAMETER.finditer(value):
        if found[1].lower() == name:
            return found[3] if found[2] is None else _ESCAPED.sub(r"\1", found[2])
    return ""


def _data_type(service: Service, name: str, content_type: str) -> int:
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("", "application/octet-stream"):
        return (service.inputs or {}).get(name, OTHER if kind else TEXT)
    return TEXT if kind == "application/json" else TYPE_OF.get(kind.partition("/")[0], OTHER)
