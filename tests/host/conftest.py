"""What the tests of the service share."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from serving import WRAPPERS, write_wrapper

#: The service needs the extra 'host'.
collect_ignore_glob = [] if find_spec("uvicorn") and find_spec("msgspec") else ["test_*.py"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """compiled(source) -> the library of an engine in C; ``source``: a path in the tree."""
    folder = tmp_path_factory.mktemp("host")

    def build(source: str) -> Path:
        if shutil.which("cc") is None:
            pytest.skip("no C compiler: 'cc' is not on PATH (Debian, Ubuntu: apt-get install gcc)")
        target = folder / f"lib{Path(source).stem}.so"
        if not target.exists():
            flags = ["-std=gnu11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread", f"-I{ROOT}/include"]
            subprocess.run(["cc", *flags, ROOT / source, "-o", target, "-lm", "-Wl,-z,nodelete"], check=True)
        return target

    return build


@pytest.fixture(scope="session")
def c_echo(compiled: Callable[[str], Path]) -> Path:
    return compiled("csrc/engines/echo.c")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, c_echo: Path) -> Iterator[Path]:
    """A folder with a library/ of a C engine and some wrappers."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "library").mkdir()
    shutil.copy(c_echo, folder / "library")
    shutil.copytree(ROOT / "library" / "echo_py", folder / "library" / "echo_py")
    for name, source in WRAPPERS.items():
        write_wrapper(folder / "library", name, source)
    yield folder
