"""The monitor as the parent of a host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from host.host_process import FAKE_HOST, HostProcess, is_running
from waiting import PATIENCE, deliver, eventually

from aiges_native.host.monitor.deaths import LONGEST_DELAY, Deaths
from aiges_native.host.monitor.listening import listen_on

pytest.importorskip("httptools")
SUPERVISE = ("-m", "aiges_native.host.monitor", "--supervise", "--listen", "127.0.0.1:0")


@pytest.fixture
def host() -> Iterator[HostProcess]:
    host = HostProcess(*SUPERVISE, "--stop-timeout", "1", "--", sys.executable, FAKE_HOST, "127.0.0.1:0")
    yield host.started()
    host.close()


def test_a_supervised_host_joins_its_parent(host: HostProcess) -> None:
    assert host.supervised and host.monitor == host.process.pid
    assert os.getpgid(host.pid) == host.pid
    host.do("state echo ready")
    host.wait_state("ready", 200)
    host.do("count 3")
    assert 'code="0"} 3' in host.get("/metrics")[1]


def test_death_is_said_and_the_host_started_again(host: HostProcess) -> None:
    host.do("state echo ready")
    host.wait_state("ready", 200)
    first = host.pid
    os.kill(first, signal.SIGKILL)
    _, body = eventually(lambda: (found := host.get("/health/ready"))[0] == 503 and found, "not ready")
    assert body["state"] in ("dead", "loading")
    host.started()
    assert host.pid != first
    host.do("state echo ready")
    host.wait_state("ready", 200)


def test_a_dead_host_is_dead_until_the_next_start(host: HostProcess) -> None:
    for delay in (0.1, 0.2, 0.4, 0.8, 1.6):
        since = time.monotonic()
        host.tell("signal 6")
        if delay == 1.6:  # the shorter ones may have passed when the question arrives
            body = host.wait_state("dead", 503)
            assert body["reason"] == "the host ended with SIGABRT"
            assert host.get("/health/live")[0] == 503
        host.started()
        assert time.monotonic() - since > delay


def test_a_host_that_ends_with_0_is_started_again_unless_it_drains(host: HostProcess) -> None:
    host.tell("exit 0")
    assert host.wait_state("dead", 503)["reason"] == "the host ended with exit code 0"
    host.started()
    host.do("drain")
    host.wait_state("draining", 503)
    host.tell("exit 0")
    assert host.wait() == 0


def test_gives_up_after_too_many_deaths() -> None:
    command = (*SUPERVISE, "--", sys.executable, "-c", "import os; os._exit(69)")
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 69
    lines = done.stderr.splitlines()
    assert len(lines) == 6 and "starting it again in 0.1 s" in lines[0]
    assert lines[-1].endswith("6 deaths in 60 s, giving up")


@pytest.mark.parametrize(("end", "code"), [("os._exit(78)", 78), ("os._exit(0)", 0)])
def test_some_ends_are_final(end: str, code: int) -> None:
    command = (*SUPERVISE, "--", sys.executable, "-c", f"import os; {end}")
    assert subprocess.run([sys.executable, *command], capture_output=True, timeout=PATIENCE).returncode == code


def test_a_command_that_cannot_start_is_told() -> None:
    done = subprocess.run(
        [sys.executable, *SUPERVISE, "--", "/no/such/host"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 127
    assert done.stderr == "aiges-native: cannot start '/no/such/host': No such file or directory\n"


@pytest.mark.parametrize("number", [signal.SIGTERM])
def test_the_signal_to_end_goes_to_the_host(host: HostProcess, number: int) -> None:
    host.process.send_signal(number)
    assert host.wait() == 0
    assert not is_running(host.pid)


def test_a_host_that_does_not_end_is_killed(host: HostProcess) -> None:
    host.do("deaf")
    host.process.send_signal(signal.SIGTERM)
    assert host.wait() == 75
    assert not is_running(host.pid)


def test_the_third_signal_ends_at_once() -> None:
    patient = (*SUPERVISE, "--stop-timeout", "600")
    host = HostProcess(*patient, "--", sys.executable, FAKE_HOST, "127.0.0.1:0").started()
    host.do("deaf")
    for _ in range(3):
        deliver(host.process.pid, signal.SIGTERM)
    assert host.wait() == 75
    host.close()


def test_a_signal_between_two_hosts_ends_the_supervisor(host: HostProcess) -> None:
    for _ in range(4):
        host.tell("signal 6")
        host.started()
    host.tell("signal 6")
    host.wait_state("dead", 503)  # for 1.6 s
    host.process.send_signal(signal.SIGTERM)
    assert host.wait() == 128 + signal.SIGABRT


def test_the_host_dies_with_a_killed_supervisor(host: HostProcess) -> None:
    host.process.kill()
    host.wait()
    eventually(lambda: not is_running(host.pid), "the host has ended")


def test_what_a_dead_host_left_behind_is_killed() -> None:
    script = "import os,subprocess,sys,time; p=subprocess.Popen(['sleep','60']); print(p.pid,flush=True); os._exit(0)"
    command = (*SUPERVISE, "--", sys.executable, "-c", script)
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=PATIENCE)
    eventually(lambda: not is_running(int(done.stdout)), "the child of the host has ended")


def test_a_port_in_use_is_exit_code_71() -> None:
    with listen_on("127.0.0.1:0") as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        command = ("-m", "aiges_native.host.monitor", "--supervise", "--listen", listen, "--", "true")
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 71
    assert done.stderr == f"aiges-native: cannot listen on '{listen}': Address already in use\n"


@pytest.mark.parametrize("arguments", [(), ("--supervise",), ("--supervise", "--listen", "nowhere", "--", "true")])
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "aiges_native.host.monitor", *arguments]
    assert subprocess.run(command, capture_output=True, timeout=PATIENCE).returncode == 2


def test_delays_grow_and_start_anew_after_a_long_life() -> None:
    deaths = Deaths()
    delays = [deaths.note(now=100.0 * n, lived=10) for n in range(12)]
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-1] == LONGEST_DELAY
    assert deaths.note(now=5000, lived=61) == 0.1


def test_more_than_five_deaths_in_a_minute_are_too_many() -> None:
    deaths = Deaths()
    assert [deaths.note(float(n), 1) is None for n in range(6)] == [False] * 5 + [True]
    deaths = Deaths()
    assert all(deaths.note(13.0 * n, 1) is not None for n in range(50))
