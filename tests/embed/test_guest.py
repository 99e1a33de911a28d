"""Engines in an interpreter that belongs to somebody else, above all when it ends (F33).

AIGES_TEST_RUNS=100 makes the runs of the crowds a hundred each.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from embedding import HERE, LIBRARY, Done, Drive, run

import aiges_native

RUNS = int(os.environ.get("AIGES_TEST_RUNS", "10"))
SOON = 30.0  # seconds, on any machine; a drain that waits for nobody takes none, one that waits ten minutes (PATIENT)
FILE = Path(__file__)

Guest = Callable[..., Done]


@pytest.fixture
def guest(programs: Path, shared_place: Path) -> Guest:
    """guest(NAME, *ARGUMENTS): runs a function of guest.py."""
    paths = {"LIBWRAPPER": LIBRARY, "CROWD": programs / "libcrowd.so", "ECHO": programs / "libecho.so"}

    def call(*words: str, code: int = 0, quiet: bool = True) -> Done:
        python = [sys.executable, "-W", "ignore::DeprecationWarning"]  # fork() with threads, from 3.12 on
        done = run([*python, HERE / "guest.py", *words], shared_place, **{k: str(v) for k, v in paths.items()})
        assert done.code == code, (done.code, done.out, done.err)
        ours = [line for line in done.err.splitlines() if " INFO " not in line and " WARNING " not in line]
        assert not quiet or ours == [], done.err
        return done

    return call


def many_times(call: Callable[[], object], runs: int) -> None:
    """All must pass; the message says how many did not."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = [pool.submit(call) for _ in range(runs)]
    failures = [end.exception() for end in ends if end.exception() is not None]
    if failures:
        raise AssertionError(f"{len(failures)} of {runs} runs failed, the first with: {failures[0]}")


# ---- The interpreter ends while native threads call and wait ----


@pytest.mark.parametrize("how", ["compute", "sleep", "session", "inline", "daemon"])
def test_interpreter_ends_under_a_crowd_of_native_threads(guest: Guest, how: str) -> None:
    # From 3.12 on a wrapper that starts a thread so late raises, which is logged.
    many_times(lambda: guest("crowd", how, quiet=how != "daemon"), RUNS)


def test_interpreter_ends_under_a_crowd_and_daemon_threads(guest: Guest) -> None:
    many_times(lambda: guest("crowd_and_engines", "compute"), RUNS)


@pytest.mark.parametrize("engine", ["wrapper", "echo"])
def test_daemon_threads_in_exec_at_the_end(guest: Guest, engine: str) -> None:
    many_times(lambda: guest("busy", engine), min(RUNS, 20))


@pytest.mark.parametrize("engine", ["wrapper", "echo"])
def test_results_by_callback_on_their_way_at_the_end(guest: Guest, engine: str) -> None:
    many_times(lambda: guest("pending", engine), min(RUNS, 20))


def test_session_in_flight_at_the_end(guest: Guest) -> None:
    many_times(lambda: guest("session_in_flight"), min(RUNS, 20))


@pytest.mark.parametrize("how", ["calls", "blocked", "sleeper"])
def test_host_outlives_the_python_it_owns(drive: Drive, libpython: Path, how: str) -> None:
    python = {"AIGES_PYTHON": sys.executable, "PYTHONHOME": sys.base_prefix}
    python["PYTHONPATH"] = str(Path(aiges_native.__file__).parent.parent)  # of an editable install, too
    done = drive("guest", str(libpython), how, f"aiges.drain_ms={150 if how == 'sleeper' else 600_000}", **python)
    waited = int(done.out)
    if how == "sleeper":
        assert waited >= 150
    assert waited < SOON * 1000


def test_libpython_that_is_loaded_but_not_started_is_used(drive: Drive, libpython: Path) -> None:
    drive("not-started", str(libpython))


# ---- Nothing runs: the end is at once ----


@pytest.mark.parametrize("how", ["calls", "async", "session", "results", "failed"])
@pytest.mark.parametrize("engine", ["wrapper", "echo"])
def test_quiet_interpreter_ends_at_once(guest: Guest, engine: str, how: str) -> None:
    assert guest("quiet", engine, how, quiet=how != "failed").ending_seconds < SOON


def test_handlers_at_exit_come_in_order(guest: Guest) -> None:
    done = guest("order")
    said = done.out.splitlines()
    assert said[:4] == ["late: b'x'", "early: -20008", "early: -20008", "early: -20008"]
    assert said[-1].startswith("early: metric") and len(said) == 6


def test_close_at_exit_is_a_full_end(guest: Guest) -> None:
    done = guest("close_at_exit")
    assert done.out.splitlines()[-1] == "wrapper says grüße 你好"  # wrapperFini ran
    assert done.ending_seconds < SOON


# ---- What wrappers and hosts do ----


def test_calls_with_and_without_the_gil(guest: Guest) -> None:
    assert guest("held_gil").ending_seconds < SOON


@pytest.mark.parametrize("how", ["exit", "raise"])
def test_wrapper_that_wants_to_exit_does_not(guest: Guest, how: str) -> None:
    done = guest("wrapper_exits", how, quiet=False)
    assert done.out.splitlines()[0] == "-20030"
    assert done.ending_seconds < SOON


@pytest.mark.parametrize("engine", ["wrapper", "echo"])
def test_forked_child_is_refused_and_ends_soon(guest: Guest, engine: str) -> None:
    guest("forks", engine)


def test_processes_of_the_wrapper(guest: Guest) -> None:
    assert guest("processes").ending_seconds < SOON


@pytest.mark.parametrize("engine", ["wrapper", "echo"])
def test_exceptions_of_the_host_s_functions(guest: Guest, engine: str) -> None:
    assert guest("raising_host", engine).ending_seconds < SOON


def test_exit_code_is_the_program_s(guest: Guest) -> None:
    guest("bad_exit", code=23)
    assert "RuntimeError: top level" in guest("raised", code=1, quiet=False).err
