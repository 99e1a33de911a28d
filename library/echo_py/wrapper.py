"""Echo: a wrapper that gives back what it gets, the Python twin of csrc/engines/echo.c. Copy it to start your own.

Request parameters             echo.fail = N       answer with code N
                               echo.sleep_ms = N   take N ms (a session: for every write)
                               echo.upper = 1      ASCII letters in capitals
Configuration                  echo.fail_init = N  wrapperInit answers with code N

It follows the newest calling convention and uses nothing but ``aiges_embed`` and the standard library.
"""

from __future__ import annotations

import heapq
import itertools
import re
import threading
import time
from collections import deque

from aiges_embed import (
    DataListCls,
    Response,
    ResponseData,
    SessionCreateResponse,
    callback,
    callback_metric,
    callback_trace,
    cancelled,
    remaining,
)

TEXT, END, ONCE = 0, 2, 3

NOTHING, BAD_NUMBER, ENDED, UNKNOWN_RESOURCE, CANCELLED = 4001, 4002, 4003, 4004, 4005
INVALID_ARG, TIMEOUT, STOPPING = -20003, -20007, -20008  # of include/aiges/errors.h

TEXTS = {
    0: "success",
    NOTHING: "nothing to echo: the request has no data",
    BAD_NUMBER: "a parameter is not a whole number (echo.fail, echo.sleep_ms, echo.upper, echo.fail_init)",
    ENDED: "the session has ended: its last piece was written already",
    UNKNOWN_RESOURCE: "the request names a resource that is not loaded: call wrapperLoadRes first",
    CANCELLED: "the request was cancelled",
}

GRACE = 0.2  # seconds that wrapperFini waits for a worker inside the host's callback

_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,14}")


class EchoError(Exception):
    """A request that is answered with a code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def number(params: dict, key: str) -> int:
    text = params.get(key)
    if text is None:
        return 0
    if not _NUMBER.fullmatch(text) or not -(2**31) <= int(text) < 2**31:
        raise EchoError(BAD_NUMBER)
    return int(text)


class Wishes:
    """What a request asks for in its parameters."""

    __slots__ = ("deadline", "sleep", "upper")

    def __init__(self, params: dict) -> None:
        fail = number(params, "echo.fail")
        self.sleep = number(params, "echo.sleep_ms") / 1000
        self.upper = number(params, "echo.upper")
        self.deadline = remaining() or 0.0
        if fail:
            raise EchoError(fail)


def copy(node, wishes: Wishes, status: int) -> ResponseData:
    """THE WORK. Yours goes here: read a node, make an answer."""
    item = ResponseData()
    item.key = node.key
    item.setData(node.data.upper() if wishes.upper else node.data)
    item.setDataType(node.type)
    item.status = status
    if node.desc:
        # Attributes that begin with "aiges." speak about the host's memory: not true for a copy.
        item.desc = {key: value for key, value in node.desc.items() if not key.startswith("aiges.")}
    return item


def report(tag: str | None, size: int) -> None:
    callback_metric(tag, "echo.calls", 1)
    callback_trace(tag, "echo.bytes", str(size))


class Session:
    """What was written and not read."""

    def __init__(self, tag: str, wishes: Wishes) -> None:
        self.tag = tag
        self.wishes = wishes
        self.pieces: deque[Response] = deque()
        self.pushes = True  # until the first piece finds no callback
        self.finished = False
        self.cancelled = threading.Event()

    def write(self, items: list[ResponseData]) -> int:
        cancelled = self.cancelled.wait(self.wishes.sleep) if self.wishes.sleep else self.cancelled.is_set()
        if self.finished:
            return CANCELLED if cancelled else ENDED
        piece = Response(error_code=CANCELLED) if cancelled else Response(items)
        if self.pushes and callback(piece, self.tag) == -1:
            self.pushes = False
        if self.pushes:
            self.finished = cancelled or any(item.status in (END, ONCE) for item in items)
        elif not cancelled:
            self.pieces.append(piece)
        return CANCELLED if cancelled else 0

    def read(self) -> Response:
        if self.cancelled.is_set():
            return Response(error_code=CANCELLED)
        return self.pieces.popleft() if self.pieces else Response()


class Worker:
    """Answers asynchronous requests, each at its moment, on one thread that is started when the first one comes."""

    def __init__(self) -> None:
        self.jobs: list = []  # heap of (moment, number, tag, response, size)
        self.numbers = itertools.count()
        self.posted = threading.Condition()
        self.thread: threading.Thread | None = None
        self.stopping = False

    def post(self, delay: float, tag: str | None, response: Response, size: int) -> None:
        with self.posted:
            heapq.heappush(self.jobs, (time.monotonic() + delay, next(self.numbers), tag, response, size))
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, name="echo", daemon=True)
                self.thread.start()
            self.posted.notify()

    def run(self) -> None:
        while (job := self.take()) is not None:
            _, _, tag, response, size = job
            if not response.error_code:
                report(tag, size)
            callback(response, tag)

    def take(self) -> tuple | None:
        """The next job when its moment has come; None when the engine stops."""
        with self.posted:
            while not self.stopping:
                wait = self.jobs[0][0] - time.monotonic() if self.jobs else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self.jobs)
                self.posted.wait(wait)
        return None

    def stop(self) -> None:
        with self.posted:
            self.stopping = True
            self.posted.notify()
        if self.thread is not None:
            self.thread.join(GRACE)


class Wrapper:
    def wrapperInit(self, config: dict) -> int:
        try:
            fail = number(config, "echo.fail_init")
        except EchoError as error:
            return error.code
        # A wrapper with models loads them here.
        self.resources: dict[str, bytes] = {}
        self.sessions: dict[str, Session] = {}
        self.handles = itertools.count(1)
        self.worker = Worker()
        self.stopping = threading.Event()
        return fail

    def wrapperFini(self) -> int:
        self.stopping.set()
        for session in list(self.sessions.values()):
            session.cancelled.set()
        self.worker.stop()
        return 0

    def wrapperError(self, code: int) -> str:
        return TEXTS.get(code, "echo failed with a code that it has no text for")

    def wrapperLoadRes(self, reqData: DataListCls, patch_id: str) -> int:
        if not reqData.list:
            return INVALID_ARG
        self.resources[patch_id] = reqData.list[0].data
        return 0

    def wrapperUnloadRes(self, patch_id: str) -> int:
        self.resources.pop(patch_id, None)
        return 0

    def wrapperOnceExec(self, params: dict, reqData: DataListCls, usrTag: str, persId: int) -> Response:
        try:
            wishes = Wishes(params)
            response, size = self.answer(wishes, reqData, persId)
            if wishes.sleep:
                self.sleep(wishes)
        except EchoError as error:
            return Response(error_code=error.code)
        report(usrTag, size)
        return response

    def wrapperOnceExecAsync(self, params: dict, reqData: DataListCls, usrTag: str, persId: int) -> int:
        try:
            wishes = Wishes(params)
            response, size = self.answer(wishes, reqData, persId)  # the host's memory is gone when we return
        except EchoError as error:
            return error.code
        if 0 < wishes.deadline < wishes.sleep:
            response, wishes.sleep = Response(error_code=TIMEOUT), wishes.deadline
        self.worker.post(wishes.sleep, usrTag, response, size)
        return 0

    def wrapperCreate(self, params: dict, sid: str, persId: int, usrTag: str) -> SessionCreateResponse:
        try:
            wishes = Wishes(params)
            self.resource(persId)
        except EchoError as error:
            return SessionCreateResponse(error_code=error.code)
        handle = f"echo-{next(self.handles)}"
        self.sessions[handle] = Session(usrTag or handle, wishes)
        return SessionCreateResponse(handle)

    def wrapperWrite(self, handle: str, reqData: DataListCls) -> int:
        session = self.sessions[handle]
        items = [copy(node, session.wishes, node.status) for node in reqData.list]
        return session.write(items) if items else 0

    def wrapperRead(self, handle: str) -> Response:
        return self.sessions[handle].read()

    def wrapperDestroy(self, handle: str) -> int:
        session = self.sessions.pop(handle)
        session.cancelled.set()  # a write that sleeps waits for nothing now
        return 0

    def wrapperCancel(self, handle: str) -> int:
        session = self.sessions.get(handle)
        if session is not None:
            session.cancelled.set()
        return 0

    def answer(self, wishes: Wishes, reqData: DataListCls, persId: int) -> tuple[Response, int]:
        """The response and the bytes that the request carried."""
        resource = self.resource(persId)
        items = [copy(node, wishes, ONCE) for node in reqData.list]
        if not items:
            raise EchoError(NOTHING)
        size = sum(item.len for item in items)
        if resource is not None:
            items.append(ResponseData("resource", resource, None, TEXT, ONCE))
        return Response(items), size

    def resource(self, persId: int) -> bytes | None:
        if not persId:
            return None
        try:
            return self.resources[str(persId)]
        except KeyError:
            raise EchoError(UNKNOWN_RESOURCE) from None

    def sleep(self, wishes: Wishes) -> None:
        """Takes its time, and looks now and then whether somebody still waits, as every long call should."""
        late = 0 < wishes.deadline < wishes.sleep
        end = time.monotonic() + (wishes.deadline if late else wishes.sleep)
        while (left := end - time.monotonic()) > 0:
            if self.stopping.wait(min(left, 0.02)):
                raise EchoError(STOPPING)
            if cancelled():
                raise EchoError(CANCELLED)
        if late:
            raise EchoError(TIMEOUT)
