"""Services that die, say nothing, or say what nobody can read: every request ends under a name, and the run goes on."""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import ssl
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from loadtest import rude
from loadtest.rude import answers, events, frame, http, upgraded

from aiges_native.cli import main
from aiges_native.loadtest import LoadTestError, Plan, Run, Stream, run
from aiges_native.loadtest.chaos import Chaos
from aiges_native.loadtest.crowd import PAUSE
from aiges_native.loadtest.target.events import EventReader

pytest.importorskip("httptools")
pytest.importorskip("websockets")

MS = 1_000_000
S = 1000 * MS
HERE = Path(__file__).parent
OK = b'{"header":{"code":0,"status":3},"payload":{"r":{"status":3,"text":"x"}}}'
PIECE = b'{"header":{"code":0,"status":1},"payload":{"r":{"status":1,"text":"x"}}}'
FULL = b'{"header":{"code":10110,"message":"full"}}'
UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
CLOSE = frame(8, b"\x03\xf0busy")
FRAMES = (Stream("data", "audio", ((b"12", b"34", b"56"),), interval=10 * MS),)


def asked(deed: rude.Deed, path: str = "http://{}/x", tls: ssl.SSLContext | None = None, **changes: object) -> Run:
    """Three requests of one user."""
    with rude.rude(deed, tls) as address:
        plan = Plan(path.format(address), streams=(Stream("data", "text", ((b"hello",),)),), timeout=5 * S)
        return run(replace(plan, **{"count": 3, "duration": None, **changes}))  # type: ignore[arg-type]


def codes(done: Run) -> dict[int | str, int]:
    return {code: failure.count for code, failure in done.record.failures.items()}


# --- http -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (answers(b"how do you do\r\n\r\n"), "bad reply"),
        (answers(b""), "closed"),
        (answers(http(b"")[:20]), "closed"),
        (answers(http(OK, more=5)), "closed"),
        (answers(UPGRADE, then="hold"), "bad reply"),
        (answers(http(b"\xff\xfe"), then="again"), "bad reply"),
        (answers(http(b'{"header":{"code":Infinity}}'), then="again"), "bad reply"),
        (answers(http(b'{"header":{"code":0,"status":3},"payload":[1]}'), then="again"), "bad reply"),
        (answers(http(b"[" * 100_000), then="again"), "bad reply"),
        (answers(http(b"<h1>no</h1>", "502 Bad Gateway"), then="again"), "http 502"),
        (answers(http(OK, "503 Service Unavailable"), then="again"), "http 503"),
    ],
    ids=[
        "no http", "end", "half a head", "half a body", "upgrade", "no utf-8", "infinity", "list", "deep", "502", "503"
    ],
)  # fmt: skip
def test_answers_over_http(deed, code):
    assert codes(asked(deed)) == {code: 3}


def reset(connection: socket.socket) -> None:
    """Ends a connection as a crash does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("drop", [0, 0.5], ids=["", "drop"])
@pytest.mark.parametrize("deed", [lambda connection: None, reset], ids=["end", "reset"])
@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_connections_that_end_as_soon_as_they_are_there(scheme, deed, drop, loop, without):
    if loop == "asyncio":
        without("uvloop")
    lives = itertools.count(8 if scheme == "http" else 1, -1)  # those that are opened before the run
    first = answers(b"") if scheme == "http" else upgraded()
    chaos = Chaos(drop=drop) if drop else None

    def meet(connection: socket.socket) -> object:
        return first(connection) if next(lives) > 0 else deed(connection)

    done = asked(meet, scheme + "://{}/x", users=8, processes=1, count=200, chaos=chaos)
    assert set(codes(done)) <= {"closed", "connect"} and done.record.failed + done.record.dropped == 200


def test_an_answer_to_nothing_is_nobodys_and_ends_the_connection():
    done = asked(answers(http(OK) + http(b'{"header":{"code":5}}'), then="again"))
    assert codes(done) == {} and done.record.histograms["connect"].count == 2


def test_a_connection_that_was_closed_after_an_answer_is_opened_again():
    done = asked(answers(http(OK).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)))
    assert codes(done) == {} and done.record.histograms["connect"].count == 2


def test_words_of_a_service_fit_into_every_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = '{"header":{"code":7,"message":"\\ud800\\u001b[31m red\\n</td>"}}'
    with rude.rude(answers(*[http(text.encode())] * 3)) as address:
        words = ["--json", "a.json", "--html", "a.html", "--csv", "a.csv", "--xtest", "x", "--quiet"]
        assert main(["bench", f"http://{address}/x", "-n", "3", *words]) == 0
    (error,) = json.loads((tmp_path / "a.json").read_text())["errors"]
    assert error == {"code": 7, "count": 3, "text": "  [31m red </td>"}
    assert "\x1b" not in capsys.readouterr().out
    assert "&lt;/td&gt;" in (tmp_path / "a.html").read_text()


def test_a_service_that_dies_in_mid_run():
    command = [sys.executable, str(HERE / "bare_app.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = f"127.0.0.1:{int(process.stdout.readline())}"

        stopped = []

        def kill(seconds: float, ok: int, failed: int) -> None:
            if ok:
                process.kill()
            if failed > 20 and not stopped:
                stopped.append(True)
                raise KeyboardInterrupt

        plan = Plan(f"http://{address}/x", streams=(Stream("data", "text", ((b"hello",),)),), users=4, processes=1)
        done = run(replace(plan, duration=3600 * S), on_progress=kill)
    found = codes(done)
    assert found.keys() <= {"closed", "connect"} and done.record.answered > 0 < found["connect"]
    # nobody knocks at a closed door without a pause
    assert found["connect"] <= 4 * ((done.record.last_end - done.record.begin) // PAUSE + 1)


# --- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "code", "pieces"),
    [
        (answers(events(PIECE, PIECE, OK), then="again"), None, 3),
        (answers(events(PIECE, b'{"header":{"code":10019,"message":"late","status":0}}'), then="again"), 10019, 1),
        (answers(events(PIECE, PIECE, end=False)), "closed", 2),
        (answers(events(PIECE)), "closed", 1),
        (answers(events(PIECE, b"nonsense", OK, end=False), then="hold"), "bad reply", 1),
        (answers(events(OK, b"nonsense"), then="again"), None, 1),
        (answers(http(OK), then="again"), "bad reply", 0),
        (
            answers(http(b'{"header":{"code":10110,"message":"full"}}', "503 Service Unavailable"), then="again"),
            10110,
            0,
        ),
        (answers(http(b"no", "404 Not Found"), then="again"), "http 404", 0),
        (answers(b""), "closed", 0),
    ],
    ids=[
        "well", "error event", "cut", "no last", "nonsense", "after the last", "no events", "refused", "404", "end"
    ],
)  # fmt: skip
def test_streams_of_events(deed, code, pieces):
    done = asked(deed, mode="events")
    assert codes(done) == ({code: 3} if code else {}) and done.record.pieces == 3 * pieces
    assert done.record.histograms["first"].count == (3 if pieces else 0)


def test_the_last_event_is_the_end_whatever_becomes_of_the_body():
    done = asked(answers(events(PIECE, OK, end=False), then="hold"), mode="events", timeout=3 * S, count=1)
    assert codes(done) == {} and done.record.histograms["latency"].high < 3 * S


def test_a_stream_of_events_that_stands_still():
    done = asked(answers(events(PIECE, end=False), then="hold"), mode="events", timeout=S)
    assert codes(done) == {"timeout": 3} and done.record.pieces == 3


EVENTS = b'\xef: a comment\nevent: x\r\ndata: {"a":\ndata: 1}\r\n\r\n\n\nid: 5\n\ndata:no blank\ndata\n\ndata: cut'


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_read_whatever_the_pieces_they_come_in(size):
    reader = EventReader()
    found = [each for at in range(0, len(EVENTS), size) for each in reader.feed(EVENTS[at : at + size])]
    assert found == [b'{"a":\n1}', b"no blank\n"]


# --- websocket --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (upgraded(b"\xff" * 50), "bad reply"),
        (upgraded(frame(1, b"\xff\xfe")), "bad reply"),
        (upgraded(frame(1, b"nonsense")), "bad reply"),
        (upgraded(frame(0, b"continues nothing")), "bad reply"),
        (upgraded(CLOSE), "closed"),
        (upgraded(CLOSE, hold=False), "closed"),
        (upgraded(frame(1, PIECE) + CLOSE), "closed"),
        (upgraded(frame(1, PIECE), hold=False), "closed"),
        (upgraded(frame(1, PIECE[:20], fin=False) + frame(0, PIECE[20:]) + frame(9, b"ping") + frame(1, OK)), None),
    ],
    ids=["no frame", "no utf-8", "no json", "no beginning", "close", "close, end", "piece, close", "end", "well"],
)
def test_streams_over_websocket(deed, code):
    done = asked(deed, "ws://{}/x", mode="stream", streams=FRAMES)
    assert codes(done) == ({code: 3} if code else {})


def test_nothing_is_sent_after_close():
    """Close comes with the answer to the handshake, before the first frame: to send one now would be a fault."""
    done = asked(upgraded(CLOSE), "ws://{}/x", mode="stream", streams=FRAMES)
    assert codes(done) == {"closed": 3} and done.record.written == 0
    assert done.record.failures["closed"].text == "closed with 1008 busy"


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        (lambda connection: connection.sendall(b"\x00\x01nonsense\r\n\r\n"), "no websocket: did not receive a valid"),
        (lambda connection: connection.recv(10), "no websocket: |connection reset"),
        (lambda connection: connection.recv(1 << 16) and connection.recv(1), "no answer"),
        (answers(b""), "no answer"),
    ],
    ids=["nonsense", "end", "silence", "waits for more"],
)
def test_handshakes_that_fail(deed, message):
    with pytest.raises(LoadTestError, match=message) as caught:
        asked(deed, "ws://{}/x", mode="stream", streams=FRAMES, timeout=2 * S)
    assert not caught.value.usage


def test_a_service_without_the_binary_subprotocol(service):
    with pytest.raises(LoadTestError, match=r"does not speak 'aiges\.v1\.bin'"):
        run(Plan(f"ws://{service}/x", "stream", FRAMES, form="binary"))


def test_a_port_without_a_service():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*closed.getsockname())
        for scheme in ("http", "ws"):
            with pytest.raises(LoadTestError, match="connection refused; try starting the service"):
                run(Plan(f"{scheme}://{address}/x", streams=FRAMES))


# --- encrypted --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A service whose certificate nobody knows."""
    if shutil.which("openssl") is None:
        pytest.skip("no certificate can be made: 'openssl' is not on PATH (Debian, Ubuntu: apt-get install openssl)")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
    subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("slow", [False, True], ids=["", "slow"])
def test_services_that_encrypt(tls, loop, slow, without):
    if loop == "asyncio":
        without("uvloop")
    large = events(*[PIECE + b" " * 5000] * 4, OK)
    chaos = Chaos(slow=1.0, slow_rate=50_000) if slow else None
    done = asked(answers(large, then="again"), "https://{}/x", tls, mode="events", insecure=True, chaos=chaos)
    assert codes(done) == {} and done.record.pieces == 15
    if slow:
        assert done.record.histograms["slow"].low >= (20_000 - 5_000) / 50_000 * S
    else:
        found = asked(upgraded(frame(1, OK)), "wss://{}/x", tls, mode="stream", streams=FRAMES, insecure=True)
        assert codes(found) == {}


def test_a_certificate_that_nobody_knows(tls):
    for scheme in ("https", "wss"):
        with pytest.raises(LoadTestError, match=r"certificate verify failed.*; try --insecure, or "):
            asked(answers(b""), scheme + "://{}/x", tls)
