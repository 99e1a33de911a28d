"""Kills of the target's process: who is killed and who is not, and how long it takes until all is well again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import serving

from aiges_native.cli import main
from aiges_native.loadtest import LoadTestError, Plan, Stream, run
from aiges_native.loadtest.chaos import Chaos
from aiges_native.loadtest.killer import Killer
from aiges_native.loadtest.recovery import MEMORY, Recovery
from aiges_native.loadtest.report import summary_of

HERE = Path(__file__).parent
MS = 1_000_000
S = 1000 * MS
TEXT = (Stream("data", "text", ((b"hello",),)),)

PARENT = r"""
import os, subprocess, sys, threading

def say(number):
    os.write(1, b"%d\n" % number)  # whole, whoever else speaks

def keep():
    while True:
        with subprocess.Popen(["sleep", "600"]) as child:
            say(child.pid)
        if sys.argv[1] == "once":
            say(0)
            return

for _ in range(2):
    threading.Thread(target=keep, daemon=True).start()
sys.stdin.read()
"""


class Parent:
    """A process with two children, which it starts again, or not."""

    def __init__(self, how: str) -> None:
        command = [sys.executable, "-c", PARENT, how]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.pids: list[int] = []
        self.wait_for_children()
        self.wait_for_children()

    def wait_for_children(self) -> None:
        """Until a child was started, or one is gone for good."""
        assert self.process.stdout is not None
        self.pids.append(int(self.process.stdout.readline()))

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


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
    assert found["kills"][0]["second"] >= 5
    lost = done.record.failures.get("closed")
    assert found["unanswered"] == (lost.count if lost else 0)
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
