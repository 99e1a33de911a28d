"""Calls of a Python wrapper that never return, over a real socket: `[engine] interruptAfter` gives their slots back."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from serving import Served, serving, text, write_wrapper
from websockets.sync.client import connect

WRAPPER = """
    import time
    from pathlib import Path
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):
        serviceId = "hanging"

        def act(self, reqData):
            word = bytes(reqData.list[0].data).decode()
            Path(word).touch()
            while word == "spin":
                pass
            while word == "doze":
                time.sleep(0.01)

        def wrapperOnceExec(self, params, reqData):
            self.act(reqData)
            return Response([ResponseData("data", b"answered")])

        def wrapperCreate(self, params, sid):
            return SessionCreateResponse("handle")

        def wrapperWrite(self, handle, reqData, sid):
            self.act(reqData)
            return 0

        def wrapperRead(self, handle, sid):
            return Response([ResponseData("data", b"answered", status=2)])
"""
SHORT = {"Aiges-Timeout-Ms": "100"}
ONE_SLOT = ("--set", "fc.max=1", "--set", "drain.grace=0")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_wrapper(tmp_path, "hanging", WRAPPER)
    return tmp_path


def wait_for_the_slot(running: Served) -> None:
    """Until a request is answered; before, there is no slot for it."""
    limit = time.monotonic() + 30
    while (status := running.post("hanging", text("x"))[0]) != 200:
        assert status == 503 and time.monotonic() < limit, status


def check_unharmed(running: Served, place: Path, interrupted: int) -> None:
    metrics = running.request("GET", "/metrics", health=True)[2].decode()
    (lost,) = (line for line in metrics.splitlines() if line.startswith("aiges_slots{") and 'state="lost"' in line)
    assert lost.split()[-1] == "0"
    assert running.stop() == 0
    assert (place / "stderr.txt").read_text().count("it is interrupted") >= interrupted


def test_a_call_that_never_returns_gives_its_slot_back(place: Path) -> None:
    with serving(*ONE_SLOT, "--set", "engine.interruptAfter=0.2", "hanging", cwd=place) as running:
        for word in ("spin", "doze"):
            began = time.monotonic()
            status, answer = running.post("hanging", text(word), SHORT)
            assert (status, answer["header"]["code"]) == (504, 10102)
            assert time.monotonic() - began >= 0.1
            wait_for_the_slot(running)
        check_unharmed(running, place, 2)


def test_a_stream_whose_write_never_returns_gives_its_slot_back(place: Path) -> None:
    frame = text("spin")
    frame["header"] = {"status": 0}
    frame["payload"]["data"]["status"] = 0
    with serving(*ONE_SLOT, "--set", "engine.interruptAfter=0.2", "hanging", cwd=place) as running:
        with connect(f"ws://{running.address}/v1/private/hanging") as ws:
            ws.send(json.dumps(frame))
            limit = time.monotonic() + 30
            while not (place / "spin").exists():
                assert time.monotonic() < limit
                time.sleep(0.01)
        wait_for_the_slot(running)
        check_unharmed(running, place, 1)


def test_each_engine_has_its_own_time(place: Path) -> None:
    write_wrapper(place, "patient", WRAPPER.replace('"hanging"', '"patient"'))
    (place / "aiges.toml").write_text(
        "[fc]\nmax = 1\n[drain]\ngrace = 0\nfini = 0.3\n[engine]\ninterruptAfter = 0\n"
        '[engines.hanging]\npath = "hanging"\ninterruptAfter = 0.2\n[engines.patient]\npath = "patient"\n'
    )
    with serving("-c", "aiges.toml", cwd=place) as running:
        for name in ("patient", "hanging"):
            assert running.post(name, text("doze"), SHORT)[0] == 504
        wait_for_the_slot(running)
        assert running.post("patient", text("x"))[0] == 503  # cancelled before the other one, and it still goes on


def test_without_it_the_slot_is_lost(place: Path) -> None:
    words = ("--set", "engine.interruptAfter=0", "--set", "aiges.wrapperDelayDetectPeriod=1", "--set", "drain.fini=0.3")
    with serving(*ONE_SLOT, *words, "hanging", cwd=place) as running:
        assert running.post("hanging", text("doze"), SHORT)[0] == 504
        assert running.process.wait(30) == 70
