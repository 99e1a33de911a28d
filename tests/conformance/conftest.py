"""The driver (a C host), the engines under test, and how one is run on the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aiges_native import paths

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WRAPPERS = HERE / "wrappers"
C = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]


def compile_c(sources: list[Path], target: Path, *flags: str) -> Path:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler: 'cc' is not on PATH (Debian, Ubuntu: apt-get install gcc)")
    subprocess.run(["cc", *C, f"-I{paths.include_dir()}", *flags, *sources, "-o", target, "-ldl"], check=True)
    return target


@pytest.fixture(scope="session")
def driver(tmp_path_factory) -> Path:
    return compile_c(sorted((HERE / "driver").glob("*.c")), tmp_path_factory.mktemp("driver") / "driver")


@pytest.fixture(scope="session")
def libwrapper() -> Path:
    return paths.lib_dir() / "libwrapper.so"


@pytest.fixture(scope="session")
def c_echo(tmp_path_factory) -> Path:
    source = ROOT / "csrc/engines/echo.c"
    target = tmp_path_factory.mktemp("echo") / "libecho.so"
    return compile_c([source], target, "-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-z,nodelete")


@pytest.fixture
def host_environment(monkeypatch) -> dict[str, str]:
    """Programs that embed Python find the one that runs the tests."""
    monkeypatch.setenv("AIGES_PYTHON", sys.executable)
    return dict(os.environ)


Run = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def drive(driver, libwrapper, host_environment, tmp_path) -> Run:
    """drive(command, wrapper, *arguments): runs the driver on libwrapper.so; gives the finished process."""

    def run(command: str, wrapper: str | None = None, *arguments, engine=None, code=0, environment=None, **more):
        config = [] if wrapper is None else [f"wrapper.file={WRAPPERS / wrapper}.py"]
        line = [driver, engine or libwrapper, command, *config, *map(str, arguments)]
        more = {"timeout": 120, **more}
        try:
            done = subprocess.run(
                line,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                cwd=tmp_path,
                env={**host_environment, **(environment or {})},
                **more,
            )
        except subprocess.TimeoutExpired as hang:
            pytest.fail(f"'{command}' hangs; stderr:\n{(hang.stderr or b'')[-2000:].decode(errors='replace')}")
        if done.returncode != code:
            pytest.fail(f"'{command}' ended with {done.returncode}, expected {code}; stderr:\n{done.stderr[-3000:]}")
        return done

    return run
