"""Calls with a time limit, and what the wrapper did in them."""

from __future__ import annotations

import queue
import threading

from aiges_native._native import watching
from aiges_native.errors import EngineTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native.sdk.runner.judge import Judge


class TimeLimitError(EngineTimeoutError):
    """A call, or the answer to it, did not come within the limit."""

    def __init__(self, text: str) -> None:
        super().__init__(-20007, text)

    def __reduce__(self) -> tuple[type[TimeLimitError], tuple[str]]:  # type: ignore[override]
        return type(self), (self.text,)


class CallThread:
    """Runs calls one after another on a thread of its own, as a host does, and gives up waiting for one in time."""

    def __init__(self, limit: float | None) -> None:
        """``limit``: seconds a call may take; None: calls run on the caller's thread, for as long as they like."""
        self.limit = limit
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="aiges-run", daemon=True)

    def call(self, function: Callable[[], Any]) -> Any:
        """What ``function()`` returns or raises. TimeLimitError when it does not end; it goes on running then."""
        if self.limit is None:
            return function()
        if not self._thread.ident:
            self._thread.start()
        answer: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

        def answered() -> None:
            try:
                answer.put((function(), None))
            except BaseException as error:
                answer.put((None, error))

        self._calls.put(answered)
        try:
            value, error = answer.get(timeout=self.limit)
        except queue.Empty:
            raise TimeLimitError(f"no answer for {self.limit:g} s") from None
        if error is not None:
            raise error
        return value

    def ends_within(self, seconds: float) -> bool:
        """Whether the call that was given up comes back in that time."""
        if self.limit is None or not self._thread.ident:
            return True
        ended = threading.Event()
        self._calls.put(ended.set)
        return ended.wait(seconds)

    def close(self) -> None:
        """Ends the thread after the call it may still be in."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


class Witness(watching.Watcher):
    """Keeps what one run may tell of the wrapper: the last exception, and the findings of its judge."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.error: BaseException | None = None
        self.method = ""

    def fault(self, method: str, code: int, error: BaseException) -> bool:
        self.method, self.error = method, error
        return True

    def response(self, items: list[Any]) -> None:
        self.judge.items(items)

    def __enter__(self) -> Witness:
        watching.watch(self)
        return self

    def __exit__(self, *exc: object) -> None:
        watching.unwatch(self)
