"""Words of the protocol: data fields, names that clients may not use, places in a request."""

from __future__ import annotations

from aiges_native.host.protocol.errors import BAD_VALUE, ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

#: Data type (int) -> name of the data field; also the words of ``data_type``.
FIELDS: Final = ("text", "audio", "image", "video", "other")
TYPE_OF: Final = {name: number for number, name in enumerate(FIELDS)}
TEXT: Final = 0
OTHER: Final = 4

BEGIN: Final = 0
CONTINUE: Final = 1
END: Final = 2
ONCE: Final = 3
#: Of a block in a stream whose client gave none.
MISSING: Final = -1

#: Keys of a block that are no attributes of its data.
NOT_ATTRIBUTES: Final = frozenset({*FIELDS, "status", "seq", "transfer", "data_type"})

#: Keys that carry the host's own words to an engine, among them addresses; from outside they are dropped.
RESERVED: Final = "aiges."

#: Longer values are cut in sentences, longer names in places.
SHOWN: Final = 60


def field_of(data_type: int) -> str:
    """The data field of a data type; a type without a name of its own is "other"."""
    return FIELDS[data_type] if 0 <= data_type < OTHER else "other"


def pointer(*names: str) -> str:
    """The JSON pointer (RFC 6901) of nested names; long names are cut."""
    return "".join("/" + _cut(name).replace("~", "~0").replace("/", "~1") for name in names)


def shown(value: Any) -> str:
    """``repr`` for a sentence, cut after SHOWN characters."""
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def taken(name: str, *path: str) -> bool:
    """Whether a name from outside is used; False: it is dropped. An engine's texts end at a NUL: 10107."""
    if "\0" in name:
        raise ProtocolError(BAD_VALUE, f"name {shown(name)} holds a NUL character", pointer(*path, name))
    return not name.startswith(RESERVED)
