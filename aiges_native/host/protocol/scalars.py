"""JSON values as the texts that engines receive."""

from __future__ import annotations

import msgspec

from aiges_native.host.protocol.errors import BAD_VALUE, ProtocolError
from aiges_native.host.protocol.names import pointer, shown
from aiges_native.sdk.fields import param_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, TypeAlias

#: What a JSON scalar is decoded to; integers at any length are taken from their literal instead.
Scalar: TypeAlias = "str | int | float | bool | None"

KINDS = {
    b'"': "a string",
    b"{": "an object",
    b"[": "an array",
    b"t": "a boolean",
    b"f": "a boolean",
    b"n": "null",
}

_string = msgspec.json.Decoder(str)

#: The members of a JSON object, of equal names the last.
decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def kind(raw: msgspec.Raw) -> str:
    """What a JSON value is, for sentences."""
    return KINDS.get(bytes(memoryview(raw)[:1]), "a number")


def scalar_text(value: Scalar) -> str:
    """The text of a decoded scalar: integers as digits, other numbers as the shortest decimal without exponent."""
    if type(value) is str:
        return value
    return str(value) if type(value) is int else param_text(value)


def text_of(raw: msgspec.Raw, *path: str) -> str | None:
    """The text of a JSON scalar, None for null. Errors: 10107 for objects, arrays, numbers out of range."""
    literal = memoryview(raw)
    first = literal[0]
    if first == ord('"'):
        return _string.decode(raw)
    if first in b"tfn":
        return None if first == ord("n") else str(literal, "ascii")
    if first in b"{[":
        refuse(raw, "a scalar", *path)
    return number_text(str(literal, "ascii"), *path)


def engine_text_of(raw: msgspec.Raw, *path: str) -> str | None:
    """The same for what an engine gets, whose texts end at a NUL: also 10107."""
    text = text_of(raw, *path)
    if text is not None:
        check_engine_text(text, *path)
    return text


def check_engine_text(text: str, *path: str) -> None:
    """Errors: 10107 for a NUL."""
    if "\0" in text:
        raise ProtocolError(BAD_VALUE, f"value {shown(text)} holds a NUL character", pointer(*path))


def number_text(literal: str, *path: str) -> str:
    """The text of a JSON number. An integer keeps its digits; errors: 10107 beyond the range of a double."""
    digits = literal.removeprefix("-")
    if digits.isdigit():
        return literal if digits != "0" else "0"
    value = float(literal)
    if value in (float("inf"), float("-inf")):
        raise ProtocolError(BAD_VALUE, f"number {literal[:40]} is out of range", pointer(*path))
    return param_text(value)


def refuse(raw: msgspec.Raw, expected: str, *path: str, code: int = BAD_VALUE) -> NoReturn:
    """Raises ProtocolError: found, expected, where."""
    raise ProtocolError(code, f"found {kind(raw)}, expected {expected}", pointer(*path))


def members(raw: msgspec.Raw | None, code: int, *path: str) -> dict[str, msgspec.Raw]:
    """The members of an object; none if it is absent or null. Errors: ``code`` for anything else."""
    if raw is None or kind(raw) == "null":
        return {}
    if kind(raw) != "an object":
        refuse(raw, "an object", *path, code=code)
    return decode_object(raw)
