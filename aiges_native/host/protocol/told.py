"""What a request says as plain JSON values, which is what a schema speaks of.

Forms that are not JSON, or have their data beside it, are taken for the JSON request that says the same.
"""

from __future__ import annotations

import msgspec
from pybase64 import b64encode_as_string

from aiges_native.host.protocol.errors import BAD_JSON, BAD_VALUE, ProtocolError
from aiges_native.host.protocol.names import ONCE, field_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native import DataListNode

_decode = msgspec.json.Decoder().decode

#: Words of a block that are gone once its data is there.
_SOURCE = ("dataSrc", "url")


def told_in(text: bytes | memoryview) -> dict[str, Any]:
    """The values in the JSON of a request, which has been read before. Errors: 10000, 10107."""
    try:
        told: dict[str, Any] = _decode(text)
    except RecursionError:
        raise ProtocolError(BAD_JSON, "request is nested too deeply") from None
    except msgspec.MsgspecError as error:  # a number out of range where nobody else looks
        raise ProtocolError(BAD_VALUE, f"request cannot be compared with the schema: {error}") from None
    return told


def put_data(told: dict[str, Any], node: DataListNode) -> None:
    """Puts the data of a node where a JSON request has it: Base64 in the block's data field."""
    payload = told.get("payload")
    if not isinstance(payload, dict):
        payload = told["payload"] = {}
    block = payload.get(node.key)
    if not isinstance(block, dict):
        block = payload[node.key] = {"status": ONCE}
    for name in _SOURCE:
        block.pop(name, None)
    block[field_of(node.type)] = b64encode_as_string(node.view)
