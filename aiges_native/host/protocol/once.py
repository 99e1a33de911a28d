"""A once request: JSON, multipart/form-data, or a raw body."""

from __future__ import annotations

from aiges_native import DataListNode
from aiges_native.host.protocol.errors import BAD_DATA, BAD_JSON, BAD_VALUE, TOO_LARGE, ProtocolError
from aiges_native.host.protocol.json_request import json_request
from aiges_native.host.protocol.names import ONCE, RESERVED, TYPE_OF, pointer, shown
from aiges_native.host.protocol.request import Request
from aiges_native.host.protocol.told import put_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.protocol.service import Service

#: Bytes of a request body, inflated.
BODY_LIMIT = 64 << 20

#: Prefix of engine parameters in the query of a raw body.
QUERY_PREFIX = "p."


def decode_once(
    service: Service,
    body: bytes,
    sid: str,
    *,
    content_type: str = "",
    content_encoding: str = "",
    query: str = "",
    limit: int = BODY_LIMIT,
) -> Request:
    """A once request from the body of an HTTP request.

    ``content_type``, ``content_encoding`` and ``query`` (without ``?``) are as HTTP has them. The body is JSON whatever
    its type says, except multipart/form-data (see ``multipart``) and raw bodies: audio/*, image/*, video/* and
    application/octet-stream. ``limit`` bounds the body, inflated. Errors: ProtocolError.
    """
    if content_encoding and content_encoding.lower() != "identity":
        body = inflated(body, content_encoding, limit)
    if len(body) > limit:
        raise ProtocolError(TOO_LARGE, f"request has {len(body)} bytes, expected at most {limit}")
    if content_type in _JSON:
        request = json_request(service, body, sid, False)
    else:
        request = _by_type(service, body, sid, content_type, query)
    if not request.nodes and service.inputs != {}:
        raise ProtocolError(BAD_DATA, "request has no payload", "/payload")
    if service.declares:
        service.check(request)
        if service.schema is not None:
            service.check_schema(request, body)
    return request


#: Types that say JSON without being looked at.
_JSON = frozenset({"", "application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"})


def _by_type(service: Service, body: bytes, sid: str, content_type: str, query: str) -> Request:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        from aiges_native.host.protocol.multipart import multipart_request

        return multipart_request(service, body, sid, content_type)
    family = kind.partition("/")[0]
    if kind == "application/octet-stream" or family in ("audio", "image", "video"):
        return _raw_request(service, body, sid, TYPE_OF.get(family), query)
    return json_request(service, body, sid, False)


def _raw_request(service: Service, body: bytes, sid: str, kind: int | None, query: str) -> Request:
    """The body is the only input; its bytes are not copied."""
    key = service.only_input()
    if kind is None:
        kind = (service.inputs or {}).get(key, TYPE_OF["other"])
    params = query_params(query)
    node = DataListNode(key, body, kind, ONCE)
    request = Request({}, params, None, [node])
    if service.schema is not None:
        typed = {name: service.schema.typed(service.id, name, text) for name, text in params.items()}
        request.told = {"parameter": {service.id: typed}} if typed else {}
        put_data(request.told, node)
    params["sid"] = sid
    return request


def query_params(query: str) -> dict[str, str]:
    """Engine parameters of a query: ``p.speed=5``; other names are not ours. Errors: 10107."""
    if QUERY_PREFIX not in query:
        return {}
    from urllib.parse import parse_qsl

    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise ProtocolError(BAD_VALUE, f"query cannot be read: {error}") from None
    params = {}
    for name, value in pairs:
        key = name.removeprefix(QUERY_PREFIX)
        if key == name or not key or key.startswith(RESERVED):
            continue
        if "\0" in name or "\0" in value:
            raise ProtocolError(BAD_VALUE, f"query parameter {shown(name)} holds a NUL character", pointer(name))
        params[key] = value
    return params


def inflated(body: bytes, encoding: str, limit: int) -> bytes:
    """The body without its gzip. Errors: 10000 for other encodings and broken data, -20155 beyond ``limit`` bytes."""
    if encoding.lower() not in ("gzip", "x-gzip"):
        raise ProtocolError(BAD_JSON, f"Content-Encoding is {encoding[:40]!r}, expected gzip")
    import zlib

    made = []
    room = limit
    while True:  # a gzip file is one member or several
        member = zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(body, room + 1)
        except zlib.error as error:
            raise ProtocolError(BAD_JSON, f"request is no valid gzip: {error}") from None
        room -= len(piece)
        if room < 0:
            raise ProtocolError(TOO_LARGE, f"request has more than {limit} bytes inflated")
        if not member.eof:
            raise ProtocolError(BAD_JSON, "request is no valid gzip: it ends too early")
        made.append(piece)
        body = member.unused_data
        if not body:
            return made[0] if len(made) == 1 else b"".join(made)
