"""Wrappers without a host: as programs that run themselves, and as objects whose methods their author calls."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from corpus.catalog import CASES
from corpus.conftest import STUBS

#: Wrapper -> exit code of ``python wrapper.py``, and the beginning of its last line.
PROGRAMS = {
    "ocr_page": (0, "verified"),
    "asr_pool": (0, "verified"),
    "async_llm": (0, "verified"),
    "overrides_run": (0, "verified"),
    "undeclared_key": (1, "FAILED: item 'helloworld' is not declared"),
    "error_texts": (1, "FAILED: wrapperOnceExec: 未知错误 10"),
    "returns_odd": (1, "FAILED: "),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_wrapper_runs_itself(name: str, environment: dict[str, str], tmp_path: Path) -> None:
    """From a folder that is not the wrapper's. Wrong is whatever the wrapper answers wrongly, never the end."""
    code, last = PROGRAMS[name]
    file = CASES[name].file
    program = [str(file)] if "__main__" in file.read_text() else ["-c", _MAIN.format(folder=str(file.parent))]
    done = subprocess.run(
        [sys.executable, *program],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, **environment, "PYTHONIOENCODING": "utf-8"},
        timeout=60,
    )
    verdicts = [line for line in done.stdout.splitlines() if line.startswith(("verified", "FAILED"))]
    assert (done.returncode, len(verdicts)) == (code, 1), done.stdout + done.stderr
    assert verdicts[0].startswith(last)


_MAIN = "import sys; sys.path.insert(0, {folder!r}); import wrapper; wrapper.Wrapper().run()"


def test_an_author_calls_the_methods(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "author.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **environment, "PYTHONPATH": f"{STUBS}{os.pathsep}{STUBS.parents[1]}"},
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "4 calls\n"), done.stderr
