"""How far a run is, on a terminal. At most two updates a second: watching must not load a core."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TextIO

    from .plan import Plan

    Update = Callable[[float, int, int], None]

PLAIN_EVERY = 5.0  # s between two plain lines


class Progress:
    """A bar of rich on a terminal that has it, else a plain line now and then. A context manager."""

    def __init__(self, plan: Plan, stream: TextIO) -> None:
        self._seconds = None if plan.duration is None else plan.duration / 1e9
        self._count = plan.count
        self._stream = stream
        self._bar: Any = None
        self._task: Any = None
        self._shown = 0.0
        self._last = (0.0, 0)

    def __enter__(self) -> Update:
        if self._stream.isatty():
            self._bar, self._task = self._rich()
        return self._update if self._bar is None else self._update_bar

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _rich(self) -> tuple[Any, Any]:
        try:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar
        except ImportError:
            return None, None
        columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        # No refreshing thread: the bar is drawn when there is something new.
        bar = Bar(*columns, console=Console(file=self._stream), auto_refresh=False, transient=True)
        bar.start()
        return bar, bar.add_task("", total=self._count or self._seconds)

    def _text(self, seconds: float, ok: int, failed: int) -> str:
        before, done = self._last
        rate = (ok + failed - done) / (seconds - before) if seconds > before else 0.0
        self._last = (seconds, ok + failed)
        return f"{ok:,} ok, {failed:,} failed, {rate:,.0f}/s"

    def _update_bar(self, seconds: float, ok: int, failed: int) -> None:
        done = ok + failed if self._count else max(seconds, 0.0)
        self._bar.update(self._task, completed=done, description=self._text(seconds, ok, failed), refresh=True)

    def _update(self, seconds: float, ok: int, failed: int) -> None:
        if seconds - self._shown >= PLAIN_EVERY:
            self._shown = seconds
            print(f"{seconds:6.1f} s  {self._text(seconds, ok, failed)}", file=self._stream, flush=True)
