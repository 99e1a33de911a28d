"""Replies: of a once request, of a stream, of a request that failed."""

from __future__ import annotations

import msgspec

from aiges_native.host.protocol.errors import WRONG_TYPE, ProtocolError
from aiges_native.host.protocol.names import (
    BEGIN,
    END,
    FIELDS,
    NOT_ATTRIBUTES,
    ONCE,
    OTHER,
    RESERVED,
    TEXT,
    field_of,
)
from aiges_native.host.protocol.transfer import PLAIN, as_plain, as_stream_text, as_typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any, TypeAlias

    from aiges_native import ResultNode
    from aiges_native.host.protocol.parameters import Expects
    from aiges_native.host.protocol.service import Service

    #: (JSON up to the number of the block, data type, attribute `format`)
    Opening: TypeAlias = tuple[bytes, int, str | None]

#: Longest opening that is remembered.
REMEMBERED_BYTES = 1024

_encode = msgspec.json.Encoder().encode


#: What a once reply says of each block: its number, that it is all, and the name of its data field.
_ONCE_COMPAT = [f'"seq":"0","status":"3","{field}":'.encode() for field in FIELDS]
_ONCE_TYPED = [f'"seq":0,"status":3,"{field}":'.encode() for field in FIELDS]


def once_reply(
    service: Service, sid: str, expects: Expects | None, result: Iterable[ResultNode], *, typed: bool | None = None
) -> bytes:
    """The body of a successful once request.

    ``expects`` as in the request. ``typed``: whether the client asked for typed replies; None: what the service does.
    Of outputs with equal keys the last is sent. Errors: 10106 if an output has another type than the client expects.
    """
    if typed is None:
        typed = service.typed
    middles = _ONCE_TYPED if typed else _ONCE_COMPAT
    blocks: dict[str, tuple[bytes, ...]] = {}
    for node in result:
        key = node.key
        opening = _opening(service, expects, node, key)
        if opening is None:
            continue
        start, kind, format = opening
        if typed:
            how, data = as_typed(node, format)
            end = b',"transfer":"%b"}' % how
        else:
            how, data = as_plain(node)
            end = b"}" if how is PLAIN or kind != TEXT else b',"transfer":"base64"}'
        if key in blocks:
            service.dropped(key)
        blocks[key] = (start, middles[kind], *data, end)
    message = '"message":"success",' if typed else ""
    parts = [f'{{"header":{{"code":0,{message}"sid":"{sid}","status":3}},"payload":{{'.encode()]
    for block in blocks.values():
        parts += block
        parts.append(b",")
    if blocks:
        parts.pop()
    parts.append(b"}}")
    return b"".join(parts)


class OutputState:
    """The replies of one stream: WebSocket frames, and events of a once request that is answered in pieces.

    ``over``: an output had the status 2 or 3. ``framed``: replies are binary messages of ``aiges.v1.bin``.
    """

    __slots__ = ("_expects", "_framed", "_seq", "_service", "_sid", "_typed", "over", "started")

    def __init__(
        self, service: Service, sid: str, expects: Expects | None, *, typed: bool | None = None, framed: bool = False
    ) -> None:
        self._service = service
        self._sid = sid
        self._expects = expects
        self._typed = service.typed if typed is None else typed
        self._framed = framed
        self._seq: dict[str, int] = {}
        self.started = False
        self.over = False

    def frames(self, result: Iterable[ResultNode]) -> list[bytes]:
        """The frames of one result: one, more if it has several pieces of an output, none if nobody wants any.

        A result that ends the stream gives a frame even if its last output is nobody's. Errors: 10106; what came after
        the end of the stream is dropped and counted.
        """
        frames: list[bytes] = []
        blocks: dict[str, tuple[ResultNode, Opening]] = {}
        status = BEGIN
        ended = False
        for node in result:
            key = node.key
            if self.over:
                self._service.dropped(key)
                continue
            if key in blocks:
                frames.append(self._frame(blocks.values(), status))
                blocks, status = {}, BEGIN
            ended = ended or node.status in (END, ONCE)
            status = max(status, node.status)
            opening = _opening(self._service, self._expects, node, key)
            if opening is not None:
                blocks[key] = (node, opening)
        if blocks or (ended and not self.over):
            frames.append(self._frame(blocks.values(), status))
        self.over = self.over or ended
        return frames

    def _frame(self, blocks: Collection[tuple[ResultNode, Opening]], status: int) -> bytes:
        self.started = True
        header = f'{{"header":{{"code":0,"message":"success","sid":"{self._sid}","status":{status}}},"payload":{{'
        parts: list[bytes | memoryview] = [header.encode()]
        behind: list[memoryview] = []
        for node, (start, kind, format) in blocks:
            seq = self._seq[node.key] = self._seq.get(node.key, 0) + 1
            if self._framed:
                behind.append(node.view)
                data: tuple[bytes, ...] = (b"%d" % len(node),)
                end = b"}"
            elif self._typed:
                how, data = as_typed(node, format)
                end = b',"transfer":"%b"}' % how
            else:
                data = as_stream_text(node, format)[1]
                end = b"}"
            parts += (start, self._middle(seq, node.status, kind), *data, end, b",")
        if blocks:
            parts.pop()
        parts.append(b"}}")
        if behind:
            parts.append(b"\n")
            parts += behind
        return b"".join(parts)

    def _middle(self, seq: int, status: int, kind: int) -> bytes:
        numbers = ("seq", "status") if self._typed or self._framed else self._service.frame_numbers
        seq_text = seq if "seq" in numbers else f'"{seq}"'
        status_text = status if "status" in numbers else f'"{status}"'
        return f'"seq":{seq_text},"status":{status_text},"{FIELDS[kind]}":'.encode()


def acknowledgement(sid: str) -> bytes:
    """What the first frame of a stream is answered with, unless output is already there."""
    return f'{{"header":{{"code":0,"message":"success","sid":"{sid}","status":0}}}}'.encode()


def sse_event(frame: bytes) -> bytes:
    """A frame as a server-sent event; frames hold no line breaks."""
    return b"data: " + frame + b"\n\n"


def error_body(code: int, message: str, sid: str, *, path: str | None = None, engine_code: int | None = None) -> bytes:
    """The body of a failed once request. ``path``: JSON pointer; ``engine_code``: the engine's own code."""
    return _encode({"header": _error_header(code, message, sid, path, engine_code), "payload": None})


def error_frame(code: int, message: str, sid: str, *, path: str | None = None, engine_code: int | None = None) -> bytes:
    """The last frame of a failed stream; arguments as of :func:`error_body`."""
    return _encode({"header": {**_error_header(code, message, sid, path, engine_code), "status": 0}})


def _error_header(code: int, message: str, sid: str, path: str | None, engine_code: int | None) -> dict[str, Any]:
    header: dict[str, Any] = {"code": code, "message": _clean(message), "sid": sid}
    if path:
        header["path"] = _clean(path)
    if engine_code is not None:
        header["engine_code"] = engine_code
    return header


def _opening(service: Service, expects: Expects | None, node: ResultNode, key: str) -> Opening | None:
    """How the block of an output begins: ``"key":{"encoding":...,``; None if the client does not want it.

    Outputs look alike from request to request, so openings are remembered. Errors: 10106.
    """
    desc = node.desc
    looks = (key, node.type, *desc.items()) if desc else (key, node.type)
    memory = service.openings if expects is None else expects.openings
    return memory.get(looks) or _new_opening(service, expects, node, looks)


def _new_opening(
    service: Service, expects: Expects | None, node: ResultNode, looks: tuple[object, ...]
) -> Opening | None:
    key = node.key
    kind = node.type if 0 <= node.type < OTHER else OTHER
    attributes = dict(node.desc)
    size = sum(len(name) + len(value) for name, value in attributes.items())
    if expects is not None:
        expect = expects.get(key)
        if expect is None:
            service.dropped(key)
            return None
        _check_type(service, key, kind, expect)
        attributes.update(expect)  # the client's words overlay the engine's
    elif key.startswith(RESERVED):
        service.dropped(key)
        return None
    for name in [name for name in attributes if name in NOT_ATTRIBUTES or name.startswith(RESERVED)]:
        del attributes[name]
    words = _json(attributes)
    opening = (_json(key) + b":" + words[:-1] + (b"," if attributes else b""), kind, attributes.get("format"))
    if len(opening[0]) + size <= REMEMBERED_BYTES:
        memory = service.openings if expects is None else expects.openings
        memory.keep(looks, opening)
    return opening


def _check_type(service: Service, key: str, kind: int, expect: Mapping[str, str]) -> None:
    """Errors: 10106 if the client, or else the service's own schema, says another type."""
    word = expect.get("data_type")
    if word is None and service.outputs and key in service.outputs:
        word = field_of(service.outputs[key])
    if word is not None and word != FIELDS[kind]:
        raise ProtocolError(WRONG_TYPE, f"output '{key}' is {FIELDS[kind]}, expected {word}")


def _json(value: str | dict[str, str]) -> bytes:
    try:
        return _encode(value)
    except UnicodeEncodeError:  # an engine's bytes that are no UTF-8 were decoded to surrogates, which no JSON has
        return _encode(_clean(value) if isinstance(value, str) else {_clean(k): _clean(v) for k, v in value.items()})


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
