"""Any bytes are a request or a ProtocolError, never anything else, and what is a request can be sent to an engine."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from aiges_native import DataListNode
from aiges_native.host.protocol import (
    OUTCOMES,
    InputState,
    OutputState,
    ProtocolError,
    Request,
    Service,
    decode_frame,
    decode_once,
    once_reply,
)
from aiges_native.host.protocol.exact_json import decode as exact
from aiges_native.host.protocol.typed_json import decode as typed

SECONDS = 0.5
SERVICE = Service("svc", header_pass=["appid"])

WORDS = [
    "header", "parameter", "payload", "svc", "data", "text", "audio", "image", "status", "seq", "encoding", "format",
    "compress", "data_type", "appid", "sid", "aiges.x", "dataSrc", "http", "json", "a/b", "\0", "中", "", "aGVsbG8=",
]  # fmt: skip


#: What is written into the text of a request.
ODD = b'{}[]",:\\u0019aeE+-.\xff\x00\n'


def value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind < 6:
        scalars = [chance.choice(WORDS), chance.randint(-5, 5), chance.random() * 10 ** chance.randint(-9, 9)]
        return [*scalars, None, True, 10 ** chance.randint(0, 40)][kind]
    if kind < 7:
        return [value(chance, depth + 1) for _ in range(chance.randrange(3))]
    return {chance.choice(WORDS): value(chance, depth + 1) for _ in range(chance.randrange(4))}


def nearly(chance: random.Random) -> bytes:
    """A request with one thing or another wrong with it."""
    block: dict[str, Any] = {"text": "aGVsbG8=", "encoding": "utf8", "status": chance.randrange(4)}
    request: dict[str, Any] = {
        "header": {"appid": "a", "status": chance.randrange(4)},
        "parameter": {"svc": {"p": 1, "out": {"data_type": "text"}}},
        "payload": {"data": block},
    }
    places = [request, request["header"], request["parameter"], request["parameter"]["svc"], request["payload"], block]
    for _ in range(chance.randrange(3)):
        chance.choice(places)[chance.choice(WORDS)] = value(chance)
    text = bytearray(json.dumps(request, ensure_ascii=chance.random() < 0.5).encode())
    for _ in range(chance.choice([0, 0, 0, 1, 3])):
        at = chance.randrange(len(text))
        text[at : at + chance.randrange(3)] = bytes(chance.choices(ODD, k=chance.randrange(3)))
    return bytes(text)


def junk(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(200)) if chance.random() < 0.2 else json.dumps(value(chance)).encode()


def inputs(seed: int) -> Any:
    chance = random.Random(seed)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        yield chance, (nearly if chance.random() < 0.8 else junk)(chance)


def attempt(read: Callable[..., Request], *given: Any, **how: Any) -> Request | None:
    try:
        return read(*given, **how)
    except ProtocolError as error:
        assert error.code in OUTCOMES and error.outcome.status in (400, 413, 502)
        assert error.message and (error.path is None or error.path.startswith("/"))
        return None


def sound(request: Request) -> None:
    """An engine can be called with it."""
    names, values = [*request.params, *(request.expects or {})], [*request.params.values()]
    for node in request.nodes:
        assert 0 <= node.type <= 4 and 0 <= node.status <= 3 and node.len == len(node.data)
        names += [node.key, *node.desc]
        values += node.desc.values()
    assert not any("\0" in text for text in [*names, *values])
    assert not any(name.startswith("aiges.") for name in [*names, *request.header])
    assert json.dumps(request.header).encode("utf-8")


@pytest.mark.parametrize(
    "content_type", ["", "multipart/form-data; boundary=X", "audio/wav", "application/octet-stream"]
)
def test_bodies(content_type: str) -> None:
    good = 0
    for chance, body in inputs(1):
        if "form" in content_type:
            body = b'--X\r\nContent-Disposition: form-data; name="json"\r\n\r\n' + body + b"\r\n--X--"
            body = body[: chance.randrange(len(body))] if chance.random() < 0.3 else body
        request = attempt(decode_once, SERVICE, body, "sid", content_type=content_type)
        if request is not None:
            sound(request)
            good += 1
    assert good > 20


def test_heads_of_parts() -> None:
    pieces = [
        b"Content-Disposition: ", b"form-data", b'; name="a"', b"; name=", b"; name*=utf-8''%ff", b"; name*0=a", b";",
        b"Content-Type: ", b"text/plain", b"/", b"audio/x", b"\r\n", b"\r\n\r\n", b"\xff", b"\0", b" ", b"--X",
    ]  # fmt: skip
    for chance, _ in inputs(6):
        body = b"--X\r\n" + b"".join(chance.choices(pieces, k=chance.randrange(12))) + b"\r\n\r\nx\r\n--X--"
        request = attempt(decode_once, SERVICE, body, "s", content_type="multipart/form-data; boundary=X")
        if request is not None:
            sound(request)


def test_gzip() -> None:
    import gzip

    for chance, body in inputs(2):
        packed = bytearray(gzip.compress(body, 1))
        if chance.random() < 0.8:
            packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        attempt(decode_once, SERVICE, bytes(packed), "s", content_encoding="gzip", limit=9999)


@pytest.mark.parametrize("framed", [False, True])
def test_frames(framed: bool) -> None:
    state, good = InputState("sid"), 0
    for chance, message in inputs(3):
        if framed:
            counted = message.replace(b'"aGVsbG8="', str(chance.randrange(4)).encode())
            message = counted + b"\n" + chance.randbytes(chance.randrange(4))
        request = attempt(decode_frame, SERVICE, state, message, framed=framed)
        if request is not None:
            sound(request)
            good += 1
        if request is None or state.over:
            state = InputState("sid")
    assert good > 20


def test_both_readers_give_the_same() -> None:
    compared = 0
    for chance, body in inputs(4):
        try:
            body.decode()
        except UnicodeDecodeError:
            continue
        stream = chance.random() < 0.5
        quick = typed(SERVICE, body, "sid", stream)
        if quick is None:
            continue
        slow = exact(SERVICE, body, "sid", stream)  # raises where the quick one should have given up
        assert (quick.params, quick.expects, quick.header) == (slow.params, slow.expects, slow.header)
        for one, other in zip(quick.nodes, slow.nodes, strict=True):
            assert (one.key, one.data, one.type, one.status, one.desc) == (
                *(other.key, other.data, other.type, other.status, other.desc),
            )
        compared += 1
    assert compared > 100


def test_any_output_is_a_reply() -> None:
    for chance, data in inputs(5):
        nodes = [
            DataListNode(chance.choice(WORDS), data, chance.randrange(5), chance.randrange(4))
            for _ in range(chance.randrange(4))
        ]
        for node in nodes:
            node.desc = {chance.choice(WORDS): chance.choice(WORDS) for _ in range(chance.randrange(3))}
        typed_reply = chance.random() < 0.5
        reply = json.loads(once_reply(SERVICE, "s", None, nodes, typed=typed_reply))  # type: ignore[arg-type]
        for frame in OutputState(SERVICE, "s", None, typed=typed_reply).frames(nodes):  # type: ignore[arg-type]
            assert b"\n" not in frame and json.loads(frame)["header"]["sid"] == "s"
        last = {node.key: node for node in nodes if not node.key.startswith("aiges.")}
        assert set(reply["payload"]) == set(last)
        for key, block in reply["payload"].items():
            if last[key].type and block.get("transfer", "base64") == "base64":
                field = ("text", "audio", "image", "video", "other")[last[key].type]
                assert base64.b64decode(block[field]) == data
