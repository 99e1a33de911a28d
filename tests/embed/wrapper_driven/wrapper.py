"""Does what the parameter ``do`` says, word by word, then gives the data back. Driven by driver.c and crowd.c.

The host's meter posts the event it is given, its trace with the key "wait" waits for one (host.h).
"""

import importlib
import itertools
import os
import sys
import threading
import time
import weakref

import aiges_embed
from aiges_embed import Response, ResponseData, SessionCreateResponse, callback, callback_metric, callback_trace

LOCAL = threading.local()
KEPT = weakref.WeakSet()
LET_GO = threading.Event()  # of the module, which all lives share


class Mark:
    """Kept by a thread local: gone when the thread's state was cleared."""


def answer(data, status=3):
    return Response([ResponseData("data", data, None, 0, status)])


class Wrapper:
    def __init__(self):
        self.pending = []
        self.sessions = {}
        self.numbers = itertools.count(1)
        self.config = {}

    def wrapperInit(self, config):
        self.config = config
        for step in config.get("init", "").split():
            self.step(step, config.get("arg", ""), None)
        return int(config.get("code", "0"))

    def wrapperFini(self):
        for step in self.config.get("fini", "").split():
            self.step(step, "", None)
        return int(self.config.get("fini_code", "0"))

    def wrapperError(self, code):
        return f"driven wrapper: code {code}"

    # ---- one-shot ----

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        data = reqData.list[0].data if reqData.list else b""
        for step in params.get("do", "").split():
            said = self.step(step, params.get("arg", ""), usrTag)
            if said is not None:
                data = said
        return answer(data)

    def step(self, step, argument, tag):
        """One word; what it returns, unless None, becomes the answer."""
        return getattr(self, f"do_{step}")(argument, tag)

    def do_enter(self, argument, tag):
        callback_metric(tag, "entered", 1)

    def do_wait(self, argument, tag):
        callback_trace(tag, "wait", "go")

    def do_sleep(self, argument, tag):
        time.sleep(int(argument) / 1000)

    def do_hold(self, argument, tag):
        """Until another call, maybe of the next life, lets it go."""
        LET_GO.wait()

    def do_let_go(self, argument, tag):
        LET_GO.set()

    def do_hog(self, argument, tag):
        """Keeps the GIL for `argument` ms."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(100)
        try:
            callback_metric(tag, "hogging", 1)
            end = time.monotonic() + int(argument) / 1000
            while time.monotonic() < end:
                pass
        finally:
            sys.setswitchinterval(before)

    def do_compute(self, argument, tag):
        sum(number * number for number in range(int(argument or 2000)))

    def do_import(self, argument, tag):
        for name in argument.split(","):
            importlib.import_module(name)

    def do_keep(self, argument, tag):
        """Puts an object into the thread's local storage."""
        if not hasattr(LOCAL, "mark"):
            LOCAL.mark = Mark()
            KEPT.add(LOCAL.mark)

    def do_kept(self, argument, tag):
        return str(len(KEPT)).encode()

    def do_thread(self, argument, tag):
        """How often this thread called, as the wrapper's thread local sees it."""
        LOCAL.calls = getattr(LOCAL, "calls", 0) + 1
        return str(LOCAL.calls).encode()

    def do_prefix(self, argument, tag):
        return sys.prefix.encode()

    def do_print(self, argument, tag):
        print("wrapper says grüße 你好", flush=True)

    def do_eval(self, argument, tag):
        return str(eval(argument, globals())).encode()

    def do_exit(self, argument, tag):
        sys.exit(3)

    def do_raise(self, argument, tag):
        raise ValueError("on purpose")

    def do_answer(self, argument, tag):
        """Answers the requests that wait, from this call's thread."""
        pending, self.pending = self.pending, []
        return str(sum(callback(response, whose) == 0 for response, whose in pending)).encode()

    def do_fork(self, argument, tag):
        child = os.fork()
        if child == 0:
            os._exit(7)
        return str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode()

    def do_processes(self, argument, tag):
        import multiprocessing

        context = multiprocessing.get_context("fork")
        with context.Pool(2) as pool:
            return str(sum(pool.map(abs, range(10)))).encode()

    # ---- by callback ----

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        response = answer(reqData.list[0].data)
        how = params.get("do", "inline")
        if how == "inline":
            callback(response, usrTag)
        elif how == "thread":
            threading.Thread(target=callback, args=(response, usrTag)).start()
        elif how == "daemon":
            threading.Thread(target=callback, args=(response, usrTag), daemon=True).start()
        elif how == "pieces":
            count = int(params["arg"])

            def deliver():
                for number in range(count):
                    callback(answer(str(number).encode(), 2 if number == count - 1 else 1), usrTag)

            threading.Thread(target=deliver).start()
        elif how == "later":
            self.pending.append((response, usrTag))
        elif how == "endless":

            def repeat():
                while callback(answer(b"piece", 1), usrTag) == 0:
                    time.sleep(0.0005)  # else the GIL comes straight back here and others starve

            threading.Thread(target=repeat, daemon=True).start()
        elif how == "fail":
            return 4321
        return 0

    # ---- sessions ----

    def wrapperCreate(self, params, sid, persId, usrTag):
        handle = f"session-{next(self.numbers)}"
        self.sessions[handle] = []
        return SessionCreateResponse(handle)

    def wrapperWrite(self, handle, reqData):
        for node in reqData.list:
            if node.data == b"wait":
                callback_metric(None, "entered", 1)
                callback_trace(None, "wait", "go")
            if callback(answer(node.data, node.status), handle) == -1:
                self.sessions[handle].append(node.data)
        return 0

    def wrapperRead(self, handle):
        pieces = self.sessions[handle]
        return answer(pieces.pop(0), 1) if pieces else Response()

    def wrapperDestroy(self, handle):
        del self.sessions[handle]
        return 0


assert aiges_embed.callback is callback
