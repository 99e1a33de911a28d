"""Engine calls for an event loop: jobs, pieces, and what becomes of them."""

from __future__ import annotations

import gc
import select
import sys
import threading
import time
from pathlib import Path

import pytest

import aiges_native
from aiges_native import AigesError, Result
from aiges_native._native.executor import Executor, Stream


class Loop:
    """The least event loop: waits for the executor's descriptor and drains it."""

    def __init__(self, threads: int = 2) -> None:
        self.executor = Executor(threads)
        self.ends: list[object] = []

    def run_until(self, condition, seconds: float = 10.0) -> None:
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


def test_calls_run_side_by_side_and_no_more_than_allowed(loop, echo):
    for _ in range(4):
        loop.executor.exec(echo, loop.ends.append, b"x", {"echo.sleep_ms": 50})
    began = time.monotonic()
    seen = set()
    while len(loop.ends) < 4:
        seen.add(loop.executor.running)
        select.select([loop.executor], [], [], 0.005)
        loop.executor.drain()
        assert time.monotonic() - began < 10
    assert max(seen) == 2


def test_a_lost_thread_can_be_replaced(echo):
    loop = Loop(threads=1)
    loop.executor.exec(echo, loop.ends.append, b"slow", {"echo.sleep_ms": 500}, usr_tag="slow")
    loop.executor.exec(echo, loop.ends.append, b"quick")
    loop.executor.grow()
    assert [result.data for result in loop.wait(2)] == [b"quick", b"slow"]


def test_cancel_ends_the_call_early(loop, echo):
    call = loop.executor.exec(echo, loop.ends.append, b"x", {"echo.sleep_ms": 60_000}, usr_tag="long")
    while not call.began_ns:
        time.sleep(0.001)
    assert call.cancel()
    (error,) = loop.wait(1)
    assert isinstance(error, AigesError)


def test_the_deadline_reaches_the_engine(loop, echo):
    loop.executor.exec(echo, loop.ends.append, b"x", {"echo.sleep_ms": 60_000}, deadline=0.02)
    (error,) = loop.wait(1)
    assert isinstance(error, aiges_native.errors.EngineTimeoutError)


def test_close_ends_what_waits(echo):
    loop = Loop(threads=1)
    loop.executor.exec(echo, loop.ends.append, b"x", {"echo.sleep_ms": 100})
    for _ in range(3):
        loop.executor.exec(echo, loop.ends.append, b"x")
    while not loop.executor.running:
        time.sleep(0.001)
    loop.executor.close()
    ends = loop.wait(4)
    assert sorted(getattr(end, "code", 0) for end in ends) == [-20008, -20008, -20008, 0]
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
        echo, loop.ends.append, taking(pieces), b"abc", {"echo.sleep_ms": 60_000}, usr_tag="one"
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
    loop.executor.write(stream, loop.ends.append, b"x")
    loop.run_until(lambda: any(isinstance(end, AigesError) for end in loop.ends))
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
    import textwrap

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
    limit = time.monotonic() + 10
    while not stream.overflowed and time.monotonic() < limit:
        time.sleep(0.01)
    assert stream.overflowed and [size for _, size in pieces] == [1, 1]
    destroyed(loop, stream)
    assert len(codes(loop, pusher, 6)) == 6, "its thread went on"


def test_a_shut_stream_lets_the_engine_go_on(loop, pusher):
    stream = opened(loop, pusher, loop.ends.append, params={"count": 6}, usr_tag="p", most_pieces=2, wait_ms=60_000)
    loop.executor.write(stream, lambda value: None, b"go")
    time.sleep(0.05)
    stream.shut()
    destroyed(loop, stream)
    assert len(codes(loop, pusher, 6)) == 6, "its thread went on"


def test_nothing_is_left(echo):
    before = threading.active_count()
    for _ in range(20):
        loop = Loop()
        pieces: list[object] = []
        stream = opened(loop, echo, pieces.append, usr_tag="s")
        loop.executor.write(stream, loop.ends.append, b"x", status=2)
        loop.run_until(lambda pieces=pieces: pieces)
        destroyed(loop, stream)
        del loop, stream
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, Executor)]
    assert threading.active_count() == before
