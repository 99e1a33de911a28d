"""The handlers behind :mod:`aiges_native.sdk.logs`: standard error as it is now, and a file that is opened late."""

from __future__ import annotations

import logging
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Where AIGES writes its files.
DEFAULT_FOLDER = "/tmp/log/app" if sys.platform == "darwin" else "/log/app"


class StderrHandler(logging.StreamHandler):  # type: ignore[type-arg]  # generic for type checkers only
    """Writes to whatever ``sys.stderr`` is at that moment; nothing while ``is_covered()`` says that others show it."""

    def __init__(self, is_covered: Callable[[], bool]) -> None:
        super().__init__()
        self._is_covered = is_covered

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record. Never raises."""
        if sys.stderr is None or self._is_covered():
            return
        self.stream = sys.stderr
        super().emit(record)


class LateFileHandler(logging.FileHandler):
    """A UTF-8 file ``<name>.log``, opened for the first record in the first folder that can be written.

    The folders: ``AIGES_LOG_DIR``, ``/log/app``, the user's state folder, the temporary folder. With none of them the
    records go to ``fallback``. ``moved(text)`` is told once when it is not the folder that was expected.
    """

    def __init__(self, name: str, fallback: logging.Handler, moved: Callable[[str], None]) -> None:
        self._file = name.replace("/", "_").replace("\0", "_") + ".log"
        super().__init__(f"{DEFAULT_FOLDER}/{self._file}", encoding="utf-8", delay=True)
        self._fallback = fallback
        self._moved = moved
        self._searched = False

    def setFormatter(self, fmt: logging.Formatter | None) -> None:
        """Sets the layout of the lines, also of those that go to the fallback."""
        super().setFormatter(fmt)
        self._fallback.setFormatter(fmt)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record. Never raises."""
        if not self._searched:
            self._searched = True  # before the search: a warning of ours may come back to this handler
            self._search()
        if self.stream is None:
            self._fallback.handle(record)
        else:
            super().emit(record)

    def close(self) -> None:
        """Closes the file. A record that another thread is about to write goes to the fallback."""
        self.acquire()
        try:
            self._searched = True  # or that record would open a file which nobody closes
            super().close()
        finally:
            self.release()

    def _search(self) -> None:
        complaint = ""
        for folder in _folders():
            path = folder / self._file
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self.stream = path.open("a", encoding="utf-8", errors="backslashreplace")
            except OSError as error:
                complaint = complaint or f"'{path}' cannot be written ({error.strerror or error})"
                continue
            self.baseFilename = str(path)
            break
        if complaint:
            place = f"into '{self.baseFilename}'" if self.stream is not None else "to standard error"
            self._moved(f"{complaint}, so the log goes {place}; set AIGES_LOG_DIR to a folder that can be written")


def _folders() -> Iterator[Path]:
    """From the wanted one to the last resort."""
    import tempfile
    from pathlib import Path  # here, not above: a wrapper that logs nothing need not wait for its import

    wanted = os.environ.get("AIGES_LOG_DIR")
    if wanted:
        yield Path(wanted).absolute()
    yield Path(DEFAULT_FOLDER)
    state = os.environ.get("XDG_STATE_HOME", "")
    if state.startswith("/"):  # the standard has relative ones ignored
        yield Path(state, "aiges")
    else:
        home = os.environ.get("HOME", "")
        if home.startswith("/"):
            yield Path(home, ".local", "state", "aiges")
    try:
        yield Path(tempfile.gettempdir(), f"aiges-{os.getuid()}")  # one per user: others may not write into it
    except OSError:  # not even a temporary folder
        return
