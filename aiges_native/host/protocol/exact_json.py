"""A JSON request value by value: every shape and every error, each with its place."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from aiges_native import DataListNode
from aiges_native.host.protocol.block_data import data_of
from aiges_native.host.protocol.errors import BAD_DATA, BAD_JSON, BAD_PAYLOAD, BAD_VALUE, WRONG_TYPE, ProtocolError
from aiges_native.host.protocol.fetches import Fetch, address_in
from aiges_native.host.protocol.names import END, FIELDS, MISSING, ONCE, RESERVED, TEXT, TYPE_OF, pointer, shown, taken
from aiges_native.host.protocol.parameters import new_parameters
from aiges_native.host.protocol.request import Request, status_in
from aiges_native.host.protocol.scalars import check_engine_text, decode_object, engine_text_of, kind, members, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from aiges_native.host.protocol.service import Service

    #: Makes the bytes of a data field: (value, *path) -> bytes.
    Take: TypeAlias = Callable[..., bytes]


def decode(
    service: Service,
    body: bytes | memoryview,
    sid: str,
    stream: bool,
    take: Take = data_of,
    parts: frozenset[str] = frozenset(),
) -> Request:
    """The request. Errors: ProtocolError.

    Nodes have the status "once"; in a stream the one that the client gave, MISSING if none. Those whose data is to be
    fetched are empty.

    ``parts``: keys of blocks whose data comes from elsewhere; what is here are their attributes.
    """
    try:
        envelope = envelope_of(body)
        header = header_of(envelope.get("header"))
        told = bytes(envelope.get("parameter", b"{}"))
        parameters = service.parameters.get(told) or new_parameters(service, told)
        blocks = Blocks(service, status_in(header.get("status")), stream, take, parts)
        nodes = blocks.nodes(envelope.get("payload"))
    except msgspec.DecodeError as error:
        raise ProtocolError(BAD_JSON, f"request is no valid JSON: {error}") from None
    except RecursionError:
        raise ProtocolError(BAD_JSON, "request is nested too deeply") from None
    params = parameters.scalars.copy()
    for name in service.header_pass:
        if name in header:
            check_engine_text(header[name], "header", name)
            params[name] = header[name]
    params["sid"] = sid  # no client overrides it
    return Request({**header}, params, parameters.expects, nodes, fetches=tuple(blocks.fetches))


def envelope_of(body: bytes | memoryview) -> dict[str, Raw]:
    """The names at the top of a request, of equal ones the last. Errors: ProtocolError, msgspec.DecodeError."""
    try:
        return decode_object(body)
    except msgspec.ValidationError:
        raise ProtocolError(BAD_JSON, "request is no JSON object") from None


def header_of(raw: Raw | None) -> dict[str, str]:
    """The header as texts; null is "". Errors: 10107; 10106 for deliveries that need a message queue."""
    header = {}
    for name, value in members(raw, BAD_VALUE, "header").items():
        if not name.startswith(RESERVED):
            header[name] = text_of(value, "header", name) or ""
    if header.get("downMethod") == "async":
        raise ProtocolError(WRONG_TYPE, "replies are not delivered by 'async'; leave it out", "/header/downMethod")
    return header


class Blocks:
    """Reads the blocks of a payload. ``fetches``: what is to be fetched for those read."""

    def __init__(
        self, service: Service, inherited: int | None, stream: bool, take: Take, parts: frozenset[str] = frozenset()
    ) -> None:
        """``inherited``: the status of the header. ``take``, ``parts``: as of :func:`decode`."""
        self._service = service
        self._inherited = inherited
        self._stream = stream
        self._take = take
        self._parts = parts
        self.fetches: list[Fetch] = []

    def nodes(self, raw: Raw | None) -> list[DataListNode]:
        """The nodes of a payload, in order. Errors: 10001, 10009, 10107."""
        return [
            self._node(key, block)
            for key, block in members(raw, BAD_PAYLOAD, "payload").items()
            if taken(key, "payload") and kind(block) != "null"
        ]

    def _node(self, key: str, raw: Raw) -> DataListNode:
        path = ("payload", key)
        given = members(raw, BAD_PAYLOAD, *path)
        present = [name for name in FIELDS if name in given and kind(given[name]) != "null"]
        if len(present) > 1:
            raise ProtocolError(BAD_PAYLOAD, f"block has {' and '.join(present)}, expected one of them", pointer(*path))
        if present and key in self._parts:
            raise ProtocolError(BAD_PAYLOAD, f"block has {present[0]}, and a part of its own", pointer(*path))
        desc = {}
        for name, value in given.items():
            if name not in TYPE_OF and name != "status" and taken(name, *path):
                desc[name] = engine_text_of(value, *path, name) or ""
        url = address_in(self._service, desc, *path) if "dataSrc" in desc else None
        status = _status(given.get("status"), self._stream, *path, "status")
        data = self._take(given[present[0]], *path, present[0]) if present else b""
        if url is not None and (data or key in self._parts):
            raise ProtocolError(BAD_DATA, "block has data and an address, expected one of them", pointer(*path))
        if not present and url is None and not self._may_be_empty(key, status):
            sentence = f"block has no data, expected one of {', '.join(FIELDS)}, or the status {END}"
            raise ProtocolError(BAD_DATA, sentence, pointer(*path))
        data_type = TYPE_OF[present[0]] if present else self._declared(key, desc)
        node = DataListNode(key, data, data_type, status if self._stream else ONCE)
        node.desc = desc
        if url is not None:
            self.fetches.append(Fetch(node, url, pointer(*path, "url")))
        return node

    def _may_be_empty(self, key: str, status: int) -> bool:
        return key in self._parts or (self._inherited if status == MISSING else status) == END

    def _declared(self, key: str, desc: dict[str, str]) -> int:
        """The type of data that the block does not hold."""
        return TYPE_OF.get(desc.get("data_type", ""), (self._service.inputs or {}).get(key, TEXT))


def _status(raw: Raw | None, stream: bool, *path: str) -> int:
    """The status of a block, MISSING if there is none; what is no status is an error only in a stream."""
    if raw is None:
        return MISSING
    text = text_of(raw, *path)
    status = status_in(text)
    if status is None and text is not None and stream:
        raise ProtocolError(BAD_PAYLOAD, f"status is {shown(text)}, expected 0, 1, 2 or 3", pointer(*path))
    return MISSING if status is None else status
