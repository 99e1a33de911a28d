"""The states of the session core, with a clock and an engine that the tests move by hand."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from aiges_native import DataListNode
from aiges_native.errors import EngineError
from aiges_native.host.core import Failure, Limits, Request, Service, Slots, TokenBucket, WindowLimit, codes
from aiges_native.host.core.canary import Canary
from aiges_native.host.core.stream import StreamSession

NUMBERS = itertools.count()


class FakeClock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0
        self._timers: list[tuple[float, int, FakeTimer]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> FakeTimer:
        timer = FakeTimer(callback)
        heapq.heappush(self._timers, (when, next(NUMBERS), timer))
        return timer

    def call_later(self, delay: float, callback: Callable[[], None]) -> FakeTimer:
        return self.call_at(self.now + delay, callback)

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self._timers and self._timers[0][0] <= end:
            self.now, _, timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                timer.callback()
        self.now = end

    @property
    def pending(self) -> int:
        return sum(not timer.cancelled for _, _, timer in self._timers)


class FakeTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeCall:
    """A call that the engine is in until ``end(value)``."""

    def __init__(self, name: str, done: Callable[[Any], None], on_piece=None, nodes=None) -> None:
        self.name = name
        self.end = done
        self.piece = on_piece
        self.nodes = nodes
        self.cancels = 0
        self.is_shut = False
        self.sizes: list[int] = []
        self.overflowed = False

    def cancel(self) -> bool:
        self.cancels += 1
        return True

    def shut(self) -> None:
        self.is_shut = True

    def taken(self, size: int) -> None:
        self.sizes.append(size)


class FakePort:
    """Remembers the calls that were begun; the test ends them."""

    def __init__(self) -> None:
        self.calls: list[FakeCall] = []
        self.threads = 0
        self.refuses: Exception | None = None

    def _begin(self, name: str, done, on_piece=None, nodes=None) -> FakeCall:
        if self.refuses is not None:
            raise self.refuses
        self.calls.append(FakeCall(name, done, on_piece, nodes))
        return self.calls[-1]

    def exec(self, request, deadline, done):
        return self._begin("exec", done)

    def exec_async(self, request, deadline, done, on_piece):
        return self._begin("exec_async", done, on_piece)

    def create(self, request, deadline, done, on_piece):
        return self._begin("create", done, on_piece)

    def write(self, stream, nodes, done):
        return self._begin("write", done, nodes=nodes)

    def read(self, stream, done):
        return self._begin("read", done)

    def destroy(self, stream, done):
        return self._begin("destroy", done)

    def replace_thread(self) -> None:
        self.threads += 1

    @property
    def names(self) -> list[str]:
        return [call.name for call in self.calls]

    def end(self, value: Any = None) -> None:
        self.calls[-1].end(value)


class Piece(list):
    """A result: a list of texts, final or not."""

    def __init__(self, *texts: str, final: bool = False) -> None:
        super().__init__(texts)
        self.final = final


class Bench:
    """A service on a fake engine, and what its clients were told."""

    def __init__(self, slots: int = 1, queue: int = 0, **options: Any) -> None:
        self.clock = FakeClock()
        self.port = FakePort()
        self.service = Service("s", self.port, self.clock, Slots(slots, queue), **options)
        self.told: list[Any] = []
        self.pieces: list[Any] = []

    def once(self, seconds: float = 10.0):
        return self.service.once(Request("sid", {"sid": "sid"}, []), self.clock.now + seconds, self.told.append)

    def stream(self, seconds: float | None = 10.0, **options: Any) -> StreamSession:
        deadline = None if seconds is None else self.clock.now + seconds
        request = Request("sid", {"sid": "sid"}, [])
        return self.service.stream(request, deadline, self.told.append, self.on_piece, **options)

    def on_piece(self, piece: Any, size: int) -> None:
        self.pieces.append(piece)

    @property
    def codes(self) -> list[int]:
        return [outcome.code for outcome in self.told if isinstance(outcome, Failure)]

    def at_rest(self, lost: int = 0) -> bool:
        slots = self.service.slots
        return (slots.busy, slots.lost, slots.waiting, self.service.sessions, self.clock.pending) == (0, lost, 0, 0, 0)


def frame(text: str = "x") -> list[DataListNode]:
    return [DataListNode("data", text)]


# ---- Once -----------------------------------------------------------------------------------------------------------


def test_once_is_answered_and_its_slot_was_free_before():
    bench = Bench()
    free: list[int] = []
    bench.told = None  # type: ignore[assignment]
    bench.service.once(Request("s", {}, []), 200.0, lambda outcome: free.append(bench.service.slots.free))
    assert bench.service.state == "busy" and bench.service.slots.free == 0
    bench.port.end(Piece("x", final=True))
    assert free == [1] and bench.service.state == "ready" and bench.at_rest()


def test_an_engine_error_keeps_its_code():
    bench = Bench()
    bench.once()
    bench.port.end(EngineError(30007, "no such voice"))
    (failure,) = bench.told
    assert (failure.code, failure.engine_code, failure.message) == (10909, 30007, "no such voice;code=30007")
    assert bench.at_rest()


def test_a_call_that_cannot_begin_is_a_failure():
    bench = Bench()
    bench.port.refuses = EngineError(-20106, "closed")
    bench.once()
    assert bench.codes == [10909] and bench.at_rest()


def test_without_a_slot_it_is_refused_at_once():
    bench = Bench()
    bench.once()
    bench.once()
    assert bench.codes == [codes.NO_SLOT] and bench.port.names == ["exec"]


def test_the_queue_is_first_in_first_out_and_bounded():
    bench = Bench(queue=2, queue_wait=5.0)
    for _ in range(4):
        bench.once()
    assert bench.codes == [codes.NO_SLOT]
    for answer in ("a", "b", "c"):
        bench.port.end(answer)
    assert bench.told[1:] == ["a", "b", "c"] and bench.at_rest()


def test_waiting_ends_with_the_queues_time_or_the_deadline():
    bench = Bench(queue=3, queue_wait=5.0)
    bench.once()
    bench.once()
    bench.once(seconds=2.0)
    bench.clock.advance(2.5)
    assert bench.codes == [codes.TIMEOUT_ONCE]
    bench.clock.advance(3.0)
    assert bench.codes == [codes.TIMEOUT_ONCE, codes.NO_SLOT]
    assert bench.service.slots.waiting == 0


def test_a_client_that_goes_leaves_the_queue():
    bench = Bench(queue=1)
    bench.once()
    second = bench.once()
    second.gone()
    assert bench.codes == [codes.CANCELLED] and bench.service.slots.waiting == 0
    bench.port.end("a")
    assert bench.told[1:] == ["a"] and bench.at_rest()


def test_the_deadline_answers_while_the_engine_goes_on():
    bench = Bench()
    bench.once(seconds=1.0)
    bench.clock.advance(1.0)
    assert bench.codes == [codes.TIMEOUT_ONCE]
    assert bench.port.calls[0].cancels == 1 and bench.service.slots.free == 0, "the engine is still inside"
    bench.port.end("late")
    assert len(bench.told) == 1 and bench.service.drops == {"late": 1} and bench.at_rest()


def test_a_client_that_goes_cancels_the_call():
    bench = Bench()
    request = bench.once()
    request.gone()
    request.gone()
    assert bench.codes == [codes.CANCELLED] and bench.port.calls[0].cancels == 1
    bench.port.end(EngineError(4005, "cancelled"))
    assert len(bench.told) == 1 and bench.at_rest()


def test_a_call_that_does_not_return_costs_its_slot_until_it_does():
    bench = Bench(slots=2, hang_after=60.0)
    bench.once(seconds=1.0)
    bench.clock.advance(61.5)
    slots = bench.service.slots
    assert (slots.free, slots.lost, bench.port.threads) == (1, 1, 1) and bench.service.state == "ready"
    bench.port.end("at last")
    assert (slots.free, slots.lost) == (2, 0) and bench.at_rest()


def test_a_call_that_goes_on_is_cancelled_again():
    bench = Bench(hang_after=60.0)
    bench.once(seconds=1.0)
    (call,) = bench.port.calls
    bench.clock.advance(1.0)
    assert call.cancels == 1
    bench.clock.advance(3.0)  # the first may have come before the call was in the engine
    assert call.cancels > 2
    call.end("late")
    assert bench.at_rest()


def test_all_slots_lost_is_wedged():
    bench = Bench(slots=1, hang_after=5.0)
    bench.once(seconds=1.0)
    bench.clock.advance(7.0)
    assert bench.service.state == "wedged"
    bench.once()
    assert bench.codes == [codes.TIMEOUT_ONCE, codes.WEDGED]
    bench.port.calls[0].end("late")
    assert bench.service.state == "ready" and bench.at_rest()


def canary_of(bench: Bench) -> tuple[Canary, list[str]]:
    notes: list[str] = []
    canary = Canary(bench.service, lambda sid: Request(sid, {}, []), 10.0, notes.append)
    canary.start()
    return canary, notes


def test_three_failed_canaries_wedge_the_engine_until_one_succeeds():
    bench = Bench(slots=2, limiters=(TokenBucket(1000.0, 1, 0.0),))
    canary, notes = canary_of(bench)
    for _ in range(3):
        assert bench.service.state == "ready"
        bench.clock.advance(10.0)
        bench.port.end(EngineError(5, "the device is gone"))
    assert bench.service.state == "wedged" and "3 canary requests in a row failed" in bench.service.useless
    bench.once()
    assert bench.codes == [codes.WEDGED]
    bench.clock.advance(10.0)
    bench.port.end("fine")
    assert bench.service.state == "ready" and bench.service.useless == ""
    canary.stop()
    assert bench.once().state == "running", "canaries take no token"
    assert notes == []


def test_a_canary_that_is_not_answered_has_failed():
    bench = Bench(slots=8, hang_after=1000.0)
    canary, _ = canary_of(bench)
    bench.clock.advance(40.0)
    assert bench.service.state == "wedged" and bench.service.overdue == 3
    canary.stop()


def test_no_canary_while_no_slot_is_free():
    bench = Bench()
    canary, _ = canary_of(bench)
    bench.once(seconds=1000.0)
    bench.clock.advance(100.0)
    assert bench.port.names == ["exec"] and bench.service.state == "busy"
    bench.port.end("fine")
    canary.stop()
    assert bench.told == ["fine"] and bench.at_rest()


def test_an_engine_without_once_requests_has_no_canary():
    bench = Bench()
    _, notes = canary_of(bench)
    bench.clock.advance(10.0)
    bench.port.end(EngineError(codes.METHOD_MISSING, "no wrapperExec"))
    assert notes == ["no canary request is sent: the engine takes no once requests"]
    assert bench.service.state == "ready" and bench.at_rest()


def test_who_waits_when_the_canaries_fail_is_told_at_once():
    bench = Bench(queue=2)
    bench.once()
    bench.once()
    bench.service.give_up("as the test says")
    assert bench.codes == [codes.WEDGED] and bench.service.slots.waiting == 0


def test_who_waits_when_the_last_slot_is_lost_is_told_at_once():
    bench = Bench(queue=2, hang_after=5.0, queue_wait=100.0)
    bench.once(seconds=1.0)
    bench.clock.advance(5.5)
    bench.once(seconds=100.0)
    bench.clock.advance(0.5)
    assert bench.codes == [codes.TIMEOUT_ONCE, codes.WEDGED]
    bench.port.end("late")
    assert bench.at_rest()


def test_a_long_queue_may_fail_at_once():
    bench = Bench(queue=2000)
    for _ in range(2001):
        bench.once()

    def refuse(*arguments):
        raise EngineError(7, "closed")

    bench.port.exec = refuse
    bench.port.calls[0].end("a")
    assert len(bench.told) == 2001 and bench.at_rest()


def test_a_slot_that_comes_back_goes_to_who_waits():
    bench = Bench(slots=1, queue=1, queue_wait=100.0, hang_after=5.0)
    bench.once(seconds=1.0)
    bench.once(seconds=50.0)
    bench.clock.advance(2.0)
    bench.port.calls[0].end("late")
    assert bench.port.names == ["exec", "exec"]
    bench.port.end("mine")
    assert bench.told[1:] == ["mine"] and bench.at_rest()


# ---- Once, asynchronous ---------------------------------------------------------------------------------------------


def test_async_takes_the_first_piece_for_the_answer():
    bench = Bench(async_mode=True)
    bench.once()
    (call,) = bench.port.calls
    call.end(None)
    call.piece(Piece("a"), 3)
    assert bench.told == [["a"]] and call.is_shut and call.sizes == [3] and bench.at_rest()
    call.piece(Piece("b", final=True), 4)
    assert len(bench.told) == 1 and bench.service.drops == {"after_end": 1} and call.sizes == [3, 4]


def test_async_piece_may_come_before_its_call_returns():
    bench = Bench(async_mode=True)
    bench.once()
    (call,) = bench.port.calls
    call.piece(Piece("a", final=True), 1)
    call.end(None)
    assert bench.told == [["a"]] and bench.at_rest()


def test_async_answer_does_not_free_the_slot_of_a_call_that_goes_on():
    bench = Bench(async_mode=True, hang_after=5.0)
    bench.once()
    (call,) = bench.port.calls
    call.piece(Piece("a", final=True), 1)
    assert not bench.told, "the call is about to return"
    bench.clock.advance(1.0)
    assert bench.told == [["a"]], "the client does not wait for it"
    bench.once()
    assert bench.codes == [codes.NO_SLOT]
    bench.clock.advance(5.0)
    assert bench.service.slots.lost == 1 and call.cancels == 0
    call.end(None)
    assert bench.at_rest()


def test_async_answer_is_told_at_the_deadline_at_the_latest():
    bench = Bench(async_mode=True)
    bench.once(seconds=0.5)
    (call,) = bench.port.calls
    call.piece(Piece("a", final=True), 1)
    bench.clock.advance(0.5)
    assert bench.told == [["a"]]
    call.end(None)
    assert bench.at_rest()


def test_async_falls_back_to_exec_once_and_for_all():
    bench = Bench(async_mode=True)
    bench.once()
    bench.port.end(EngineError(codes.METHOD_MISSING, "no wrapperOnceExecAsync"))
    bench.port.end("a")
    bench.once()
    bench.port.end("b")
    assert bench.port.names == ["exec_async", "exec", "exec"] and bench.told == ["a", "b"] and bench.at_rest()


def test_async_failures_are_told():
    bench = Bench(async_mode=True)
    bench.once()
    bench.port.end(EngineError(7, "not now"))
    bench.once()
    bench.port.calls[1].end(None)
    bench.port.calls[1].piece(EngineError(8, "broken"), 0)
    assert [(f.code, f.engine_code) for f in bench.told] == [(10909, 7), (10910, 8)] and bench.at_rest()


def test_async_deadline_frees_the_slot_once_the_call_has_returned():
    bench = Bench(async_mode=True)
    bench.once(seconds=1.0)
    bench.port.end(None)
    bench.clock.advance(1.0)
    assert bench.codes == [codes.TIMEOUT_ONCE] and bench.port.calls[0].cancels == 1 and bench.at_rest()


# ---- Limits ---------------------------------------------------------------------------------------------------------


def test_token_bucket():
    clock = FakeClock()
    bucket = TokenBucket(0.5, 2, clock.now)
    bucket.take(clock.now)
    bucket.take(clock.now)
    with pytest.raises(Failure) as refused:
        bucket.take(clock.now + 0.49)
    assert refused.value.code == codes.RATE_LIMITED
    bucket.take(clock.now + 0.5)


def test_window_limit():
    limit = WindowLimit(2, 1.0, 0.0)
    limit.take(5.0)
    limit.take(5.5)
    with pytest.raises(Failure):
        limit.take(5.9)
    limit.take(6.0)


def test_limits_come_before_slots():
    bench = Bench(limiters=(WindowLimit(1, 1.0, 0.0),))
    bench.once()
    bench.once()
    assert bench.codes == [codes.RATE_LIMITED] and bench.service.sessions == 1


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda service: service.drain(lambda: None), codes.DRAINING),
        (lambda service: setattr(service, "ready", False), codes.NOT_READY),
    ],
)
def test_a_service_that_is_not_there_refuses(prepare, code):
    bench = Bench()
    prepare(bench.service)
    bench.once()
    bench.stream()
    assert bench.codes == [code, code] and bench.port.calls == []


def test_a_service_has_a_slot():
    with pytest.raises(ValueError, match="1 slot or more"):
        Slots(0)


# ---- Streams by callback --------------------------------------------------------------------------------------------


def open_stream(bench: Bench, **options: Any) -> tuple[StreamSession, FakeCall]:
    """A session whose wrapperCreate has returned; the engine's handle is the call itself."""
    session = bench.stream(**options)
    create = bench.port.calls[-1]
    create.end(create)
    return session, create


def test_frames_are_written_one_after_the_other_and_pieces_are_pushed():
    bench = Bench(async_mode=True)
    session = bench.stream()
    session.write(frame("1"), False)
    session.write(frame("2"), True)
    create = bench.port.calls[0]
    assert bench.port.names == ["create"]
    create.end(create)
    assert bench.port.names == ["create", "write"]
    create.piece(Piece("a"), 1)
    bench.port.end(None)
    assert bench.port.names == ["create", "write", "write"] and bench.pieces == [["a"]]
    bench.port.end(None)
    create.piece(Piece("z", final=True), 1)
    assert bench.port.names[-1] == "destroy" and bench.told == [], "the slot is free first"
    bench.port.end(None)
    assert bench.told == [["z"]] and create.is_shut and bench.at_rest()


def test_an_end_while_a_write_runs_waits_for_it():
    bench = Bench(async_mode=True)
    session, create = open_stream(bench)
    session.write(frame(), True)
    create.piece(Piece("z", final=True), 1)
    assert bench.port.names == ["create", "write"]
    bench.port.end(None)
    assert bench.port.names == ["create", "write", "destroy"]
    bench.port.end(None)
    assert bench.told == [["z"]] and bench.at_rest()


def test_a_frame_after_the_last_is_refused():
    bench = Bench(async_mode=True)
    session, create = open_stream(bench)
    session.write(frame(), True)
    with pytest.raises(Failure) as refused:
        session.write(frame(), True)
    assert refused.value.code == codes.SESSION_OVER and session.input_is_over
    create.piece(Piece(final=True), 0)


def test_input_is_bounded_and_room_is_told():
    bench = Bench(async_mode=True, limits=Limits(input_frames=2))
    room: list[bool] = []
    session = bench.stream(on_room=lambda: room.append(session.has_room))
    assert session.has_room
    session.write(frame(), False)
    session.write(frame(), False)
    assert not session.has_room
    create = bench.port.calls[0]
    create.end(create)
    assert room == [True]
    assert not Bench(limits=Limits(input_bytes=0)).stream().has_room


def test_output_waits_for_the_last_input_where_it_is_not_real_time():
    bench = Bench(async_mode=True, real_time=False)
    session, create = open_stream(bench)
    create.piece(Piece("a"), 1)
    session.write(frame(), True)
    assert bench.pieces == []
    bench.port.end(None)
    assert bench.pieces == [["a"]]
    create.piece(Piece("b", final=True), 1)
    bench.port.end(None)
    assert bench.told == [["b"]] and bench.at_rest()


def test_sizes_are_given_back_when_pieces_have_left():
    bench = Bench(async_mode=True)
    session, create = open_stream(bench)
    create.piece(Piece("a"), 7)
    assert create.sizes == []
    session.left(7)
    assert create.sizes == [7]


@pytest.mark.parametrize(("step", "code"), [("create", 10905), ("write", 10907), ("piece", 10910), ("refused", 10905)])
def test_engine_errors_end_the_session(step, code):
    bench = Bench(async_mode=True)
    if step == "refused":
        bench.port.refuses = EngineError(9, "no")
        bench.stream()
        assert bench.codes == [code] and bench.at_rest()
        return
    session = bench.stream()
    create = bench.port.calls[0]
    if step == "create":
        create.end(EngineError(9, "no"))
        assert bench.port.names == ["create"], "nothing to destroy"
    else:
        create.end(create)
        session.write(frame(), False)
        if step == "write":
            bench.port.end(EngineError(9, "no"))
        else:
            bench.port.end(None)
            create.piece(EngineError(9, "no"), 0)
        assert bench.port.names[-1] == "destroy"
        bench.port.end(None)
    assert [(failure.code, failure.engine_code) for failure in bench.told] == [(code, 9)] and bench.at_rest()


def test_a_client_that_does_not_take_its_results_is_told_so():
    bench = Bench(async_mode=True)
    _, call = open_stream(bench)
    call.overflowed = True
    call.piece(EngineError(-20011, "no room"), 0)
    bench.port.end(None)
    assert bench.codes == [codes.OVERFLOW] and call.cancels == 1 and call.is_shut and bench.at_rest()


def test_a_client_that_goes_ends_the_session_at_once():
    bench = Bench(async_mode=True)
    session, create = open_stream(bench)
    session.gone()
    assert create.cancels == 1 and bench.port.names == ["create", "destroy"]
    create.piece(Piece("late"), 2)
    assert bench.service.drops == {"late": 1}
    bench.port.end(None)
    assert bench.codes == [codes.CANCELLED] and bench.at_rest()


def test_a_client_that_goes_while_the_session_is_being_created():
    bench = Bench(async_mode=True)
    session = bench.stream()
    session.gone()
    create = bench.port.calls[0]
    assert bench.codes == [codes.CANCELLED] and create.cancels == 1
    create.end(create)
    assert bench.port.names == ["create", "destroy"]
    bench.port.end(None)
    assert bench.at_rest()


def test_a_create_that_fails_late_needs_no_destroy():
    bench = Bench(async_mode=True)
    bench.stream(seconds=1.0)
    bench.clock.advance(1.0)
    bench.port.end(EngineError(9, "no"))
    assert bench.codes == [codes.TIMEOUT_STREAM] and bench.port.names == ["create"] and bench.at_rest()


def test_a_write_that_hangs_costs_the_slot_until_it_returns():
    bench = Bench(slots=2, async_mode=True, hang_after=5.0)
    session, _ = open_stream(bench, seconds=1.0)
    session.write(frame(), False)
    bench.clock.advance(1.0)
    assert bench.codes == [codes.TIMEOUT_STREAM]
    bench.clock.advance(5.0)
    assert bench.service.slots.lost == 1
    bench.port.end(None)
    assert bench.port.names[-1] == "destroy"
    bench.port.end(None)
    assert len(bench.told) == 1 and bench.at_rest()


def test_a_destroy_that_hangs_does_not_keep_the_client():
    bench = Bench(async_mode=True, hang_after=5.0)
    _, create = open_stream(bench, seconds=None)
    create.piece(Piece("z", final=True), 1)
    bench.clock.advance(0.9)
    assert bench.told == []
    bench.clock.advance(0.2)
    assert bench.told == [["z"]] and bench.service.slots.free == 0
    bench.clock.advance(5.0)
    assert bench.service.slots.lost == 1
    bench.port.end(None)
    assert bench.at_rest() and bench.port.names.count("destroy") == 1


def test_a_failure_waits_less_for_destroy():
    bench = Bench(async_mode=True)
    open_stream(bench, seconds=1.0)
    bench.clock.advance(1.0)
    assert bench.told == []
    bench.clock.advance(0.1)
    assert bench.codes == [codes.TIMEOUT_STREAM]
    bench.port.end(None)
    assert bench.at_rest()


# ---- Streams that are read ------------------------------------------------------------------------------------------


def test_reads_follow_writes_and_poll_after_the_last():
    bench = Bench()
    session, _ = open_stream(bench)
    session.write(frame(), False)
    bench.port.end(None)
    assert bench.port.names == ["create", "write", "read"]
    bench.port.end(Piece())
    assert bench.port.names == ["create", "write", "read"], "nothing to read until something is written"
    session.write(frame(), True)
    bench.port.end(None)
    bench.port.end(Piece("a"))
    bench.port.end(Piece())
    before = len(bench.port.calls)
    bench.clock.advance(0.001)
    assert len(bench.port.calls) == before + 1
    bench.port.end(Piece("z", final=True))
    bench.port.end(None)
    assert bench.pieces == [["a"]] and bench.told == [["z"]] and bench.at_rest()


def test_without_real_time_it_reads_after_the_last_input_only():
    bench = Bench(real_time=False)
    session, _ = open_stream(bench)
    session.write(frame(), False)
    bench.port.end(None)
    session.write(frame(), True)
    bench.port.end(None)
    assert bench.port.names == ["create", "write", "write", "read"]
    bench.port.end(Piece("z", final=True))
    bench.port.end(None)
    assert bench.told == [["z"]] and bench.at_rest()


def test_polling_slows_down_and_ends_at_the_deadline():
    bench = Bench()
    session, _ = open_stream(bench, seconds=2.0)
    session.write(frame(), True)
    bench.port.end(None)
    reads = 0
    while not bench.told and reads < 1000:
        if bench.port.calls[-1].name == "read" and reads < bench.port.names.count("read"):
            reads += 1
            bench.port.end(Piece())
        elif bench.port.calls[-1].name == "destroy":
            bench.port.end(None)
        bench.clock.advance(0.001)
    assert bench.codes == [codes.TIMEOUT_STREAM] and 35 < reads < 60 and bench.at_rest()


def test_a_read_that_fails_ends_the_session():
    bench = Bench()
    session, _ = open_stream(bench)
    session.write(frame(), True)
    bench.port.end(None)
    bench.port.end(EngineError(9, "no"))
    bench.port.end(None)
    assert bench.codes == [10908] and bench.at_rest()


# ---- Drain ----------------------------------------------------------------------------------------------------------


def test_drain_waits_for_what_runs_and_then_cuts():
    bench = Bench(slots=3, queue=1, async_mode=False)
    idle: list[bool] = []
    bench.service.drain(lambda: idle.append(True))
    assert idle == [True]
    bench = Bench(slots=2)
    bench.once()
    bench.once()
    idle = []
    bench.service.drain(lambda: idle.append(True))
    bench.port.calls[0].end("a")
    assert idle == [] and bench.service.state == "draining"
    assert bench.service.stop_all() == 1 and idle == [True]
    assert bench.told[0] == "a" and bench.codes == [codes.DRAINING]
    bench.port.calls[1].end("late")
    assert bench.at_rest()


def test_random_walks_end_at_rest():
    """Whatever happens in whatever order: one outcome each, every slot back, no timer left."""
    import random

    for seed in range(300):
        dice = random.Random(seed)
        bench = Bench(
            slots=2,
            queue=2,
            queue_wait=3.0,
            hang_after=4.0,
            async_mode=dice.random() < 0.5,
            real_time=dice.random() < 0.7,
        )
        begun, sessions, open_calls = 0, [], []
        for _ in range(60):
            act = dice.randrange(8)
            open_calls = [call for call in bench.port.calls if not getattr(call, "ended", False)]
            if act == 0:
                begun += 1
                sessions.append(bench.once(dice.choice([0.5, 3.0])))
            elif act == 1:
                begun += 1
                sessions.append(bench.stream(dice.choice([0.5, 3.0])))
            elif act == 2 and sessions:
                dice.choice(sessions).gone()
            elif act == 3 and sessions:
                session = dice.choice(sessions)
                if isinstance(session, StreamSession):
                    try:
                        session.write(frame(), dice.random() < 0.3)
                    except Failure as failure:
                        assert failure.code == codes.SESSION_OVER
            elif act == 4 and bench.port.calls:
                call = dice.choice(bench.port.calls)
                if call.piece is not None and not call.is_shut:
                    call.piece(Piece("p", final=dice.random() < 0.3), 1)
            elif act == 5:
                bench.clock.advance(dice.choice([0.01, 0.3, 2.0]))
            elif open_calls:
                end_call(dice.choice(open_calls), dice)
        bench.service.stop_all()
        while open_calls := [call for call in bench.port.calls if not getattr(call, "ended", False)]:
            end_call(open_calls[0], dice)
        bench.clock.advance(20.0)
        while open_calls := [call for call in bench.port.calls if not getattr(call, "ended", False)]:
            end_call(open_calls[0], dice)
        assert len(bench.told) == begun, seed
        assert bench.at_rest(), seed
        creates = [call for call in bench.port.calls if call.name == "create" and call.succeeded]
        assert bench.port.names.count("destroy") == len(creates), seed


def end_call(call: FakeCall, dice: Any) -> None:
    call.ended = True
    call.succeeded = dice.random() < 0.8
    if not call.succeeded:
        call.end(EngineError(5, "no"))
    elif call.name == "create":
        call.end(call)
    elif call.name in ("exec", "read"):
        call.end(Piece("r", final=dice.random() < 0.5))
    else:
        call.end(None)
