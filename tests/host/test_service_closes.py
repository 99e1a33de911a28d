"""Why a WebSocket is closed: the number and the text of its Close, after a frame that says the same; and pings."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from host.wire import AT_ONCE, ask, open_socket, open_stream, rest_of, stream_of
from serving import Served, serving, write_wrapper
from websockets.sync.client import connect

#: Fails in the call that a request names.
FAILING = """
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):
        def wrapperCreate(self, params, sid, persId, usrTag):
            self.where = params.get("where")
            if self.where == "create":
                return SessionCreateResponse("", 31)
            if self.where == "create raises":
                raise ValueError("in create")
            return SessionCreateResponse(self.where or "nowhere")

        def wrapperWrite(self, handle, req):
            if handle == "write":
                return 32
            if handle == "write raises":
                raise ValueError("in write")
            return 0

        def wrapperRead(self, handle):
            if handle == "read":
                return Response(error_code=33)
            if handle == "read raises":
                raise ValueError("in read")
            last = handle.startswith("destroy")
            return Response([ResponseData("r", "x", status=2)] if last else [])

        def wrapperDestroy(self, handle):
            if handle == "destroy raises":
                raise ValueError("in destroy")
            return 34 if handle == "destroy" else 0
"""

#: Hangs in every session's first write.
HANGING = """
    import time
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):
        def wrapperCreate(self, params, sid, persId, usrTag):
            return SessionCreateResponse(usrTag)

        def wrapperWrite(self, handle, req):
            while True:
                time.sleep(0.05)
"""

CONFIG = """
[ws]
readTimeout = 0.5
sessionTimeout = 1.5
maxMessage = 100000
ping = 1
[aiges]
wrapperDelayDetectPeriod = 0.2
[engine]
onWedge = "stay"
[drain]
grace = 0
fini = 0.2
timeout = 0.2
[engines.echo]
path = "{echo}"
max = 2
[engines.failing]
[engines.hanging]
max = 1
[engines.slowly]
path = "{echo_py}"
rate = 60000
[engines.window]
path = "{echo_py}"
router = "qpsLimiter"
ttl = 60000
max = 1
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("closes")
    (folder / "library").mkdir()
    write_wrapper(folder / "library", "failing", FAILING)
    write_wrapper(folder / "library", "hanging", HANGING)
    engines = library / "library"
    (folder / "aiges.toml").write_text(CONFIG.format(echo=engines / "libecho.so", echo_py=engines / "echo_py"))
    with serving(*AT_ONCE, cwd=folder) as running:
        yield running
        running.stop()  # what it says is tested elsewhere: an engine hangs


@pytest.mark.parametrize(
    ("where", "code", "engine_code"),
    [
        ("create", 10905, 31),
        ("create raises", 10905, -20030),
        ("write", 10907, 32),
        ("write raises", 10907, -20030),
        ("read", 10908, 33),
        ("read raises", 10908, -20030),
    ],
)
def test_an_engine_that_fails(served, where, code, engine_code):
    """It is told at once, not when the session's time is over, which is another code."""
    told = stream_of(served, "failing", ask(status=3, parameter={"failing": {"where": where}}))
    assert (told.code, told.close, told.reason) == (code, 1011, f"code={code}")
    header = told.messages[-1]["header"]
    assert header["engine_code"] == engine_code and header["message"].endswith(f";code={engine_code}")
    assert header["status"] == 0 and "raise" not in header["message"].replace("raised an exception", "")


@pytest.mark.parametrize("where", ["destroy", "destroy raises"])
def test_an_engine_that_fails_to_let_go_has_answered(served, where):
    told = stream_of(served, "failing", ask(status=3, parameter={"failing": {"where": where}}))
    assert (told.code, told.close) == (0, 1000) and told.data("r") == [b"x"]


def test_nobody_speaks(served):
    began = time.monotonic()
    told = stream_of(served, "echo")
    assert (told.code, told.close, told.reason) == (10019, 1008, "code=10019") and time.monotonic() - began >= 0.5
    began = time.monotonic()
    told = stream_of(served, "echo", ask(status=0))
    assert (told.code, told.close, told.reason) == (10019, 1008, "code=10019") and time.monotonic() - began >= 0.5


def test_a_session_that_takes_too_long(served):
    """The wait for input is over with the input: a slow engine has the whole time of a session."""
    slow = ask(status=3, parameter={"echo": {"echo.sleep_ms": 600}})
    assert stream_of(served, "echo", slow).close == 1000
    began = time.monotonic()
    told = stream_of(served, "echo", ask(status=3, parameter={"echo": {"echo.sleep_ms": 60_000}}))
    assert (told.code, told.close, told.reason) == (10114, 1008, "code=10114") and time.monotonic() - began >= 1.5


def test_an_engine_that_hangs_is_told_at_the_sessions_end_and_then_refused(served):
    began = time.monotonic()
    told = stream_of(served, "hanging", ask(status=3))
    assert (told.code, told.close) == (10114, 1008) and time.monotonic() - began >= 1.5
    deadline = time.monotonic() + 15
    while (told := stream_of(served, "hanging", ask(status=3))).code == 10110:
        assert time.monotonic() < deadline, "its slot counts as lost in the end"
        assert (told.close, told.reason) == (1013, "code=10110")
    assert (told.code, told.close, told.reason) == (-20153, 1013, "code=-20153")


def test_no_slot_is_free(served):
    with contextlib.ExitStack() as open_streams:
        streams = [open_streams.enter_context(open_stream(served, "echo")) for _ in range(3)]
        for stream in streams[:2]:
            stream.send(json.dumps(ask(status=3, parameter={"echo": {"echo.sleep_ms": 1400}})))
        for stream in streams[:2]:
            assert "payload" not in json.loads(stream.recv(timeout=10)), "it has begun, and goes on"
        streams[2].send(json.dumps(ask(status=3)))
        told = rest_of(streams[2])
        assert (told.code, told.close, told.reason) == (10110, 1013, "code=10110")
        for stream in streams[:2]:
            assert rest_of(stream).close == 1000


@pytest.mark.parametrize("name", ["slowly", "window"])
def test_more_than_the_rate_allows(served, name):
    assert stream_of(served, name, ask(status=3)).close == 1000
    told = stream_of(served, name, ask(status=3))
    assert (told.code, told.close, told.reason) == (-20152, 1013, "code=-20152")
    status, headers, body = served.request("POST", f"/v1/private/{name}", json.dumps(ask()))
    assert (status, json.loads(body)["header"]["code"], headers["retry-after"]) == (429, -20152, "1")


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_a_message_that_is_too_large(served, compression):
    told = stream_of(served, "echo", ask("x" * 200_000, 0), compression=compression)
    assert told.close == 1009


# ---- Frames that no client library sends -----------------------------------------------------------------------------

UPGRADE = (
    b"GET /v1/private/echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(opcode: int, data: bytes, *, mask: bool = True, first: int = 0x80) -> bytes:
    """A short frame, masked with zeros."""
    head = bytes([first | opcode, (0x80 if mask else 0) | len(data)])
    return head + (bytes(4) if mask else b"") + data


def upgraded(served: Served) -> socket.socket:
    plain = open_socket(served)
    plain.sendall(UPGRADE)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += plain.recv(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    return plain


def all_of(plain: socket.socket) -> bytes:
    got = b""
    try:
        while data := plain.recv(4096):
            got += data
    except ConnectionResetError:
        pass
    return got


@pytest.mark.parametrize(
    ("sent", "close"),
    [
        (frame(1, b"\xff\xfe"), 1007),
        (frame(3, b"x"), 1002),
        (frame(1, b"{}", mask=False), 1002),
        (frame(1, b"{}", first=0xF0), 1002),
        (frame(9, b"x" * 120, first=0), 1002),
        (frame(0, b"no message has begun"), 1002),
        (frame(8, b"\x03"), 1002),
    ],
    ids=["no UTF-8", "opcode 3", "no mask", "reserved bits", "a long ping in pieces", "continuation", "half a number"],
)
def test_broken_frames(served, sent, close):
    with upgraded(served) as plain:
        plain.sendall(sent)
        got = all_of(plain)
    assert got[:1] == b"\x88" and int.from_bytes(got[2:4], "big") == close


def test_any_bytes_leave_the_service_as_it_was(served):
    for _ in range(100):
        with upgraded(served) as plain:
            plain.sendall(os.urandom(64))
        with open_socket(served) as plain:
            plain.sendall(os.urandom(64) + b"\r\n\r\n")
    assert stream_of(served, "echo", ask(status=3)).close == 1000


# ---- Pings -----------------------------------------------------------------------------------------------------------


def test_pings_of_a_client_are_answered_while_the_engine_works(served):
    with open_stream(served, "echo") as stream:
        stream.send(json.dumps(ask(status=3, parameter={"echo": {"echo.sleep_ms": 600}})))
        assert "payload" not in json.loads(stream.recv(timeout=10))
        assert stream.ping().wait(10)
        assert rest_of(stream).close == 1000


def test_a_client_that_answers_no_ping_is_cut(served):
    """Its neighbour, who answers, is not."""
    with connect(f"ws://{served.address}/ping") as stream, open_socket(served) as plain:
        plain.sendall(UPGRADE.replace(b"/v1/private/echo", b"/ping"))
        got = all_of(plain).partition(b"\r\n\r\n")[2]
        assert got[:2] == b"\x89\x04", "a ping"
        assert got[6:7] == b"\x88" and int.from_bytes(got[8:10], "big") == 1011
        stream.send("ping")
        assert stream.recv(timeout=10) == "pong"


def test_a_client_whose_frames_wait_for_a_slow_engine_is_not_cut(library, tmp_path):
    words = ("--set", "limits.inputFrames=1", "--set", "ws.ping=0.5", library / "library/libecho.so")
    with serving(*AT_ONCE, *words, cwd=tmp_path) as running, open_stream(running, "echo") as stream:
        for status in (0, 1, 1, 1, 2):
            stream.send(json.dumps(ask(str(status), status, parameter={"echo": {"echo.sleep_ms": 500}})))
        told = rest_of(stream)
        assert told.close == 1000 and told.data() == [b"0", b"1", b"1", b"1", b"2"]
