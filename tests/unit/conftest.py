"""Engines for the Python host: built once per test run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLAGS = ["-std=gnu11", "-O1", "-g", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-pthread"]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """compiled(source, relative to the tree) -> library."""
    folder = tmp_path_factory.mktemp("host")

    def build(source: str) -> Path:
        target = folder / f"lib{Path(source).stem}.so"
        if not target.exists():
            if shutil.which("cc") is None:
                pytest.skip("no C compiler: 'cc' is not on PATH (Debian, Ubuntu: apt-get install gcc)")
            # nodelete: threads of an engine may be about to leave its code when it is closed
            command = ["cc", *FLAGS, "-I", ROOT / "include", ROOT / source, "-o", target, "-lm", "-Wl,-z,nodelete"]
            subprocess.run(command, check=True)
        return target

    return build


@pytest.fixture(scope="session")
def c_echo(compiled: Callable[[str], Path]) -> Path:
    return compiled("csrc/engines/echo.c")


@pytest.fixture(scope="session")
def python_echo() -> Path:
    return ROOT / "library" / "echo_py" / "wrapper.py"
