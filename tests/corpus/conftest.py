"""The C host, the wrappers' stub libraries, and a place for their log files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from aiges_native import paths

HERE = Path(__file__).parent
STUBS = HERE / "stubs"
FLAGS = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread", f"-I{paths.include_dir()}"]


@pytest.fixture(scope="session")
def c_host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler: 'cc' is not on PATH (Debian, Ubuntu: apt-get install gcc)")
    target = tmp_path_factory.mktemp("corpus-host") / "host"
    subprocess.run(["cc", *FLAGS, HERE / "host.c", "-o", target, "-ldl"], check=True)
    return target


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What hosts of the corpus have in their environment, this process included."""
    variables = {"AIGES_LOG_DIR": str(tmp_path / "log"), "PYTHONPATH": str(STUBS)}
    (tmp_path / "log").mkdir()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(STUBS))
    monkeypatch.chdir(tmp_path)
    return variables
