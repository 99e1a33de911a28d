"""Text to speech on espeak-ng. Skipped where the library is missing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from engines.contract import (
    AUDIO,
    BEGIN,
    BUSY,
    CONTINUE,
    END,
    ONCE,
    TEXT,
    TIMEOUT,
    TOO_LARGE,
    Callback,
    Library,
    data,
    nodes,
    params,
)

NOTHING, BAD_TEXT, VOICE, SPEED, PITCH, VOLUME, FAILED, CANCELLED, NO_DATA, ENDED = range(4101, 4111)
SOON = 20_000  # ms, on any machine; nobody waits for LONG, which takes longer
LONG = b"This goes on and on. " * 3000
FORMAT = {"sample_rate": "22050", "channels": "1", "bit_depth": "16", "encoding": "raw"}


@pytest.fixture
def engine(espeak):
    engine = Library(espeak)
    assert engine.Init(None) == 0
    yield engine
    assert engine.Fini() == 0


class Mailbox:
    def __init__(self):
        self.calls, self.final = [], threading.Event()
        self.take = Callback(self.receive)

    def receive(self, tag, response, code):
        seen = nodes(response)
        self.calls.append((code, [node["status"] for node in seen], sum(len(node["data"]) for node in seen)))
        if code != 0 or any(node["status"] >= END for node in seen):
            self.final.set()
        return 0


def test_exec_gives_one_node_of_sound(engine):
    code, (node,) = engine.exec(data(("any", b"hello world")))
    assert code == 0
    assert (node["key"], node["type"], node["status"], node["desc"]) == ("audio", AUDIO, ONCE, FORMAT)
    assert 0.4 < len(node["data"]) / 2 / 22050 < 4 and any(node["data"])


def test_parameters_are_heard(engine):
    request = data(("t", b"one two three four five six seven"))
    slow, fast = (len(engine.exec(request, params(speed=speed))[1][0]["data"]) for speed in (80, 400))
    assert slow > 2 * fast
    silent = engine.exec(request, params(volume=0))[1][0]["data"]
    assert max(silent) == 0
    assert engine.exec(request, params(voice="De", pitch=90))[0] == 0
    assert engine.exec(request, params(voice="fr+f3"))[0] == 0


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("voice", "klingonese", VOICE),
        ("voice", "", VOICE),
        ("voice", "../../etc/passwd", VOICE),
        ("voice", "en+../f3", VOICE),
        ("voice", "e" * 300, VOICE),
        ("speed", 79, SPEED),
        ("speed", "fast", SPEED),
        ("pitch", 101, PITCH),
        ("volume", -1, VOLUME),
    ],
)
def test_bad_parameters_have_codes_of_their_own(engine, key, value, code):
    assert engine.exec(data(("t", b"x")), params(**{key: value})) == (code, [])
    assert engine.create(params(**{key: value})) == (code, None)
    assert key in engine.Error(code).decode()


@pytest.mark.parametrize(
    ("request_data", "code"),
    [
        (None, NOTHING),
        (data(("t", b"")), NOTHING),
        (data(("t", b"\xff\xfe")), BAD_TEXT),
        (data(("t", b"cut \xc3")), BAD_TEXT),
        (data(("t", b"a\0b")), BAD_TEXT),
        (data(("t", b"text", AUDIO)), BAD_TEXT),
        (data(("t", b"x" * 70000)), TOO_LARGE),
    ],
)
def test_bad_requests(engine, request_data, code):
    assert engine.exec(request_data) == (code, [])


def test_session_gives_pieces_while_they_are_made(engine):
    code, handle = engine.create()
    assert code == 0
    assert engine.Write(handle, data(("t", b"The first sentence is here.", TEXT, BEGIN))) == 0
    first = engine.read(handle)
    assert first[0] == 0 and first[1][0]["status"] == BEGIN
    assert engine.Write(handle, data(("t", "Grüße, and that is all.".encode(), TEXT, END))) == 0
    assert engine.Write(handle, data(("t", b"too late", TEXT, END))) == ENDED
    statuses = []
    while not statuses or statuses[-1] != END:
        code, (node,) = engine.read(handle)
        assert code == 0 and node["desc"] == FORMAT and len(node["data"]) <= 8830
        statuses.append(node["status"])
    assert set(statuses[:-1]) == {CONTINUE}
    assert engine.read(handle) == (0, [])
    assert engine.Destroy(handle) == 0


def test_session_that_ends_without_text_ends(engine):
    _, handle = engine.create()
    assert engine.Write(handle, data(("t", b"", TEXT, END))) == 0
    assert engine.read(handle)[1][0]["status"] == ONCE
    assert engine.Destroy(handle) == 0


def test_session_with_callback(engine):
    mailbox = Mailbox()
    _, handle = engine.create(callback=mailbox.take)
    assert engine.Write(handle, data(("t", b"one two three four", TEXT, ONCE))) == 0
    assert mailbox.final.wait(60)
    assert mailbox.calls[0][1] == [BEGIN] and mailbox.calls[-1][1] == [END] and len(mailbox.calls) > 2
    assert engine.Destroy(handle) == 0


def test_async_has_one_final_result(engine):
    mailbox = Mailbox()
    assert engine.exec_async(data(("t", b"one two three four")), mailbox.take) == 0
    assert mailbox.final.wait(60)
    ((code, statuses, size),) = mailbox.calls
    assert (code, statuses) == (0, [ONCE]) and size > 20000


def test_timeout_deadline_and_cancel_stop_the_voice(engine):
    mailbox = Mailbox()
    assert engine.exec_async(data(("t", LONG)), mailbox.take, timeout=10) == 0
    assert mailbox.final.wait(60) and mailbox.calls == [(TIMEOUT, [], 0)]
    assert engine.exec(data(("t", LONG)), params(aiges__deadline_ms=10)) == (TIMEOUT, [])

    mailbox = Mailbox()
    assert engine.exec_async(data(("t", LONG)), mailbox.take, tag=b"c") == 0
    assert engine.aiges_session_cancel(None, b"c") == 0
    assert mailbox.final.wait(60) and mailbox.calls == [(CANCELLED, [], 0)]
    _, handle = engine.create()
    engine.Write(handle, data(("t", LONG, TEXT, END)))
    assert engine.aiges_session_cancel(handle, None) == 0
    assert engine.read(handle)[0] == CANCELLED and engine.Destroy(handle) == 0

    assert engine.exec(data(("t", b"free again")), params(aiges__deadline_ms=SOON))[0] == 0


def test_blocked_callback_stops_nobody_else(engine):
    gate, entered, answers = threading.Event(), threading.Event(), []

    @Callback
    def block(tag, response, code):
        answers.append(engine.Fini())
        entered.set()
        gate.wait(600)
        return 0

    assert engine.exec_async(data(("t", b"hold")), block) == 0
    assert entered.wait(60) and answers == [BUSY]
    assert engine.exec(data(("t", b"others speak on")))[0] == 0
    began = time.monotonic()
    assert engine.Fini() == 0 and time.monotonic() - began < 60
    gate.set()
    assert engine.Init(None) == 0


def test_folder_without_voice_data_is_refused(espeak):
    engine = Library(espeak)
    assert engine.Init(params(espeak__data="/nonexistent")) == NO_DATA
    assert "espeak-ng-data" in engine.Error(NO_DATA).decode()
    assert engine.Init(None) == 0 and engine.Fini() == 0


def test_process_is_left_as_it_was_and_nothing_is_printed(espeak):
    program = """
import locale, os, signal, sys
from engines.contract import Library, data
locale.setlocale(locale.LC_ALL, "C")
state = lambda: (locale.setlocale(locale.LC_ALL), os.getcwd(), [signal.getsignal(n) for n in (2, 13, 15)], os.umask(18))
os.umask(18)
before = state()
engine = Library(sys.argv[1])
assert engine.Init(None) == 0 and state() == before
assert engine.exec(data(("t", "Köln".encode())))[0] == 0 and state() == before
assert engine.Fini() == 0 and state() == before
"""
    tests = __file__.rsplit("/", 2)[0]
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {tests!r})\n{program}", espeak]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
