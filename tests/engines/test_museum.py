"""Bad engines behind libaiges.so: each gives a clear code and message, or takes only its own process down."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from engines.contract import ABI_MISMATCH, BUSY, EMPTY_RESPONSE, ENGINE_UNLOADABLE, SYMBOL_MISSING

HERE = Path(__file__).parent
EXHIBITS = sorted(path.stem for path in (HERE / "museum").glob("*.c*"))


@pytest.fixture
def run(compile_engine, libaiges):
    def run(exhibit: str, visit: str) -> subprocess.CompletedProcess:
        source = next((HERE / "museum").glob(f"{exhibit}.c*"))
        command = [sys.executable, HERE / "visit.py", libaiges, compile_engine(source), visit]
        return subprocess.run(command, capture_output=True, text=True, timeout=180)

    return run


@pytest.fixture
def visit(run):
    def visit(exhibit: str, name: str) -> dict:
        done = run(exhibit, name)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return visit


@pytest.mark.parametrize("exhibit", EXHIBITS)
def test_every_exhibit_says_what_it_does_wrong(exhibit):
    first = next((HERE / "museum").glob(f"{exhibit}.c*")).read_text().splitlines()[0]
    assert first.startswith(("/*", "//")) and len(first) > 20


def test_missing_symbol_is_named(visit):
    seen = visit("missing_symbol", "open")
    assert seen["open"] == SYMBOL_MISSING
    assert "wrapperExec" in seen["message"] and "missing_symbol" in seen["message"]


def test_unresolved_symbol_is_named_with_the_cause(visit):
    seen = visit("unloadable", "open")
    assert seen["open"] == ENGINE_UNLOADABLE
    assert "exhibit_needs_this_function" in seen["message"]


def test_file_that_is_no_library_is_refused(libaiges, tmp_path):
    path = tmp_path / "libtext.so"
    path.write_text("not a library\n")
    command = [sys.executable, HERE / "visit.py", libaiges, path, "open"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    seen = json.loads(done.stdout)
    assert seen["open"] == ENGINE_UNLOADABLE and "libtext.so" in seen["message"]


def test_other_major_version_is_refused_and_both_are_named(visit):
    seen = visit("wrong_abi", "open")
    assert seen["open"] == ABI_MISMATCH
    assert "2.0" in seen["message"] and "1." in seen["message"]


def test_later_minor_version_loads(visit):
    seen = visit("newer_abi", "exec")
    assert (seen["open"], seen["init"], seen["code"], seen["close"]) == (0, 0, 0, 0)


def test_null_handle_without_a_code_is_an_error(visit):
    seen = visit("null_handle", "session")
    assert seen["create"] != 0 and not seen["session"] and seen["text"]
    assert seen["close"] == 0  # no session is counted as open


def test_calls_after_the_final_result_do_not_reach_the_host(visit):
    seen = visit("late_callback", "async")
    assert seen["code"] == 0 and seen["calls"] == [[0, ["four"]]] and seen["close"] == 0


def test_calls_after_destroy_do_not_reach_the_host(visit):
    seen = visit("late_callback", "stream")
    assert (seen["create"], seen["write"], seen["destroy"]) == (0, 0, 0)
    assert seen["calls"] == [[0, ["four"]]]


def test_close_does_not_wait_for_ever_for_a_forgotten_request(visit):
    seen = visit("never_answers", "forgotten")
    assert seen["code"] == 0 and seen["close"] == BUSY and seen["calls"] == [] and seen["seconds"] < 60


def test_exception_becomes_a_code(visit):
    seen = visit("throws", "exec")
    assert seen["code"] != 0 and seen["text"] and seen["keys"] == []
    assert seen["again"] == seen["code"] and seen["close"] == 0


def test_hanging_request_ends_when_it_is_cancelled(visit):
    seen = visit("hangs", "cancel")
    assert (seen["cancel"], seen["code"], seen["close"]) == (0, 88, 0)


def test_hanging_request_does_not_hang_close(visit):
    seen = visit("hangs_for_ever", "close_busy")
    assert seen["close"] == BUSY and seen["seconds"] < 60
    assert seen["after"] != 0 and seen["text"]  # refused: the engine is closing


def test_dying_engine_takes_only_its_process(run):
    done = run("dies", "exec")
    assert done.returncode == -signal.SIGABRT and done.stdout == ""


def test_node_of_nothing_is_survived(visit):
    seen = visit("empty_results", "exec")
    assert seen["code"] in (0, EMPTY_RESPONSE) and seen["close"] == 0


def test_success_without_a_list_is_survived(visit):
    seen = visit("empty_results", "exec_nothing")
    assert seen["code"] in (0, EMPTY_RESPONSE) and seen["nodes"] == 0 and seen["close"] == 0


def test_length_beyond_the_data_is_carried_untouched(visit):
    seen = visit("huge_len", "lengths")
    assert (seen["code"], seen["len"], seen["release"], seen["null"]) == (0, 2**32 - 1, 0, True)


def test_list_left_behind_by_a_failure_is_hidden(visit):
    seen = visit("leftover_list", "lengths")
    assert (seen["code"], seen["null"], seen["close"]) == (66, True, 0)


def test_failed_start_has_the_engines_words_and_no_request_gets_through(visit):
    seen = visit("fail_init", "exec")
    assert seen["init"] == 77 and "the model file is missing" in seen["init_message"]
    assert seen["code"] != 0 and seen["text"] and seen["close"] == 0


def test_request_during_a_slow_start_is_refused(visit):
    seen = visit("slow_init", "early")
    assert seen["before"] != 0 and seen["during"] != 0
    assert (seen["init"], seen["after"], seen["close"]) == (0, 0, 0)


def test_failing_stop_gives_its_code_and_closes(visit):
    seen = visit("fail_fini", "exec")
    assert seen["code"] == 0 and seen["close"] == 55


def test_null_texts_are_replaced(visit):
    seen = visit("null_texts", "exec")
    assert seen["code"] == 44 and seen["text"]
    seen = visit("null_texts", "session")
    assert seen["create"] == 0 and seen["info"] == "" and isinstance(seen["version"], str) and seen["close"] == 0
