"""The other pools: a fixed number of workers with a model each, many sessions before one model."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from aiges_native._native.config import config_value
from aiges_native.sdk.sessions import (
    Context,
    FixedPool,
    InferClass,
    ModelProcess,
    ProcessThreadPool,
    ReqHandleThread,
    RequestPool,
    Worker,
    WorkerProcess,
)

SOON = 60


class Model(InferClass):
    """Collects what it is given; ``None`` is the last item, a function is called."""

    def __init__(self) -> None:
        self.seen: queue.Queue[Any] = queue.Queue()

    def predict(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        item = kwargs["req"]
        self.seen.put(item)
        if callable(item):
            item()
        return item, item is None


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("w")
    worker.register_infer_class(Model())
    yield worker
    worker.shutdown()


def fail() -> None:
    raise ValueError("bad item")


def leave() -> None:
    raise SystemExit(1)


# --- Worker -----------------------------------------------------------------------------------------------------------


def test_a_worker_gives_items_to_its_model_until_the_last(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    assert worker.daemon and not worker.is_alive()
    for item in ("a", "b", None, "never"):
        worker.in_q.put(item)
    worker.start()
    worker.join(SOON)
    assert not worker.is_alive()
    assert [worker.infer_class.seen.get() for _ in range(worker.infer_class.seen.qsize())] == ["a", "b", None]
    assert not caplog.records


def test_stop_wakes_a_waiting_worker(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    worker.start()
    worker.in_q.put("a")
    assert worker.infer_class.seen.get(timeout=SOON) == "a"
    worker.stop()
    worker.join(SOON)
    assert not worker.is_alive()
    assert not caplog.records


@pytest.mark.parametrize(("item", "said"), [(fail, "worker 'w' failed"), (leave, "worker 'w' ended")])
def test_an_exception_ends_a_worker_and_is_logged(
    worker: Worker, caplog: pytest.LogCaptureFixture, item: Any, said: str
) -> None:
    worker.start()
    worker.in_q.put(item)
    worker.join(SOON)
    assert not worker.is_alive()
    (record,) = caplog.records
    assert (record.name, record.message) == ("aiges", said)
    assert record.exc_info


def test_a_function_may_be_the_model() -> None:
    worker = Worker()
    seen = []
    worker.register_infer_func(lambda req: (seen.append(req), True))
    worker.in_q.put("a")
    worker.start()
    worker.join(SOON)
    assert seen == ["a"]


def test_a_worker_without_a_model_says_so(caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker("w")
    with pytest.raises(RuntimeError, match=r"worker 'w' has no model; call register_infer_class\(\) first"):
        worker.setHandle("h")
    with pytest.raises(TypeError, match="a str has no method 'predict'"):
        worker.register_infer_class("model")
    worker.in_q.put("a")
    worker.start()
    worker.join(SOON)
    assert "there is no model" in caplog.text


def test_a_worker_keeps_what_it_is_told(worker: Worker) -> None:
    worker.register_callback(print)
    worker.setHandle("h")
    worker.setDaemon(True)
    assert worker.callback_fn is print
    assert worker.infer_class.handle == "h"
    assert worker.create({"p": "1"}) is None
    other = Worker(None, "thread", 2, {"k": 1})
    assert (other.nums, other.context, Worker().context) == (2, {"k": 1}, {})
    assert other.name.startswith("Thread-")


def test_a_model_must_predict() -> None:
    class Nothing(InferClass):
        pass

    with pytest.raises(TypeError, match="predict"):
        Nothing()  # type: ignore[abstract]


# --- FixedPool --------------------------------------------------------------------------------------------------------


def test_a_fixed_pool_holds_so_many() -> None:
    pool = FixedPool()
    assert (pool.capacity, pool.allocated) == (1, 0)
    assert pool.add("a") == (True, "worker-0")
    assert pool.add("b") == (False, "")
    pool.set_capacity("2")
    assert pool.add("b") == (True, "worker-1")
    assert (pool.get("worker-0"), pool.get("worker-1"), pool.get("worker-2")) == ("a", "b", None)
    assert (pool.allocated, pool.pool) == (2, {"worker-0": "a", "worker-1": "b"})


def test_keys_are_never_used_again_and_pools_share_nothing() -> None:
    pool, other = FixedPool(), FixedPool()
    pool.set_capacity(config_value("2"))
    _, first = pool.add("a")
    assert pool.remove(first) is True
    assert pool.remove(first) is True
    assert pool.add("b") == (True, "worker-1")
    pool.clear_all()
    assert pool.allocated == 0
    assert pool.add("c") == (True, "worker-2")
    assert (other.allocated, other.capacity, other.get("worker-2")) == (0, 1, None)


@pytest.mark.parametrize("capacity", [-1, "", "many", None, 1.5])
def test_a_capacity_is_a_count(capacity: Any) -> None:
    with pytest.raises(ValueError, match=r"'capacity' is .*; it must be a whole number, 0 or more"):
        FixedPool().set_capacity(capacity)


@pytest.mark.parametrize("end", [lambda p, k: p.remove(k), lambda p, k: p.clear_all(), lambda p, k: p.shutdown(SOON)])
def test_taking_a_worker_out_stops_it(worker: Worker, end: Any) -> None:
    pool = FixedPool()
    _, key = pool.add(worker)
    worker.start()
    end(pool, key)
    worker.join(SOON)
    assert not worker.is_alive() and worker.is_stopping
    assert pool.get(key) is None
    pool.shutdown()


def test_shutdown_names_workers_that_stay(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    pool = FixedPool()
    may_go_on, working = threading.Event(), threading.Event()
    pool.add(worker)
    worker.start()
    worker.in_q.put(lambda: (working.set(), may_go_on.wait(SOON)))
    assert working.wait(SOON)
    pool.shutdown(0.01)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING and "still running: 'w'" in record.message
    may_go_on.set()
    worker.join(SOON)


def test_a_fixed_pool_under_many_threads() -> None:
    pool = FixedPool()
    pool.set_capacity(4)
    keys: list[str] = []
    over: list[int] = []

    def client() -> None:
        for _ in range(2000):
            done, key = pool.add("x")
            if pool.allocated > 4:
                over.append(pool.allocated)
            if done:
                keys.append(key)
                pool.remove(key)

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not over
    assert len(set(keys)) == len(keys)
    assert pool.allocated == 0


def test_pools_tell_that_they_want_to_be_stopped() -> None:
    assert all(cls.stops_with_wrapper is True for cls in (FixedPool, Worker, RequestPool, ModelProcess))


# --- RequestPool and ModelProcess -------------------------------------------------------------------------------------


@pytest.fixture
def shared() -> queue.Queue[Any]:
    return queue.Queue()


@pytest.fixture
def pool(shared: queue.Queue[Any]) -> Iterator[RequestPool]:
    pool = RequestPool(shared, print)
    yield pool
    pool.shutdown()


def place(pool: RequestPool) -> ReqHandleThread:
    handle = pool.get_idle_handle()
    assert handle is not None
    thread = pool.get_thread(handle)
    assert thread is not None
    return thread


def test_a_request_pool_starts_with_the_first_handle(pool: RequestPool) -> None:
    before = threading.active_count()
    assert pool.get_thread("x") is None
    pool.set_idle_handle("x")
    assert threading.active_count() == before
    handles = [pool.get_idle_handle() for _ in range(6)]
    assert threading.active_count() == before + 5
    assert handles[5] is None
    assert len(set(handles)) == 6
    assert set(pool.conns_map) == set(handles[:5])
    near, far = pool.conns_map[str(handles[0])]
    far.send("result")
    assert near.recv() == "result"
    assert place_of(pool, handles[0]).model_pipe_conn is near


def place_of(pool: RequestPool, handle: Any) -> ReqHandleThread:
    thread = pool.get_thread(handle)
    assert thread is not None
    return thread


def test_data_reach_the_shared_queue_with_their_context(pool: RequestPool, shared: queue.Queue[Any]) -> None:
    thread = place(pool)
    thread.set_ctx("s", {"p": "1"})
    for piece in ("a", "b"):
        thread.send_to_input_queue("s", piece)
    seen = [shared.get(timeout=SOON) for _ in range(2)]
    assert [(handle, ctx.sid, ctx.params, ctx.data) for handle, ctx in seen] == [
        (thread.handle, "s", {"p": "1"}, "a"),
        (thread.handle, "s", {"p": "1"}, "b"),
    ]
    assert thread.callback is print


@pytest.mark.parametrize("end", ["destroy", "set_idle", "pool"])
def test_a_place_given_back_is_empty_and_its_old_data_are_dead(
    pool: RequestPool, shared: queue.Queue[Any], end: str
) -> None:
    thread = place(pool)
    thread.send_to_input_queue("s", "a")
    _, ctx = shared.get(timeout=SOON)
    if end == "pool":
        pool.set_idle_handle(thread.handle)
    else:
        getattr(thread, end)()
    assert ctx.session_destroyed and ctx.sid == "s"
    assert (thread.status, thread.ctx.sid, thread.ctx.session_destroyed) == ("idle", "", False)
    assert place(pool) is thread


def test_a_request_pool_stops(pool: RequestPool) -> None:
    thread = place(pool)
    near, far = pool.conns_map[thread.handle]
    pool.shutdown(SOON)
    pool.shutdown()
    assert not thread.is_alive() and thread.is_stopping
    assert near.closed and far.closed
    assert pool.get_idle_handle() is None
    assert pool.get_thread(thread.handle) is None


def test_a_model_works_on_what_comes(pool: RequestPool, shared: queue.Queue[Any]) -> None:
    answers: queue.Queue[Any] = queue.Queue()
    model = ModelProcess(shared, pool.conns_map, lambda response, sid: answers.put((response, sid)))
    model.register_infer_func(lambda ctx, callback: callback(ctx.data.upper(), ctx.sid))
    assert model.daemon
    model.start()
    one, two = place(pool), place(pool)
    one.send_to_input_queue("s1", "a")
    assert answers.get(timeout=SOON) == ("A", "s1")
    two.send_to_input_queue("s2", "b")
    assert answers.get(timeout=SOON) == ("B", "s2")
    model.shutdown(SOON)
    assert not model.is_alive()
    assert model.result_conns_map is pool.conns_map


def test_a_model_passes_over_destroyed_sessions_and_survives_failures(
    shared: queue.Queue[Any], caplog: pytest.LogCaptureFixture
) -> None:
    answers: queue.Queue[Any] = queue.Queue()

    class Fails(ModelProcess):
        def infer(self, ctx: Context, callback: Any) -> None:
            ctx.data()

    model = Fails(shared, {}, lambda response, sid: answers.put((response.error_code, sid)))
    dead, alive = Context(), Context()
    dead.set_sid("dead")
    dead.set_destroyed()
    alive.set_sid("alive")
    for ctx, data in ((dead, fail), (alive, fail), (alive, leave)):
        shared.put(("h", ctx.with_data(data)))
    model.start()
    assert [answers.get(timeout=SOON) for _ in range(2)] == [(30003, "alive")] * 2
    assert model.is_alive()
    model.shutdown(SOON)
    assert [record.message for record in caplog.records] == ["infer() failed for 'h'"] * 2


@pytest.mark.parametrize("callback", [None, lambda response, sid: fail()])
def test_a_model_without_function_or_callback_only_logs(
    shared: queue.Queue[Any], caplog: pytest.LogCaptureFixture, callback: Any
) -> None:
    model = ModelProcess(shared, {}, callback)
    shared.put(("h", Context()))
    shared.put(("h", Context()))
    done = threading.Event()
    last = Context()
    last.set_data(done)
    model.start()
    while not shared.empty():
        threading.Event().wait(0.001)
    model.register_infer_func(lambda ctx, cb: ctx.data.set())
    shared.put(("h", last))
    assert done.wait(SOON)
    model.shutdown(SOON)
    assert "override infer() or call register_infer_func() before start()" in caplog.text
    assert ("the callback failed" in caplog.text) == (callback is not None)


def test_a_context_is_filled_and_reset() -> None:
    ctx = Context()
    ctx.set_sid("s")
    ctx.set_params({"p": "1"})
    ctx.set_data("d")
    ctx.set_callback_handle("h")
    assert (ctx.sid, ctx.params, ctx.data, ctx.callback_handle, ctx.session_destroyed) == (
        "s", {"p": "1"}, "d", "h", False,
    )  # fmt: skip
    ctx.set_destroyed()
    assert ctx.session_destroyed
    ctx.reset_ctx()
    assert (ctx.sid, ctx.params, ctx.data, ctx.callback_handle, ctx.session_destroyed) == ("", {}, None, "", False)


@pytest.mark.parametrize("cls", [ProcessThreadPool, WorkerProcess])
def test_process_pools_name_the_cure(cls: Any) -> None:
    with pytest.raises(NotImplementedError, match=f"'{cls.__name__}' does not exist: .*; use ThreadPool"):
        cls(object, 2, threads_per_cpu=5)
