"""Programs that are meant to die (fail_*.py), each in a process of its own: how they end and what they say last."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from embedding import FLAGS, SANITIZED, Done, compiled, place_wrapper, run

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(SANITIZED, reason="a sanitizer takes the signals")


@pytest.fixture(scope="module")
def dying_engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dying")
    return compiled(folder, "libdying.so", *FLAGS, "-shared", "-fPIC", HERE / "dying_engine.c")


def die(name: str, engine: Path, cwd: Path) -> Done:
    done = run([sys.executable, HERE / f"fail_{name}.py", engine], cwd)
    assert done.out == "opened\n"
    return done


def test_view_that_escapes_a_strict_wrapper(tmp_path: Path) -> None:
    done = die("strict_view", HERE / "wrapper_escapes" / "wrapper.py", tmp_path)
    assert done.code == -signal.SIGABRT
    assert "'wrapperOnceExec' kept a view of request data past its call" in done.err
    assert 'fail_strict_view.py", line 9' in done.err


def test_engine_that_aborts(dying_engine: Path, tmp_path: Path) -> None:
    done = die("engine_abort", dying_engine, tmp_path)
    assert done.code == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in done.err
    assert "in ask_engine" in done.err


def test_engine_that_reads_nowhere(dying_engine: Path, tmp_path: Path) -> None:
    done = die("engine_segfault", dying_engine, tmp_path)
    assert done.code == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in done.err
    assert "in ask_engine" in done.err


def test_wrapper_that_reads_nowhere_below_a_c_host(programs: Path, tmp_path: Path) -> None:
    place_wrapper(tmp_path)
    (tmp_path / "wrapper.py").write_text((HERE / "fail_embedded_segfault.py").read_text())
    done = run([programs / "driver", "echo", "log.level=off"], tmp_path)
    assert done.code == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in done.err
    assert "in wrapperOnceExec" in done.err
