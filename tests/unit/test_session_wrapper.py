"""A wrapper with a session pool, written as for AIGES, behind the engine ABI."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any

import pytest

import aiges_native

WRAPPER = """
try:
    from aiges_embed import ResponseData, Response, DataListNode, DataListCls, SessionCreateResponse, callback
except:
    from aiges.dto import Response, ResponseData, DataListNode, DataListCls
from aiges.sdk import WrapperBase
from aiges.stream import StreamHandleThread
from aiges.utils.log import log
from aiges.types import *


class Wrapper(WrapperBase):
    serviceId = "upper"

    def wrapperInit(self, config):
        self.session.init_wrapper_config(config)
        self.session.init_handle_pool("thread", config.get("common.lic", 10), MyThread)
        return 0

    def wrapperFini(cls):
        return 0

    def wrapperCreate(self, params, sid):
        s = SessionCreateResponse()
        handle = self.session.get_idle_handle()
        if not handle:
            s.error_code = -1
            s.handle = ""
            return s
        _session = self.session.get_session(handle=handle)
        _session.setup_sid(sid)
        _session.setup_params(params)
        _session.setup_callback_fn(callback)
        s.handle = handle
        s.error_code = 0
        return s

    def wrapperWrite(self, handle, req, sid):
        _session = self.session.get_session(handle=handle)
        if _session == None:
            return -1
        _session.in_q.put(req)
        return 0

    def wrapperDestroy(self, handle):
        self.session.push_back(handle)
        return 0


class MyThread(StreamHandleThread):
    def __init__(self, session_thread, in_q, out_q):
        super().__init__(session_thread, in_q, out_q)

    def run(self):
        while True:
            req = self.in_q.get()
            self.infer(req)

    def infer(self, req):
        text = req.list[0].data
        if text == b"break":
            raise ValueError("broken")
        r = Response()
        l = ResponseData()
        l.key = "boxes"
        l.status = req.list[0].status
        l.data = self.session_thread.params["mark"].encode() + text.upper()
        l.len = len(l.data)
        r.list = [l]
        self.session_thread.callback_fn(r, self.session_thread.sid)
        if l.status == DataEnd:
            self.session_thread.reset()
"""


@pytest.fixture
def wrapper(tmp_path: Path) -> str:
    path = tmp_path / "wrapper.py"
    path.write_text(WRAPPER)
    return str(path)


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("Process-0-Thread-")]


class Talk:
    """A session whose results come by callback."""

    def __init__(self, engine: aiges_native.Engine, mark: str) -> None:
        self.results: queue.Queue[Any] = queue.Queue()
        self.session = engine.create(params={"mark": mark}, on_result=self.results.put)

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *error: object) -> None:
        self.session.close()

    def answer(self) -> Any:
        """The next result's data, or the exception that came instead."""
        result = self.results.get(timeout=60)
        return result if isinstance(result, Exception) else result[0].data


def test_sessions_are_handed_out_and_come_back(wrapper: str) -> None:
    with aiges_native.open(wrapper, {"common.lic": "2"}) as engine:
        for _ in range(5):
            with Talk(engine, "a") as one, Talk(engine, "b") as two:
                with pytest.raises(aiges_native.AigesError) as caught:
                    Talk(engine, "c")
                assert caught.value.code == -1
                for talk in (one, two):
                    talk.session.write("x")
                    talk.session.write("y", last=True)
                assert [one.answer(), two.answer(), one.answer(), two.answer()] == [b"aX", b"bX", b"aY", b"bY"]


def test_a_session_left_early_frees_its_worker(wrapper: str) -> None:
    with aiges_native.open(wrapper, {"common.lic": "1"}) as engine:
        for _ in range(20):
            with Talk(engine, "a") as talk:
                talk.session.write("x")
        with Talk(engine, "b") as talk:
            talk.session.write("y", last=True)
            assert talk.answer() == b"bY"
            assert talk.results.empty()


def test_a_failing_worker_ends_its_session_with_a_code(wrapper: str) -> None:
    with aiges_native.open(wrapper, {"common.lic": "2"}) as engine:
        with Talk(engine, "a") as talk:
            talk.session.write("break")
            error = talk.answer()
            assert isinstance(error, aiges_native.AigesError)
            assert error.code == 30003
        with Talk(engine, "b") as talk:
            talk.session.write("y", last=True)
            assert talk.answer() == b"bY"


def test_closing_the_engine_ends_the_workers(wrapper: str) -> None:
    before = len(workers())
    with aiges_native.open(wrapper, {"common.lic": "3"}):
        assert len(workers()) == before + 3
    assert len(workers()) == before
