"""What an engine may do to the service: crash, hang, hold Python's lock, leave; and what clients and operators see."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from host.host_process import eventually, is_running
from host.wire import AT_ONCE, ask, code_of, open_stream, rest_of
from serving import Served, serving, start, write_wrapper

#: Does what the parameter ``do`` says.
ODD = """
    import ctypes, os, time
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):
        def wrapperOnceExec(self, params, reqData):
            do = params.get("do")
            if do == "leave":
                os._exit(0)
            if do == "crash":
                ctypes.string_at(0)
            if do == "hold":
                ctypes.PyDLL(None).usleep(int(params["ms"]) * 1000)  # foreign code with the lock held
            while do == "hang" and not os.path.exists(params["until"]):
                time.sleep(0.01)
            if do == "secret":
                raise ValueError(f"cannot read {__file__} at {id(self):#x}")
            return Response([ResponseData("data", "here")])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    write_wrapper(folder, "odd", ODD)
    return folder


@pytest.fixture(scope="module")
def tell(compiled: Callable[[str], Path]) -> Path:
    return compiled("tests/host/tell.c")


@contextlib.contextmanager
def odd(folder: Path, *words: object) -> Iterator[Served]:
    """The odd engine, served; its end is up to the test."""
    sets = [word for text in words if "=" in str(text) for word in ("--set", text)]
    flags = [text for text in words if "=" not in str(text)]
    with serving(*AT_ONCE, *sets, *flags, "odd", cwd=folder) as running:
        yield running


def do(what: str, **more: Any) -> dict[str, Any]:
    return ask(parameter={"odd": {"do": what, **more}})


def health(served: Served, path: str = "/health/ready") -> tuple[int, str]:
    status, _, body = served.request("GET", path, health=True)
    return status, json.loads(body)["state"]


def said(folder: Path) -> str:
    return (folder / "stderr.txt").read_text()


# ---- It dies ---------------------------------------------------------------------------------------------------------


def test_a_crash_in_the_process_is_told_and_closes_all_connections(tell, tmp_path):
    with serving(*AT_ONCE, "--set", "fc.max=4", tell, cwd=tmp_path) as running:
        with open_stream(running, "tell") as stream:
            stream.send(json.dumps(ask(status=0)))
            stream.recv(timeout=10)
            with pytest.raises((ConnectionError, http.client.HTTPException)):
                running.post("tell", ask(parameter={"tell": {"do": "crash"}}))
            assert rest_of(stream).close is None, "the connection just ends"
        assert running.process.wait(20) == -signal.SIGSEGV
    assert "Segmentation fault" in said(tmp_path)


def test_a_crash_in_a_wrapper_says_in_which_line(folder):
    with odd(folder) as running:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            running.post("odd", do("crash"))
        assert running.process.wait(20) == -signal.SIGSEGV
    assert 'odd/wrapper.py", line ' in said(folder) and "in wrapperOnceExec" in said(folder)


@pytest.mark.parametrize("how", ["crash", "leave"])
def test_a_supervised_service_that_dies_serves_again(folder, how):
    """Also when an engine ends the process with success."""
    with odd(folder, "--supervise") as running:
        first = running.health
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            running.post("odd", do(how))
        died = time.monotonic()
        running.wait_ready()
        assert time.monotonic() - died < 10, "the promise is 2 s; machines of tests are slow"
        assert running.health == first and running.post("odd", ask())[0] == 200
        assert health(running) == (200, "ready")
        assert running.stop() == 0
    assert "starting it again" in said(folder)


def test_a_monitor_that_dies_is_started_again(folder):
    with odd(folder) as running:
        (monitor,) = children(running.process.pid)
        os.kill(monitor, signal.SIGKILL)
        eventually(lambda: not is_running(monitor), "the monitor has ended")
        assert health(running) == (200, "ready"), "the next one answers"
        assert running.post("odd", ask())[0] == 200
        assert running.stop() == 0
    assert f"the monitor (pid {monitor}) has ended" in said(folder)


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("supervised", [False, True])
def test_nothing_is_left_of_a_service_that_is_killed(folder, supervised):
    with odd(folder, *["--supervise"] * supervised) as running:
        family = [running.process.pid, *children(running.process.pid)]
        assert len(family) == 2, "the service and its monitor"
        running.process.kill()
        running.process.wait()
        eventually(lambda: not any(map(is_running, family)), "none of them is left", 5)


# ---- It does not return ----------------------------------------------------------------------------------------------


def test_some_calls_hang(tell, tmp_path):
    """The answer comes at the deadline, the others are served, and it is said once where the process is."""
    words = ("--set", "fc.max=2", "--set", "aiges.wrapperDelayDetectPeriod=0.2", "--set", "drain.fini=0.2")
    with serving(*AT_ONCE, *words, tell, cwd=tmp_path) as running:
        hang = ask(parameter={"tell": {"do": "hang"}})
        began = time.monotonic()
        status, answer = running.post("tell", hang, {"Aiges-Timeout-Ms": "300"})
        assert (status, code_of(answer)) == (504, 10102) and time.monotonic() - began >= 0.3
        lost = 'aiges_slots{service="tell",state="lost"} 1'
        eventually(lambda: lost in running.request("GET", "/metrics", health=True)[2].decode(), "its slot is lost")
        assert health(running) == (200, "ready") and running.post("tell", ask())[0] == 200
        began = time.monotonic()
        assert running.stop() in (0, 75) and time.monotonic() - began < 10, "nobody waits for a lost slot"
    assert said(tmp_path).count("1 of 2 slots are lost") == 1


def test_all_calls_hang_and_the_service_stays(folder, tmp_path):
    words = ("fc.max=1", "fc.queue=1", "fc.queueWait=60s", "engine.onWedge=stay", "drain.fini=0.2")
    with odd(folder, *words, "aiges.wrapperDelayDetectPeriod=0.5") as running:
        assert running.post("odd", do("hang", until=str(tmp_path / "go")), {"Aiges-Timeout-Ms": "100"})[0] == 504
        status, answer = running.post("odd", ask())  # waits in the queue, and is told when the last slot is lost
        assert (status, code_of(answer)) == (503, -20153)
        assert eventually(lambda: (found := health(running))[0] == 503 and found, "it is said") == (503, "wedged")
        assert health(running, "/health/live")[0] == 200, "its operator wants it left running"
        status, headers, body = running.request("POST", "/v1/private/odd", json.dumps(ask()))
        assert (status, code_of(json.loads(body)), headers["retry-after"]) == (503, -20153, "1")
        (tmp_path / "go").touch()
        eventually(lambda: health(running) == (200, "ready"), "the call has come back")
        assert running.post("odd", ask())[0] == 200 and running.stop() == 0


def test_slow_is_not_dead(folder, tmp_path):
    """Every slot past its deadline for a while: not ready; and ready again when the engine is back."""
    with odd(folder, "fc.max=1", "engine.stallAfter=0.3") as running:
        assert running.post("odd", do("hang", until=str(tmp_path / "go")), {"Aiges-Timeout-Ms": "100"})[0] == 504
        assert eventually(lambda: (found := health(running))[0] == 503 and found, "it is said") == (503, "stalled")
        assert health(running, "/health/live")[0] == 200
        status, answer = running.post("odd", ask())
        assert (status, code_of(answer)) == (503, 10110)
        (tmp_path / "go").touch()
        eventually(lambda: health(running) == (200, "ready"), "the call has come back")
        assert running.post("odd", ask())[0] == 200 and running.stop() == 0


def test_health_is_told_while_python_is_held_for_4_seconds(folder):
    """All the time, not only when it is over; and it says that nothing else is served."""
    with odd(folder, "engine.stallAfter=1") as running:
        answers: list[int] = []
        asking = threading.Thread(target=lambda: answers.append(running.post("odd", do("hold", ms=4000))[0]))
        asking.start()
        states = []
        while asking.is_alive():
            states.append(health(running))
            time.sleep(0.02)
        asking.join()
        assert answers == [200] and states.count((503, "stalled")) >= 5
        eventually(lambda: health(running) == (200, "ready"), "it is ready again")
        assert running.stop() == 0


# ---- It says too much ------------------------------------------------------------------------------------------------


def test_clients_are_not_told_what_is_the_services_own(folder):
    with odd(folder) as running:
        status, answer = running.post("odd", do("secret"))
        assert status == 500 and str(folder) not in json.dumps(answer) and "0x" not in answer["header"]["message"]
        assert str(folder) in said(folder), "who operates it is told"
        assert running.stop() == 0


# ---- Its start -------------------------------------------------------------------------------------------------------


def test_a_service_that_loads_says_so(tmp_path):
    write_wrapper(
        tmp_path,
        "slow",
        """
        import time
        from aiges_native.sdk import *
        class Wrapper(WrapperBase):
            def wrapperInit(self, config):
                while not open("go").read():
                    time.sleep(0.02)
                return 0
            def wrapperOnceExec(self, params, reqData):
                return Response([ResponseData("r", "x")])
        """,
    )
    (tmp_path / "go").write_text("")
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{chosen.getsockname()[1]}"
    running = start(*AT_ONCE, "--set", f"health.listen={address}", "slow", cwd=tmp_path)
    running.health = address
    try:
        assert eventually(lambda: attempt(running), "health is told before the engine is loaded") == (503, "loading")
        assert health(running, "/health/live")[0] == 200
        (tmp_path / "go").write_text("go")
        running.wait_ready()
        assert health(running) == (200, "ready") and running.post("slow", ask())[0] == 200
        assert running.stop() == 0
    finally:
        running.process.kill()


def attempt(served: Served) -> tuple[int, str] | None:
    try:
        return health(served)
    except OSError:
        return None
