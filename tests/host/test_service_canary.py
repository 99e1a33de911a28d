"""The canary: an engine that returns from its calls and is of no use any more."""

from __future__ import annotations

import json
from pathlib import Path

from serving import Served, serving, text, write_wrapper
from waiting import PATIENCE, eventually

FAILING = """
    from pathlib import Path
    from aiges_native.sdk import *

    class Request:
        data = StringBodyField("data", "a test value")

    class Wrapper(WrapperBase):
        serviceId = "failing"
        requestCls = Request
        def wrapperOnceExec(self, params, reqData):
            assert reqData.get("data").data
            if Path("broken").exists():
                return 4711
            return Response([ResponseData("result", params["sid"])])
"""


def ready(served: Served) -> tuple[int, dict]:
    status, _, body = served.request("GET", "/health/ready", health=True)
    return status, json.loads(body)


def test_a_failing_canary_takes_readiness_until_it_succeeds(tmp_path):
    write_wrapper(tmp_path, "failing", FAILING)
    words = ("--set", "engine.canary=0.1", "--set", "engine.onWedge=stay", "--set", "drain.grace=0", "failing")
    with serving(*words, cwd=tmp_path) as served:
        assert ready(served)[0] == 200
        Path(tmp_path, "broken").touch()
        eventually(lambda: ready(served)[0] == 503, "the state")
        assert "canary" in ready(served)[1]["reason"] and ready(served)[1]["state"] == "wedged"
        status, answer = served.post("failing", text("x"))
        assert (status, answer["header"]["code"]) == (503, -20153)
        Path(tmp_path, "broken").unlink()
        eventually(lambda: ready(served)[0] == 200, "the state")
        assert served.post("failing", text("x"))[0] == 200
        assert served.stop() == 0
    assert "canary requests in a row failed" in (tmp_path / "stderr.txt").read_text()


def test_a_failing_canary_ends_the_service(tmp_path):
    write_wrapper(tmp_path, "failing", FAILING)
    with serving("--set", "engine.canary=0.1", "--set", "drain.grace=0", "failing", cwd=tmp_path) as served:
        Path(tmp_path, "broken").touch()
        assert served.process.wait(PATIENCE) == 70


def test_an_engine_that_declares_nothing_has_no_canary(library):
    words = ("--set", "engine.canary=0.1", "--set", "drain.grace=0", "library/libecho.so")
    with serving(*words, cwd=library) as served:
        assert served.post("echo", text("x"))[0] == 200
        assert served.stop() == 0
    assert "no canary request is sent" in (library / "stderr.txt").read_text()
