"""Loggers of wrappers: nothing at import, one handler each, files where they can be written."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aiges_native.sdk import log_handlers, logs
from aiges_native.sdk.logs import attach, detach, getFileLogger, getLogger, log


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Every test begins as a new process does, with /log/app and the user's folders under its own folder."""
    monkeypatch.setattr(logs, "_made", {})
    monkeypatch.setattr(logs, "_attached", [])
    monkeypatch.setattr(logs, "_warned", False)
    monkeypatch.setattr(logs, "_level_lent", False)
    monkeypatch.setattr(log_handlers, "DEFAULT_FOLDER", str(tmp_path / "default"))
    monkeypatch.delenv("AIGES_LOG_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = ["aiges", "wrapper", "other", "aiges.child"]
    yield
    for name in names:
        logger = logging.getLogger(name)
        for handler in logger.handlers[:]:
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(logging.NOTSET)


@pytest.fixture
def blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A default folder that nobody can make, root included: something else has its name."""
    (tmp_path / "default").write_text("")
    return tmp_path / "default"


class Collector(logging.Handler):
    """Keeps messages."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.getMessage())


@pytest.fixture
def collector() -> Iterator[Collector]:
    handler = Collector()
    yield handler
    detach(handler)


def test_import_and_making_loggers_touch_nothing(tmp_path: Path) -> None:
    code = """
import logging, os, sys, threading
import aiges.utils.log
assert not logging.getLogger().handlers and not logging.getLogger("aiges").handlers
assert logging.getLogger().level == logging.WARNING and logging.getLogger("aiges").level == logging.NOTSET
aiges.utils.log.getFileLogger()
aiges.utils.log.getLogger()
assert not logging.getLogger().handlers
assert threading.active_count() == 1
print(sorted(os.listdir(".")), sorted(set(sys.modules) & {"tempfile", "multiprocessing", "pathlib"}))
"""
    environment = {"AIGES_LOG_DIR": str(tmp_path / "logs"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("[]")


def test_log_is_not_the_root_logger() -> None:
    assert log is logging.getLogger("aiges")
    assert getLogger() is log
    assert getFileLogger(name="root") is log
    assert not any(isinstance(h, (log_handlers.StderrHandler, log_handlers.LateFileHandler)) for h in log.root.handlers)


# --- getLogger --------------------------------------------------------------------------------------------------------


def test_get_logger_writes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    getLogger("%(levelname)s %(message)s", logging.INFO, "other").info("hello")
    assert capsys.readouterr().err == "INFO hello\n"
    logging.getLogger("other").debug("too much")
    assert capsys.readouterr().err == ""


def test_handlers_are_replaced_not_stacked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for _ in range(3):
        getLogger("%(message)s", name="other")
        getFileLogger("%(message)s", name="other")
    foreign = Collector()
    logging.getLogger("other").addHandler(foreign)
    getLogger("last %(message)s", name="other").warning("hello")
    assert capsys.readouterr().err == "last hello\n"
    assert (tmp_path / "default" / "other.log").read_text() == "hello\n"
    assert foreign.seen == ["hello"]
    assert len(logging.getLogger("other").handlers) == 3


@pytest.mark.parametrize(
    ("given", "number"), [(20, 20), ("20", 20), ("info", 20), ("INFO", 20), ("loud", 10), (None, 10), ([], 10)]
)
def test_any_level_will_do(given: Any, number: int) -> None:
    assert getFileLogger(level=given).level == number


@pytest.mark.parametrize("layout", ["%(nonsense", 5, b"bytes"])
def test_an_unusable_layout_gives_the_default(layout: Any, capsys: pytest.CaptureFixture[str]) -> None:
    getLogger(layout, name="other").info("hello")
    assert "INFO other test_an_unusable_layout" in capsys.readouterr().err


def test_without_standard_error_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = getLogger(name="other")
    monkeypatch.setattr(sys, "stderr", None)
    logger.error("hello")


# --- getFileLogger ----------------------------------------------------------------------------------------------------


def test_the_file_is_opened_at_the_first_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logger = getFileLogger()
    assert logger.name == "wrapper"
    assert not list(tmp_path.iterdir())
    logger.info("grüße \ud800")
    text = (tmp_path / "default" / "wrapper.log").read_text(encoding="utf-8")
    assert "INFO wrapper" in text and text.endswith(": grüße \\ud800\n")
    assert capsys.readouterr().err == ""
    getFileLogger().debug("again")
    assert len((tmp_path / "default" / "wrapper.log").read_text(encoding="utf-8").splitlines()) == 2


def test_the_wanted_folder_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIGES_LOG_DIR", str(tmp_path / "deep" / "wanted"))
    getFileLogger().info("hello")
    assert (tmp_path / "deep" / "wanted" / "wrapper.log").is_file()
    assert [record.name for record in caplog.records] == ["wrapper"], "no warning: it is where it was wanted"


def test_names_cannot_leave_the_folder(tmp_path: Path) -> None:
    name = "../out/of\0it"
    getFileLogger(name=name).info("hello")
    assert (tmp_path / "default" / ".._out_of_it.log").is_file()


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({}, "state/aiges"),
        ({"XDG_STATE_HOME": "relative"}, "home/.local/state/aiges"),
        ({"XDG_STATE_HOME": "", "HOME": "~"}, f"aiges-{__import__('os').getuid()}"),
    ],
    ids=["state", "home", "temporary"],
)
def test_the_next_folder_that_can_be_written_is_taken(
    blocked: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variables: dict[str, str],
    place: str,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    getFileLogger().info("hello")
    getFileLogger(name="other").info("hello")
    assert {path.name for path in (tmp_path / place).iterdir()} == {"wrapper.log", "other.log"}
    (warning,) = [record for record in caplog.records if record.name == "aiges"]
    assert warning.levelno == logging.WARNING
    assert warning.message.startswith(f"'{blocked}/wrapper.log' cannot be written (")
    assert f"so the log goes into '{tmp_path / place}/wrapper.log'; set AIGES_LOG_DIR" in warning.message


def test_with_no_folder_at_all_it_is_standard_error(
    blocked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    logger = getFileLogger("%(message)s")
    logger.info("one")
    logger.info("two")
    assert [line for line in capsys.readouterr().err.splitlines() if "cannot be written" not in line] == ["one", "two"]


def test_not_even_a_temporary_folder(
    blocked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> str:
        raise FileNotFoundError("no usable temporary directory found")

    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setattr("tempfile.gettempdir", none)
    getFileLogger("%(message)s").info("one")
    assert "one\n" in capsys.readouterr().err


def test_a_closed_handler_opens_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As when a thread is about to write while another one replaces the handler."""
    (handler,) = getFileLogger("%(message)s", name="other").handlers
    getFileLogger(name="other")
    handler.handle(logging.makeLogRecord({"msg": "hello"}))
    assert capsys.readouterr().err == "hello\n"
    assert not list(tmp_path.iterdir())


def test_the_warning_may_come_back_to_the_same_handler(blocked: Path, tmp_path: Path) -> None:
    getFileLogger("%(message)s", name="aiges").info("hello")
    lines = (tmp_path / "state" / "aiges" / "aiges.log").read_text().splitlines()
    assert len(lines) == 2 and "cannot be written" in lines[0] and lines[1] == "hello"


# --- attach and detach ------------------------------------------------------------------------------------------------


def test_what_is_attached_sees_all_loggers_once(collector: Collector) -> None:
    getFileLogger(name="wrapper")
    attach(collector)
    attach(collector)
    getFileLogger(name="other")
    getLogger(name="aiges.child")
    for name in ("aiges", "aiges.child", "aiges.unknown", "wrapper", "other", "foreign"):
        logging.getLogger(name).info(name)
    assert collector.seen == ["aiges", "aiges.child", "aiges.unknown", "wrapper", "other"]


def test_a_child_that_does_not_propagate_is_seen(collector: Collector) -> None:
    child = getLogger(name="aiges.child")
    child.propagate = False
    try:
        attach(collector)
        child.info("hello")
    finally:
        child.propagate = True
    assert collector.seen == ["hello"]


def test_detach_leaves_nothing(collector: Collector) -> None:
    other = Collector()
    getFileLogger()
    attach(collector)
    attach(other)
    detach(collector)
    detach(collector)
    log.debug("one")
    detach(other)
    log.warning("two")
    logging.getLogger("wrapper").warning("three")
    assert (collector.seen, other.seen) == ([], ["one"])
    assert log.level == logging.NOTSET
    assert not {collector, other} & {*log.handlers, *logging.getLogger("wrapper").handlers}


def test_a_level_of_the_wrappers_own_stays(collector: Collector) -> None:
    attach(collector)
    getLogger(level="ERROR")
    log.warning("unwanted")
    detach(collector)
    assert log.level == logging.ERROR
    assert collector.seen == []


def test_what_is_attached_shows_the_lines_alone(
    collector: Collector, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    getLogger("%(message)s")
    getFileLogger("%(message)s", name="aiges")
    attach(collector)
    log.info("one")
    detach(collector)
    log.info("two")
    assert collector.seen == ["one"]
    assert capsys.readouterr().err == "two\n", "not twice on the screen"
    assert (tmp_path / "default" / "aiges.log").read_text() == "one\ntwo\n"


def test_many_threads_make_and_use_loggers(blocked: Path, tmp_path: Path) -> None:
    """Replacing handlers, writing, warning and attaching at once neither hangs nor fails."""
    errors: list[BaseException] = []

    def client(number: int) -> None:
        stream = logging.StreamHandler(io.StringIO())
        try:
            for _ in range(50):
                getFileLogger(name=f"crowd{number % 2}").info("hello")
                attach(stream)
                log.info("hello")
                detach(stream)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not errors
    for name in ("crowd0", "crowd1"):
        for handler in logging.getLogger(name).handlers[:]:
            logging.getLogger(name).removeHandler(handler)
            handler.close()
