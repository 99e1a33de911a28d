"""The common shape of a JSON request, decoded in one pass by typed structs.

Whatever is unusual (an attribute we do not know, a word where a number is expected, no data, an error) gives None, and
``exact_json`` looks at the request again, value by value.
"""

from __future__ import annotations

from binascii import Error

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType
from pybase64 import b64decode

from aiges_native import DataListNode
from aiges_native.host.protocol.block_data import data_of
from aiges_native.host.protocol.errors import ProtocolError
from aiges_native.host.protocol.memory import Memory
from aiges_native.host.protocol.names import FIELDS, MISSING, ONCE, RESERVED
from aiges_native.host.protocol.parameters import new_parameters
from aiges_native.host.protocol.request import Request
from aiges_native.host.protocol.scalars import scalar_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native.host.protocol.service import Service

#: Up to this size a data field is decoded by way of a str, which is then cheaper than a view of the request's memory.
SMALL = 16384

#: Longest attribute that is remembered.
REMEMBERED_LENGTH = 64


class Attributes(Struct, gc=False, forbid_unknown_fields=True):
    """What nearly all clients send with a block."""

    encoding: str | UnsetType = UNSET
    compress: str | UnsetType = UNSET
    format: str | UnsetType = UNSET
    status: int | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    data_type: str | UnsetType = UNSET
    sample_rate: int | UnsetType = UNSET
    channels: int | UnsetType = UNSET
    bit_depth: int | UnsetType = UNSET


class SmallBlock(Attributes, gc=False, forbid_unknown_fields=True):
    """A block whose data is a string."""

    text: str | None = None
    audio: str | None = None
    image: str | None = None
    video: str | None = None
    other: str | None = None


class LargeBlock(Attributes, gc=False, forbid_unknown_fields=True):
    """A block whose data stays where it is until it is decoded."""

    # None is no Raw, and with it in the type msgspec would take nothing else.
    text: Raw = None  # type: ignore[assignment]
    audio: Raw = None  # type: ignore[assignment]
    image: Raw = None  # type: ignore[assignment]
    video: Raw = None  # type: ignore[assignment]
    other: Raw = None  # type: ignore[assignment]


class SmallEnvelope(Struct, gc=False, forbid_unknown_fields=True):
    """A request of at most SMALL bytes."""

    payload: dict[str, SmallBlock]
    header: dict[str, str | int | float | bool | None] = {}
    parameter: Raw = Raw(b"{}")


class LargeEnvelope(Struct, gc=False, forbid_unknown_fields=True):
    """Any request."""

    payload: dict[str, LargeBlock]
    header: dict[str, str | int | float | bool | None] = {}
    parameter: Raw = Raw(b"{}")


_small = msgspec.json.Decoder(SmallEnvelope).decode
_large = msgspec.json.Decoder(LargeEnvelope).decode

#: Attributes of a block, but for its seq -> its desc.
_descriptions: Memory[tuple[object, ...], dict[str, str]] = Memory()


def decode(service: Service, body: bytes, sid: str, stream: bool) -> Request | None:
    """The request, None if it is not of the common shape; the status of its nodes as of ``exact_json``.

    A body of more than SMALL bytes must be UTF-8.
    """
    try:
        envelope = _small(body) if len(body) <= SMALL else _large(body)
        header = envelope.header
        told = bytes(envelope.parameter)
        parameters = service.parameters.get(told) or new_parameters(service, told)
        if "downMethod" in header:
            return None
        params = parameters.scalars.copy()
        if service.header_pass and not _pass_headers(service, header, params):
            return None
        params["sid"] = sid
        nodes = []
        for key, block in envelope.payload.items():
            if key not in service.keys and not _keep_key(service, key):
                return None
            node = _node(key, block, stream)
            if node is None:
                return None
            nodes.append(node)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ProtocolError, Error, ValueError):
        return None  # exact_json says what is wrong, and where
    return Request(header, params, parameters.expects, nodes)


def _pass_headers(service: Service, header: dict[str, str | int | float | bool | None], params: dict[str, str]) -> bool:
    for name in service.header_pass:
        if name in header:
            text = scalar_text(header[name])
            if "\0" in text:
                return False
            params[name] = text
    return True


def _keep_key(service: Service, key: str) -> bool:
    """Whether a key of a block is one that engines may get; it is looked at once."""
    if RESERVED in key or "\0" in key or len(key) > REMEMBERED_LENGTH:
        return False
    service.keys.keep(key, True)
    return True


def _node(key: str, block: SmallBlock | LargeBlock, stream: bool) -> DataListNode | None:
    """The node of a block; None if it has not exactly one data field, or a status that is none."""
    data: str | Raw | None = block.text
    kind = 0
    if data is None or not (block.audio is block.image is block.video is block.other is None):
        fields = (data, block.audio, block.image, block.video, block.other)
        if fields.count(None) != len(FIELDS) - 1:
            return None
        kind = next(number for number, field in enumerate(fields) if field is not None)
        data = fields[kind]
    status = ONCE
    if stream:
        given = block.status
        status = MISSING if given is UNSET else given
        if not MISSING <= status <= ONCE or given == MISSING:
            return None
    made = b64decode(data, validate=True) if type(data) is str else data_of(data)  # type: ignore[arg-type]
    node = DataListNode(key, made, kind, status)
    known = (  # each by name: a call or a starred tuple would take as long as the rest of this function
        block.encoding,
        block.compress,
        block.format,
        block.data_type,
        block.sample_rate,
        block.channels,
        block.bit_depth,
    )
    desc = _descriptions.get(known) or _description(known)
    if desc is None:
        return None
    desc = desc.copy()
    if block.seq is not UNSET:
        desc["seq"] = str(block.seq)
    node.desc = desc
    return node


_NAMES = ("encoding", "compress", "format", "data_type", "sample_rate", "channels", "bit_depth")


def _description(known: tuple[object, ...]) -> dict[str, str] | None:
    """The desc of these attributes; None if a text in it cannot be told to an engine."""
    desc = {name: str(value) for name, value in zip(_NAMES, known, strict=True) if value is not UNSET}
    if any("\0" in text for text in desc.values()):
        return None
    if all(len(text) <= REMEMBERED_LENGTH for text in desc.values()):
        _descriptions.keep(known, desc)
    return desc
