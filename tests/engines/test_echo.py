"""The template engine: what it promises to hosts, gentle ones (ctypes) and rough ones (hammer.c)."""

from __future__ import annotations

import ctypes as c
import subprocess
import threading
from pathlib import Path

import pytest
from engines.contract import (
    ALREADY_INIT,
    AUDIO,
    BEGIN,
    CONTINUE,
    END,
    ONCE,
    PER,
    TEXT,
    TIMEOUT,
    UNKNOWN_RESOURCE,
    Callback,
    Library,
    data,
    nodes,
    params,
)

ROOT = Path(__file__).parents[2]
NOTHING, BAD_NUMBER, ENDED, UNLOADED, CANCELLED = 4001, 4002, 4003, 4004, 4005
Meter = c.CFUNCTYPE(c.c_int, c.c_char_p, c.c_char_p, c.c_int)
Trace = c.CFUNCTYPE(c.c_int, c.c_char_p, c.c_char_p, c.c_char_p)


@pytest.fixture
def engine(echo):
    engine = Library(echo)
    assert engine.Init(None) == 0
    yield engine
    assert engine.Fini() == 0


def test_exec_gives_back_every_node(engine):
    code, seen = engine.exec(data(("a", b"one", TEXT, BEGIN), ("b", b"", AUDIO, END), ("a", b"\0\xff", 9, ONCE)))
    assert code == 0
    assert [(node["key"], node["data"], node["type"], node["status"]) for node in seen] == [
        ("a", b"one", TEXT, ONCE),
        ("b", b"", AUDIO, ONCE),
        ("a", b"\0\xff", 9, ONCE),
    ]


def test_desc_is_copied_but_not_what_speaks_about_the_hosts_memory(engine):
    request = data(("a", b"one"))
    request.contents.desc = params(rate=16000, aiges__buffer="0x1000", empty="")
    assert engine.exec(request)[1][0]["desc"] == {"rate": "16000", "empty": ""}


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"echo__fail": 7}, 7),
        ({"echo__fail": -1}, -1),
        ({"echo__fail": "often"}, BAD_NUMBER),
        ({"echo__sleep_ms": ""}, BAD_NUMBER),
        ({"echo__sleep_ms": 60000, "aiges__deadline_ms": 5}, TIMEOUT),
        ({"unknown": "x"}, 0),
    ],
)
def test_wishes(engine, wishes, code):
    assert engine.exec(data(("a", b"one")), params(**wishes))[0] == code
    assert engine.Error(code)


def test_upper_is_ascii_only(engine):
    assert engine.exec(data(("a", "äbc".encode())), params(echo__upper=1))[1][0]["data"] == "äBC".encode()


def test_first_of_equal_parameters_wins(engine):
    wishes = params(echo__fail=3)
    wishes.contents.next = params(echo__fail=4)
    assert engine.exec(data(("a", b"one")), wishes)[0] == 3


def test_request_without_data_is_nothing_to_echo(engine):
    assert engine.exec(None) == (NOTHING, [])
    assert "nothing to echo" in engine.Error(NOTHING).decode()


def test_session_is_read_in_the_order_of_writing(engine):
    code, handle = engine.create()
    assert code == 0 and engine.read(handle) == (0, [])
    for text, status in ((b"a", BEGIN), (b"b", CONTINUE), (b"c", END)):
        assert engine.Write(handle, data(("k", text, AUDIO, status))) == 0
    seen = [engine.read(handle)[1][0] for _ in range(3)]
    assert [(node["data"], node["status"], node["type"]) for node in seen] == [
        (b"a", BEGIN, AUDIO),
        (b"b", CONTINUE, AUDIO),
        (b"c", END, AUDIO),
    ]
    assert engine.read(handle) == (0, [])
    assert b"3 written" in engine.DebugInfo(handle)
    assert engine.Destroy(handle) == 0


def test_session_with_callback(engine):
    seen = []

    @Callback
    def take(tag, response, code):
        seen.append((tag, code, [(node["data"], node["status"]) for node in nodes(response)]))
        return 0

    code, handle = engine.create(callback=take, tag=b"mine")
    assert code == 0
    assert engine.Write(handle, data(("k", b"a", TEXT, BEGIN))) == 0
    assert engine.Write(handle, data(("k", b"b", TEXT, END))) == 0
    assert engine.Write(handle, data(("k", b"c", TEXT, END))) == ENDED
    assert engine.Destroy(handle) == 0
    assert seen == [(b"mine", 0, [(b"a", BEGIN)]), (b"mine", 0, [(b"b", END)])]


def test_create_fails_with_its_code(engine):
    assert engine.create(params(echo__fail=12)) == (12, None)
    assert engine.create(ids=[5]) == (UNLOADED, None)


@pytest.mark.parametrize(("wishes", "timeout", "code"), [({}, 0, 0), ({"echo__sleep_ms": 60000}, 5, TIMEOUT)])
def test_async_is_answered_once(engine, wishes, timeout, code):
    seen, done = [], threading.Event()

    @Callback
    def take(tag, response, code):
        seen.append((tag, code, [node["data"] for node in nodes(response)]))
        done.set()
        return 0

    assert engine.exec_async(data(("k", b"x", TEXT, BEGIN)), take, params(**wishes), timeout, b"t") == 0
    assert done.wait(10)
    assert seen == [(b"t", code, [] if code else [b"x"])]


def test_async_that_is_cancelled_still_answers(engine):
    seen, done = [], threading.Event()

    @Callback
    def take(tag, response, code):
        seen.append(code)
        done.set()
        return 0

    assert engine.exec_async(data(("k", b"x")), take, params(echo__sleep_ms=60000), tag=b"t") == 0
    assert engine.aiges_session_cancel(None, b"t") == 0
    assert done.wait(10) and seen == [CANCELLED]


def test_resource_is_added_to_the_result(engine):
    request = data(("k", b"x"))
    assert engine.exec(request, ids=[7])[0] == UNLOADED
    assert engine.LoadRes(data(("voice", b"bytes of it", PER, END)), 7) == 0
    code, seen = engine.exec(request, params(echo__upper=1), ids=[7])
    assert code == 0
    assert [(node["key"], node["data"], node["type"], node["status"]) for node in seen[1:]] == [
        ("resource", b"bytes of it", TEXT, ONCE)
    ]
    assert engine.LoadRes(data(("voice", b"newer", PER, END)), 7) == 0
    assert engine.exec(request, ids=[7])[1][-1]["data"] == b"newer"
    assert engine.UnloadRes(7) == 0 and engine.UnloadRes(7) == UNKNOWN_RESOURCE


def test_meter_and_trace(engine):
    seen = []
    meter = Meter(lambda tag, key, count: seen.append((tag, key, count)) or 0)
    trace = Trace(lambda tag, key, value: seen.append((tag, key, value)) or 0)
    engine.SetCtrl(0, c.cast(meter, c.c_void_p))
    engine.SetCtrl(2, c.cast(trace, c.c_void_p))
    engine.exec(data(("a", b"12345"), ("b", b"678")), tag=b"t")
    engine.SetCtrl(0, None)
    engine.SetCtrl(2, None)
    engine.exec(data(("a", b"12345")))
    assert seen == [(b"t", b"echo.calls", 1), (b"t", b"echo.bytes", b"8")]


def test_init_fails_as_configured_and_works_afterwards(echo):
    engine = Library(echo)
    assert engine.Init(params(echo__fail_init=9)) == 9
    assert engine.Init(params(echo__fail_init="x")) == BAD_NUMBER
    assert engine.Init(None) == 0 and engine.Init(None) == ALREADY_INIT
    assert engine.exec(data(("a", b"x")))[0] == 0
    assert engine.Fini() == 0
    assert engine.Version() == b"1.0.0" and engine.aiges_abi_version() == 65536


def test_rough_hosts(echo, compile_host):
    hammer = compile_host(ROOT / "tests/engines/hammer.c", "-Werror")
    subprocess.run([hammer, echo, "8", "50"], check=True, timeout=120, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize("sanitizer", ["address,undefined", "thread"])
def test_rough_hosts_under_sanitizers(compile_engine, compile_host, sanitizer):
    flag = f"-fsanitize={sanitizer}"
    try:
        hammer = compile_host(ROOT / "tests/engines/hammer.c", flag)
        engine = compile_engine(ROOT / "csrc/engines/echo.c", flag)
    except subprocess.CalledProcessError:
        pytest.skip(f"the compiler has no {flag}")
    # TSan of older compilers cannot live with much address randomisation.
    command = ["setarch", "-R", hammer, engine, "8", "20"]
    environment = {"TSAN_OPTIONS": "die_after_fork=0", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    if "Operation not permitted" in done.stderr and "setarch" in done.stderr:
        done = subprocess.run(command[2:], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr and "ERROR" not in done.stderr
