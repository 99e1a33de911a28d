"""A wrapper under test, called the way a host calls it."""

from __future__ import annotations

import os
from pathlib import Path

import aiges_native
from aiges_native._native import watching
from aiges_native.sdk.checking import Finding, check
from aiges_native.sdk.runner import Target, UsageError, find_wrapper, load_target
from aiges_native.sdk.runner.calls import CallThread, TimeLimitError
from aiges_native.sdk.runner.drive import Drive
from aiges_native.sdk.runner.opening import open_target
from aiges_native.sdk.runner.request import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from aiges_native import Engine, Result


class _LastFault(watching.Watcher):
    def __init__(self) -> None:
        self.error: BaseException | None = None

    def fault(self, method: str, code: int, error: BaseException) -> bool:
        self.error = error
        return True


class Subject:
    """An open wrapper. ``engine``: the :class:`aiges_native.Engine`; ``object``: the wrapper's own object; ``timeout``:
    seconds a call may take.

    Calls raise :class:`aiges_native.AigesError`; where the wrapper itself raised, that exception is its ``__cause__``.
    """

    def __init__(
        self, path: str | os.PathLike[str], config: dict[str, Any] | None = None, timeout: float = 60.0
    ) -> None:
        """``path``: a wrapper.py or its folder. ``config`` overrides ``aiges.toml``. Raises AigesError, LoadFault."""
        self.file = find_wrapper(Path(path))
        self.timeout = timeout
        self._target: Target = load_target(self.file)
        self.object = self._target.wrapper
        self.engine: Engine = self._with_cause(lambda: open_target(self._target, self._target.config(config)))

    def once(self, inputs: dict[str, Any] | None = None, params: dict[str, Any] | None = None) -> Result:
        """The answer of ``wrapperOnceExec``. ``inputs``: key to bytes or str, instead of the fields' test values."""
        return self._drive(inputs, params, Drive.once)[-1]

    def run_async(self, inputs: dict[str, Any] | None = None, params: dict[str, Any] | None = None) -> list[Result]:
        """All answers to ``wrapperOnceExecAsync``, the final one last."""
        return self._drive(inputs, params, Drive.run_async)

    def stream(
        self,
        inputs: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        *,
        frames: int = 3,
        read: bool = False,
    ) -> list[Result]:
        """All answers of a session that is written ``frames`` times; ``read``: fetched with ``wrapperRead``."""
        return self._drive(inputs, params, lambda drive: drive.read(frames) if read else drive.stream(frames))

    def check(self) -> list[Finding]:
        """What ``aiges-native check`` finds."""
        return check(self.file)

    def close(self) -> None:
        """Calls ``wrapperFini``."""
        self._with_cause(lambda: self.engine.close(2.0))

    def _drive(
        self, inputs: dict[str, Any] | None, params: dict[str, Any] | None, act: Callable[[Drive], None]
    ) -> list[Result]:
        calls = CallThread(self.timeout)
        try:
            drive = Drive(self.engine, Request(self.object, inputs, params), calls)
            try:
                self._with_cause(lambda: act(drive))
            except TimeLimitError:
                drive.give_up()
                raise
            return drive.results
        finally:
            calls.close()

    def _with_cause(self, call: Callable[[], Any]) -> Any:
        fault = _LastFault()
        watching.watch(fault)
        try:
            return call()
        except (aiges_native.AigesError, MemoryError) as error:
            raise error from fault.error
        finally:
            watching.unwatch(fault)


def wrapper_above(file: Path, top: Path) -> Path:
    """The wrapper of the project that a test file lies in: searched from its folder up to ``top``."""
    for folder in (file.parent, *file.parent.parents):
        try:
            return find_wrapper(folder)
        except UsageError:
            if folder == top:
                break
    raise UsageError(f"no wrapper.py or wrapper/wrapper.py in '{file.parent}' or above it, up to '{top}'")
