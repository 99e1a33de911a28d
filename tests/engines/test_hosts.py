"""The reference hosts, with the reference engines."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOSTS = ROOT / "csrc/hosts"


@pytest.fixture(scope="session")
def aiges_style(compile_host) -> str:
    return compile_host(HOSTS / "aiges_style_host.c", "-Werror")


def run(*command: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def test_aiges_style_host_with_an_engine_beside_it(aiges_style, echo, tmp_path):
    shutil.copy(echo, tmp_path / "libwrapper.so")
    done = run(aiges_style, "--param", "echo.upper=1", "--repeat", "3", "all", "one", "two", "three", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3 * 12
    assert lines[:4] == [
        'exec: key=text type=0 status=3 len=3 "ONE"',
        'exec: key=text type=0 status=3 len=3 "TWO"',
        'exec: key=text type=0 status=3 len=5 "THREE"',
        'read: key=text type=0 status=0 len=3 "ONE"',
    ]
    assert lines[8] == 'callback: key=text type=0 status=2 len=5 "THREE"'


def test_engine_bears_requests_after_a_failed_start(aiges_style, echo):
    done = run(aiges_style, "--engine", echo, "--config", "echo.fail_init=9", "all", "x")
    assert done.returncode == 1 and done.stdout == ""
    assert "wrapperInit failed: 9" in done.stderr and done.stderr.count("not ready") == 4


def test_missing_function_is_named(aiges_style, compile_engine):
    engine = compile_engine(ROOT / "tests/engines/museum/missing_symbol.c")
    done = run(aiges_style, "--engine", engine, "exec", "x")
    assert done.returncode == 1 and "wrapperExec" in done.stderr


def test_speech_is_saved(aiges_style, espeak, tmp_path):
    sound = tmp_path / "hello.pcm"
    done = run(aiges_style, "--engine", espeak, "--save", str(sound), "session", "Hello", "world")
    assert done.returncode == 0, done.stderr
    assert "sample_rate=22050" in done.stdout and sound.stat().st_size > 20000


def test_ten_lines(compile_host, libaiges, echo, tmp_path):
    folder = Path(libaiges).parent
    shutil.copy(echo, tmp_path / "libecho.so")
    host = compile_host(HOSTS / "ten_lines.c", "-Werror", f"-L{folder}", "-laiges", f"-Wl,-rpath,{folder}")
    environment = os.environ | {"AIGES_LIBRARY_PATH": str(tmp_path)}
    done = run(host, "echo", "hello", env=environment, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "hello\n"), done.stderr
    done = run(host, "nobody", "hello", env=environment, cwd=tmp_path)
    assert done.returncode == 1 and "nobody" in done.stderr
