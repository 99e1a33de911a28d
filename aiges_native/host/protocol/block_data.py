"""The bytes of a data field: Base64 text, or JSON that is sent on as text."""

from __future__ import annotations

from binascii import Error

import msgspec
import pybase64

from aiges_native.host.protocol.errors import BAD_PAYLOAD, ProtocolError
from aiges_native.host.protocol.names import pointer
from aiges_native.host.protocol.scalars import refuse

_QUOTE, _OBJECT, _ARRAY = b'"{['
_string = msgspec.json.Decoder(str)
_value = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def data_of(raw: msgspec.Raw, *path: str) -> bytes:
    """The bytes of a data field, decoded straight from the request's memory.

    A string is Base64 of the standard alphabet with padding; CR and LF in it are skipped. An object or array becomes
    compact UTF-8 JSON. Errors: 10001.
    """
    literal = memoryview(raw)
    first = literal[0]
    if first == _QUOTE:
        try:
            return pybase64.b64decode(literal[1:-1], validate=True)
        except (Error, ValueError):
            return _broken_lines(raw, path)
    if first not in (_OBJECT, _ARRAY):
        refuse(raw, "Base64 text, an object or an array", *path, code=BAD_PAYLOAD)
    return _as_json(raw, path)


def _broken_lines(raw: msgspec.Raw, path: tuple[str, ...]) -> bytes:
    """Base64 in lines, or with characters that JSON may escape (``\\/``): looked at only after a first failure."""
    text = _string.decode(raw).replace("\r", "").replace("\n", "")
    try:
        return pybase64.b64decode(text.encode(), validate=True)
    except (Error, ValueError):
        if len(text) % 4:
            why = f"{len(text)} characters, expected a multiple of 4"
        else:
            why = "a character outside the standard alphabet, or padding before the end"
        raise ProtocolError(BAD_PAYLOAD, f"data is no Base64: {why}", pointer(*path)) from None


def _as_json(raw: msgspec.Raw, path: tuple[str, ...]) -> bytes:
    try:
        return _encoder.encode(_value.decode(raw))
    except msgspec.ValidationError as error:  # a number that no double holds
        raise ProtocolError(BAD_PAYLOAD, f"data cannot be sent on as JSON: {error}", pointer(*path)) from None
