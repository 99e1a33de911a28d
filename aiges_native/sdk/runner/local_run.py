"""A whole local run: start, request, end, and the verdict."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from pathlib import Path

from aiges_native._native.faults import Fault
from aiges_native.errors import AigesError, EngineBusyError
from aiges_native.sdk.abilities import defines
from aiges_native.sdk.runner.calls import CallThread, TimeLimitError, Witness
from aiges_native.sdk.runner.drive import Drive
from aiges_native.sdk.runner.hints import hint_for, trace_of
from aiges_native.sdk.runner.judge import Judge
from aiges_native.sdk.runner.modes import choose_mode, wants_read
from aiges_native.sdk.runner.opening import open_target
from aiges_native.sdk.runner.outcome import RunResult
from aiges_native.sdk.runner.report import Report, as_json, save_results, stacks_of_all_threads
from aiges_native.sdk.runner.request import Request
from aiges_native.sdk.runner.target import UsageError, load_target, target_of
from aiges_native.sdk.settings import SettingsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from typing import Any

    from aiges_native import Engine, Result

_METHOD = {
    "once": "wrapperOnceExec",
    "async": "wrapperOnceExecAsync",
    "stream": "session by callback",
    "read": "session with read",
}
_RESOURCE_NUMBER = 1


def run(wrapper: Any, stream: bool = False, *, mode: str | None = None, **options: Any) -> RunResult:
    """Runs a wrapper, given as an object or as the path of its file or folder, as :meth:`WrapperBase.run` does."""
    if isinstance(wrapper, str) or hasattr(wrapper, "__fspath__"):
        wrapper = load_target(wrapper).wrapper
    if hasattr(wrapper, "run_once") and hasattr(wrapper, "run"):
        outcome: RunResult = wrapper.run(stream, mode=mode, **options)
        return outcome
    return run_wrapper(wrapper, "stream" if stream and mode is None else mode, **options)


def run_wrapper(wrapper: Any, mode: str | None = None, *, check: bool = True, **options: Any) -> RunResult:
    """Runs an object in one mode. Options and outcome: :meth:`WrapperBase.run`."""
    with usage_errors_end(check):
        outcome = LocalRun(wrapper, mode, **options).run()
    if check and not outcome.ok:
        raise SystemExit(1)
    return outcome


@contextlib.contextmanager
def usage_errors_end(check: bool) -> Iterator[None]:
    """Makes wrong usage one line on stderr and SystemExit(2), if ``check``."""
    try:
        yield
    except (UsageError, SettingsError) as error:
        if not check:
            raise
        text = str(error)
        print(text if text.startswith("cannot ") else f"cannot run the wrapper: {text}", file=sys.stderr)
        raise SystemExit(2) from None


class LocalRun:
    """One run of one wrapper."""

    def __init__(
        self,
        wrapper: Any,
        mode: str | None = None,
        *,
        config: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        frames: int = 3,
        timeout: float = 60.0,
        res: str | os.PathLike[str] | None = None,
        res_id: str = "",
        save: str | os.PathLike[str] | None = None,
        debug: bool = False,
        native: bool = False,
        json: bool = False,
        settings_file: Path | None = None,
    ) -> None:
        self._target = target_of(wrapper, settings_file)
        self._config = self._target.config(config)
        self._request = Request(wrapper, inputs, params)
        mode = choose_mode(wrapper, mode)
        self._outcome = RunResult("read" if mode == "stream" and wants_read(self._target) else mode)
        self._frames = frames
        self._resource = _resource_of(res, res_id)
        self._save = Path(save) if save is not None else None
        self._debug = debug or _is_debugged()
        self._native = native
        self._json = json
        self._report = Report(sys.stderr if json else None)
        self._calls = CallThread(None if self._debug else timeout)
        self._drive: Drive | None = None
        self._hung = False

    def run(self) -> RunResult:
        """Does it, and prints it."""
        import logging

        from aiges_native.sdk import logs

        self._tell_start()
        stdout = contextlib.redirect_stdout(sys.stderr) if self._json else contextlib.nullcontext()
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(logs.fmt))
        logs.attach(handler)
        threads = set(threading.enumerate())
        try:
            with stdout, Witness(self._new_judge()) as self._witness:
                self._guard("wrapperInit", self._start_and_call)
        finally:
            logs.detach(handler)
            self._calls.close()
        self._tell_threads(threads)
        self._tell_end()
        return self._outcome

    # ---- The steps --------------------------------------------------------------------------------------------------

    def _start_and_call(self) -> None:
        engine = self._timed(
            "wrapperInit", lambda: open_target(self._target, self._config, self._native), lambda _: "started"
        )
        try:
            ids = self._guard("wrapperLoadRes", lambda: self._load_resource(engine))
            if self._outcome.ok:
                self._guard(_METHOD[self._outcome.mode], lambda: self._call(engine, ids))
            if self._resource and ids:
                self._guard("wrapperUnloadRes", lambda: engine.unload_resource(_RESOURCE_NUMBER))
        finally:
            self._guard("wrapperFini", lambda: self._close(engine))

    def _load_resource(self, engine: Engine) -> list[int] | None:
        from aiges_native import DataListNode

        if self._resource is None:
            return None
        key, data, name = self._resource
        node = DataListNode(key, data, 4, 3)
        if name:
            node.desc = {"patch_id": name}
        self._timed("wrapperLoadRes", lambda: engine.load_resource(_RESOURCE_NUMBER, [node]), lambda _: "loaded")
        return [_RESOURCE_NUMBER]

    def _call(self, engine: Engine, ids: list[int] | None) -> None:
        engine.set_meter(self._count_metric)
        engine.set_trace(self._count_trace)
        self._drive = drive = Drive(engine, self._request, self._calls, ids)
        self._outcome.responses = drive.results
        modes: dict[str, Callable[[], None]] = {
            "once": drive.once,
            "async": drive.run_async,
            "stream": lambda: drive.stream(self._frames),
            "read": lambda: drive.read(self._frames),
        }
        try:
            self._timed(_METHOD[self._outcome.mode], modes[self._outcome.mode], lambda _: _told(drive.results))
        except AigesError:
            if not self._answers_by_session():
                raise
            self._report.line("wrapperOnceExec returned None, and the wrapper has sessions: going on with a session")
            self._witness.error = None
            self._outcome.mode = "read" if wants_read(self._target) else "stream"
            self._witness.judge = self._new_judge()
            self._call(engine, ids)

    def _answers_by_session(self) -> bool:
        returned_none = getattr(self._witness.error, "found", "") == "NoneType"
        own = defines(self._target.wrapper, "wrapperCreate") and defines(self._target.wrapper, "wrapperWrite")
        return self._outcome.mode == "once" and returned_none and own

    def _close(self, engine: Engine) -> None:
        if self._hung:
            return  # its end would wait for the call that does not come back
        try:
            self._timed("wrapperFini", lambda: self._calls.call(lambda: engine.close(2.0)), lambda _: "stopped")
        except EngineBusyError:
            self._outcome.warnings.append("wrapperFini was not called: a request or session is still open")
        except TimeLimitError as error:
            print(stacks_of_all_threads(), file=sys.stderr)
            self._fail(f"wrapperFini: {error.text}", 0)

    def _new_judge(self) -> Judge:
        return Judge(self._target.wrapper, self._outcome.mode != "once")

    def _count_metric(self, tag: str | None, key: str, count: int) -> None:
        self._outcome.metrics[key] = self._outcome.metrics.get(key, 0) + count

    def _count_trace(self, tag: str | None, key: str, value: str) -> None:
        self._outcome.traces[key] = self._outcome.traces.get(key, 0) + 1

    # ---- Failures ---------------------------------------------------------------------------------------------------

    def _guard(self, step: str, function: Callable[[], Any]) -> Any:
        """What the function returns; None after a failure, which is told once, as the run's first."""
        try:
            return function()
        except TimeLimitError as error:
            print(stacks_of_all_threads(), file=sys.stderr)
            self._fail(f"{step}: {error.text}", error.code)
            self._hung = self._drive is None or not self._drive.give_up()
        except (AigesError, MemoryError) as error:
            cause = self._witness.error
            if isinstance(cause, KeyboardInterrupt):
                raise cause from None
            code = getattr(error, "code", -20005)
            self._show_cause(cause)
            self._fail(f"{step}: {_sentence(error, cause)}", code, cause)
        return None

    def _fail(self, reason: str, code: int, cause: BaseException | None = None) -> None:
        if not self._outcome.ok:
            self._outcome.warnings.append(reason)
            return
        self._outcome.ok = False
        self._outcome.reason = reason
        self._outcome.code = code
        self._outcome.error = cause

    def _show_cause(self, cause: BaseException | None) -> None:
        if cause is None or isinstance(cause, Fault):  # a fault of what it returned: its sentence says all
            return
        print(trace_of(cause), file=sys.stderr, end="", flush=True)
        if self._debug and sys.stdin.isatty() and cause.__traceback__ is not None:
            import pdb

            pdb.post_mortem(cause.__traceback__)

    # ---- The report -------------------------------------------------------------------------------------------------

    def _timed(self, step: str, function: Callable[[], Any], said: Callable[[Any], str]) -> Any:
        began = time.perf_counter()
        try:
            value = function()
        except BaseException:
            self._note(step, began, "failed")
            raise
        self._note(step, began, said(value))
        return value

    def _note(self, step: str, began: float, said: str) -> None:
        self._outcome.timings[step] = time.perf_counter() - began
        self._report.step(step, self._outcome.timings[step], said)

    def _tell_start(self) -> None:
        from aiges_native import paths

        python = ".".join(map(str, sys.version_info[:3]))
        self._report.line(f"{self._target.name}, aiges_native {paths.__version__}, Python {python}")
        for warning in self._request.warnings:
            self._report.line(f"warning: {warning}")

    def _tell_threads(self, before: set[threading.Thread]) -> None:
        left = [t for t in threading.enumerate() if t not in before and not t.daemon and t.is_alive()]
        if left:
            names = ", ".join(f"'{thread.name}'" for thread in left)
            self._outcome.warnings.append(f"threads left: {names}; end them in wrapperFini, or make them daemon")

    def _tell_end(self) -> None:
        outcome, judge = self._outcome, self._witness.judge
        outcome.warnings[:0] = self._request.warnings + judge.warnings
        if outcome.responses:
            self._report.table(outcome.responses)
        if self._save is not None:
            for file in save_results(outcome.responses, self._save):
                self._report.line(f"saved {file}")
        self._report.counts("metrics", outcome.metrics)
        self._report.counts("traces", outcome.traces)
        if judge.errors:
            self._fail(judge.errors[0], 0)
            outcome.warnings += judge.errors[1:]
        for warning in outcome.warnings[len(self._request.warnings) :]:
            self._report.line(f"warning: {warning}")
        self._report.line("verified" if outcome.ok else f"FAILED: {outcome.reason}")
        if not outcome.ok and outcome.code:
            self._report.line(f"try: {hint_for(outcome.error, outcome.code, self._debug)}")
        if self._json:
            print(as_json(outcome))


def _is_debugged() -> bool:
    """Whether somebody sits at a debugger, so that time limits would only disturb."""
    return "pydevd" in sys.modules or ("bdb" in sys.modules and sys.gettrace() is not None)


def _sentence(error: BaseException, cause: BaseException | None) -> str:
    """One line about a failure: the wrapper's exception where there is one, else the engine's text."""
    if cause is None or getattr(error, "code", 0) not in (-20030, -20031, -20032, -20033):
        return str(error)
    try:
        said = str(cause)
    except Exception as unprintable:
        said = f"(its text cannot be had: {type(unprintable).__name__})"
    if getattr(cause, "code", None) is not None:
        return said
    return f"{type(cause).__name__}: {said}" if said else type(cause).__name__


def _resource_of(res: str | os.PathLike[str] | None, res_id: str) -> tuple[str, bytes, str] | None:
    """The resource's key, bytes and id."""
    if res is None:
        return None
    file = Path(res)
    try:
        return file.name, file.read_bytes(), res_id
    except OSError as error:
        raise UsageError(f"resource {str(file)!r}: {error.strerror}") from None


def _told(results: list[Result]) -> str:
    items = sum(len(result) for result in results)
    return f"{len(results)} results with {items} items" if len(results) != 1 else f"{items} item{'s' * (items != 1)}"
