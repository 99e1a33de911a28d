"""How the bytes of an output stand in a JSON reply."""

from __future__ import annotations

import msgspec
from pybase64 import b64encode

from aiges_native.host.protocol.names import TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from aiges_native import ResultNode

    #: (how, pieces of JSON)
    Transfer: TypeAlias = tuple[bytes, tuple[bytes, ...]]

PLAIN = b"plain"
JSON = b"json"
BASE64 = b"base64"

_encode = msgspec.json.Encoder().encode
_syntax = msgspec.json.Decoder(msgspec.Raw)


def as_base64(node: ResultNode) -> Transfer:
    """Base64, straight from the engine's memory."""
    return BASE64, (b'"', b64encode(node), b'"')


def as_plain(node: ResultNode) -> Transfer:
    """Text as a string; Base64 for anything else, and for text that is not UTF-8."""
    if node.type != TEXT:
        return as_base64(node)
    try:
        return PLAIN, (_encode(str(node, "utf-8")),)
    except UnicodeDecodeError:
        return as_base64(node)


def as_stream_text(node: ResultNode, format: str | None) -> Transfer:
    """Base64; text whose attribute ``format`` is "json", and which is JSON, as that value."""
    if format == "json" and node.type == TEXT and (value := _json(node)) is not None:
        return JSON, (value,)
    return as_base64(node)


def as_typed(node: ResultNode, format: str | None) -> Transfer:
    """JSON value, string or Base64, by what the data is."""
    if format == "json" and node.type == TEXT and (value := _json(node)) is not None:
        return JSON, (value,)
    return as_plain(node)


def _json(node: ResultNode) -> bytes | None:
    """The data as compact JSON in UTF-8, None if it is not that."""
    data = node.data
    try:
        if not data.isascii():
            data.decode()
        _syntax.decode(data)
        return msgspec.json.format(data, indent=-1)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
