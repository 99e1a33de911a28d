"""A service and an engine to put under load."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NEEDED = ("httptools", "msgspec", "uvicorn", "websockets")


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """host:port of bare_app.py."""
    for name in NEEDED:
        pytest.importorskip(name, reason=f"{name} is not installed (the extra 'test')")
    with subprocess.Popen([sys.executable, str(HERE / "bare_app.py")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.fixture(scope="session")
def echo_engine(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler: 'cc' is not on PATH (Debian, Ubuntu: apt-get install gcc)")
    library = tmp_path_factory.mktemp("engine") / "libecho.so"
    flags = ["-std=gnu11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/include", "-pthread"]
    subprocess.run(["cc", *flags, ROOT / "csrc/engines/echo.c", "-o", library], check=True)
    return str(library)
