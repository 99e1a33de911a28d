"""The service over real sockets: requests, streams, faults, start and end."""

from __future__ import annotations

import base64
import contextlib
import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Served, serving, text, write_wrapper
from waiting import PATIENCE, deliver, eventually
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

SAMPLES = Path(__file__).parent / "samples"

HUNG = """
    import time
    from aiges_native.sdk import *
    class Wrapper(WrapperBase):
        serviceId = "hung"
        def wrapperOnceExec(self, params, reqData):
            while True:
                time.sleep(0.05)
"""
SETTINGS = ("--set", "fc.max=16", "--set", "drain.grace=0")


@pytest.fixture(scope="module")
def served(library: Path) -> Iterator[Served]:
    with serving(*SETTINGS, "--set", "ws.readTimeout=1", "--set", "http.requestTimeout=600", cwd=library) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def pushing(library: Path) -> Iterator[Served]:
    """The wrapper that answers by callback, served that way."""
    settings = (
        *SETTINGS,
        "--set",
        "aiges.asyncMode=true",
        "--set",
        "limits.writeStall=1",
        "--set",
        "limits.callbackWait=1",
    )
    with serving(*settings, "library/pusher", cwd=library) as running:
        yield running
        assert running.stop() == 0


def code_of(answer: dict) -> int:
    return answer["header"]["code"]


# ---- Once ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["echo", "echo_py"])
def test_every_engine_of_the_library_answers(served, name):
    status, answer = served.post(name, text("hello"))
    assert status == 200 and code_of(answer) == 0
    assert answer["payload"]["data"]["text"] == "hello" and len(answer["header"]["sid"]) == 36


def test_parameters_reach_the_engine_as_text(served):
    body = {**text("hello"), "parameter": {"echo": {"echo.upper": 1}}}
    assert served.post("echo", body)[1]["payload"]["data"]["text"] == "HELLO"
    body = {**text("hello"), "parameter": {"faults": {"do": "upper"}}}
    assert served.post("faults", body)[1]["payload"]["result"]["text"].startswith("HELLO True"), "with a deadline"


def test_large_bodies_gzip_multipart_and_raw(served):
    large = "x" * 3_000_000
    assert served.post("echo", text(large))[1]["payload"]["data"]["text"] == large
    squeezed = gzip.compress(json.dumps(text("squeezed")).encode())
    assert served.post("echo", squeezed, {"Content-Encoding": "gzip"})[1]["payload"]["data"]["text"] == "squeezed"
    status, answer = served.post("echo", b"\x00\x01\xff", {"Content-Type": "application/octet-stream"})
    assert status == 200 and code_of(answer) == 0
    part = (
        b'--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: text/plain\r\n\r\nin parts\r\n--B--\r\n'
    )
    status, answer = served.post("echo", part, {"Content-Type": "multipart/form-data; boundary=B"})
    assert (status, answer["payload"]["data"]["text"]) == (200, "in parts")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, 10000),
        (b"[]", 400, 10000),
        (b'{"payload":{"data":{"text":"*"}}}', 400, 10001),
        (b'{"payload":{"data":{"text":"YQ==","audio":"YQ=="}}}', 400, 10001),
        (b"{}", 400, 10009),
        (b"\xff\xfe", 400, 10000),
    ],
)
def test_malformed_requests_are_answered_at_once(served, body, status, code):
    found, answer = served.post("echo", body)
    assert (found, code_of(answer)) == (status, code) and answer["payload"] is None and answer["header"]["message"]


def test_validation_is_strict_for_wrappers_of_this_sdk(served):
    status, answer = served.post("faults", {**text("x"), "parameter": {"faults": {"do": "dance"}}})
    assert (status, code_of(answer), answer["header"]["path"]) == (400, 10107, "/parameter/faults/do")


def ask(served: Served, do: str, headers: dict[str, str] | None = None) -> tuple[int, dict]:
    """What the wrapper 'faults' answers when it is told to do something."""
    return served.post("faults", {**text("x"), "parameter": {"faults": {"do": do}}}, headers)


@pytest.mark.parametrize(
    ("do", "code", "engine_code"),
    [("raise", 10909, -20030), ("code", 10909, 4711), ("none", 10909, -20031), ("exit", 10909, -20030)],
)
def test_engine_faults_cost_one_request(served, do, code, engine_code):
    status, answer = ask(served, do)
    assert (status, code_of(answer), answer["header"]["engine_code"]) == (500, code, engine_code)
    assert "Traceback" not in answer["header"]["message"]
    if do == "code":
        assert answer["header"]["message"] == "my text for 4711;code=4711"
    assert served.post("faults", text("x"))[0] == 200


def test_the_deadline_is_kept_while_the_engine_goes_on(served):
    began = time.monotonic()
    status, answer = ask(served, "hang", {"Aiges-Timeout-Ms": "200"})
    # Some ms less: the loop's clock is as coarse. No bound above: the engine hangs until it is let go.
    assert (status, code_of(answer)) == (504, 10102) and time.monotonic() - began > 0.19
    assert ask(served, "let go")[0] == 200
    status, answer = served.post("faults", text("x"), {"Aiges-Timeout-Ms": "soon"})
    assert (status, code_of(answer)) == (400, 10107)


def test_a_client_that_goes_is_told_to_the_engine(served):
    def counts() -> tuple[int, int]:
        begun, told = ask(served, "counts")[1]["payload"]["result"]["text"].split()
        return int(begun), int(told)

    begun, told = counts()
    connection = served.connect()
    connection.request("POST", "/v1/private/faults", json.dumps({**text("x"), "parameter": {"faults": {"do": "wait"}}}))
    eventually(lambda: counts()[0] > begun, "the call begins")
    assert counts()[1] == told
    connection.close()
    eventually(lambda: counts()[1] > told, "the engine is told")


def test_many_clients_that_go_leave_no_slot_behind(served):
    body = json.dumps({**text("x"), "parameter": {"echo": {"echo.sleep_ms": 50}}}).encode()
    head = f"POST /v1/private/echo HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    host, port = served.address.rsplit(":", 1)
    for index in range(1000):
        with socket.create_connection((host, int(port))) as raw:
            raw.sendall(head + (body if index % 3 else body[:20]))
    eventually(lambda: at_once(served, body, 16) == [200] * 16, "every slot is free again")


def at_once(served: Served, body: bytes | str, count: int) -> list[int]:
    """The HTTP statuses of so many requests at the same time."""
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(served.post("echo", body)[0])) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def slots_taken(served: Served) -> int:
    """How many calls run in the engine 'echo', as the metrics say."""
    page = served.request("GET", "/metrics")[2].decode()
    (line,) = (line for line in page.splitlines() if line.startswith('aiges_slots{service="echo",state="busy"}'))
    return int(line.split()[-1])


def take_slot(served: Served) -> http.client.HTTPConnection:
    """A connection whose request runs until it is closed."""
    connection = served.connect()
    body = {**text("x"), "parameter": {"echo": {"echo.sleep_ms": 600_000}}}
    connection.request("POST", "/v1/private/echo", json.dumps(body))
    return connection


def test_without_a_slot_it_is_refused_with_retry_after(library):
    with serving("--set", "fc.max=1", "--set", "drain.grace=0", "library/libecho.so", cwd=library) as one:
        taken = take_slot(one)
        eventually(lambda: slots_taken(one) == 1, "the slot is taken")
        status, headers, body = one.request("POST", "/v1/private/echo", json.dumps(text("x")))
        assert (status, code_of(json.loads(body)), headers["retry-after"]) == (503, 10110, "1")
        taken.close()
        eventually(lambda: one.post("echo", text("x"))[0] == 200, "the slot is free")
        assert one.stop() == 0


def test_other_paths_and_methods(served):
    assert served.request("POST", "/v1/private/none", b"{}")[0] == 404
    status, headers, _ = served.request("GET", "/v1/private/echo")
    assert status == 405 and headers["allow"] == "POST, OPTIONS"
    status, headers, _ = served.request("OPTIONS", "/v1/private/echo")
    assert status == 204 and headers["access-control-allow-origin"] == "*"
    assert served.request("GET", "/ping")[2] == b"pong"
    assert served.request("GET", "/swagger/index.html")[0] == 302
    document = json.loads(served.request("GET", "/openapi.json")[2])
    assert {"/v1/private/echo", "/v1/private/faults", "/v1/private/pusher"} <= set(document["paths"])
    assert "do" in json.dumps(document["paths"]["/v1/private/faults"])
    for path in ("/", "/docs"):
        status, headers, page = served.request("GET", path)
        assert status == 200 and headers["content-type"].startswith("text/html")
        assert b"/v1/private/echo" in page and b"https://" not in page, "offline"


def test_openapi_is_valid(served):
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(json.loads(served.request("GET", "/openapi.json")[2]))


def test_an_oversize_body_is_refused(library):
    with serving("--set", "limits.body=1000", "--set", "drain.grace=0", "library/libecho.so", cwd=library) as small:
        status, answer = small.post("echo", text("x" * 2000))
        assert (status, code_of(answer)) == (413, -20155)
        bomb = gzip.compress(b"0" * 100_000)
        status, answer = small.post("echo", bomb, {"Content-Encoding": "gzip"})
        assert (status, code_of(answer)) == (413, -20155)
        assert small.stop() == 0


# ---- Streams ---------------------------------------------------------------------------------------------------------


def url(served: Served, name: str) -> str:
    return f"ws://{served.address}/v1/private/{name}"


def frame(data: str, status: int, **more) -> str:
    block = {"encoding": "utf8", "status": status, "text": base64.b64encode(data.encode()).decode()}
    return json.dumps({"payload": {"data": block}, **more})


def decoded(message: str | bytes, key: str = "data") -> str:
    return base64.b64decode(json.loads(message)["payload"][key]["text"]).decode()


@pytest.mark.parametrize("name", ["echo", "echo_py"])
def test_a_stream(served, name):
    with connect(url(served, name)) as ws:
        ws.send(frame("one", 0, header={"appid": "a"}))
        first = json.loads(ws.recv())
        assert first["header"]["code"] == 0 and len(first["header"]["sid"]) == 32
        outputs = [] if "payload" not in first else [decoded(json.dumps(first))]
        ws.send(frame("two", 1))
        ws.send(frame("three", 2).encode())  # binary frames hold JSON too
        while len(outputs) < 3:
            outputs.append(decoded(ws.recv()))
        assert outputs == ["one", "two", "three"]
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv()
        assert closed.value.rcvd.code == 1000


def test_pieces_are_pushed_in_their_order(pushing):
    with connect(url(pushing, "pusher")) as ws:
        ws.send(frame("go", 2, parameter={"pusher": {"count": 300}}))
        found = []
        while len(found) < 300:
            message = ws.recv()
            if "payload" in json.loads(message):
                found.append(int(decoded(message, "out").rstrip(".")))
        assert found == list(range(300))


def test_a_binary_subprotocol_without_base64(served):
    with connect(url(served, "echo"), subprotocols=["aiges.v1.bin"]) as ws:
        assert ws.subprotocol == "aiges.v1.bin"
        ws.send(frame("json goes too", 0))
        while True:
            message = ws.recv()
            if isinstance(message, bytes):
                break
        header, _, data = message.partition(b"\n")
        assert json.loads(header)["header"]["code"] == 0 and data == b"json goes too"


@pytest.mark.parametrize(
    ("message", "code", "close"),
    [
        ("{", 10000, 1007),
        (json.dumps({"payload": {"data": {"text": "*", "status": 0}}}), 10001, 1007),
        (frame("x", 0, parameter={"pusher": {"refuse": 1}}), 10905, 1011),
        (frame("raise", 0), 10907, 1011),
    ],
)
def test_faults_of_a_stream_end_it_with_a_code(pushing, message, code, close):
    with connect(url(pushing, "pusher")) as ws:
        ws.send(message)
        while True:
            answer = json.loads(ws.recv())
            if answer["header"]["code"]:
                break
        assert answer["header"]["code"] == code and answer["header"]["message"]
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv()
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (close, f"code={code}")
    sessions_end(pushing)


def test_a_stream_whose_client_says_nothing_is_closed(served):
    began = time.monotonic()
    with connect(url(served, "echo")) as ws:
        answer = json.loads(ws.recv(timeout=PATIENCE))
        assert answer["header"]["code"] == 10019 and time.monotonic() - began > 0.99


def test_a_frame_after_the_last_ends_it(pushing):
    with connect(url(pushing, "pusher")) as ws:
        ws.send(frame("x", 0, parameter={"pusher": {"count": 1000, "size": 5000}}))
        ws.send(frame("y", 2))
        ws.send(frame("z", 2))
        codes = set()
        with pytest.raises(ConnectionClosed):
            while True:
                codes.add(json.loads(ws.recv())["header"]["code"])
        assert codes <= {0, 10202}
    sessions_end(pushing)


def sessions_end(served: Served) -> None:
    """Every session of the wrapper is destroyed in the end."""

    def none_open() -> bool:
        status, answer = served.post("pusher", text("x"))
        return status == 200 and answer["payload"]["open"]["text"] == "0"

    eventually(none_open, "every session is destroyed")


def metrics_have(served: Served, line: str) -> None:
    """A line of the metrics, which are counted after the answer was sent, and told by another process."""
    eventually(lambda: f"{line}\n" in served.request("GET", "/metrics", health=True)[2].decode(), line)


def test_clients_that_vanish_leave_no_session(pushing):
    for index in range(1000):
        with connect(url(pushing, "pusher"), close_timeout=0) as ws:
            ws.send(frame("x", 0))
            if index % 2:
                ws.recv()
            if index % 3:
                ws.socket.shutdown(socket.SHUT_RDWR)
    sessions_end(pushing)


def test_a_client_that_does_not_read_is_cut(pushing):
    host, port = pushing.address.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(
            b"GET /v1/private/pusher HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        raw.recv(4096)
        message = frame("x", 2, parameter={"pusher": {"count": 3000, "size": 20000}}).encode()
        raw.sendall(bytes([0x81, 0xFE]) + len(message).to_bytes(2, "big") + bytes(4) + message)
        sessions_end(pushing)


def test_a_client_that_does_not_read_its_events_is_cut_as_one_that_left(pushing):
    host, port = pushing.address.rsplit(":", 1)
    body = json.dumps({**text("go"), "parameter": {"pusher": {"count": 3000, "size": 20000}}}).encode()
    head = f"POST /v1/private/pusher HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Length: {len(body)}"
    with socket.create_connection((host, int(port))) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(head.encode() + b"\r\n\r\n" + body)
        sessions_end(pushing)
    metrics_have(pushing, 'aiges_requests_total{service="pusher",transport="sse",kind="stream",code="-20157"} 1')


def test_server_sent_events(pushing):
    body = {**text("go"), "parameter": {"pusher": {"count": 5}}}
    headers = {"Accept": "text/event-stream"}
    status, got, answer = pushing.request("POST", "/v1/private/pusher", json.dumps(body), headers)
    assert status == 200 and got["content-type"] == "text/event-stream"
    events = [line.removeprefix("data: ") for line in answer.decode().split("\n\n") if line]
    assert [int(decoded(event, "out").rstrip(".")) for event in events] == list(range(5))
    body = {**text("go"), "parameter": {"pusher": {"refuse": 1}}}
    status, got, answer = pushing.request("POST", "/v1/private/pusher", json.dumps(body), headers)
    assert status == 500 and code_of(json.loads(answer)) == 10905


def test_ping_and_unknown_streams(served):
    with connect(f"ws://{served.address}/ping") as ws:
        ws.send("ping")
        assert ws.recv() == "pong"
        ws.send("other")
        assert ws.recv() == "other"
    with pytest.raises(InvalidStatus):
        connect(url(served, "none"))


# ---- Health and metrics ----------------------------------------------------------------------------------------------


def health(served: Served, path: str = "/health/ready") -> tuple[int, dict]:
    status, _, body = served.request("GET", path, health=True)
    return status, json.loads(body)


def test_metrics_count_what_happened(library):
    with serving(*SETTINGS, "library/libecho.so", cwd=library) as running:
        running.post("echo", text("x"))
        running.post("echo", {**text("x"), "parameter": {"echo": {"echo.fail": 7}}})
        running.post("echo", b"{")
        counts = [
            f'aiges_requests_total{{service="echo",transport="http",kind="once",code="{code}"}} 1'
            for code in (0, 10909, 10000)
        ]
        for count in counts:
            metrics_have(running, count)
        for on_health_port in (True, False):
            page = running.request("GET", "/metrics", health=on_health_port)[2].decode()
            assert all(f"{count}\n" in page for count in counts)
            assert 'aiges_slots_max{service="echo"} 16' in page and "aiges_engine_calls_total" in page
        assert health(running)[0] == 200 and health(running, "/health/live")[0] == 200
        assert running.request("GET", "/health/ready")[0] == 200 == running.request("GET", "/health/live")[0]
        assert running.stop() == 0


def test_health_is_told_while_an_engine_holds_the_gil(library, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    patient = ("--set", "engine.stallAfter=600", "--set", "engine.gilStall=900")
    with serving(*SETTINGS, *patient, "library/holds", cwd=library) as running:
        asking = threading.Thread(target=lambda: running.post("holds", text(str(pipe))))
        asking.start()

        def opened() -> int:
            with contextlib.suppress(OSError):  # nobody has opened the other end yet
                return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            return 0

        engine = eventually(opened, "the engine waits at its end of the pipe")
        for _ in range(20):
            assert health(running)[0] == 200
        assert asking.is_alive(), "it still holds it"
        os.close(engine)
        asking.join()


def test_a_wedged_engine_ends_the_process(tmp_path):
    write_wrapper(tmp_path, "hung", HUNG)
    words = ("--set", "fc.max=1", "--set", "aiges.wrapperDelayDetectPeriod=0.3", "--set", "drain.fini=0.3", "hung")
    with serving(*SETTINGS, *words, cwd=tmp_path) as running:
        status, answer = running.post("hung", text("x"), {"Aiges-Timeout-Ms": "100"})
        assert (status, code_of(answer)) == (504, 10102)
        assert running.process.wait(PATIENCE) == 70
    said = (tmp_path / "stderr.txt").read_text()
    assert "1 of 1 slots are lost" in said and "wrapper.py" in said


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_access_log_has_a_line_a_request(form, library, tmp_path):
    log = tmp_path / "logs" / "access.log"
    words = ("--set", "log.level=info", "--set", f"log.file={log}", "--set", f"log.format={form}", "library/libecho.so")
    with serving(*SETTINGS, *words, cwd=library) as running:
        sid = running.post("echo", text("secret payload"))[1]["header"]["sid"]
        running.post("echo", b"{")
        assert running.stop() == 0
    first, second = log.read_text().splitlines()
    assert sid in first and "10000" in second and "secret" not in first
    if form == "json":
        assert json.loads(first)["code"] == 0 and json.loads(first)["in"] > 20


def test_a_supervised_service_is_started_again(library):
    with serving(*SETTINGS, "--supervise", "library/libecho.so", cwd=library) as running:
        found = running.request("GET", "/metrics")[2].decode()
        assert "aiges_build_info" in found
        children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text().split()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        running.wait_ready()
        assert running.post("echo", text("x"))[0] == 200
        assert running.stop() == 0


# ---- Start and end ---------------------------------------------------------------------------------------------------


def ended(*words: object, cwd: Path, seconds: float = PATIENCE) -> tuple[int, str]:
    """Exit code and stderr of a service that does not get as far as serving."""
    command = [sys.executable, "-m", "aiges_native", "serve", *map(str, words)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=seconds)
    return done.returncode, done.stderr


def test_an_address_in_use(tmp_path, c_echo):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, said = ended("--set", f"http.listen={address}", c_echo, cwd=tmp_path)
    assert code == 71 and f"{address} is in use" in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["none.so"], 69, "cannot start engine 'none'"),
        (["broken"], 69, "ModuleNotFoundError"),
        (["unwilling"], 69, "my text for 30001"),
        ([], 69, "there is no engine"),
        (["-c", "none.toml"], 78, "none.toml"),
        (["--set", "fc.max=many", "x"], 78, "max"),
        (["--nonsense"], 2, "usage"),
        (["-m", "2"], 2, "-m 2"),
    ],
)
def test_what_cannot_start_says_why(words, code, said, tmp_path):
    write_wrapper(tmp_path, "broken", "import no_such_module_at_all")
    write_wrapper(
        tmp_path,
        "unwilling",
        """
        from aiges_native.sdk import *
        class Wrapper(WrapperBase):
            def wrapperInit(self, config): return 30001
            def wrapperError(self, code): return f"my text for {code}"
            def wrapperOnceExec(self, params, reqData): return None
        """,
    )
    listen = [] if "-m" in words else ["--set", "http.listen=127.0.0.1:0"]
    found, text_said = ended(*listen, *words, cwd=tmp_path)
    assert (found, said.lower() in text_said.lower()) == (code, True), text_said
    assert "Traceback" not in text_said


def test_one_broken_engine_leaves_the_others_serving(tmp_path, c_echo):
    write_wrapper(tmp_path, "broken", "import no_such_module_at_all")
    with serving(*SETTINGS, "broken", c_echo, cwd=tmp_path) as running:
        assert running.post("echo", text("x"))[0] == 200
        assert "cannot start engine 'broken'" in (tmp_path / "stderr.txt").read_text()


@pytest.mark.parametrize("sample", ["aiges_init.toml", "aiges_main.toml", "aiges_root.toml"])
def test_shipped_configurations_start_unchanged(sample, library):
    words = ["-c", SAMPLES / sample, "--set", "drain.grace=0", "library/libecho.so"]
    with serving(*words, cwd=library) as running:
        assert running.post("echo", text("hello"))[1]["payload"]["data"]["text"] == "hello"
        assert running.stop() == 0


def test_the_old_name_takes_the_old_flags(library):
    command = [Path(sys.executable).parent / "AIservice"]
    if not command[0].exists():
        pytest.skip("the script AIservice is not installed")
    done = subprocess.run(command, cwd=library, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2 and "-c" in done.stderr
    done = subprocess.run([*command, "-v"], cwd=library, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and "engine ABI" in done.stdout


def test_an_idle_service_ends_at_once(library):
    patient = ("--set", "drain.timeout=600", "--set", "drain.fini=600")
    with serving(*SETTINGS, *patient, "library/libecho.so", cwd=library) as running:
        assert running.stop() == 0, "none of them passed"


def test_a_signal_under_load_loses_no_request(library):
    with serving(*SETTINGS, "library/libecho.so", cwd=library) as running:
        slow = json.dumps({**text("x"), "parameter": {"echo": {"echo.sleep_ms": 1000}}})
        answers: list[int] = []
        threads = [threading.Thread(target=lambda: answers.append(running.post("echo", slow)[0])) for _ in range(8)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(answers) + slots_taken(running) == 8, "every request is in the engine")
        assert running.stop() == 0
        for thread in threads:
            thread.join()
        assert answers == [200] * 8


def test_what_runs_too_long_is_cut_and_told(library):
    words = (*SETTINGS, "--set", "drain.timeout=0.3", "--set", "drain.fini=0.5", "--set", "http.requestTimeout=600")
    with serving(*words, "library/libecho.so", cwd=library) as running:
        taken = take_slot(running)
        eventually(lambda: slots_taken(running) == 1, "the engine has it")
        assert running.stop() == 75
        reply = taken.getresponse()
        assert (reply.status, code_of(json.loads(reply.read()))) == (503, -20150)
        taken.close()


def test_a_hung_engine_does_not_keep_the_process(tmp_path):
    write_wrapper(tmp_path, "hung", HUNG)
    words = (*SETTINGS, "--set", "drain.timeout=0.2", "--set", "drain.fini=0.3", "hung")
    with serving(*words, cwd=tmp_path) as running:
        status, answer = running.post("hung", text("x"), {"Aiges-Timeout-Ms": "100"})
        assert (status, code_of(answer)) == (504, 10102)
        assert running.stop() in (0, 75)


def test_third_signal_ends_it_at_once(library):
    words = (*SETTINGS, "--set", "drain.timeout=600", "--set", "http.requestTimeout=600", "library/libecho.so")
    with serving(*words, cwd=library) as running:
        taken = take_slot(running)  # the first two wait for it
        eventually(lambda: slots_taken(running) == 1, "the engine has it")
        for _ in range(2):
            deliver(running.process.pid, signal.SIGTERM)
        assert running.stop() == 75
        taken.close()


def test_the_application_can_be_mounted(c_echo):
    """Under another ASGI application, with a root path, without a server."""
    import asyncio

    import aiges_native
    from aiges_native.host.core import EnginePort, Service, Slots
    from aiges_native.host.fronts import App, Exhibit
    from aiges_native.host.protocol import Service as Codec

    async def main() -> list[dict]:
        loop = asyncio.get_running_loop()
        with aiges_native.open(c_echo) as engine:
            executor = aiges_native.Executor(2)
            loop.add_reader(executor.fileno(), executor.drain)
            port = EnginePort(engine, executor, most_pieces=10, most_bytes=1000, callback_wait=1)
            core = Service("echo", port, loop, Slots(2))
            app = App([Exhibit(("/v1/private/echo",), Codec("echo"), core, {"paths": {}})])
            sent: list[dict] = []

            async def receive():
                if not sent and not asked:
                    asked.append(True)
                    return {"type": "http.request", "body": json.dumps(text("mounted")).encode()}
                return await asyncio.Future()

            async def send(message):
                sent.append(message)

            asked: list[bool] = []
            scope = {
                "type": "http", "method": "POST", "path": "/ai/v1/private/echo", "root_path": "/ai", "headers": [],
                "query_string": b"",
            }  # fmt: skip
            await app(scope, receive, send)
            loop.remove_reader(executor.fileno())
            return sent

    sent = asyncio.run(main())
    assert sent[0]["status"] == 200 and b'"mounted"' in sent[1]["body"]
