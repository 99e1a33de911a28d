"""Engine calls for an event loop: jobs, pieces, and what becomes of them."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from waiting import PATIENCE, eventually

import aiges_native
from aiges_native import AigesError, Result
from aiges_native._native.executor import Call, Executor, Stream


class Loop:
    """The least event loop: waits for the executor's descriptor and drains it."""

    def __init__(self, threads: int = 2) -> None:
        self.executor = Executor(threads)
        self.ends: list[object] = []

    def run_until(self, condition, seconds: float = PATIENCE) -> None:
        limit = time.monotonic() + seconds
        while not condition():
            left = limit - time.monotonic()
            assert left > 0, f"nothing came; so far: {self.ends}"
            if select.select([self.executor], [], [], left)[0]:
                self.executor.drain()

    def wait(self, count: int) -> list[object]:
        self.run_until(lambda: len(self.ends) >= count)
        return self.ends


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture(params=["c_echo", "python_echo"])
def echo(request):
    with aiges_native.open(request.getfixturevalue(request.param)) as engine:
        yield engine


def opened(loop: Loop, engine, take=None, **options) -> Stream:
    """An open session; ``take`` gets its pieces, which leave at once."""
    made: list[Stream] = []

    def on_piece(value, size):
        made[0].taken(size)
        take(value)

    loop.executor.create(engine, made.append, on_piece if take else None, **options)
    loop.run_until(lambda: made)
    assert isinstance(made[0], Stream), made
    return made[0]


def taking(pieces: list[object]):
    return lambda value, size: pieces.append(value)


def destroyed(loop: Loop, stream: Stream) -> None:
    ended: list[object] = []
    loop.executor.destroy(stream, ended.append)
    loop.run_until(lambda: ended)
    assert ended == [None]


def test_exec(loop, echo):
    call = loop.executor.exec(echo, loop.ends.append, {"a": b"x" * 1000, "b": b"y"}, {"echo.upper": 1})
    assert loop.executor.pending == 1
    (result,) = loop.wait(1)
    assert isinstance(result, Result) and [node.data for node in result] == [b"X" * 1000, b"Y"]
    assert 0 < call.began_ns <= call.ended_ns and loop.executor.pending == 0
    assert not call.cancel(), "it has ended"


def test_results_outlive_the_executor(echo):
    loop = Loop()
    loop.executor.exec(echo, loop.ends.append, b"z" * 100_000)
    (result,) = loop.wait(1)
    del loop
    gc.collect()
    assert result.data == b"z" * 100_000


def test_a_failure_is_an_exception_with_the_engines_text(loop, echo):
    loop.executor.exec(echo, loop.ends.append, b"x", {"echo.fail": 4711})
    (error,) = loop.wait(1)
    assert isinstance(error, AigesError) and error.code == 4711


def test_many_calls_each_end_once(loop, echo):
    for number in range(500):
        loop.executor.exec(echo, loop.ends.append, str(number))
    results = loop.wait(500)
    assert sorted(int(result.data) for result in results) == list(range(500))
    assert loop.executor.drain() == 0


def endless(loop: Loop, echo, tag: str) -> Call:
    """A call that runs until it is cancelled."""
    return loop.executor.exec(echo, loop.ends.append, b"x", {"echo.sleep_ms": 3_600_000}, usr_tag=tag)


def cancelled(call: Call) -> None:
    eventually(call.cancel, "the engine has the call")


def test_calls_run_side_by_side_and_no_more_than_allowed(loop, echo):
    calls = [endless(loop, echo, str(number)) for number in range(4)]
    eventually(lambda: loop.executor.running == 2, "two run at a time")
    seen = set()
    for number, call in enumerate(calls):
        seen.add(loop.executor.running)
        cancelled(call)
        loop.wait(number + 1)
    assert max(seen) == 2


def test_a_lost_thread_can_be_replaced(echo):
    loop = Loop(threads=1)
    lost = endless(loop, echo, "lost")
    loop.executor.exec(echo, loop.ends.append, b"quick")
    loop.executor.grow()
    assert loop.wait(1)[0].data == b"quick"
    cancelled(lost)
    assert isinstance(loop.wait(2)[1], AigesError)


def on_a_loop(main) -> None:
    """Runs ``main(executor, ends)`` where the executor knows its loop; ``ends(count)`` waits for so many ends."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        executor = Executor(8, loop)
        ended: list[object] = []
        changed = asyncio.Event()

        def drain() -> None:
            executor.drain()
            changed.set()

        async def ends(count: int) -> list[object]:
            while len(ended) < count:
                changed.clear()
                await asyncio.wait_for(changed.wait(), 20)
            return ended

        loop.add_reader(executor.fileno(), drain)
        try:
            await main(executor, ended, ends)
        finally:
            loop.remove_reader(executor.fileno())

    asyncio.run(run())


def test_calls_of_one_turn_all_end(c_echo):
    with aiges_native.open(c_echo) as engine:

        async def main(executor, ended, ends):
            for turn in range(300):
                for _ in range(turn % 9):
                    executor.exec(engine, ended.append, b"x")
                await asyncio.sleep(0)
            assert all(isinstance(each, Result) for each in await ends(sum(turn % 9 for turn in range(300))))

        on_a_loop(main)


def test_short_calls_do_not_make_long_ones_wait_for_each_other(c_echo):
    """After many short calls one thread is trusted with several; eight long ones in one turn run side by side still."""
    with aiges_native.open(c_echo) as engine:

        async def main(executor, ended, ends):
            for _ in range(50):
                for _ in range(4):
                    executor.exec(engine, ended.append, b"x")
                await asyncio.sleep(0)
            await ends(200)
            tags = [f"long-{number}" for number in range(8)]
            calls = [executor.exec(engine, ended.append, b"x", {"echo.sleep_ms": "60000"}, usr_tag=tag) for tag in tags]
            while executor.running < 8:
                await asyncio.sleep(0.001)
            assert all(call.cancel() for call in calls)
            await ends(208)

        on_a_loop(main)


def test_a_long_call_does_not_keep_a_short_one(c_echo):
    with aiges_native.open(c_echo) as engine:

        async def main(executor, ended, ends):
            executor.exec(engine, ended.append, b"x")
            await ends(1)
            long = executor.exec(engine, ended.append, b"x", {"echo.sleep_ms": "60000"}, usr_tag="long")
            executor.exec(engine, ended.append, b"x")
            await ends(2)
            long.cancel()
            await ends(3)

        on_a_loop(main)


def test_a_loop_that_is_closed_takes_no_calls(c_echo, calls_left):
    closed = asyncio.new_event_loop()
    closed.close()
    with aiges_native.open(c_echo) as engine:
        executor = Executor(1, closed)
        with pytest.raises(RuntimeError, match="closed"):
            executor.exec(engine, print, b"x")
        assert executor.pending == 0


def test_cancel_ends_the_call_early(loop, echo):
    cancelled(endless(loop, echo, "long"))
    (error,) = loop.wait(1)
    assert isinstance(error, AigesError)


def test_the_deadline_reaches_the_engine(loop, echo):
    loop.executor.exec(echo, loop.ends.append, b"x", {"echo.sleep_ms": 3_600_000}, deadline=0.02)
    (error,) = loop.wait(1)
    assert isinstance(error, aiges_native.errors.EngineTimeoutError)


def test_close_ends_what_waits(echo):
    loop = Loop(threads=1)
    running = endless(loop, echo, "running")
    for _ in range(3):
        loop.executor.exec(echo, loop.ends.append, b"x")
    eventually(lambda: loop.executor.running, "it runs")
    loop.executor.close()
    assert [end.code for end in loop.wait(3)] == [-20008] * 3
    cancelled(running)
    assert loop.wait(4)[3].code != -20008, "it went on"
    with pytest.raises(AigesError):
        loop.executor.exec(echo, print)


def test_wrong_use_is_refused(loop, echo):
    for threads in (0, -1):
        with pytest.raises(ValueError, match="1 thread or more"):
            Executor(threads)
    with pytest.raises(TypeError):
        loop.executor.exec(echo, None)
    with pytest.raises(TypeError):
        loop.executor.exec(echo, print, object())
    assert loop.executor.pending == 0
    closed = aiges_native.open(echo.path) if echo.path.endswith(".py") else None
    if closed is not None:
        closed.close()
        with pytest.raises(AigesError):
            loop.executor.exec(closed, print)


def test_an_exception_of_the_host_loses_nothing(loop, echo, monkeypatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda info: reported.append(info.exc_value))

    def raises(value):
        loop.ends.append(value)
        raise LookupError("the host's own")

    def interrupted(value):
        loop.ends.append(value)
        raise KeyboardInterrupt

    loop.executor.exec(echo, raises, b"a")
    loop.wait(1)
    assert isinstance(reported[0], LookupError)
    loop.executor.exec(echo, interrupted, b"b")
    loop.executor.exec(echo, loop.ends.append, b"c")
    time.sleep(0.05)
    with pytest.raises(KeyboardInterrupt):
        loop.wait(3)
    loop.wait(3)


# ---- Asynchronous requests ------------------------------------------------------------------------------------------


def test_exec_async(loop, echo):
    pieces: list[object] = []
    stream = loop.executor.exec_async(echo, loop.ends.append, taking(pieces), b"abc", usr_tag="one")
    loop.run_until(lambda: pieces)
    assert loop.wait(1) == [None] and pieces[0].data == b"abc" and pieces[0].final
    assert stream.engine is echo and not stream.overflowed and not stream.cancel()


def test_exec_async_that_does_not_start(loop, echo):
    pieces: list[object] = []
    loop.executor.exec_async(echo, loop.ends.append, taking(pieces), b"abc", {"echo.fail": 77}, usr_tag="one")
    loop.run_until(lambda: loop.ends and (pieces or loop.ends[0] is not None))
    errors = [value for value in [*loop.ends, *pieces] if value is not None]
    assert [error.code for error in errors] == [77]


@pytest.mark.parametrize("echo", ["c_echo"], indirect=True)  # a Python wrapper has no call to be told in
def test_cancel_of_an_asynchronous_request(loop, echo):
    pieces: list[object] = []
    stream = loop.executor.exec_async(
        echo, loop.ends.append, taking(pieces), b"abc", {"echo.sleep_ms": 3_600_000}, usr_tag="one"
    )
    loop.wait(1)
    assert stream.cancel()
    loop.run_until(lambda: pieces)
    assert isinstance(pieces[0], AigesError)


# ---- Sessions -------------------------------------------------------------------------------------------------------


def test_a_session_by_callback(loop, echo):
    pieces: list[Result] = []
    stream = opened(loop, echo, pieces.append, params={"sid": "s"}, usr_tag="s")
    for index, text in enumerate(("one", "two", "three")):
        loop.executor.write(stream, loop.ends.append, text, status=(0, 1, 2)[index])
        loop.wait(index + 1)
    loop.run_until(lambda: len(pieces) == 3)
    assert [(piece.data, piece[0].status) for piece in pieces] == [(b"one", 0), (b"two", 1), (b"three", 2)]
    assert loop.ends == [None] * 3
    destroyed(loop, stream)
    with pytest.raises(AigesError):
        loop.executor.write(stream, print, b"late")
    assert echo.stats()["sessions"] == 0 or echo.stats()["in_flight"] == 0


def test_a_session_that_is_read(loop, echo):
    stream = opened(loop, echo)
    loop.executor.read(stream, loop.ends.append)
    assert len(loop.wait(1)[0]) == 0
    loop.executor.write(stream, loop.ends.append, b"x" * 5000, status=2)
    assert loop.wait(2)[1] is None
    loop.executor.read(stream, loop.ends.append)
    assert loop.wait(3)[2].data == b"x" * 5000
    destroyed(loop, stream)


def test_a_session_that_cannot_be_opened(loop, echo):
    loop.executor.create(echo, loop.ends.append, lambda piece: None, {"echo.fail": 5})
    (error,) = loop.wait(1)
    assert error.code == 5


def test_cancel_of_a_session(loop, echo):
    stream = opened(loop, echo, loop.ends.append, usr_tag="s")
    assert stream.cancel()
    while not any(isinstance(end, AigesError) for end in loop.ends):  # a Python wrapper is told in its own time
        written: list[object] = []
        loop.executor.write(stream, written.append, b"x")
        loop.run_until(lambda written=written: written)
        loop.ends += written
    destroyed(loop, stream)


PUSHER = """
    import threading
    from aiges_native.sdk import Response, ResponseData, SessionCreateResponse, callback

    class Wrapper:
        codes = []
        def wrapperCreate(self, params, sid, persId, usrTag):
            self.tag, self.count = usrTag, int(params["count"])
            return "h"
        def wrapperWrite(self, handle, req):
            threading.Thread(target=self.push).start()
            return 0
        def push(self):
            for index in range(self.count):
                code = callback(Response([ResponseData("k", str(index).encode(), status=1)]), self.tag)
                self.codes.append(code)
        def wrapperOnceExec(self, params, reqData):
            return Response([ResponseData("codes", ",".join(map(str, self.codes)))])
"""


@pytest.fixture
def pusher(tmp_path: Path):
    (tmp_path / "wrapper.py").write_text(textwrap.dedent(PUSHER))
    with aiges_native.open(tmp_path) as engine:
        yield engine


def codes(loop: Loop, engine, count: int) -> list[str]:
    while True:
        found: list[Result] = []
        loop.executor.exec(engine, found.append, b"x")
        loop.run_until(lambda found=found: found)
        told = found[0].data.decode().split(",")
        if len(told) >= count:
            return told


def test_a_full_sink_makes_the_engine_wait_and_keeps_the_order(loop, pusher):
    pieces: list[Result] = []
    stream = opened(loop, pusher, pieces.append, params={"count": 50}, usr_tag="p", most_pieces=4)
    loop.executor.write(stream, loop.ends.append, b"go")
    time.sleep(0.1)  # the engine runs into the bound meanwhile, or not: both must do
    loop.run_until(lambda: len(pieces) == 50)
    assert [int(piece.data) for piece in pieces] == list(range(50))
    assert set(codes(loop, pusher, 50)) == {"0"} and not stream.overflowed
    destroyed(loop, stream)


def test_an_engine_that_finds_no_room_goes_on_without(loop, pusher):
    made: list[Stream] = []
    pieces: list[tuple[Result, int]] = []  # they arrive, and do not leave
    loop.executor.create(
        pusher, made.append, lambda *piece: pieces.append(piece), {"count": 6}, usr_tag="p", most_pieces=2, wait_ms=50
    )
    loop.run_until(lambda: made)
    stream = made[0]
    loop.executor.write(stream, loop.ends.append, b"go")
    loop.run_until(lambda: len(pieces) == 2)
    eventually(lambda: stream.overflowed, "the engine finds no room")
    loop.run_until(lambda: len(pieces) == 3)
    assert stream.overflowed and [size for _, size in pieces] == [1, 1, 0]
    assert isinstance(pieces[2][0], aiges_native.errors.EngineBusyError), "the host is told"
    destroyed(loop, stream)
    assert len(codes(loop, pusher, 6)) == 6, "its thread went on"


def test_an_engine_waits_for_room_once_only(loop, pusher):
    made: list[Stream] = []
    loop.executor.create(
        pusher, made.append, lambda *piece: None, {"count": 200}, usr_tag="p", most_pieces=1, wait_ms=300
    )
    loop.run_until(lambda: made)
    began = time.monotonic()
    loop.executor.write(made[0], loop.ends.append, b"go")
    assert len(codes(loop, pusher, 200)) == 200
    assert time.monotonic() - began < 199 * 0.3, "each of 199 pieces waited"
    destroyed(loop, made[0])


def test_a_shut_stream_lets_the_engine_go_on(loop, pusher):
    stream = opened(loop, pusher, loop.ends.append, params={"count": 6}, usr_tag="p", most_pieces=2, wait_ms=60_000)
    loop.executor.write(stream, lambda value: None, b"go")
    time.sleep(0.05)
    stream.shut()
    destroyed(loop, stream)
    assert len(codes(loop, pusher, 6)) == 6, "its thread went on"


def test_nothing_is_left(echo, calls_left):
    threads, files = threading.active_count(), open_files()
    for _ in range(20):
        loop = Loop()
        pieces: list[object] = []
        stream = opened(loop, echo, pieces.append, usr_tag="s")
        loop.executor.write(stream, loop.ends.append, b"x", status=2)
        loop.run_until(lambda loop=loop, pieces=pieces: pieces and loop.ends)
        destroyed(loop, stream)
        del loop, stream
    # The native threads share the descriptor, and leave by themselves; those of tests before may have left meanwhile.
    eventually(
        lambda: calls_left() <= 0 and threading.active_count() <= threads and open_files() <= files,
        "calls, threads and descriptors are gone",
    )


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def calls_left():
    """How many calls and streams this test has left behind so far."""

    def count() -> int:
        gc.collect()
        return sum(isinstance(each, (Call, Stream)) for each in gc.get_objects())

    before = count()
    return lambda: count() - before


def test_calls_leave_nothing_behind(loop, echo, calls_left):
    nothing = object()
    before = sys.getrefcount(nothing), sys.getrefcount(echo)

    def done(value, mark=nothing):
        loop.ends.append(value.data)

    for _ in range(50):
        loop.ends.clear()
        for _ in range(100):
            loop.executor.exec(echo, done, b"x" * 2000, {"sid": "s"})
        loop.wait(100)
    del done
    assert calls_left() <= 0 and (sys.getrefcount(nothing), sys.getrefcount(echo)) == before


# ---- Out of order ---------------------------------------------------------------------------------------------------


def test_a_request_that_nobody_waits_for_is_forgotten(loop, c_echo, calls_left):
    with aiges_native.open(c_echo) as engine:
        stream = loop.executor.exec_async(
            engine, loop.ends.append, loop.ends.append, b"abc", {"echo.sleep_ms": 3_600_000}, usr_tag="one"
        )
        loop.wait(1)
        stream.shut()
        del stream
        assert calls_left() <= 0, "it would stay for good: its answer is not taken any more"
        assert engine.cancel("one")
        eventually(lambda: not engine.stats()["in_flight"], "the engine has answered")
        loop.executor.drain()
        assert loop.ends == [None]


EARLY = """
    import threading
    from aiges_native.sdk import Response, ResponseData, callback

    class Wrapper:
        may_read = threading.Event()
        seen = b""
        def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
            callback(Response([ResponseData("k", b"early", status=3)]), usrTag)
            self.may_read.wait(60)
            Wrapper.seen = bytes(reqData.list[0].data)
            return 0
        def wrapperOnceExec(self, params, reqData):
            self.may_read.set()
            return Response([ResponseData("seen", Wrapper.seen or b"nothing")])
"""


def test_a_request_is_kept_until_the_call_has_returned(loop, tmp_path, calls_left):
    (tmp_path / "wrapper.py").write_text(textwrap.dedent(EARLY))
    with aiges_native.open(tmp_path) as engine:
        answers: list[object] = []
        loop.executor.exec_async(engine, loop.ends.append, taking(answers), b"x" * 3_000_000, usr_tag="one")
        loop.run_until(lambda: answers)
        assert not loop.ends, "the answer came before the call returned"
        gc.collect()
        loop.executor.exec(engine, answers.append, b"go on")
        loop.run_until(lambda: loop.ends and len(answers) == 2)
        loop.executor.exec(engine, answers.append, b"what was it?")
        loop.run_until(lambda: len(answers) == 3)
        assert answers[2].data == b"x" * 3_000_000
    answers.clear()
    assert calls_left() <= 0


def test_sessions_are_destroyed_by_a_closed_executor(echo):
    loop = Loop(threads=1)
    first, second = (opened(loop, echo, loop.ends.append, usr_tag=tag) for tag in "ab")
    loop.executor.exec(echo, loop.ends.append, b"x", {"echo.sleep_ms": 100})
    loop.executor.destroy(first, lambda value: loop.ends.append("first"))
    loop.executor.close()
    loop.executor.destroy(second, lambda value: loop.ends.append("second"))
    loop.run_until(lambda: len(loop.ends) == 3)
    assert loop.ends[1:] == ["first", "second"]
    eventually(lambda: not echo.stats()["sessions"], "both are destroyed")


def test_an_executor_may_be_dropped_with_its_calls(python_echo):
    echo = aiges_native.open(python_echo)  # it cannot be closed: nobody can tell that the call has ended
    loop = Loop(threads=1)
    running = endless(loop, echo, "one")
    for _ in range(3):
        loop.executor.exec(echo, loop.ends.append, b"waiting")
    while not loop.executor.running:
        time.sleep(0.001)
    ends = loop.ends
    del loop, running
    eventually(lambda: echo.cancel("one"), "the engine has the call")
    eventually(lambda: not echo.stats()["in_flight"], "the call has ended")
    assert ends == []
    with pytest.raises(aiges_native.errors.EngineBusyError):
        echo.close(timeout=0)


def test_a_dropped_executor_gives_back_what_has_ended(python_echo):
    engine, other = aiges_native.open(python_echo), aiges_native.open(python_echo)  # the other cannot be closed
    loop = Loop(threads=1)
    for _ in range(3):
        loop.executor.exec(engine, loop.ends.append, b"x" * 100_000)
    last = endless(loop, other, "last")
    eventually(lambda: other.stats()["in_flight"], "the only thread is in another call: it has told of those before")
    del loop, last
    engine.close(timeout=0)
    eventually(lambda: other.cancel("last"), "the engine has the call")


def test_none_is_no_stream(loop, echo):
    for begin in (loop.executor.read, loop.executor.destroy):
        with pytest.raises(TypeError):
            begin(None, print)
    with pytest.raises(TypeError):
        loop.executor.write(None, print, b"x")


def run_python(code: str, *arguments: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    environment = {**os.environ, "TSAN_OPTIONS": os.environ.get("TSAN_OPTIONS", "") + ":die_after_fork=0"}
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)


BUSY = """
    import sys, time, aiges_native
    from aiges_native import Executor
    engine = aiges_native.open(sys.argv[1], {"aiges.drain_ms": 200})
    executor = Executor(4)
    kept = [executor.exec(engine, print, b"x", {"echo.sleep_ms": 60_000}, usr_tag=str(n)) for n in range(6)]
    kept.append(executor.exec_async(engine, print, print, b"x", {"echo.sleep_ms": 60_000}, usr_tag="async"))
    kept.append(executor.create(engine, print, print, usr_tag="session"))
    while executor.running < 4:
        time.sleep(0.001)
"""


@pytest.mark.parametrize("ending", ["", "del executor", "del engine, executor, kept", "executor.close()"])
def test_the_interpreter_ends_with_calls_in_flight(echo, ending):
    ended = run_python(textwrap.dedent(BUSY) + ending, echo.path)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr


FORKS = """
import os, gc, select
from aiges_native.errors import EngineStateError
child = os.fork()
if child == 0:
    for use in (executor.drain, executor.close, executor.grow, lambda: executor.running,
                lambda: executor.exec(engine, print, b"x")):
        try:
            use()
        except EngineStateError as error:
            assert error.code == -20009, error
        else:
            os._exit(3)
    made = Executor(1)
    made.exec(engine, print, b"x")
    select.select([made], [], [], 10)
    made.drain()
    del kept, made
    gc.collect()
    del executor
    os._exit(0)
_, status = os.waitpid(child, 0)
executor.exec(engine, print, b"x")
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_child_leaves_it_alone(echo):
    ended = run_python(textwrap.dedent(BUSY) + FORKS, echo.path)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif("san" in os.environ.get("LD_PRELOAD", ""), reason="a sanitizer needs its address space")
def test_a_call_that_no_thread_can_be_had_for_fails(c_echo):
    ended = run_python(
        """
        import re, resource, sys, aiges_native
        from aiges_native import Executor
        engine = aiges_native.open(sys.argv[1])
        executor = Executor(2)
        ends = []
        used = int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read()).group(1)) * 1024
        resource.setrlimit(resource.RLIMIT_AS, (used + (2 << 20), -1))
        executor.exec(engine, ends.append, b"x")
        resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        executor.drain()
        executor.exec(engine, ends.append, b"x")
        import select
        select.select([executor], [], [], 10)
        executor.drain()
        print(repr(ends[0]), ends[1].data)
        """,
        c_echo,
    )
    assert "MemoryError" in ended.stdout and "b'x'" in ended.stdout, ended
