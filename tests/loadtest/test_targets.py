"""Engines and services under load: what is sent arrives, and what goes wrong is counted under its name."""

from __future__ import annotations

import os
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from aiges_native.loadtest import LoadTestError, Plan, Run, Stream, run
from aiges_native.loadtest.pacing import parse_profile
from aiges_native.loadtest.resources import Monitor, listener, tree, usage

MS = 1_000_000
S = 1000 * MS
TEXT = (Stream("data", "text", ((b"hello",),)),)
FRAMES = (Stream("data", "audio", ((b"12", b"34", b"56"),), interval=10 * MS),)


def codes(done: Run) -> dict[int | str, int]:
    return {code: failure.count for code, failure in done.record.failures.items()}


def counts(done: Run) -> dict[str, int]:
    return {name: each.count for name, each in done.record.histograms.items() if each.count}


def frame_by_frame(done: Run) -> None:
    """Three frames went out, 10 ms apart, and every time was taken at its place."""
    assert done.record.requests
    for intended, sent, first, last_sent, end, code in done.record.requests:
        assert code == 0 and intended <= sent < first <= end and sent + 20 * MS <= last_sent <= end
    first, last = (done.record.histograms[name] for name in ("first", "last"))
    assert first.high == max(first - sent for _, sent, first, *_ in done.record.requests)
    assert last.high == max(end - last_sent for *_, last_sent, end, _ in done.record.requests)


# --- an engine --------------------------------------------------------------------------------------------------------


@pytest.fixture
def engine_plan(echo_engine: str) -> Plan:
    return Plan(echo_engine, streams=TEXT, count=40, duration=None, users=2)


def test_an_engine_once(engine_plan):
    done = run(engine_plan)
    assert (done.record.measured, done.record.failed, done.record.answered) == (40, 0, 40)
    assert (done.record.written, done.record.received) == (200, 200)
    assert counts(done) == {"latency": 40, "ok": 40}


def test_an_engine_at_its_pace(engine_plan):
    done = run(replace(engine_plan, params={"echo.sleep_ms": "5"}))
    assert done.record.histograms["latency"].low >= 5 * MS


def test_codes_of_an_engine(engine_plan):
    done = run(replace(engine_plan, params={"echo.fail": "4711"}))
    assert codes(done) == {4711: 40} and done.record.answered == 0


def test_an_engine_in_an_open_loop(engine_plan):
    profile = parse_profile("200", S)
    done = run(replace(engine_plan, profile=profile, duration=S, count=None, users=4, warmup=S // 2))
    assert (done.record.measured, done.record.warmed) == (100, 100)
    assert counts(done)["service"] == 100
    assert 0 < counts(done)["lag"] <= 100  # none is told of those that waited for a user


@pytest.mark.parametrize("callback", [False, True], ids=["read", "callback"])
def test_sessions_of_an_engine(engine_plan, callback):
    done = run(replace(engine_plan, mode="stream", streams=FRAMES, count=4, callback=callback, keep_requests=True))
    assert counts(done) == {"latency": 4, "ok": 4, "first": 4, "last": 4}
    frame_by_frame(done)
    assert (done.record.received, done.record.pieces) == (4 * 6, 4 * 3)


def test_an_engine_that_never_returns(tmp_path):
    (tmp_path / "wrapper.py").write_text(
        textwrap.dedent("""
            import threading

            class Wrapper:
                def wrapperInit(self, config): return 0
                def wrapperFini(self): return 0
                def wrapperError(self, code): return ""
                def wrapperOnceExec(self, params, reqData): threading.Event().wait()
        """)
    )
    plan = Plan(str(tmp_path / "wrapper.py"), streams=TEXT, users=3, duration=S // 5, timeout=S // 5)
    done = run(plan)
    assert codes(done) == {"timeout": 3}
    assert done.record.histograms["latency"].low >= S // 5


def test_an_engine_that_dies(tmp_path):
    (tmp_path / "wrapper.py").write_text(
        textwrap.dedent("""
            import os

            class Wrapper:
                def wrapperInit(self, config): return 0
                def wrapperFini(self): return 0
                def wrapperError(self, code): return ""
                def wrapperOnceExec(self, params, reqData): os._exit(42)
        """)
    )
    with pytest.raises(LoadTestError, match="ended with code 42: its engine died"):
        run(Plan(str(tmp_path / "wrapper.py"), streams=TEXT, count=3, duration=None))


def test_an_engine_that_is_not_there():
    with pytest.raises(LoadTestError, match="cannot load engine 'nosuch'") as caught:
        run(Plan("nosuch", streams=TEXT))
    assert not caught.value.usage


# --- http -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def http_plan(service: str) -> Plan:
    return Plan(f"http://{service}/v1/private/echo", streams=TEXT, count=60, duration=None, users=8, processes=2)


def test_a_service_once(http_plan):
    done = run(http_plan)
    assert (done.record.measured, done.record.failed, done.processes) == (60, 0, 2)
    assert counts(done) == {"latency": 60, "ok": 60}  # nobody had to connect anew
    assert done.record.written > 60 * 100 and done.record.received > 60 * 100
    assert done.samples and done.samples[-1].rss > 1 << 20  # the local process behind the port


def test_a_delay_is_seen(http_plan):
    done = run(replace(http_plan, params={"delay_ms": "20"}))
    assert done.record.histograms["latency"].low >= 19 * MS  # timers of the service count whole ms


def test_errors_by_code(http_plan):
    done = run(replace(http_plan, params={"fail": "10110", "fail_every": "3"}))
    assert codes(done) == {10110: 20} and done.record.answered == 40
    assert done.record.failures[10110].text == "failed as asked;code=10110"


@pytest.mark.parametrize(("switch", "code"), [("garbage", "bad reply"), ("drop", "http 500")])
def test_answers_that_are_none(http_plan, switch, code):
    assert codes(run(replace(http_plan, params={switch: "1"}))) == {code: 60}


def test_time_outs_are_failures_as_long_as_they_took(http_plan):
    done = run(replace(http_plan, params={"hang": "1"}, timeout=100 * MS, count=16))
    assert codes(done) == {"timeout": 16}
    assert done.record.histograms["latency"].low >= 100 * MS


def test_the_loop_is_open(http_plan):
    # 2 users, 50 ms each: 40 answers a second. 100 a second are due, so what waits grows all the time.
    plan = replace(http_plan, users=2, profile=parse_profile("100", S), duration=S, count=None, timeout=2 * S)
    done = run(replace(plan, params={"delay_ms": "50"}))
    latency, service = done.record.histograms["latency"], done.record.histograms["service"]
    assert done.record.measured == 100 and done.record.answered <= 42
    assert service.percentile(50) < latency.percentile(50) and latency.percentile(100) > 1200 * MS


def test_what_nobody_could_send_is_counted(http_plan):
    # Each user hangs for 400 ms at a time: what is due waits, and the run ends before it is sent.
    plan = replace(http_plan, users=2, profile=parse_profile("200", S), duration=S, count=None, timeout=400 * MS)
    done = run(replace(plan, params={"hang": "1"}))
    assert done.record.measured == 200
    found = codes(done)
    assert set(found) == {"timeout", "unsent"} and found["unsent"] > 150


def test_inputs_are_used_in_turn(http_plan):
    stream = Stream("data", "text", ((b"x" * 10_000,), (b"y",)))
    one = run(replace(http_plan, streams=(replace(stream, documents=stream.documents[1:]),), processes=1))
    both = run(replace(http_plan, streams=(stream,), processes=1))
    assert both.record.written - one.record.written == pytest.approx(30 * 10_000 * 4 / 3, rel=0.02)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_nobody_there(service, host):
    with pytest.raises(LoadTestError, match=r"cannot connect to .*: connection refused; try") as caught:
        run(Plan(f"http://{host}:1/v1/private/x", streams=TEXT))
    assert not caught.value.usage


def test_the_engine_at_the_end_of_https_needs_a_certificate(service):
    with pytest.raises(LoadTestError, match="cannot connect to 'https://"):
        run(Plan(f"https://{service}/v1/private/x", streams=TEXT, timeout=S))


# --- websocket --------------------------------------------------------------------------------------------------------


@pytest.fixture
def ws_plan(service: str) -> Plan:
    target = f"ws://{service}/v1/private/echo"
    return Plan(target, "stream", FRAMES, count=8, duration=None, users=4, processes=1)


def test_streams_of_a_service(ws_plan):
    done = run(replace(ws_plan, keep_requests=True))
    assert counts(done) == {"latency": 8, "ok": 8, "first": 8, "last": 8, "connect": 8}
    assert done.record.pieces == 24  # it answers every frame
    frame_by_frame(done)


def test_once_over_a_websocket(ws_plan):
    done = run(replace(ws_plan, mode="once"))
    assert (done.record.measured, done.record.failed) == (8, 0)


def test_errors_of_a_stream(ws_plan):
    done = run(replace(ws_plan, params={"fail": "10202"}))
    assert codes(done) == {10202: 8}


def test_a_stream_that_is_cut(ws_plan):
    done = run(replace(ws_plan, params={"drop": "1"}))
    assert codes(done) == {"closed": 8}
    assert done.record.failures["closed"].text.startswith("closed with 1000")


def test_a_stream_without_results(ws_plan):
    done = run(replace(ws_plan, params={"hang": "1"}, timeout=150 * MS))
    assert codes(done) == {"timeout": 8} and "first" not in counts(done)


def test_an_address_without_websocket(ws_plan, tmp_path):
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.raises(LoadTestError, match=r"no websocket: .*501"):
        run(replace(ws_plan, target=f"ws://127.0.0.1:{server.server_port}/"))
    server.shutdown()


# --- the target's process ---------------------------------------------------------------------------------------------


def test_the_process_behind_a_port(service):
    pid = listener(int(service.rpartition(":")[2]))
    assert pid is not None and pid in tree(os.getpid())
    assert b"bare_app.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert listener(1) is None


def test_memory_and_processor_are_sampled():
    monitor = Monitor(os.getpid(), every=0.01)
    while len(monitor.samples) < 3:
        sum(range(10_000))
    monitor.close()
    assert all(sample.rss > 1 << 20 and sample.processes >= 1 for sample in monitor.samples)
    assert usage(2**22 + 1) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": "ftp://h/x"}, "no target 'ftp://'"),
        ({"target": "http:///x"}, "is no address"),
        ({"target": "http://h:99999/x"}, "is no address"),
        ({"target": "http://h/x y"}, "holds what no address may"),
        ({"target": "ws://h/x#y"}, "holds what no address may"),
        ({"target": "http://h/x", "mode": "stream"}, "does not go over http"),
        ({"users": 0}, "0 users"),
        ({"count": 0}, "0 requests"),
        ({"duration": None}, "has no end"),
        ({"warmup": 10 * S}, "warm-up"),
        ({"timeout": 0}, "no time"),
    ],
)
def test_plans_that_cannot_be_carried_out(change, message):
    with pytest.raises(LoadTestError, match=message):
        run(Plan(**{"target": "echo", "duration": 10 * S, **change}))
