"""Users who vanish, users who read slowly, kills of the service: what was done is known, what was felt is told."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from serving import Served, serving

from aiges_native.cli import main
from aiges_native.loadtest import LoadTestError, Plan, Stream, run
from aiges_native.loadtest.chaos import Chaos, cut, slow_users
from aiges_native.loadtest.killer import Killer
from aiges_native.loadtest.recovery import MEMORY, Recovery
from aiges_native.loadtest.report import summary_of

HERE = Path(__file__).parent
MS = 1_000_000
S = 1000 * MS
TEXT = (Stream("data", "text", ((b"hello",),)),)
FRAMES = (Stream("data", "audio", ((b"12", b"34", b"56"),), interval=2 * MS),)
HALF = Chaos(drop=0.5)


@pytest.fixture
def plan(served: Served) -> Plan:
    address = f"http://{served.address}/v1/private/ticks"
    params = {"count": "5", "pause_ms": "2"}
    return Plan(address, "events", TEXT, service="ticks", params=params, users=8, processes=2, count=80, duration=None)


def over_websocket(plan: Plan, **changes: object) -> Plan:
    target = plan.target.replace("http://", "ws://")
    return replace(plan, target=target, mode="stream", streams=FRAMES, **changes)  # type: ignore[arg-type]


def no_session_is_left(served: Served) -> None:
    limit = time.monotonic() + 20
    while (found := served.post("ticks", {"payload": {"data": {"text": "eA=="}}})[1])["payload"]["open"]["text"] != "0":
        assert time.monotonic() < limit, found
        time.sleep(0.02)


# --- who misbehaves ---------------------------------------------------------------------------------------------------


def test_chance_comes_from_the_seed_and_the_number():
    plan = Plan("http://h/x", chaos=HALF)
    found = [cut(plan, number) for number in range(2000)]
    assert found == [cut(plan, number) for number in range(2000)]
    assert found != [cut(replace(plan, seed=1), number) for number in range(2000)]
    places = [where for where in found if where is not None]
    assert 900 < len(places) < 1100 and 400 < sum(where < 1 for where in places) < 600
    assert all(0 <= where <= 2 for where in places)


def test_slow_users_are_as_many_as_asked_for_and_at_least_one():
    plan = Plan("http://h/x", users=40, chaos=Chaos(slow=0.1, slow_rate=10))
    assert len(slow_users(plan)) == 4 and slow_users(plan) < set(range(40))
    assert slow_users(plan) == slow_users(plan) != slow_users(replace(plan, seed=1))
    assert len(slow_users(replace(plan, users=3))) == 1
    assert len(slow_users(replace(plan, users=3, chaos=Chaos(slow=1.0, slow_rate=10)))) == 3


# --- users who vanish -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("way", ["once", "events", "stream", "binary"])
def test_users_who_vanish_are_counted_apart(served, plan, way, loop, without):
    if loop == "asyncio":
        without("uvloop")
    plan = replace(plan, chaos=HALF, mode="once" if way == "once" else "events")
    if way in ("stream", "binary"):
        plan = over_websocket(plan, form="binary" if way == "binary" else "json")
    gone = sum(cut(plan, number) is not None for number in range(80))
    done = run(plan)
    assert (done.record.dropped, done.record.measured, done.record.failed) == (gone, 80 - gone, 0)
    assert done.record.histograms["latency"].count == done.record.answered == 80 - gone
    assert sum(interval.dropped for interval in done.record.intervals.values()) == gone
    no_session_is_left(served)


def test_the_service_sees_them_go_in_the_midst_of_its_answer(served, plan):
    def cancelled() -> int:
        metrics = served.request("GET", "/metrics", health=True)[2].decode()
        found = re.search(r'requests_total{service="ticks",transport="sse",kind="stream",code="-20157"} (\d+)', metrics)
        return int(found[1]) if found else 0

    before = cancelled()
    done = run(replace(plan, params={"count": "10", "pause_ms": "4"}, chaos=Chaos(drop=0.8)))
    assert done.record.dropped > 40 and done.record.failed == 0
    no_session_is_left(served)
    assert cancelled() > before


def test_when_everybody_vanishes(plan, capsys):
    words = ["--drop", "100%", "-n", "20", "-c", "2", "--fail-if", "dropped<20", "--fail-if", "unanswered>0"]
    assert main(["bench", plan.target, *words]) == 0
    shown = capsys.readouterr().out
    assert "0 requests in" in shown and "no request was measured" not in shown
    assert "chaos: 0 requests sent and never answered, 20 users vanished in mid-request\n" in shown


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_what_goes_wrong_before_a_user_vanishes_is_a_failure(service, scheme):
    plan = Plan(f"{scheme}://{service}/x", streams=TEXT, params={"fail": "10110"}, count=60, duration=None, chaos=HALF)
    done = run(plan)
    failed = {code: each.count for code, each in done.record.failures.items()}
    stayed = sum(cut(plan, number) is None for number in range(60))
    assert set(failed) == {10110} and failed[10110] >= stayed and failed[10110] + done.record.dropped == 60


# --- users who read slowly --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("way", ["once", "events", "stream"])
def test_slow_readers_take_their_time_and_are_measured_apart(served, plan, way, loop, without):
    if loop == "asyncio":
        without("uvloop")
    chaos = Chaos(slow=0.25, slow_rate=50_000)
    plan = replace(plan, params={"count": "3", "size": "20000"}, users=4, processes=1, count=12, chaos=chaos)
    if way == "once":
        target = f"http://{served.address}/v1/private/echo_py"
        plan = replace(plan, target=target, mode="once", streams=(Stream("data", "audio", ((bytes(60_000),),)),))
    elif way == "stream":
        plan = over_websocket(plan)
    done = run(plan)
    slow, latency = done.record.histograms["slow"], done.record.histograms["latency"]
    assert done.record.failed == 0 and slow.count >= 1 and slow.count + latency.count == 12
    # 80,000 bytes in base64, of which the last turn's cost nothing any more
    assert slow.low >= (80_000 - 5_000) / 50_000 * S
    assert done.record.histograms["first"].count == (latency.count if way != "once" else 0)


# --- kills ------------------------------------------------------------------------------------------------------------

PARENT = """
import subprocess, sys, threading

def keep():
    while True:
        with subprocess.Popen(["sleep", "600"]) as child:
            print(child.pid, flush=True)
        if sys.argv[1] == "once":
            print(0, flush=True)
            return

for _ in range(2):
    threading.Thread(target=keep, daemon=True).start()
sys.stdin.read()
"""


class Parent:
    """A process with two children, which it starts again, or not."""

    def __init__(self, how: str) -> None:
        command = [sys.executable, "-c", PARENT, how]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pids: list[int] = []
        self.wait_for_children()
        self.wait_for_children()

    def wait_for_children(self) -> None:
        """Until a child was started, or one is gone for good."""
        assert self.process.stdout is not None
        self.pids.append(int(self.process.stdout.readline()))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pid in filter(None, self.pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def parent(request: pytest.FixtureRequest) -> Iterator[Parent]:
    made = Parent(request.param)
    yield made
    made.end()


def killer_of(parent: Parent, **plan: Any) -> Killer:
    chaos = Chaos(kill_every=S, kill_parent=parent.process.pid)
    return Killer(Plan("http://h/x", streams=TEXT, chaos=chaos, **{"duration": None, "count": 1, **plan}))


@pytest.mark.parametrize("parent", ["again"], indirect=True)
def test_a_child_is_killed_whenever_it_is_time(parent):
    killer = killer_of(parent)
    killer.begin(time.monotonic_ns())
    assert killer.strike() is None and 0 < killer.seconds_left() <= 1
    killer.begin(time.monotonic_ns() - 3 * S)
    for _ in range(3):
        kill = killer.strike()
        assert kill is not None and kill.pid in parent.pids and kill.at <= time.monotonic_ns()
        parent.wait_for_children()  # the next one
    assert killer.strike() is None and len(killer.kills) == 3 and killer.missed == 0


@pytest.mark.parametrize("parent", ["once"], indirect=True)
def test_kills_that_find_nobody_are_counted(parent):
    killer = killer_of(parent)
    killer.begin(time.monotonic_ns() - 4 * S)
    for _ in range(2):
        assert killer.strike() is not None
        parent.wait_for_children()  # the end of the one
    assert killer.strike() is None and killer.strike() is None
    assert (len(killer.kills), killer.missed) == (2, 2)


@pytest.mark.parametrize("parent", ["again"], indirect=True)
def test_the_last_kill_leaves_time_to_recover(parent):
    killer = killer_of(parent, duration=int(2.5 * S))
    killer.begin(time.monotonic_ns() - 2 * S)
    assert killer.strike() is not None
    assert killer.strike() is None and killer.seconds_left() > 1e6


@pytest.mark.parametrize("parent", ["once"], indirect=True)
def test_nobody_is_killed_whom_it_would_be_wrong_to_kill(parent):
    def refused(pid: int) -> str:
        with pytest.raises(LoadTestError) as caught:
            Killer(Plan("http://h/x", streams=TEXT, chaos=Chaos(kill_every=S, kill_parent=pid)))
        assert not caught.value.usage
        return caught.value.parts[1]

    assert refused(1 << 22) == "there is no such process"
    assert refused(parent.pids[0]) == "it has none"
    assert refused(os.getpid()) == refused(os.getppid()) == "this load tester is one of them, or their parent"


def test_recovery_is_the_first_good_answer_to_a_request_sent_after_the_kill():
    recovery = Recovery()
    recovery.good(10, 40)  # sent before
    recovery.killed(20)
    recovery.look(50)
    assert recovery.first == {}
    for sent, end in ((15, 60), (30, 90), (31, 80)):
        recovery.good(sent, end)
    recovery.killed(85)
    recovery.look(90)
    assert recovery.first == {20: 80}
    recovery.good(100 + MEMORY, 110 + MEMORY)
    recovery.look(120 + MEMORY)
    assert recovery.first == {20: 80, 85: 110 + MEMORY}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_supervised_service_is_good_again_after_a_kill(library):
    settings = ("--set", f"http.listen=127.0.0.1:{free_port()}", "--set", "drain.grace=0", "--supervise")
    before: list[int] = []
    stopped: list[bool] = []

    def stop_when_good_again(seconds: float, ok: int, failed: int) -> None:
        if failed and not before:
            before.append(ok)
        if before and ok > before[0] + 20 and not stopped:
            stopped.append(True)
            raise KeyboardInterrupt

    with serving(*settings, "library/echo_py", cwd=library) as running:
        chaos = Chaos(kill_every=5 * S, kill_parent=running.process.pid)
        target = f"http://{running.address}/v1/private/echo_py"
        plan = Plan(target, streams=TEXT, users=4, processes=2, duration=3600 * S, timeout=20 * S, chaos=chaos)
        done = run(plan, on_progress=stop_when_good_again)
        assert running.stop() == 0
    kill, recovery = done.recoveries[0]
    assert kill.pid != running.process.pid and recovery is not None and recovery > 0
    assert done.record.failures.keys() <= {"closed", "connect"} and done.record.failed
    found = summary_of(done)["chaos"]
    assert found["kills"][0]["recovery_ms"] == pytest.approx(recovery / MS, abs=1e-5)
    assert found["kills"][0]["second"] >= 5 and found["unanswered"] <= 4 * (len(done.kills) + 1)
    assert done.record.histograms["recovery"].high >= recovery
    assert done.samples[-1].processes >= 2  # the supervisor is watched, not the one that died


def test_a_service_that_nobody_starts_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program = (
        f"import subprocess, sys; subprocess.run([sys.executable, {str(HERE / 'bare_app.py')!r}]); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = f"127.0.0.1:{int(process.stdout.readline())}"
        words = ["--kill-every", "1s", "--kill-children-of", str(process.pid), "-d", "3500ms", "--warmup", "0"]
        reports = ["--json", "a.json", "--html", "a.html", "--csv", "a.csv", "--fail-if", "unrecovered>0"]
        assert main(["bench", f"http://{address}/x", "-c", "2", *words, *reports, "--quiet"]) == 1
        process.kill()
    shown = capsys.readouterr()
    assert shown.err == "limit 'unrecovered>0': 1\n"
    assert "1 kill, 1 without a good answer after it" in shown.out
    assert "warning: 1 of 2 kills found nobody to kill" in shown.out
    assert "warning: after 1 of 1 kills no request was answered well any more" in shown.out
    document = json.loads((tmp_path / "a.json").read_text())
    assert [kill["recovery_ms"] for kill in document["chaos"]["kills"]] == [None]
    assert sum(row["kills"] for row in document["timeline"]) == 1
    assert document["plan"]["chaos"] == {"kill_every_seconds": 1.0}
    assert "Kills" in (tmp_path / "a.html").read_text()
    assert (tmp_path / "a.csv").read_text().splitlines()[0] == "second,length,ok,failed,mean,p50,p99,dropped,kills"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["echo", "--drop", "50%"], "an engine has no clients"),
        (["http://h/x", "--drop", "0%"], "--drop '0%' is no share"),
        (["http://h/x", "--drop", "101%"], "--drop '101%' is no share"),
        (["http://h/x", "--drop", ""], "--drop '' is no share"),
        (["http://h/x", "--drop", "50ms"], "--drop '50ms' is no share"),
        (["http://h/x", "--slow-readers", "@5KB"], "--slow-readers '' is no share"),
        (["http://h/x", "--slow-readers", "50%@0"], "--slow-readers '0' is no number of bytes"),
        (["http://h/x", "--slow-readers", "50%@5ms"], "--slow-readers '5ms' is no number of bytes"),
        (["http://h/x", "--kill-every", "5s"], "go together"),
        (["http://h/x", "--kill-children-of", "1"], "go together"),
        (["http://h/x", "--kill-every", "0", "--kill-children-of", "1"], "no time between two kills"),
        (["http://h/x", "--kill-every", "6s", "--kill-children-of", "1"], "too short for a kill"),
    ],
)
def test_chaos_that_cannot_be_had(words, message, capsys):
    assert main(["bench", *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == 1 and message in shown.err
