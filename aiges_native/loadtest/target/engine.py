"""An engine in this process, called through its ABI: a blocking call or a session per request, a thread per user."""

from __future__ import annotations

import contextlib
import time
from time import monotonic_ns

from aiges_native.loadtest.frames import documents_of, frames_of
from aiges_native.loadtest.outcome import TIMEOUT, Outcome
from aiges_native.loadtest.problem import LoadTestError
from aiges_native.loadtest.quantity import SECOND, milliseconds, show_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aiges_native import DataListNode, Engine, Result, Session
    from aiges_native.loadtest.frames import Frame
    from aiges_native.loadtest.plan import Plan

    Script = list[tuple[int, list[DataListNode]]]  # (due, nodes) of every frame

_TYPES = {"text": 0, "audio": 1, "image": 2, "video": 3, "other": 4}
_FAILURES = (RuntimeError, MemoryError, BufferError, TypeError, ValueError)  # AigesError is the first of them
_PAUSE = 0.0002  # s between two reads of a session that has nothing yet


class EngineTarget:
    """One engine, shared by its users. Raises LoadTestError when it does not start."""

    def __init__(self, plan: Plan) -> None:
        import aiges_native

        self.plan = plan
        try:
            self.engine: Engine = aiges_native.open(plan.target, plan.config or None)
        except _FAILURES as error:
            cure = "its full path, or aiges-native check"
            raise LoadTestError(f"load engine '{plan.target}'", str(error), cure, usage=False) from error
        self._scripts: dict[int, Script] = {}
        self._period = documents_of(plan)

    def user(self) -> EngineUser:
        """One more user."""
        return EngineUser(self)

    def close(self) -> None:
        """Stops the engine; what still runs in it has 3 s."""
        with contextlib.suppress(*_FAILURES):  # it hangs: the outcomes say so, and the process ends anyway
            self.engine.close(timeout=3.0)

    def script(self, number: int) -> Script:
        """What request ``number`` hands over, made when first needed."""
        number %= self._period
        script = self._scripts.get(number)
        if script is None:
            script = self._scripts[number] = [(f.due, _nodes(f)) for f in frames_of(self.plan, number)]
        return script


def _nodes(frame: Frame) -> list[DataListNode]:
    from aiges_native import DataListNode

    nodes = []
    for piece in frame.pieces:
        node = DataListNode(piece.stream.key, piece.data, _TYPES[piece.stream.kind], piece.status)
        node.desc = dict(piece.stream.attributes)
        nodes.append(node)
    return nodes


def _bytes_of(result: Result) -> int:
    return sum(len(node) for node in result)


class EngineUser:
    """Calls the engine on the thread that asks."""

    def __init__(self, target: EngineTarget) -> None:
        self._target = target
        self._engine = target.engine
        self._params = target.plan.params or None
        self._timeout = target.plan.timeout
        self._seconds = target.plan.timeout / SECOND
        self.ask = self._exec if target.plan.mode == "once" else self._stream

    def _exec(self, number: int) -> Outcome:
        nodes = self._target.script(number)[0][1]
        outcome = Outcome(monotonic_ns())
        try:
            result = self._engine.exec(nodes, self._params, deadline=self._seconds)
            outcome.end = monotonic_ns()
        except _FAILURES as error:
            return _fail(outcome, error)
        outcome.written = sum(map(len, nodes))
        outcome.received = _bytes_of(result)
        return self._in_time(outcome, outcome.sent)

    def _stream(self, number: int) -> Outcome:
        script = self._target.script(number)
        outcome = Outcome(monotonic_ns())
        results = _Called(outcome) if self._target.plan.callback else _Read(outcome)
        try:
            with self._engine.create(self._params, on_result=results.on_result) as session:
                for due, nodes in script:
                    _sleep_until(outcome.sent + due)
                    outcome.last_sent = monotonic_ns()
                    session.write(nodes)
                    outcome.written += sum(map(len, nodes))
                    if results.ended(session):
                        break
                while not results.ended(session) and monotonic_ns() - outcome.last_sent < self._timeout:
                    time.sleep(_PAUSE)
        except _FAILURES as error:
            return _fail(outcome, error)
        outcome.end = outcome.end or monotonic_ns()
        return self._in_time(outcome, outcome.last_sent)

    def _in_time(self, outcome: Outcome, since: int) -> Outcome:
        if outcome.code == 0 and outcome.end - since >= self._timeout:
            outcome.fail(TIMEOUT, f"no answer within {show_ms(milliseconds(self._timeout))}", outcome.end)
        return outcome


class _Read:
    """Results that are asked for."""

    on_result = None

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def ended(self, session: Session) -> bool:
        """Reads once; whether the last result has been read."""
        if not self._outcome.end:
            _take(self._outcome, session.read())
        return bool(self._outcome.end)


class _Called:
    """Results that the engine delivers, on threads of its own."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def on_result(self, result: Result | Exception) -> None:
        """One delivery."""
        if not self._outcome.end:
            _fail(self._outcome, result) if isinstance(result, Exception) else _take(self._outcome, result)

    def ended(self, session: Session) -> bool:
        """Whether the last result has been delivered."""
        return bool(self._outcome.end)


def _take(outcome: Outcome, result: Result) -> None:
    if len(result):
        now = monotonic_ns()
        outcome.first = outcome.first or now
        outcome.pieces += 1
        outcome.received += _bytes_of(result)
        if result.final:
            outcome.end = now


def _fail(outcome: Outcome, error: Exception) -> Outcome:
    code = getattr(error, "code", type(error).__name__)
    return outcome.fail(code, getattr(error, "text", str(error)), monotonic_ns())


def _sleep_until(when: int) -> None:
    left = when - monotonic_ns()
    if left > 0:
        time.sleep(left / SECOND)
