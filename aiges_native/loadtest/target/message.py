"""Requests and replies of the AI protocol: as JSON, and as binary messages of a WebSocket."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass

from aiges_native.loadtest.frames import BEGIN, CONTINUE, END, ONCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native.loadtest.frames import Frame, Piece
    from aiges_native.loadtest.plan import Plan

DEFAULTS = {"text": {"encoding": "utf8", "compress": "raw", "format": "plain"}}


def request_json(plan: Plan, frame: Frame, first: bool = True, last: bool = True) -> bytes:
    """One message: a whole request (``first`` and ``last``), or a frame of a stream."""
    blocks = {
        piece.stream.key: {**described(piece), piece.stream.kind: b64encode(piece.data).decode()}
        for piece in frame.pieces
    }
    return document(plan, blocks, first, last)


def request_binary(plan: Plan, frame: Frame, first: bool = True, last: bool = True) -> bytes:
    """The same for the subprotocol ``aiges.v1.bin``: a line of JSON that holds lengths, and the data behind it."""
    blocks = {piece.stream.key: {**described(piece), piece.stream.kind: len(piece.data)} for piece in frame.pieces}
    return b"\n".join([document(plan, blocks, first, last), b"".join(piece.data for piece in frame.pieces)])


def document(plan: Plan, blocks: dict[str, dict[str, Any]], first: bool = True, last: bool = True) -> bytes:
    """A message with these blocks as its payload."""
    status = ONCE if first and last else BEGIN if first else END if last else CONTINUE
    found: dict[str, Any] = {"header": {**plan.header, "status": status}}
    if first:
        outputs = {each.key: {"data_type": each.kind, **each.attributes} for each in plan.expects}
        found["parameter"] = {plan.service: {**plan.params, **outputs}}
    found["payload"] = blocks
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def described(piece: Piece) -> dict[str, Any]:
    """The block of a piece, without its data."""
    attributes = {**DEFAULTS.get(piece.stream.kind, {}), **piece.stream.attributes}
    return {**attributes, "status": piece.status, "seq": piece.seq}


@dataclass(frozen=True)
class Reply:
    """What a client needs of a reply. ``result``: it has a payload; ``ended``: nothing follows."""

    code: int
    message: str
    result: bool
    ended: bool


def reply_reader() -> Callable[[bytes], Reply]:
    """A function that reads a reply; ValueError: it is none. With msgspec the payload is passed over, not built."""
    try:
        import msgspec
    except ImportError:
        return read_reply

    class Header(msgspec.Struct):
        code: int
        message: str = ""
        status: int | None = None

    header, payload = ("header", Header), ("payload", dict[str, msgspec.Raw] | None, None)
    decode = msgspec.json.Decoder(msgspec.defstruct("Document", [header, payload])).decode

    def read(data: bytes) -> Reply:
        try:
            found: Any = decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return read_reply(data)  # a status written as a text, or no reply at all
        head, status = found.header, found.header.status
        if head.code or status is None:
            return read_reply(data)
        return Reply(0, head.message, bool(found.payload), status in (END, ONCE))

    return read


def read_reply(data: bytes) -> Reply:
    """Reads any reply. Raises ValueError when there is no code in it."""
    try:
        document = json.loads(data)
        header, payload = document["header"], document.get("payload") or {}
        code, message = int(header["code"]), str(header.get("message", ""))
        blocks = [block for block in payload.values() if isinstance(block, dict)]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("no reply of the AI protocol") from error
    states = [header.get("status"), *(block.get("status") for block in blocks)]
    ended = code != 0 or any(str(state) in ("2", "3") for state in states)
    return Reply(code, message, bool(payload), ended)
