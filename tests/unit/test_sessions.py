"""Sessions: handles, workers, what a late call can do, how it all ends."""

from __future__ import annotations

import logging
import queue
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aiges_native._native.config import config_value
from aiges_native.sdk.sessions import (
    HandleThread,
    SessionManager,
    StreamHandleThread,
    ThreadPool,
    WorkerThread,
)
from aiges_native.sdk.sessions.session_queue import SessionQueue

SOON = 60  # seconds: longer than any of this takes, shorter than patience


class Idler(StreamHandleThread):
    """Takes what comes and does nothing with it."""

    def run(self) -> None:
        while not self.is_stopping:
            self.in_q.get()


class Obedient(StreamHandleThread):
    """Runs what is put: a function of the worker."""

    def run(self) -> None:
        while True:
            self.in_q.get()(self)


@pytest.fixture
def manager() -> Iterator[SessionManager]:
    manager = SessionManager()
    yield manager
    manager.shutdown()


@pytest.fixture
def thread_errors(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What threads would have printed as their last words."""
    seen: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    return seen


def start(manager: SessionManager, nums: Any = 1, cls: Any = Idler) -> list[threading.Thread]:
    """The threads behind a new pool."""
    manager.init_handle_pool("thread", nums, cls)
    assert isinstance(manager.handle_pool, ThreadPool)
    return [session.worker for session in manager.handle_pool.workers.values() if session.worker is not None]


def take(manager: SessionManager, sid: str = "") -> tuple[str, WorkerThread]:
    handle = manager.get_idle_handle()
    assert handle is not None
    session = manager.get_session(handle)
    assert session is not None
    if sid:
        session.setup_sid(sid)
    return handle, session


def do(session: WorkerThread, what: Callable[[Any], Any]) -> Any:
    """Has an Obedient worker call ``what(worker)`` and returns what that gave."""
    answer: queue.Queue[Any] = queue.Queue()
    session.in_q.put(lambda worker: answer.put(what(worker)))
    return answer.get(timeout=SOON)


# --- handing out ------------------------------------------------------------------------------------------------------


def test_constructing_starts_nothing() -> None:
    before = threading.active_count()
    manager = SessionManager({"a": "1"}, "thread", 5)
    ThreadPool(Idler, 0, 3)
    assert threading.active_count() == before
    assert manager.wrapperConfig == {"a": "1"}
    assert not manager.initialized


def test_without_a_pool_there_is_no_handle_and_no_error() -> None:
    manager = SessionManager()
    assert manager.get_idle_handle() is None
    assert manager.get_session("Process-0-Thread-0.1") is None
    manager.push_back("x")
    manager.set_idle_session("x")
    manager.reset_session("x")
    manager.shutdown()


def test_the_config_is_kept(manager: SessionManager) -> None:
    config = {"common.lic": "10"}
    manager.init_wrapper_config(config)
    assert manager.wrapperConfig is config


@pytest.mark.parametrize("nums", [3, "3", config_value("3")])
def test_a_pool_has_one_thread_per_handle(manager: SessionManager, nums: Any) -> None:
    before = threading.active_count()
    start(manager, nums)
    assert manager.initialized
    assert threading.active_count() == before + 3
    assert not issubclass(WorkerThread, threading.Thread)
    assert [manager.get_idle_handle() is None for _ in range(4)] == [False, False, False, True]


@pytest.mark.parametrize("nums", [0, -1, "0", "ten", "", "2.5", 2.5, None, config_value("0")])
def test_a_pool_needs_one_worker_at_least(manager: SessionManager, nums: Any) -> None:
    start(manager)
    handle, _ = take(manager)
    with pytest.raises(ValueError, match=r"'nums' is .* 1 or more"):
        manager.init_handle_pool("thread", nums, Idler)
    assert manager.get_session(handle) is not None, "the pool before is untouched"


def test_handles_count_the_hand_outs(manager: SessionManager) -> None:
    start(manager, 2)
    handles = []
    for _ in range(3):
        taken = [take(manager)[0] for _ in range(2)]
        handles += taken
        for handle in taken:
            manager.push_back(handle)
    assert handles == [f"Process-0-Thread-{n}.{k}" for k in (1, 2, 3) for n in (0, 1)]


def test_the_worker_given_back_longest_ago_is_next(manager: SessionManager) -> None:
    start(manager, 3)
    first = [take(manager) for _ in range(3)]
    for index in (2, 0, 1):
        manager.push_back(first[index][0])
    manager.push_back(first[2][0])  # destroyed once more, so it is the latest
    assert [take(manager)[1] for _ in range(3)] == [first[index][1] for index in (0, 1, 2)]


def test_a_stale_handle_is_nobody_and_does_nothing(manager: SessionManager) -> None:
    start(manager)
    old, session = take(manager, "first")
    manager.push_back(old)
    assert manager.get_session(old) is session, "valid until it is handed out again"
    new, _ = take(manager, "second")
    session.setup_params({"p": "1"})
    session.out_q.put("result")
    assert new != old
    assert manager.get_session(old) is None
    for call in (manager.push_back, manager.set_idle_session, manager.reset_session):
        call(old)
        assert not session.is_idle
        assert (session.sid, session.params, session.out_q.qsize()) == ("second", {"p": "1"}, 1)
    assert manager.get_session(new) is session


def test_a_second_pool_ends_the_first(manager: SessionManager) -> None:
    threads = start(manager, 2)
    handle, _ = take(manager)
    start(manager, 1)
    assert not any(thread.is_alive() for thread in threads)
    assert manager.get_session(handle) is None
    assert take(manager)[0] == "Process-0-Thread-0.1"


def test_process_mode_runs_threads_and_says_so_once(manager: SessionManager, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        manager.init_handle_pool("process", 1, Idler)
    assert manager.get_idle_handle() == "Process-0-Thread-0.1"
    assert [record.message for record in caplog.records] == [
        "sessions run in threads: mode 'process' is taken for 'thread'"
    ]


def test_a_class_that_makes_no_threads_is_refused(manager: SessionManager) -> None:
    with pytest.raises(TypeError, match="made a tuple; it must be derived from StreamHandleThread"):
        manager.init_handle_pool("thread", 1, lambda *queues: queues)


def test_what_a_constructor_raises_comes_out_and_nothing_runs(manager: SessionManager) -> None:
    made: list[Any] = []

    class SecondFails(StreamHandleThread):
        def __init__(self, session_thread: Any, in_q: Any, out_q: Any) -> None:
            super().__init__(session_thread, in_q, out_q)
            made.append(self)
            if len(made) == 2:
                raise MemoryError("no model")

    with pytest.raises(MemoryError, match="no model"):
        manager.init_handle_pool("thread", 3, SecondFails)
    assert made[0].ident is None
    assert not manager.initialized
    assert manager.get_idle_handle() is None


# --- the session ------------------------------------------------------------------------------------------------------


def test_a_session_is_filled_and_reset(manager: SessionManager) -> None:
    start(manager, cls=StreamHandleThread)
    handle, session = take(manager)
    callback = print
    session.setup_sid("s")
    session.setup_params({"p": "1"})
    session.setup_callback_fn(callback)
    session.in_q.put("in")
    session.out_q.put("out")
    assert (session.handle, session.sid, session.params, session.callback_fn) == (handle, "s", {"p": "1"}, callback)
    session.reset()
    assert (session.handle, session.sid, session.params, session.callback_fn) == (handle, "", {}, callback)
    assert session.in_q.empty() and session.out_q.empty()
    assert session.is_idle and session.idle


@pytest.mark.parametrize("give_back", ["push_back", "set_idle_session", "reset_session"])
def test_giving_back_leaves_nothing_for_the_next(manager: SessionManager, give_back: str) -> None:
    start(manager, cls=StreamHandleThread)
    handle, session = take(manager, "first")
    session.in_q.put("in")
    session.out_q.put("out")
    getattr(manager, give_back)(handle)
    assert session.is_idle
    assert (session.sid, session.in_q.qsize(), session.out_q.qsize()) == ("", 0, 0)
    session.in_q.put("late write")  # the handle still finds it
    session.out_q.put("late result")
    take(manager)
    assert (session.in_q.qsize(), session.out_q.qsize()) == (0, 0)


def test_a_session_shows_what_it_is(manager: SessionManager) -> None:
    start(manager)
    handle, session = take(manager, "secret sid")
    assert repr(session) == f"<WorkerThread {handle} busy>"
    manager.push_back(handle)
    assert repr(session) == f"<WorkerThread {handle} idle>"


def test_parameters_make_a_session_busy(manager: SessionManager) -> None:
    start(manager)
    handle, session = take(manager)
    session.reset()
    session.setup_params({})
    assert not session.idle
    assert manager.get_idle_handle() is None
    session.is_idle = True
    assert session.idle
    assert manager.get_session(handle) is session


def test_clearing_counts_as_done(manager: SessionManager) -> None:
    """Who waits with join() for a queue that is cleared comes back."""
    start(manager, cls=StreamHandleThread)
    _, session = take(manager)
    session.in_q.put(1)
    session.in_q.put(2)
    waiter = threading.Thread(target=session.in_q.join, daemon=True)
    waiter.start()
    session.reset()
    waiter.join(SOON)
    assert not waiter.is_alive()


# --- the worker -------------------------------------------------------------------------------------------------------


def test_the_old_name() -> None:
    assert HandleThread is StreamHandleThread


def test_workers_are_daemons_and_set_daemon_does_not_warn(manager: SessionManager) -> None:
    class Old(Idler):
        def __init__(self, session_thread: Any, in_q: Any, out_q: Any) -> None:
            super().__init__(session_thread, in_q, out_q)
            self.setDaemon(False)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (thread,) = start(manager, cls=Old)
    assert thread.daemon
    assert thread.name == "Process-0-Thread-0"


def test_the_worker_gets_its_session_and_queues(manager: SessionManager) -> None:
    start(manager, cls=Obedient)
    handle, session = take(manager, "s")
    assert do(session, lambda w: w.session_thread) is session
    assert do(session, lambda w: (w.in_q, w.out_q)) == (session.in_q, session.out_q)
    assert do(session, lambda w: (w.session_thread.handle, w.session_thread.sid)) == (handle, "s")


def test_by_default_a_worker_loads_its_model_and_waits(manager: SessionManager) -> None:
    handles: queue.Queue[str] = queue.Queue()

    class Loads(StreamHandleThread):
        def init_model(self, *args: Any, **kwargs: Any) -> None:
            handles.put(args[0])

    (thread,) = start(manager, cls=Loads)
    assert handles.get(timeout=SOON) == "Process-0-Thread-0.0"
    _, session = take(manager)
    session.in_q.put("kept")
    assert thread.is_alive() and session.in_q.qsize() == 1
    manager.shutdown()
    assert not thread.is_alive()


def test_a_worker_ends_its_session_itself(manager: SessionManager) -> None:
    start(manager, cls=Obedient)
    delivered: list[tuple[Any, str]] = []
    handle, session = take(manager, "s")
    session.setup_callback_fn(lambda response, sid: delivered.append((response, sid)))

    def work(worker: Any) -> tuple[str, bool]:
        worker.session_thread.callback_fn("result", worker.session_thread.sid)
        worker.session_thread.reset()
        return worker.session_thread.sid, worker.session_thread.is_idle

    assert do(session, work) == ("", True)
    assert delivered == [("result", "s")]
    assert take(manager)[0] != handle


def test_a_late_worker_cannot_touch_the_next_session(manager: SessionManager) -> None:
    start(manager, cls=Obedient)
    working, may_go_on = threading.Event(), threading.Event()
    delivered: list[tuple[str, str]] = []
    first, session = take(manager, "first")
    session.setup_params({"of": "first"})
    session.setup_callback_fn(lambda response, sid: delivered.append((response, sid)))

    def slow(worker: Any) -> None:
        working.set()
        may_go_on.wait(SOON)
        mine = worker.session_thread
        mine.callback_fn("late", mine.sid)
        worker.out_q.put("late")
        delivered.append((mine.handle, mine.params["of"]))
        mine.setup_params({"of": "nobody"})
        mine.is_idle = True
        mine.reset()
        mine.reset()

    session.in_q.put(slow)
    assert working.wait(SOON)
    manager.push_back(first)
    second, _ = take(manager, "second")
    session.setup_params({"of": "second"})
    may_go_on.set()
    seen = do(session, lambda w: (w.session_thread.handle, w.session_thread.sid, w.session_thread.params))
    assert delivered == [("late", "first"), (first, "first")]
    assert seen == (second, "second", {"of": "second"})
    assert not session.is_idle
    assert session.out_q.empty()
    assert manager.get_idle_handle() is None


def test_a_worker_that_finds_nothing_sees_the_session_of_that_moment(manager: SessionManager) -> None:
    start(manager, cls=Obedient)
    first, session = take(manager, "first")

    def look(worker: Any) -> str:
        manager.push_back(first)
        second = manager.get_idle_handle()
        with pytest.raises(queue.Empty):
            worker.in_q.get(timeout=0.001)
        assert worker.session_thread.handle == second
        return str(worker.session_thread.sid)

    assert do(session, look) == ""


# --- failures of workers ----------------------------------------------------------------------------------------------


def fail(error: BaseException) -> Callable[[Any], None]:
    def raises(worker: Any) -> None:
        raise error

    return raises


@pytest.mark.parametrize("error", [ValueError("bad picture"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_an_exception_ends_the_session_and_retires_the_handle(
    manager: SessionManager, caplog: pytest.LogCaptureFixture, thread_errors: list[Any], error: BaseException
) -> None:
    threads = start(manager, 2, Obedient)
    delivered: queue.Queue[Any] = queue.Queue()
    handle, session = take(manager, "s")
    session.setup_callback_fn(lambda response, sid: delivered.put((response, sid)))
    session.in_q.put(fail(error))
    response, sid = delivered.get(timeout=SOON)
    assert (response.error_code, len(response.list), sid) == (30003, 0, "s")
    threads[0].join(SOON)
    assert manager.get_session(handle) is None
    manager.push_back(handle)
    assert not session.is_idle
    other, _ = take(manager)
    assert other == "Process-0-Thread-1.1"
    assert manager.get_idle_handle() is None, "the handle is retired"
    assert thread_errors == []
    (record,) = caplog.records
    assert record.name == "aiges"
    assert record.message == "worker 'Process-0-Thread-0' failed; 1 of its pool are left"
    assert type(error).__name__ in caplog.text and "in raises" in caplog.text


def test_an_idle_session_is_not_told_of_the_failure(manager: SessionManager, caplog: pytest.LogCaptureFixture) -> None:
    (thread,) = start(manager, cls=Obedient)
    delivered: list[Any] = []
    handle, session = take(manager)
    session.setup_callback_fn(lambda response, sid: delivered.append(response))
    manager.push_back(handle)
    session.in_q.put(fail(ValueError()))
    thread.join(SOON)
    assert not delivered
    assert manager.get_idle_handle() is None
    assert "failed" in caplog.text


@pytest.mark.parametrize(
    ("callback", "logged"), [(None, 1), (fail(OSError("gone")), 2), (lambda r, s: fail(OSError())(r), 2)]
)
def test_a_failure_without_a_usable_callback_is_logged(
    manager: SessionManager, caplog: pytest.LogCaptureFixture, thread_errors: list[Any], callback: Any, logged: int
) -> None:
    (thread,) = start(manager, cls=Obedient)
    _, session = take(manager, "s")
    session.setup_callback_fn(callback)
    session.in_q.put(fail(ValueError()))
    thread.join(SOON)
    assert len(caplog.records) == logged
    assert thread_errors == []


def test_a_worker_that_returns_is_retired_too(manager: SessionManager, caplog: pytest.LogCaptureFixture) -> None:
    class Brief(StreamHandleThread):
        def run(self) -> None:
            self.in_q.get()

    (thread,) = start(manager, cls=Brief)
    codes: list[int] = []
    handle, session = take(manager, "s")
    session.setup_callback_fn(lambda response, sid: codes.append(response.error_code))
    session.in_q.put("go")
    thread.join(SOON)
    assert codes == [30003]
    assert manager.get_session(handle) is None
    assert "returned from run() before it was told to stop" in caplog.text


def test_any_thread_class_will_do(manager: SessionManager, caplog: pytest.LogCaptureFixture) -> None:
    class Plain(threading.Thread):
        def __init__(self, session: WorkerThread, in_q: Any, out_q: Any) -> None:
            super().__init__()
            self.q = in_q

        def run(self) -> None:
            self.q.get()()

    threads = start(manager, 2, Plain)
    _, session = take(manager)
    session.in_q.put(lambda: 1 / 0)
    threads[0].join(SOON)
    assert "ZeroDivisionError" in caplog.text
    manager.shutdown()
    assert not threads[1].is_alive()


# --- shutdown ---------------------------------------------------------------------------------------------------------


class Blocks(StreamHandleThread):
    def run(self) -> None:
        while True:
            self.in_q.get()


class TimesOut(StreamHandleThread):
    def run(self) -> None:
        while True:
            try:
                self.in_q.get(timeout=0.01)
            except queue.Empty:
                continue


class Spins(StreamHandleThread):
    def run(self) -> None:
        while True:
            try:
                self.in_q.get_nowait()
            except Exception:
                continue


class Asks(StreamHandleThread):
    def run(self) -> None:
        while True:
            if not self.in_q.empty():
                self.in_q.get()


class Watches(StreamHandleThread):
    def run(self) -> None:
        while not self.is_stopping:
            pass


class WaitsForResults(StreamHandleThread):
    def run(self) -> None:
        self.out_q.get()


@pytest.mark.parametrize("cls", [Blocks, TimesOut, Spins, Asks, Watches, WaitsForResults])
def test_shutdown_ends_every_kind_of_loop(
    manager: SessionManager, caplog: pytest.LogCaptureFixture, thread_errors: list[Any], cls: type[StreamHandleThread]
) -> None:
    threads = start(manager, 3, cls)
    handle, session = take(manager, "s")
    codes: list[int] = []
    session.setup_callback_fn(lambda response, sid: codes.append(response.error_code))
    manager.shutdown(SOON)
    assert not any(thread.is_alive() for thread in threads)
    assert all(thread.is_stopping for thread in threads)  # type: ignore[attr-defined]
    assert (caplog.records, thread_errors, codes) == ([], [], [])
    assert manager.get_session(handle) is None
    assert manager.get_idle_handle() is None
    assert not manager.initialized
    manager.push_back(handle)
    manager.shutdown()


def test_items_left_at_shutdown_are_not_worked_on(manager: SessionManager) -> None:
    done: list[int] = []
    start(manager, cls=Obedient)
    _, session = take(manager)
    holding, may_go_on = threading.Event(), threading.Event()
    session.in_q.put(lambda worker: (holding.set(), may_go_on.wait(SOON)))
    session.in_q.put(lambda worker: done.append(1))
    assert holding.wait(SOON)
    session.close()
    may_go_on.set()
    manager.shutdown()
    assert not done


def test_threads_that_stay_are_named_once_and_do_not_spin(
    manager: SessionManager, caplog: pytest.LogCaptureFixture
) -> None:
    enough = threading.Event()
    rounds: list[int] = []

    class Stubborn(StreamHandleThread):
        def run(self) -> None:
            while not enough.is_set():
                try:
                    self.in_q.get()
                except:  # noqa: E722  # what wrappers do
                    rounds.append(1)

    threads = start(manager, 2, Stubborn)
    manager.shutdown(timeout=0.2)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message.startswith(
        "threads that were told to stop are still running: 'Process-0-Thread-0', 'Process-0-Thread-1'; "
    )
    assert len(rounds) <= 2
    enough.set()
    for thread in threads:
        thread.join(SOON)
    manager.shutdown()
    assert len(caplog.records) == 1


def test_stop_of_the_worker_is_called_and_may_join_and_fail(
    manager: SessionManager, caplog: pytest.LogCaptureFixture
) -> None:
    class Stops(Idler):
        def stop(self) -> None:
            self.join(SOON)
            assert not self.is_alive()
            raise OSError("device is gone")

    start(manager, 2, Stops)
    manager.shutdown()
    assert [record.message for record in caplog.records] == [
        f"stop() of worker 'Process-0-Thread-{n}' failed" for n in (0, 1)
    ]
    assert "device is gone" in caplog.text


def test_a_worker_may_shut_its_own_pool_down(manager: SessionManager, thread_errors: list[Any]) -> None:
    threads = start(manager, 2, Obedient)
    _, session = take(manager)
    assert do(session, lambda w: manager.shutdown()) is None
    for thread in threads:
        thread.join(SOON)
        assert not thread.is_alive()
    assert thread_errors == []


def test_a_session_stopped_by_itself_is_not_handed_out(
    manager: SessionManager, caplog: pytest.LogCaptureFixture
) -> None:
    threads = start(manager, 2)
    handle, session = take(manager)
    manager.push_back(handle)
    session.stop()
    threads[0].join(SOON)
    session.reset()
    assert take(manager)[0] == "Process-0-Thread-1.1"
    assert manager.get_idle_handle() is None
    assert caplog.records == []


def test_managers_tell_that_they_want_to_be_stopped() -> None:
    assert SessionManager.stops_with_wrapper is True


# --- the queue alone --------------------------------------------------------------------------------------------------


def test_the_queue_is_an_ordinary_one_until_it_is_closed() -> None:
    q = SessionQueue()
    assert q.empty() and not q.closed
    q.put(1)
    q.put_nowait(2)
    assert (q.qsize(), q.get(), q.get_nowait()) == (2, 1, 2)
    with pytest.raises(queue.Empty):
        q.get(timeout=0.001)
    q.close()
    q.close()
    assert q.closed and not q.empty()
    with pytest.raises(SystemExit):
        q.get_nowait()


# --- many threads -----------------------------------------------------------------------------------------------------


def in_threads(count: int, what: Callable[[int], None]) -> None:
    """Runs ``what(number)`` in so many threads at once; raises what the first of them raised."""
    errors: list[BaseException] = []
    gate = threading.Barrier(count)

    def body(number: int) -> None:
        try:
            gate.wait(SOON)
            what(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "it hangs"
    if errors:
        raise errors[0]


def test_no_handle_is_given_twice_and_no_worker_is_lost(manager: SessionManager) -> None:
    start(manager, 5)
    owners: dict[WorkerThread, int] = {}
    given: set[str] = set()
    stale: list[str] = []

    def client(number: int) -> None:
        for turn in range(1500):
            handle = manager.get_idle_handle()
            if handle is None:
                continue
            assert handle not in given
            given.add(handle)
            session = manager.get_session(handle)
            assert session is not None
            assert owners.setdefault(session, number) == number, "two owners"
            session.setup_sid(handle)
            if stale and turn % 3 == 0:
                old = stale.pop()
                assert manager.get_session(old) is not session
                manager.push_back(old)  # a late Destroy
            assert session.sid == handle and not session.is_idle
            del owners[session]
            manager.push_back(handle)
            stale.append(handle)

    in_threads(8, client)
    again = [take(manager) for _ in range(5)]
    assert manager.get_idle_handle() is None
    assert len({session for _, session in again}) == 5


def test_sessions_at_once_get_their_own_results_only(manager: SessionManager) -> None:
    class Echo(StreamHandleThread):
        def run(self) -> None:
            while not self.is_stopping:
                text, last = self.in_q.get()
                self.session_thread.callback_fn((text, self.session_thread.params["of"]), self.session_thread.sid)
                if last:
                    self.session_thread.reset()

    start(manager, 4, Echo)

    def client(number: int) -> None:
        for turn in range(60):
            handle = manager.get_idle_handle()
            if handle is None:
                continue
            sid = f"{number}-{turn}"
            answers: queue.Queue[Any] = queue.Queue()
            session = manager.get_session(handle)
            assert session is not None
            session.setup_sid(sid)
            session.setup_params({"of": sid})
            session.setup_callback_fn(lambda response, to, into=answers: into.put((response, to)))
            leaves_early = turn % 4 == 0
            for piece in range(5):
                session.in_q.put((f"{sid}-{piece}", piece == 4 and not leaves_early))
            if leaves_early:
                manager.push_back(handle)
                while not answers.empty():
                    (text, of), to = answers.get()
                    assert text.startswith(sid) and (of, to) == (sid, sid)
                continue
            for piece in range(5):
                assert answers.get(timeout=SOON) == ((f"{sid}-{piece}", sid), sid)
            manager.push_back(handle)

    in_threads(12, client)
    for _ in range(4):
        take(manager)


def test_shutdown_amid_work(manager: SessionManager, thread_errors: list[Any]) -> None:
    over = threading.Event()
    busy = threading.Semaphore(0)

    def client(number: int) -> None:
        if number == 0:
            for _ in range(20):
                assert busy.acquire(timeout=SOON)
            for _ in range(3):
                manager.shutdown(SOON)
                start(manager, 4)
            manager.shutdown(SOON)
            over.set()
            return
        while not over.is_set():
            handle = manager.get_idle_handle()
            session = manager.get_session(handle) if handle else None
            if session is not None:
                session.setup_params({})
                session.in_q.put("item")
                session.reset()
            if handle:
                manager.push_back(handle)
            busy.release()

    threads = start(manager, 4)
    in_threads(6, client)
    assert not any(thread.is_alive() for thread in threads)
    assert manager.get_idle_handle() is None
    assert thread_errors == []


def test_workers_that_fail_under_load_are_retired_one_by_one(
    manager: SessionManager, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="aiges")
    threads = start(manager, 8, Obedient)
    told: queue.Queue[str] = queue.Queue()

    def client(number: int) -> None:
        handle = manager.get_idle_handle()
        assert handle is not None
        session = manager.get_session(handle)
        assert session is not None
        session.setup_sid(handle)
        session.setup_callback_fn(lambda response, sid: told.put(sid))
        session.in_q.put(fail(ValueError()))

    in_threads(8, client)
    assert sorted(told.get(timeout=SOON) for _ in range(8)) == [f"Process-0-Thread-{n}.1" for n in range(8)]
    for thread in threads:
        thread.join(SOON)
    assert manager.get_idle_handle() is None
