"""Calls methods of wrappers as their authors do: no host, no runner, requests made by hand, results in a queue."""

from __future__ import annotations

import queue
from typing import Any

from aiges.callback import set_up
from aiges_native.sdk import DataListCls, DataListNode, Response, SessionCreateResponse, init_rq
from aiges_native.sdk.runner import load_target
from corpus.catalog import CASES


def request_of(*nodes: tuple[Any, ...]) -> DataListCls:
    return DataListCls([DataListNode(*node) for node in nodes])


def calls_once_exec() -> None:
    wrapper = load_target(CASES["ocr_page"].file).wrapper
    assert wrapper.wrapperInit({}) == 0
    response = wrapper.wrapperOnceExec({"lang": "en"}, request_of(("img", b"\x89PNG")))
    assert isinstance(response, Response)
    assert (response.list[0].key, response.list[0].len) == ("boxes", 44)
    assert wrapper.check_resp(response) is True
    assert wrapper.wrapperOnceExec({}, request_of(("img", b"x"))).error_code == 10001
    assert wrapper.wrapperFini() == 0


def calls_a_session() -> None:
    wrapper = load_target(CASES["own_threads"].file).wrapper
    results = init_rq()
    assert wrapper.wrapperInit({}) == 0
    created = wrapper.wrapperCreate({}, "sid", 0, "tag")
    assert isinstance(created, SessionCreateResponse)
    wrapper.wrapperWrite(created.handle, request_of(("text", b"one", 0, 0)))
    wrapper.wrapperWrite(created.handle, request_of(("text", b"two", 0, 2)))
    found = [results.get(timeout=60) for _ in range(2)]
    wrapper.wrapperDestroy(created.handle)
    assert [item.data for response in found for item in response.list] == [b"one", b"two"]
    assert results.empty()


def calls_the_pool() -> None:
    wrapper = load_target(CASES["asr_pool"].file).wrapper
    results: queue.Queue[Any] = queue.Queue()
    set_up(results)
    assert wrapper.wrapperInit({"common.lic": 1}) == 0
    handle = wrapper.wrapperCreate({"lang": "en"}, "sid").handle
    assert wrapper.wrapperCreate({}, "sid2").error_code == -1
    wrapper.wrapperWrite(handle, request_of(("audio", b"abc", 1, 0)), "sid")
    wrapper.wrapperWrite(handle, request_of(("audio", b"", 1, 2)), "sid")
    found = [results.get(timeout=60).list[0].data for _ in range(2)]
    assert found == [b"3", b"en:2 chunks, 3 bytes"]
    assert wrapper.wrapperFini() == 0
    wrapper.session.shutdown()


def calls_convention_a() -> None:
    wrapper = load_target(CASES["class_convention_a"].file).wrapper
    filled: list[Any] = []
    request = ({"key": "in", "data": b"abc", "len": 3, "status": 3, "type": 0, "desc": {}},)
    assert wrapper.wrapperOnceExec("tag", {}, request, filled, [], 0) == 0
    assert filled[0]["data"] == b"cba"


if __name__ == "__main__":
    calls = (calls_once_exec, calls_a_session, calls_the_pool, calls_convention_a)
    for call in calls:
        call()
    print(len(calls), "calls")
