"""The start of the service: what it needs, where it listens, which exit code says why it does not serve."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from host.wire import AT_ONCE, ask, encoded, stream_of
from serving import SERVE, serving, write_wrapper

SAMPLES = Path(__file__).parent / "samples"
FREE_PORT = ("--set", "http.listen=127.0.0.1:0")


def ended(*words: object, cwd: Path, program: tuple[str, ...] = SERVE, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a service that does not get as far as serving."""
    command = [*program, *map(str, words)]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def why(stderr: str) -> str:
    """What was said, in one line for the service and one for each engine."""
    lines = stderr.splitlines()
    assert 1 <= len(lines) <= 2, stderr
    return stderr


# ---- Engines that cannot start: 69 -----------------------------------------------------------------------------------

WRAPPERS = {
    "raises": ("def wrapperInit(self, config): raise OSError('no model')", "wrapperInit: OSError: no model"),
    "refuses": ("def wrapperInit(self, config): return 42", "(code 42)"),
    "exits": ("def wrapperInit(self, config): raise SystemExit(0)", "wrapperInit: SystemExit: 0"),
    "constructor": ("def __init__(self): raise ValueError('bad')", "bad"),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper_that_does_not_start(name, tmp_path):
    body, said = WRAPPERS[name]
    source = f"class Wrapper:\n    {body}\n    def wrapperOnceExec(self, params, reqData): ..."
    write_wrapper(tmp_path, name, source)
    done = subprocess.run([*SERVE, *FREE_PORT, name], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 69 and f"cannot start engine '{name}'" in done.stderr and said in done.stderr
    assert done.stderr.endswith("cannot serve: no engine could be started\n") and done.stdout == ""


@pytest.mark.parametrize(
    ("exhibit", "said"),
    [
        ("missing_symbol", "symbol 'wrapperExec' is missing"),
        ("fail_init", "the model file is missing (code 77)"),
        ("wrong_abi", "engine ABI 2.0"),
        ("unloadable", "undefined symbol: exhibit_needs_this_function"),
    ],
)
def test_a_library_that_does_not_start(exhibit, said, compiled, tmp_path):
    code, stdout, stderr = ended(*FREE_PORT, compiled(f"tests/engines/museum/{exhibit}.c"), cwd=tmp_path)
    assert (code, stdout) == (69, "") and said in why(stderr)


def test_what_is_no_engine(tmp_path):
    (tmp_path / "text.so").write_text("no library")
    (tmp_path / "empty").mkdir()
    for name, said in (("text.so", "text.so"), ("empty", "empty"), ("missing/libx.so", "missing/libx.so")):
        code, stdout, stderr = ended(*FREE_PORT, name, cwd=tmp_path)
        assert (code, stdout) == (69, "") and said in why(stderr)


# ---- Addresses in use: 71 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "supervised"), [("http.listen", False), ("health.listen", False), ("health.listen", True)]
)
def test_an_address_in_use(key, supervised, c_echo, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        words = (*FREE_PORT, "--set", f"{key}={address}", c_echo)
        code, stdout, stderr = ended(*words, *["--supervise"] * supervised, cwd=tmp_path)
    assert (code, stdout) == (71, "") and address in why(stderr) and "in use" in stderr


# ---- Wrong configuration: 78; wrong usage: 2 -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("[svcName]\nport = 'x'\n", (), "aiges.toml:2"),
        ("[fc]\nmax = 0\n", (), "aiges.toml:2"),
        ("[fc\n", (), "aiges.toml"),
        ("[one]\nport = 1\n[two]\nport = 2\n", ("-s", "three"), "one"),
        ("[fc]\nmaxx = 1\n", ("--strict",), "did you mean max?"),
        ("[http]\nlisten = 'nowhere'\n", (), "aiges.toml:2"),
        ("[ws]\nreadTimeout = -1\n", (), "aiges.toml:2"),
        ("[aiges]\nusrCfg = 'none.toml'\n", (), "none.toml"),
    ],
)
def test_a_wrong_configuration(text, words, said, tmp_path):
    (tmp_path / "aiges.toml").write_text(text)
    code, stdout, stderr = ended(*words, cwd=tmp_path)
    assert (code, stdout) == (78, "") and said in stderr


def test_a_wrong_value_of_the_environment(tmp_path):
    code, _, stderr = ended(cwd=tmp_path, AIGES_FC__MAX="many")
    assert code == 78 and "AIGES_FC__MAX" in stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--nonsense"], "--nonsense"), (["-m", "2"], "-m 2"), (["--set", "x"], "SECTION.KEY=VALUE"), (["-m", "1"], "-u")],
)
def test_wrong_usage(words, said, tmp_path):
    code, stdout, stderr = ended(*words, cwd=tmp_path)
    assert (code, stdout) == (2, "") and said in stderr and "usage:" in stderr


# ---- The old name and its flags --------------------------------------------------------------------------------------

OLD = (sys.executable, "-c", "import sys; from aiges_native.host.serving.main import old_main; sys.exit(old_main())")


def test_the_old_name_says_what_it_takes(tmp_path):
    code, stdout, stderr = ended(cwd=tmp_path, program=OLD)
    assert (code, stdout) == (2, "") and "usage: AIservice" in stderr
    code, stdout, stderr = ended("-v", cwd=tmp_path, program=OLD)
    assert (code, stderr) == (0, "") and stdout.startswith("aiges_native ") and "engine ABI 1.0" in stdout


def test_the_old_name_writes_a_file_and_serves_with_it(c_echo, tmp_path):
    assert ended("-init", cwd=tmp_path, program=OLD)[:2] == (0, "wrote aiges.toml\n")
    written = (tmp_path / "aiges.toml").read_text()
    assert ended("-init", cwd=tmp_path, program=OLD)[:2] == (0, "") and (tmp_path / "aiges.toml").read_text() == written
    words = ("-m=0", "-c=aiges.toml", "-s=svcName", "-mnist=false", "-bvt=1", c_echo)
    with serving(*AT_ONCE, *words, cwd=tmp_path, program=OLD) as running:
        assert running.post("echo", ask("hello"))[1]["payload"]["data"]["text"] == "hello"
        assert running.stop() == 0
    warned = (tmp_path / "stderr.txt").read_text()
    assert "warning: -mnist: no effect" in warned and "warning: -bvt: no effect" in warned


def test_the_old_names_default_file(c_echo, tmp_path):
    """-dc stands in where there is no -c; without any the file has to be there."""
    code, _, stderr = ended("-s", "svcName", c_echo, cwd=tmp_path, program=OLD)
    assert code == 78 and "aiges.toml" in stderr
    (tmp_path / "other.toml").write_text("[mine]\n[drain]\ngrace = 0\n")
    words = ("-c", "none.toml", "-dc", "other.toml", "-s", "mine", c_echo)
    with serving(*words, cwd=tmp_path, program=OLD) as running:
        assert running.post("echo", ask())[0] == 200 and running.stop() == 0


# ---- Files of AIservice ----------------------------------------------------------------------------------------------

SHIPPED = [("aiges_init", "0.0.0.0:1888"), ("aiges_main", "127.0.0.1:1888"), ("aiges_root", "0.0.0.0:1888")]


@pytest.mark.parametrize("name", [name for name, _ in SHIPPED])
def test_a_shipped_file_serves_as_it_is(name, library, tmp_path):
    """Once and stream, in C and in Python, with its own modes; its log is where it says, without payloads."""
    engines = [library / "library/libecho.so", library / "library/echo_py"]
    with serving(*AT_ONCE, "-c", SAMPLES / f"{name}.toml", *engines, cwd=tmp_path) as running:
        for engine in ("echo", "echo_py"):
            status, answer = running.post(engine, ask("sesame"))
            assert (status, answer["payload"]["data"]["text"]) == (200, "sesame")
            told = stream_of(running, engine, ask("one", 0), ask("two", 1), ask("sesame", 2))
            assert told.close == 1000 and told.data() == [b"one", b"two", b"sesame"]
        assert running.stop() == 0
    stderr = (tmp_path / "stderr.txt").read_text()
    assert all(line.endswith("no effect") for line in stderr.splitlines() if line.startswith("warning:")), stderr
    lines = (tmp_path / "log/aiges.log").read_text().splitlines()
    assert len(lines) == (0 if name == "aiges_root" else 4), "a line a request, unless its level is error"
    assert not any("sesame" in line or encoded("sesame") in line for line in lines)


@pytest.mark.parametrize(("name", "address"), SHIPPED)
def test_a_shipped_file_listens_where_it_says(name, address, c_echo, tmp_path):
    """The address is taken, by this test or by whoever has it: the service says which one it wanted."""
    host, port = address.rsplit(":", 1)
    with socket.socket() as taken:
        with contextlib.suppress(OSError):
            taken.bind((host, int(port)))
            taken.listen()
        code, _, stderr = ended("-c", SAMPLES / f"{name}.toml", c_echo, cwd=tmp_path)
    assert code == 71 and f"{address} is in use" in stderr
