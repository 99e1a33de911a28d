"""A new wrapper: the names of aiges_native.sdk; cancel, deadline, lent arrays."""
from __future__ import annotations

import threading

import numpy

from aiges_native.sdk import (
    AudioBodyField,
    DataListCls,
    IntegerParamField,
    Response,
    ResponseData,
    SessionCreateResponse,
    StringBodyField,
    WrapperBase,
    callback,
    cancelled,
    lend,
    remaining,
)


class Request:
    size = IntegerParamField("size", 1, 1000, value=4)
    text = StringBodyField("text", "t")


class Answer:
    tone = AudioBodyField("tone")


class Wrapper(WrapperBase):
    serviceId = "native"
    version = "v1"
    requestCls = Request
    responseCls = Answer

    def wrapperInit(self, config: dict[str, str]) -> int:
        assert cancelled() is False and remaining() is None
        self.waiting: dict[str, threading.Event] = {}
        self.buffer = numpy.arange(1000, dtype=numpy.uint8)
        return 0

    def wrapperOnceExec(self, params: dict[str, str], reqData: DataListCls, usrTag: str | None = "", persId: int = 0):
        if cancelled():
            return 1
        size = int(params.get("size", 4))
        return Response([ResponseData("tone", lend(self.buffer[:size]), type=1)])

    def wrapperCreate(self, params: dict[str, str], sid: str, persId: int = 0, usrTag: str | None = ""):
        handle = f"session {sid}"
        self.waiting[handle] = threading.Event()
        self.tag = usrTag
        return SessionCreateResponse(handle)

    def wrapperCancel(self, handle: str) -> None:
        self.waiting[handle].set()

    def wrapperWrite(self, handle: str, req: DataListCls) -> int:
        status = req.list[0].status
        if req.get("text").data == b"wait":
            return 499 if self.waiting[handle].wait(10) else 500
        callback(Response([ResponseData("tone", req.get("text").data * 2, type=1, status=status)]), handle)
        return 0

    def wrapperError(self, ret: int) -> str:
        return "the client is gone" if ret == 499 else ""
