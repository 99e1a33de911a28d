"""What the tests in embed/ and crash/ share: running programs with an empty environment, placing libwrapper.so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aiges_native import paths

ROOT = Path(__file__).parents[1]
HERE = ROOT / "tests" / "embed"
LIBRARY = paths.lib_dir() / "libwrapper.so"
FLAGS = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-pthread", f"-I{paths.include_dir()}"]
SANITIZED = "LD_PRELOAD" in os.environ  # .ci/sanitize: the libraries under test need the sanitizer's runtime


def clean_environment(**extra: str) -> dict[str, str]:
    """Nothing, as a service manager starts a host; what a sanitizer needs stays."""
    kept: dict[str, str] = {}
    if SANITIZED:
        names = ("LD_PRELOAD", "PYTHONPATH", "PYTHONMALLOC")
        kept = {k: v for k, v in os.environ.items() if k in names or k.endswith("SAN_OPTIONS")}
        # Threads that are in a call when the process ends are what some of these tests are about.
        kept["TSAN_OPTIONS"] = kept.get("TSAN_OPTIONS", "") + ":report_thread_leaks=0"
        kept["AIGES_PYTHON"] = sys.executable  # a sanitized library lies in no environment
    return {**kept, **extra}


@dataclass
class Done:
    """How a program ended."""

    code: int
    out: str
    err: str
    ended: float  # time.monotonic()

    @property
    def ending_seconds(self) -> float:
        """From the program's word "ends" to its end."""
        (said,) = (line.split()[1] for line in self.out.splitlines() if line.startswith("ends "))
        return self.ended - float(said)


Drive = Callable[..., Done]


def run(command: list[object], cwd: Path, timeout: float = 120, **environment: str) -> Done:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        errors="backslashreplace",
        timeout=timeout,
    )
    return Done(done.returncode, done.stdout, done.stderr, time.monotonic())


def compiled(folder: Path, name: str, *words: object, cc: str = "cc") -> Path:
    if shutil.which(cc) is None:
        pytest.skip(f"no compiler: '{cc}' is not on PATH (Debian, Ubuntu: apt-get install g++)")
    target = folder / name
    subprocess.run([cc, *map(str, words), "-o", str(target)], check=True)
    return target


def place_wrapper(folder: Path, how: str = "copy") -> Path:
    """What `aiges-native install-wrapper` does, and the wrapper."""
    command = [sys.executable, "-m", "aiges_native", "install-wrapper", f"--{how}", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)  # not where a source tree shadows it
    shutil.copy(HERE / "wrapper_driven" / "wrapper.py", folder)
    return folder


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with `driver`, `interrupted`, `libcrowd.so` and `libecho.so`."""
    folder = tmp_path_factory.mktemp("programs")
    noexcept = compiled(folder, "noexcept.o", "-c", "-O1", HERE / "noexcept_caller.cpp", cc="c++")
    compiled(folder, "driver", *FLAGS, HERE / "driver.c", noexcept, "-ldl", "-lstdc++")
    compiled(folder, "interrupted", *FLAGS, HERE / "interrupted.c", "-ldl", "-lstdc++")
    library = ["-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-z,nodelete"]
    compiled(folder, "libcrowd.so", *FLAGS, *library, "-Wno-unused-function", HERE / "crowd.c", "-ldl")
    compiled(folder, "libecho.so", *FLAGS, *library, ROOT / "csrc/engines/echo.c")
    return folder
