"""A host like AIGES: dlopen of ./libwrapper.so, RTLD_LOCAL, an empty environment, threads that come and go."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from embedding import HERE, LIBRARY, SANITIZED, Drive, place_wrapper

# ---- Where the library lies ----


@pytest.mark.parametrize("how", ["copy", "symlink"])
def test_installed_library_starts_the_python_that_installed_it(drive: Drive, tmp_path: Path, how: str) -> None:
    place_wrapper(tmp_path, how)
    assert drive("ask", "sys.prefix", cwd=tmp_path).out.strip() == sys.prefix


@pytest.mark.skipif(SANITIZED, reason="a sanitized library lies in no environment")
def test_plain_symlink_finds_the_environment_of_its_library(drive: Drive, tmp_path: Path) -> None:
    shutil.copy(HERE / "wrapper_driven" / "wrapper.py", tmp_path)
    (tmp_path / "libwrapper.so").symlink_to(LIBRARY)
    assert drive("ask", "sys.prefix", cwd=tmp_path).out.strip() == sys.prefix


def test_plain_copy_uses_the_active_environment(drive: Drive, tmp_path: Path) -> None:
    shutil.copy(HERE / "wrapper_driven" / "wrapper.py", tmp_path)
    shutil.copy(LIBRARY, tmp_path)
    assert drive("ask", "sys.prefix", cwd=tmp_path, VIRTUAL_ENV=sys.prefix).out.strip() == sys.prefix
    path = f"{Path(sys.executable).parent}:/usr/bin"
    assert drive("ask", "sys.prefix", cwd=tmp_path, PATH=path).out.strip() == sys.prefix


def test_configured_interpreter(drive: Drive, place: Path) -> None:
    (place / "libwrapper.python").write_text("/nonexistent/python3\n")
    assert drive("ask", "sys.prefix", f"python.executable={sys.executable}", cwd=place).out.strip() == sys.prefix


# ---- What is the host's stays the host's ----


@pytest.mark.parametrize("environment", [{}, {"LC_ALL": "C", "LANG": "C"}, {"LC_ALL": "C.UTF-8", "TZ": "UTC"}])
def test_start_changes_nothing_of_the_host(drive: Drive, environment: dict[str, str]) -> None:
    drive("host-state", **environment)


@pytest.mark.parametrize("modules", ["subprocess", "asyncio", "numpy", "signal,multiprocessing,ctypes,faulthandler"])
def test_what_the_wrapper_imports_changes_nothing_of_the_host(drive: Drive, modules: str) -> None:
    if "numpy" in modules:
        pytest.importorskip("numpy")
    drive("host-state", modules)


def test_wrapper_prints_in_any_locale(drive: Drive) -> None:
    for environment in ({}, {"LC_ALL": "C"}, {"LANG": "POSIX"}):
        assert drive("echo", **environment).out == "wrapper says grüße 你好\n"


def test_wrapper_in_a_folder_with_a_name_of_any_script(drive: Drive, tmp_path: Path) -> None:
    folder = tmp_path / "wräpper 语音"
    folder.mkdir()
    place_wrapper(folder)
    drive("echo", cwd=folder, LC_ALL="C")


def test_log_that_cannot_be_written_leaves_init_alone(drive: Drive, place: Path) -> None:
    blocked = place / "blocked"
    blocked.write_text("a file where a folder should be")
    done = drive("echo", "log.level=debug", f"log.dir={blocked}/logs", cwd=place, quiet=False)
    assert done.out == "wrapper says grüße 你好\n"  # nothing of ours on stdout
    assert "is started" in done.err


# ---- Init that fails, twice, in rounds ----


def test_failed_init_leaves_every_function_answering(drive: Drive) -> None:
    code, *text = drive("init-fails", "init=raise").out.splitlines()
    assert code == "-20030" and "ValueError: on purpose" in text[0]
    assert drive("init-fails", "code=77").out.splitlines() == ["77", "driven wrapper: code 77"]


def test_missing_wrapper(drive: Drive, place: Path) -> None:
    (place / "wrapper.py").unlink()
    code, *text = drive("init-fails", cwd=place).out.splitlines()
    assert code == "-20020" and str(place / "wrapper.py") in text[0]


def test_interpreter_that_does_not_start_is_explained_and_may_be_mended(drive: Drive, tmp_path: Path) -> None:
    place_wrapper(tmp_path)
    (tmp_path / "libwrapper.python").write_text(f"{tmp_path}/gone/bin/python3\n")
    done = drive("init-fails", sys.executable, f"python.executable={tmp_path}/gone/python3", cwd=tmp_path)
    code, *text = done.out.splitlines()
    assert code == "-20010" and f"{tmp_path}/gone/python3" in text[0]


@pytest.mark.skipif(SANITIZED, reason="PYTHONPATH brings the package into every environment")
def test_environment_without_the_package_is_explained(drive: Drive, place: Path, tmp_path: Path) -> None:
    import venv

    bare = tmp_path / "bare"
    venv.create(bare, symlinks=True)
    code, *text = drive("init-fails", f"python.executable={bare}/bin/python3", cwd=place).out.splitlines()
    assert code == "-20010"
    assert "No module named 'aiges_native'" in text[0] and "-m pip install aiges_native" in text[0]


def test_second_init_and_second_fini_change_nothing(drive: Drive) -> None:
    drive("twice")


def test_three_lives_with_each_call_on_its_own_thread(drive: Drive) -> None:
    drive("rounds", "3")


def test_library_stays_after_dlclose(drive: Drive) -> None:
    drive("reload")


# ---- Threads ----


def test_calls_on_any_thread(drive: Drive) -> None:
    drive("threads")


def test_sessions_move_between_threads(drive: Drive) -> None:
    drive("sessions")


def test_thread_ends_while_another_keeps_the_gil(drive: Drive) -> None:
    drive("hogged-exit")


def test_five_thousand_threads_leave_nothing_behind(drive: Drive) -> None:
    left = float(drive("many-threads", "5000").out)
    assert SANITIZED or left < 64, f"{left} bytes for each thread"


def test_other_code_may_use_pygilstate(drive: Drive) -> None:
    drive("foreign")


# ---- Callbacks ----


def test_each_request_is_answered_once_whoever_answers(drive: Drive) -> None:
    drive("callbacks")


def test_callback_may_call_anything_but_fini(drive: Drive) -> None:
    drive("reenter")


def test_blocked_callback_holds_up_only_its_request(drive: Drive) -> None:
    drive("blocked-callback", "aiges.fini_wait_ms=3600000")


# ---- Fini and the end ----


def test_fini_waits_for_a_hanging_call_no_longer_than_configured(drive: Drive) -> None:
    drive("hanging-fini", "aiges.fini_wait_ms=100")


def test_fini_while_calls_run(drive: Drive) -> None:
    drive("busy-fini")


@pytest.mark.parametrize(
    "how",
    ["return", "exit", "init-thread", "calls", "calls-return", "sleeping", "hogged", "blocked", "async", "results"]
    + ["callback inline", "callback thread"],
)
def test_process_ends_with_its_own_code(drive: Drive, how: str) -> None:
    drive("ending", *how.split(), code=5)


def test_fork(drive: Drive) -> None:
    drive("fork")
