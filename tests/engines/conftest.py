"""Builds engines, hosts and exhibits of the museum with the system's compiler, each once per test run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ["-shared", "-fPIC", "-fvisibility=hidden", "-O1", "-g", "-Wall", "-Wextra", "-pthread", f"-I{ROOT}/include"]
HOST = ["-O1", "-g", "-Wall", "-Wextra", "-pthread", f"-I{ROOT}/include"]


def compiler(source: Path) -> list[str]:
    cc = "c++" if source.suffix == ".cpp" else "cc"
    if shutil.which(cc) is None:
        pytest.skip(f"no C compiler: '{cc}' is not on PATH (Debian, Ubuntu: apt-get install g++)")
    return [cc, "-std=c++17" if source.suffix == ".cpp" else "-std=gnu11"]


@pytest.fixture(scope="session")
def compile_engine(tmp_path_factory) -> Callable[..., str]:
    """compile_engine(source, *flags) -> path of the library."""
    folder = tmp_path_factory.mktemp("engines")

    def build(source: Path, *flags: str) -> str:
        target = folder / f"lib{source.stem}{abs(hash(flags)) if flags else ''}.so"
        if not target.exists():
            subprocess.run([*compiler(source), *ENGINE, source, "-o", target, *flags], check=True)
        return str(target)

    return build


@pytest.fixture(scope="session")
def compile_host(tmp_path_factory) -> Callable[..., str]:
    """compile_host(source, *flags) -> path of the program."""
    folder = tmp_path_factory.mktemp("hosts")

    def build(source: Path, *flags: str) -> str:
        target = folder / f"{source.stem}{abs(hash(flags)) if flags else ''}"
        if not target.exists():
            subprocess.run([*compiler(source), *HOST, source, "-o", target, "-ldl", *flags], check=True)
        return str(target)

    return build


@pytest.fixture(scope="session")
def echo(compile_engine) -> str:
    return compile_engine(ROOT / "csrc/engines/echo.c", "-Werror", "-Wl,-z,nodelete")


@pytest.fixture(scope="session")
def espeak(compile_engine) -> str:
    found = shutil.which("pkg-config") and subprocess.run(
        ["pkg-config", "--cflags", "--libs", "espeak-ng"], capture_output=True, text=True
    )
    if not found or found.returncode != 0:
        pytest.skip("espeak-ng is not installed (Debian, Ubuntu: apt-get install libespeak-ng-dev)")
    source = ROOT / "csrc/engines/espeak.c"
    return compile_engine(source, "-Werror", "-Wl,-z,nodelete", *found.stdout.split())


@pytest.fixture(scope="session")
def libaiges() -> str:
    """libaiges.so of this build, or of the installed package."""
    named = os.environ.get("AIGES_TEST_LIBAIGES", "")
    candidates = [Path(named)] if named else [ROOT / "aiges_native/lib/libaiges.so"]
    if not named:
        try:
            import aiges_native

            candidates.append(Path(aiges_native.__file__).parent / "lib/libaiges.so")
        except ImportError:
            pass
    for path in candidates:
        if path.is_file():
            return str(path)
    pytest.skip("libaiges.so is not built (make build)")
