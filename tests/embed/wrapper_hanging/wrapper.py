"""Goes on although nobody waits any more, in the ways that the parameter ``do`` names. Driven by interrupted.c.

The events are those of host.h, as in wrapper_driven.
"""

import queue
import random
import sys
import threading
import time

from aiges_native.sdk import (
    CallInterrupted,
    Response,
    ResponseData,
    SessionCreateResponse,
    callback_metric,
    callback_trace,
    cancelled,
)


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


class Wrapper:
    def wrapperInit(self, config):
        sys.setswitchinterval(float(config.get("switch", "0.005")))
        self.wrong = 0  # interruptions of calls that nobody cancelled
        return 0

    def step(self, params, tag):
        for word in params.get("do", "").split():
            getattr(self, f"do_{word}")(params.get("arg", ""), tag)

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        try:
            self.step(params, usrTag)
        except CallInterrupted:
            self.wrong += not cancelled()
            raise
        data = reqData.list[0].data
        return Response([ResponseData("data", str(self.wrong).encode() if data == b"?" else data)])

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        self.step(params, usrTag)
        return 0

    def do_enter(self, argument, tag):
        callback_metric(tag, "entered", 1)

    def do_spin(self, argument, tag):
        while True:
            pass

    def do_doze(self, argument, tag):
        while True:
            time.sleep(0.001)

    def do_sleep(self, argument, tag):
        """One long step, in foreign code, and nothing after it that could be interrupted."""
        time.sleep(int(argument) / 1000)

    def do_stubborn(self, argument, tag):
        for _ in range(int(argument)):
            try:
                self.do_doze(argument, tag)
            except CallInterrupted:
                callback_metric(tag, "swallowed", 1)
        self.do_spin(argument, tag)

    def do_wait(self, argument, tag):
        """Nearly all of the time in the host."""
        while True:
            callback_trace(tag, "wait", "go")

    def do_nest(self, argument, tag):
        callback_metric(tag, "nested", 1)

    def do_heed(self, argument, tag):
        """Ends by itself, some time after its cancel."""
        while not cancelled():
            time.sleep(0.001)
        spin(int(argument) / 1000)

    def do_work(self, argument, tag):
        spin(int(argument) / 1e6)

    def do_pause(self, argument, tag):
        for _ in range(3):
            time.sleep(int(argument) / 3e6)

    # ---- sessions: what a method does is the text it is given, or the session's own when it is given none ----

    def wrapperCreate(self, params, sid, persId, usrTag):
        self.step(params, usrTag)
        return SessionCreateResponse(f"{usrTag} {params.get('arg', '')}")

    def wrapperWrite(self, handle, reqData):
        words, _, argument = reqData.list[0].data.decode().partition(",")
        self.step({"do": words, "arg": argument}, handle)
        return 0

    def wrapperRead(self, handle):
        self.step({"do": handle.partition(" ")[2]}, handle)
        return Response()

    def wrapperDestroy(self, handle):
        if handle.startswith("slow-end"):
            spin(0.5)
            callback_metric(None, "destroyed", 1)
        return 0

    def wrapperCancel(self, handle):
        if handle.startswith("slow-cancel"):
            callback_metric(None, "cancelling", 1)
            self.do_doze("", None)
        return 0


class Fed(Wrapper):
    """Its wrapperRead is foreign code from its begin to its end: an exception that is sent to it comes too late."""

    def __init__(self):
        self.fed = queue.SimpleQueue()
        self.wrapperRead = self.fed.get

    def wrapperInit(self, config):
        longest = int(config["aiges.interrupt_after_ms"]) / 1000
        threading.Thread(target=self.feed, args=(longest,), daemon=True).start()
        return super().wrapperInit(config)

    def feed(self, longest):
        while True:
            time.sleep(random.random() * longest)
            self.fed.put(Response())
