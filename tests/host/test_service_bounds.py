"""Bounds of one connection and of all of them: headers, time, connections, clients that do not read, memory."""

from __future__ import annotations

import base64
import contextlib
import json
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Served, serving, text
from waiting import PATIENCE, eventually
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

BODY = json.dumps(text("hello")).encode()
HEAD = b"POST /v1/private/echo HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def bounded(library: Path) -> Iterator[Served]:
    settings = {
        "drain.grace": 0,
        "fc.max": 16,
        "limits.header": 2000,
        "limits.headerTimeout": 1,
        "limits.writeStall": 1,
        "limits.bufferBytes": 20_000_000,
        "ws.readTimeout": 20,
    }
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    with serving(*words, "library/libecho.so", "library/pusher", cwd=library) as running:
        yield running
        assert running.stop() == 0


@contextlib.contextmanager
def connected(served: Served, receive_buffer: int = 0) -> Iterator[socket.socket]:
    host, port = served.address.rsplit(":", 1)
    with socket.socket() as raw:
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.settimeout(PATIENCE)
        raw.connect((host, int(port)))
        yield raw


def all_of(raw: socket.socket) -> bytes:
    """What comes until the end of the connection."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := raw.recv(65536):
            parts.append(part)
    return b"".join(parts)


def request(body: bytes = BODY, fields: bytes = b"") -> bytes:
    return HEAD + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


# ---- Headers ---------------------------------------------------------------------------------------------------------


def test_a_large_header_is_refused(bounded):
    with connected(bounded) as raw:
        raw.sendall(request(fields=b"X: " + b"x" * 3000 + b"\r\n"))
        assert all_of(raw).startswith(b"HTTP/1.1 431 ")


def test_a_header_without_end_is_refused(bounded):
    with connected(bounded) as raw:
        raw.sendall(HEAD)
        for _ in range(4):
            raw.sendall(b"X: " + b"x" * 700 + b"\r\n")
            time.sleep(0.01)  # so that they are read one by one
        assert all_of(raw).startswith(b"HTTP/1.1 431 ")


def test_a_large_body_is_no_large_header(bounded):
    with connected(bounded) as raw:
        body = json.dumps(text("x" * 100_000)).encode()
        raw.sendall(request(body, b"X: " + b"x" * 1000 + b"\r\nConnection: close\r\n"))
        assert all_of(raw).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("begun", [b"", b"POST", HEAD], ids=["nothing", "a word", "half a header"])
def test_a_header_that_does_not_come_ends_the_connection(bounded, begun):
    with connected(bounded) as raw:
        began = time.monotonic()
        raw.sendall(begun)
        assert all_of(raw) == b"" and time.monotonic() - began > 0.9


def test_the_next_header_of_a_connection_has_its_time_too(bounded):
    with connected(bounded) as raw:
        raw.sendall(request())
        assert raw.recv(65536).startswith(b"HTTP/1.1 200 ")
        time.sleep(1.5)  # between two requests there is time
        raw.sendall(request())
        assert raw.recv(65536).startswith(b"HTTP/1.1 200 ")
        raw.sendall(HEAD)
        assert all_of(raw) == b""


def test_a_body_that_stops_half_way_is_answered(library):
    words = ("--set", "http.requestTimeout=0.5", "--set", "drain.grace=0")
    with serving(*words, "library/libecho.so", cwd=library) as hasty:
        for accept in (b"", b"Accept: text/event-stream\r\n"):
            with connected(hasty) as raw:
                raw.sendall(request(fields=accept)[:-10])
                answer = raw.recv(65536)
                assert answer.startswith(b"HTTP/1.1 408 ") and b'"code":10019' in answer
        assert hasty.stop() == 0


def test_a_slow_body_is_waited_for(bounded):
    with connected(bounded) as raw:
        raw.sendall(request(fields=b"Connection: close\r\n")[:-10])
        time.sleep(1.5)
        raw.sendall(BODY[-10:])
        assert all_of(raw).startswith(b"HTTP/1.1 200 ")


def test_answers_to_pipelined_requests_come_in_their_order(bounded):
    with connected(bounded) as raw:
        bodies = [json.dumps(text(f"number {number}")).encode() for number in range(5)]
        raw.sendall(b"".join(map(request, bodies[:-1])) + request(bodies[-1], b"Connection: close\r\n"))
        answer = all_of(raw)
        places = [answer.index(b"number %d" % number) for number in range(5)]
        assert places == sorted(places) and answer.count(b"HTTP/1.1 200 ") == 5


# ---- Connections -----------------------------------------------------------------------------------------------------


def test_connections_beyond_the_limit_are_refused(library):
    with serving("--set", "limits.connections=2", "--set", "drain.grace=0", "library/libecho.so", cwd=library) as small:
        with connected(small) as first, connected(small) as second, connected(small) as third:
            for raw, status in ((first, 200), (second, 200), (third, 503)):
                raw.sendall(request())
                assert raw.recv(65536).startswith(b"HTTP/1.1 %d " % status)
            with connected(small) as stream:
                stream.sendall(
                    b"GET /v1/private/echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
                )
                assert all_of(stream).startswith(b"HTTP/1.1 503 ")
        assert small.stop() == 0


def test_a_client_that_does_not_read_its_answer_is_cut(bounded):
    large = json.dumps(text("x" * 8_000_000)).encode()
    with connected(bounded, receive_buffer=4096) as raw:
        raw.sendall(request(large))
        assert raw.recv(4096).startswith(b"HTTP/1.1 200 ")
        time.sleep(2.5)  # longer than a stall may last, and nobody reads
        assert len(all_of(raw)) < 8_000_000


def test_a_client_that_reads_slowly_gets_all_of_it(bounded):
    large = json.dumps(text("x" * 8_000_000)).encode()
    with connected(bounded) as raw:
        raw.sendall(request(large, b"Connection: close\r\n"))
        size = 0
        began = time.monotonic()
        while part := raw.recv(262_144):
            size += len(part)
            if time.monotonic() - began < 2:
                time.sleep(0.1)
        assert size > 8_000_000


# ---- Memory ----------------------------------------------------------------------------------------------------------


def test_all_requests_together_have_a_bound(bounded):
    """Of three requests of 8 MB, each unfinished, one is refused."""
    large = json.dumps(text("x" * 6_000_000)).encode()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connected(bounded)) for _ in range(3)]
        for raw in clients:
            raw.sendall(request(large)[:-10])
        (refused,), _, _ = select.select(clients, [], [], PATIENCE)
        answer = refused.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503 ") and b'"code":10110' in answer
        assert bounded.post("echo", BODY)[0] == 200, "there is room for small ones"
    eventually(lambda: bounded.post("echo", large)[0] == 200, "what clients that have gone held is given back")


def test_frames_of_all_streams_together_have_a_bound(bounded):
    """Frames that wait for a slow engine: of four of 6 MB, one is with it and no three others find room."""
    block = {"encoding": "utf8", "text": base64.b64encode(b"x" * 6_000_000).decode()}
    with connect(f"ws://{bounded.address}/v1/private/echo", max_size=None) as ws:
        slow = {"parameter": {"echo": {"echo.sleep_ms": 60_000}}}
        ws.send(json.dumps({"payload": {"data": {**block, "status": 0}}, **slow}))
        assert json.loads(ws.recv())["header"]["code"] == 0
        for _ in range(4):
            ws.send(json.dumps({"payload": {"data": {**block, "status": 1}}}))
        assert json.loads(ws.recv())["header"]["code"] == 10110
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv()
        assert closed.value.rcvd.code == 1013
    assert bounded.post("echo", json.dumps(text("x" * 6_000_000)))[0] == 200, "what they held is given back"


def test_memory_of_large_requests_is_given_back(library):
    with serving("--set", "fc.max=16", "--set", "drain.grace=0", "library/libecho.so", cwd=library) as running:
        running.post("echo", BODY)
        idle = resident(running)
        large = json.dumps(text("x" * 1_000_000)).encode()

        def ask() -> None:
            for _ in range(20):
                assert running.post("echo", large)[0] == 200

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        eventually(lambda: resident(running) <= 1.2 * idle, f"memory is as before, {idle} pages")
        assert running.stop() == 0


def resident(served: Served) -> int:
    return int(Path(f"/proc/{served.process.pid}/statm").read_text().split()[1])
