"""Calls that go on after they were cancelled: an exception ends them, and hits nothing else."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from embedding import HERE, LIBRARY, SANITIZED, Done, run

Cancel = Callable[..., Done]
LIMIT = 150  # ms


@pytest.fixture
def cancel(programs: Path, shared_place: Path) -> Cancel:
    """cancel(COMMAND, *CONFIGURATION): runs interrupted.c on its wrapper; the log is on stderr."""

    def call(command: str, *settings: str) -> Done:
        wrapper = f"wrapper.file={HERE / 'wrapper_hanging' / 'wrapper.py'}"
        done = run([programs / "interrupted", command, wrapper, *settings], shared_place, timeout=300)
        assert done.code == 0, (done.code, done.out, done.err)
        return done

    return call


@pytest.mark.parametrize(
    "command", ["ends", "stubborn", "sessions", "destroy", "cancel-hangs", "away", "nested", "fini"]
)
def test_cancelled_call_is_interrupted(cancel: Cancel, command: str) -> None:
    cancel(command, f"aiges.interrupt_after_ms={LIMIT}")


def test_log_tells_why_and_where(cancel: Cancel) -> None:
    said = cancel("fini", f"aiges.interrupt_after_ms={LIMIT}").err
    assert "WARNING aiges a call (sid 'hanging') goes on" in said
    assert "ms after it was cancelled: it is interrupted" in said
    fault = said.partition("ERROR")[2]
    assert "wrapperOnceExec raised (code -20030)" in fault and "in do_doze" in fault
    assert fault.rstrip().rpartition("\n")[2].startswith("aiges_native.errors.CallInterrupted")
    assert "still running" not in said  # Fini waited


@pytest.mark.parametrize("settings", [(), ("aiges.interrupt_after_ms=0",), ("aiges.interrupt_after_ms=-1",)])
def test_nothing_is_interrupted_unless_asked_for(cancel: Cancel, settings: tuple[str, ...]) -> None:
    assert "interrupted" not in cancel("off", *settings).err


# The wrapper's threads change often, or as seldom as Python has it.
@pytest.mark.parametrize("switch", ["0.0002", "0.005"])
def test_nobody_else_is_hit(cancel: Cancel, switch: str) -> None:
    rounds = 100 if SANITIZED else 500
    settings = ("aiges.interrupt_after_ms=4", f"rounds={rounds}", f"switch={switch}", "log.level=off")
    done = cancel("storm", "wrapper.class=Fed", *settings)
    assert int(done.out) > rounds / 10  # of 5 times as many calls, half of them cancelled


# ---- Hosts in Python ----


@pytest.fixture
def guest(tmp_path: Path) -> Cancel:
    """guest(NAME, *ARGUMENTS): runs a function of guest_interrupted.py."""

    def call(*words: str) -> Done:
        copy = shutil.copy(LIBRARY, tmp_path / "libcopy.so")
        done = run([sys.executable, HERE / "guest_interrupted.py", *words], tmp_path, LIBWRAPPER=str(copy))
        assert (done.code, done.err) == (0, ""), (done.code, done.out, done.err)
        return done

    return call


@pytest.mark.parametrize("promise", ["own_code", "taken_back", "no_room", "signal_meanwhile", "host_function"])
def test_code_of_a_python_host_is_not_hit(guest: Cancel, promise: str) -> None:
    guest(promise)


@pytest.mark.parametrize("promise", ["inner_engine wrapper", "inner_engine copy", "inner_engine_at_any_time"])
def test_engine_that_a_wrapper_calls_is_not_hit(guest: Cancel, promise: str) -> None:
    guest(*promise.split())


@pytest.mark.parametrize("how", ["due", "swallowed"])
def test_interpreter_ends_while_calls_are_to_be_interrupted(guest: Cancel, how: str) -> None:
    assert guest("ends", how).ending_seconds < 30
