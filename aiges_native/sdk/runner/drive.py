"""One request through an open engine, in each of the ways a host has."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import time
from functools import partial

from aiges_native.sdk.runner.calls import CallThread, TimeLimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aiges_native import Engine, Result, Session
    from aiges_native.sdk.runner.request import Request

_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02)  # between two reads that had nothing; the last one again and again

_LAST_WAIT = 1.0  # seconds that a call has to come back once the wrapper was told

_numbers = itertools.count(1)


class Drive:
    """Sends one request and gathers the results, in ``results``. Failures are raised as the engine's exceptions."""

    def __init__(self, engine: Engine, request: Request, calls: CallThread, psr_ids: list[int] | None = None) -> None:
        number = next(_numbers)
        self.results: list[Result] = []
        self._engine = engine
        self._request = request
        self._calls = calls
        self._call: dict[str, Any] = {
            "params": {**request.params, "sid": request.params.get("sid") or f"run-{os.getpid()}-{number}"},
            "usr_tag": f"tag-{os.getpid()}-{number}",
            "psr_ids": psr_ids,
            "deadline": calls.limit,
        }
        self._open: Session | None = None

    def once(self) -> None:
        """Through ``wrapperOnceExec``."""
        self.results.append(self._calls.call(lambda: self._engine.exec(self._request.nodes, **self._call)))

    def run_async(self) -> None:
        """Through ``wrapperOnceExecAsync``; results until the final one."""
        arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        nodes = self._request.nodes
        self._calls.call(lambda: self._engine.exec_async(nodes, on_result=arrived.put, **self._call))
        while not self._is_final():
            self._take(arrived)

    def stream(self, frames: int) -> None:
        """Through a session; results come by callback."""
        arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with self._session(on_result=arrived.put) as session:
            for frame in self._request.frames(frames):
                self._calls.call(partial(session.write, frame))
                while not arrived.empty():
                    self._take(arrived)
                if self._is_final():
                    return
            while not self._is_final():
                self._take(arrived)

    def read(self, frames: int) -> None:
        """Through a session; results are fetched after each write, and then until the final one."""
        with self._session() as session:
            for frame in self._request.frames(frames):
                self._calls.call(partial(session.write, frame))
                self._fetch(session)
                if self._is_final():
                    return
            self._fetch_all(session)

    def give_up(self) -> bool:
        """After a TimeLimitError: tells the wrapper that nobody waits any more, and ends the session. False when a call
        does not come back even then."""
        if self._open is None:
            self._engine.cancel(self._call["usr_tag"])
            return self._calls.ends_within(_LAST_WAIT)
        if not self._open.closed:
            self._open.cancel()
        if not self._calls.ends_within(_LAST_WAIT):
            return False
        with contextlib.suppress(RuntimeError):
            self._calls.call(self._open.close)
        return True

    def _session(self, **more: Any) -> _OpenSession:
        self._open = self._calls.call(lambda: self._engine.create(**self._call, **more))
        return _OpenSession(self._calls, self._open)

    def _fetch(self, session: _OpenSession) -> bool:
        result: Result = self._calls.call(session.read)
        if len(result):
            self.results.append(result)
        return len(result) > 0

    def _fetch_all(self, session: _OpenSession) -> None:
        waited_since, pauses = time.monotonic(), iter(_PAUSES)
        while not self._is_final():
            if self._fetch(session):
                waited_since, pauses = time.monotonic(), iter(_PAUSES)
                continue
            if self._calls.limit is not None and time.monotonic() - waited_since > self._calls.limit:
                raise TimeLimitError(f"wrapperRead had nothing for {self._calls.limit:g} s after the last write")
            time.sleep(next(pauses, _PAUSES[-1]))

    def _take(self, arrived: queue.SimpleQueue[Any]) -> None:
        try:
            value = arrived.get(timeout=self._calls.limit)
        except queue.Empty:
            raise TimeLimitError(f"no result by callback for {self._calls.limit:g} s") from None
        if isinstance(value, BaseException):
            raise value
        self.results.append(value)

    def _is_final(self) -> bool:
        return bool(self.results) and self.results[-1].final


class _OpenSession:
    """A session whose end, too, is a call with a time limit. One that hangs in a call is left alone."""

    def __init__(self, calls: CallThread, session: Session) -> None:
        self._calls = calls
        self._session = session
        self.write = session.write
        self.read = session.read

    def __enter__(self) -> _OpenSession:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self._calls.call(self._session.close)
        elif not issubclass(kind, TimeLimitError):
            with contextlib.suppress(RuntimeError, TimeLimitError):  # the first failure is the one to tell
                self._calls.call(self._session.close)
