"""A stream from its first frame to its Close, over real sockets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from host.host_process import eventually
from host.wire import AT_ONCE, ask, block, code_of, encoded, open_stream, rest_of, stream_of
from serving import Served, serving, write_wrapper

#: Sessions by ``wrapperRead`` whose output is in the parameter ``plan``: one piece per read, ``key:status:type`` each.
#: A once request tells what happened to a session: in ``of`` its sid.
PLANNED = """
    import json, time
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):
        serviceId = "planned"
        log = {}

        def note(self, sid, what):
            self.log.setdefault(sid, []).append((what, time.monotonic()))

        def wrapperCreate(self, params, sid, persId, usrTag):
            self.note(usrTag, "create")
            handle = json.dumps([usrTag, params.get("plan", ""), float(params.get("rest", 0))])
            self.pieces = {**getattr(self, "pieces", {}), handle: params.get("plan", "").split()}
            return SessionCreateResponse(handle)

        def wrapperWrite(self, handle, req):
            sid, _, rest = json.loads(handle)
            self.note(sid, f"write {req.list[0].data.decode()}")
            end = time.monotonic() + rest
            while time.monotonic() < end and not cancelled():
                time.sleep(0.005)
            if cancelled():
                self.note(sid, "cancelled")
            return 0

        def wrapperRead(self, handle):
            if not self.pieces[handle]:
                return Response([])
            made = []
            for piece in self.pieces[handle].pop(0).split("+"):
                key, status, kind = piece.split(":")
                made.append(ResponseData(key, key.encode(), None, int(kind), int(status)))
            return Response(made)

        def wrapperDestroy(self, handle):
            self.note(json.loads(handle)[0], "destroy")
            return 0

        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("log", json.dumps(self.log.get(params.get("of"), [])).encode())])
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, c_echo: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("streams")
    write_wrapper(folder, "planned", PLANNED)
    words = ("--set", "fc.max=20", "--set", "drain.timeout=0.5", "--set", "ws.readTimeout=10")
    with serving(*AT_ONCE, *words, "planned", c_echo, cwd=folder) as running:
        yield running
        assert running.stop() == 0


def planned(plan: str, **more: float) -> dict[str, dict[str, dict[str, object]]]:
    return {"parameter": {"planned": {"plan": plan, **more}}}


def log_of(served: Served, sid: str) -> list[tuple[str, float]]:
    status, answer = served.post("planned", ask(parameter={"planned": {"of": sid}}))
    assert status == 200, answer
    found: list[tuple[str, float]] = json.loads(answer["payload"]["log"]["text"])
    return found


# ---- Input -----------------------------------------------------------------------------------------------------------


def test_the_first_frame_is_acknowledged_once(served):
    with open_stream(served, "planned") as stream:
        with pytest.raises(TimeoutError):
            stream.recv(timeout=0.1)  # no slot is taken yet
        stream.send(json.dumps(ask("a", 0, **planned(""))))
        first = json.loads(stream.recv(timeout=10))
        assert first == {"header": {**first["header"], "code": 0, "message": "success", "status": 0}}
        stream.send(json.dumps(ask("b", 1)))
        with pytest.raises(TimeoutError):
            stream.recv(timeout=0.2)


def test_frames_reach_the_engine_in_the_order_they_came(served):
    names = [str(number) for number in range(100)]
    frames = [ask(name, 1, **planned("")) for name in names]
    frames[0]["payload"]["data"]["seq"] = 99  # of no account
    frames[-1]["payload"]["data"]["status"] = 2
    with open_stream(served, "planned") as stream:
        for frame in frames:
            stream.send(json.dumps(frame))
        sid = json.loads(stream.recv(timeout=10))["header"]["sid"]
        eventually(lambda: log_of(served, sid)[-1][0] == f"write {names[-1]}", "all of them are written")
    assert [what for what, _ in log_of(served, sid)][: len(names) + 1] == [
        "create",
        *[f"write {name}" for name in names],
    ]


def test_the_input_is_over_when_all_of_it_is(served):
    """Two inputs: the end of one is not the end, but no more of it is taken."""
    two = {"payload": {"a": block("1", 0), "b": block("2", 0)}, **planned("")}
    frames = [two, {"payload": {"a": block("3", 2)}}, {"payload": {"b": block("4", 1)}}]
    with open_stream(served, "planned") as stream:
        for frame in frames:
            stream.send(json.dumps(frame))
        assert code_of(json.loads(stream.recv(timeout=10))) == 0
        with pytest.raises(TimeoutError):
            stream.recv(timeout=0.2)
        stream.send(json.dumps({"payload": {"a": block("5", 1)}}))
        told = rest_of(stream)
    assert (told.code, told.close, told.reason) == (10202, 1007, "code=10202")
    told = stream_of(served, "planned", *frames, {"payload": {"b": block("5", 2)}}, {"payload": {"b": block("6", 1)}})
    assert (told.code, told.close, told.reason) == (10202, 1007, "code=10202")


def test_a_frame_after_the_last_is_refused(served):
    with open_stream(served, "planned") as stream:
        stream.send(json.dumps(ask("a", 3, **planned("", rest=5))))
        stream.send(json.dumps(ask("b", 2)))
        told = rest_of(stream)
    assert (told.code, told.close, told.reason) == (10202, 1007, "code=10202")


# ---- Output ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [2, 3])
def test_the_last_output_ends_it_at_once(served, last):
    """Also before the input is over; outputs count from 1, each for itself."""
    first = ask("a", 0, **planned(f"x:0:0 x:1:0+y:1:1 x:1:0 y:{last}:1"))
    told = stream_of(served, "planned", first, *[ask("b", 1)] * 3)  # a read follows each write
    assert (told.close, told.reason) == (1000, "")
    seen = [{key: (each["seq"], each["status"]) for key, each in output.items()} for output in told.outputs]
    assert seen == [
        {"x": ("1", "0")},
        {"x": ("2", "1"), "y": ("1", "1")},
        {"x": ("3", "1")},
        {"y": ("2", str(last))},
    ]
    assert [message["header"]["status"] for message in told.messages if "payload" in message] == [0, 1, 1, last]
    assert [output["y"]["audio"] for output in told.outputs if "y" in output] == [encoded("y")] * 2
    sid = told.messages[0]["header"]["sid"]
    assert log_of(served, sid)[-1][0] == "destroy", "the session was over when the client was told"


def test_an_output_of_a_wrong_type_is_told_in_the_middle_of_a_stream(served):
    parameter = {"planned": {"plan": "x:0:0 x:1:1", "x": {"data_type": "text"}}}
    told = stream_of(served, "planned", ask("a", 3, parameter=parameter))
    assert (told.code, told.close, told.reason) == (10106, 1011, "code=10106") and len(told.outputs) == 1
    headers = {"Accept": "text/event-stream"}
    body = json.dumps(ask("a", 3, parameter=parameter))
    status, _, answer = served.request("POST", "/v1/private/planned", body, headers)
    events = [json.loads(line[6:]) for line in answer.decode().split("\n\n") if line]
    assert status == 200 and [code_of(event) for event in events] == [0, 10106]
    body = json.dumps(ask("a", 3, parameter={"planned": {"plan": "x:2:1", "x": {"data_type": "text"}}}))
    status, _, answer = served.request("POST", "/v1/private/planned", body, headers)
    assert (status, code_of(json.loads(answer))) == (502, 10106), "before the first event it is an ordinary answer"


# ---- The client goes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["closes", "vanishes"])
def test_a_client_that_goes_ends_the_engines_session_at_once(served, way):
    with open_stream(served, "planned") as stream:
        stream.send(json.dumps(ask("a", 0, **planned("", rest=20))))
        sid = json.loads(stream.recv(timeout=10))["header"]["sid"]
        eventually(lambda: log_of(served, sid)[-1][0] == "write a", "the engine is in its call")
        gone = time.monotonic()
        if way == "vanishes":
            stream.socket.close()
        else:
            threading.Thread(target=stream.close, daemon=True).start()
        log = eventually(lambda: (found := log_of(served, sid))[-1][0] == "destroy" and found, "it is destroyed")
    assert [what for what, _ in log] == ["create", "write a", "cancelled", "destroy"]
    assert log[-1][1] - gone < 2, "the promise is 0.1 s; machines of tests are slow"


def test_who_sends_events_is_told_of_a_client_that_goes(served):
    connection = served.connect()
    body = json.dumps(ask("a", **planned("x:0:0", rest=20)))
    connection.request("POST", "/v1/private/planned", body, {"Accept": "text/event-stream"})
    line = 'aiges_sessions{service="planned",state="running"}'
    eventually(lambda: f"{line} 1" in page(served), "it runs")
    connection.close()
    eventually(lambda: f"{line} 0" in page(served), "it is over")


def page(served: Served) -> str:
    return served.request("GET", "/metrics", health=True)[2].decode()


# ---- How the engine is called ----------------------------------------------------------------------------------------

#: asyncMode, realTimeRlt -> whether output comes before the input is over.
MODES = [(False, True), (False, False), (True, True), (True, False)]


@pytest.fixture(scope="module", params=MODES, ids=lambda mode: f"asyncMode={mode[0]}-realTimeRlt={mode[1]}")
def mode(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    library: Path,
    compiled: Callable[[str], Path],
) -> Iterator[tuple[Served, bool, bool]]:
    folder = tmp_path_factory.mktemp("mode")
    write_wrapper(
        folder,
        "exec_only",
        """
        from aiges_native.sdk import *
        class Wrapper(WrapperBase):
            def wrapperOnceExec(self, params, reqData):
                return Response([ResponseData("data", reqData.list[0].data)])
        """,
    )
    is_async, real_time = request.param
    words = ("--set", f"aiges.asyncMode={is_async:d}", "--set", f"aiges.realTimeRlt={real_time:d}")
    engines = (library / "library/libecho.so", library / "library/echo_py", compiled("tests/host/tell.c"), "exec_only")
    with serving(*AT_ONCE, *words, *engines, cwd=folder) as running:
        yield running, is_async, real_time
        assert running.stop() == 0


@pytest.mark.parametrize("name", ["echo", "echo_py", "exec_only"])
def test_once_requests_are_answered_in_every_mode(mode, name):
    served, _, _ = mode
    for value in ("one", "two"):
        assert served.post(name, ask(value))[1]["payload"]["data"]["text"] == value


def test_an_engine_with_asynchronous_calls_gets_the_time_that_is_left(mode):
    served, is_async, _ = mode
    told = served.post("tell", ask())[1]["payload"]["told"]["text"]
    assert ("timeout yes" in told) == is_async


@pytest.mark.parametrize("name", ["echo", "echo_py"])
def test_output_comes_as_it_is_or_after_the_last_input(mode, name):
    served, _, real_time = mode
    with open_stream(served, name) as stream:
        for status, data in enumerate(("one", "two")):
            stream.send(json.dumps(ask(data, status)))
        early = []
        if real_time:
            while len(early) < 2:
                message = json.loads(stream.recv(timeout=10))
                early += [message] if "payload" in message else []
        else:
            assert "payload" not in json.loads(stream.recv(timeout=10))
            with pytest.raises(TimeoutError):
                stream.recv(timeout=0.3)
        stream.send(json.dumps(ask("three", 2)))
        told = rest_of(stream)
    assert told.close == 1000
    outputs = [message["payload"]["data"] for message in early] + [output["data"] for output in told.outputs]
    assert [(each["text"], each["seq"]) for each in outputs] == [
        (encoded(data), str(number)) for number, data in enumerate(("one", "two", "three"), 1)
    ]


def test_an_error_of_an_asynchronous_engine_is_told(mode):
    served, _, _ = mode
    for name in ("echo", "echo_py"):
        status, answer = served.post(name, ask(parameter={name: {"echo.fail": 7}}))
        assert (status, code_of(answer), answer["header"]["engine_code"]) == (500, 10909, 7)
