"""Python programs that cancel calls of their engines which go on: one function per promise, run by test_interrupted.py.

guest_interrupted.py NAME [ARGUMENT...]        with LIBWRAPPER (a second copy of the library) in the environment; this
file is the wrapper, too. The log is in guest.log.
"""

import _thread
import contextlib
import functools
import importlib
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

import __main__
import aiges_native
from aiges_native.errors import CallInterrupted, WrapperFault
from aiges_native.sdk import Response, ResponseData, SessionCreateResponse, callback, callback_metric, cancelled

LIMIT = 0.1
PATIENCE = 30.0
SETTINGS = {"aiges.interrupt_after_ms": int(LIMIT * 1000), "log.dir": ".", "log.name": "guest"}
answers = queue.SimpleQueue()  # what wrapperRead waits for


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def answer(text="done", status=3):
    return Response([ResponseData("data", text.encode(), None, 0, status)])


class Wrapper:
    """Its methods do what the parameter ``do`` says."""

    def __init__(self):
        self.wrapperRead = __main__.answers.get  # no step of Python, in which an exception could be raised
        self.inner = None

    def wrapperInit(self, config):
        if config.get("inner"):
            settings = {**SETTINGS, "wrapper.file": __file__}
            self.inner = aiges_native.open(config["inner"], settings)
        return 0

    def wrapperOnceExec(self, params, reqData, usrTag, persId):
        getattr(self, params.get("do", "nothing"))(usrTag)
        return answer()

    def nothing(self, tag):
        pass

    def hang(self, tag):
        callback_metric(tag, "entered", 1)
        while True:
            time.sleep(0.001)

    def stubborn(self, tag):
        while True:
            with contextlib.suppress(CallInterrupted):
                self.hang(tag)

    def work(self, tag):
        """Lasts longer than a cancelled call may."""
        spin(3 * LIMIT)
        Path("unharmed").touch()

    def use_inner(self, tag):
        """Another engine's call inside this one, while this one is cancelled and over its time."""
        callback_metric(tag, "entered", 1)
        while not cancelled():
            spin(0.001)
        self.inner.exec(b"x", {"do": "work"})
        self.hang(tag)

    def keep_using_inner(self, tag):
        callback_metric(tag, "entered", 1)
        while True:
            try:
                self.inner.exec(b"x")
            except WrapperFault:
                Path("harmed").touch()

    def wrapperOnceExecAsync(self, params, reqData, usrTag, persId):
        """The host's function runs on this thread."""
        callback(answer("piece", 1), usrTag)
        self.hang(usrTag)

    def wrapperCreate(self, params, sid, persId, usrTag):
        return SessionCreateResponse("handle")

    def wrapperDestroy(self, handle):
        return 0


class Guest:
    """An engine, and what its wrapper posts."""

    def __init__(self, **settings):
        self.posted = queue.SimpleQueue()
        self.engine = aiges_native.open(__file__, {**SETTINGS, **settings})
        self.engine.set_meter(lambda tag, key, count: self.posted.put(key))

    def await_(self, *names):
        for name in names:
            assert self.posted.get(timeout=PATIENCE) == name

    def cancel_once_entered(self):
        def cancel():
            self.await_("entered")
            assert self.engine.cancel("tag")

        thread = threading.Thread(target=cancel)
        thread.start()
        return thread

    def interrupted(self, do):
        """A call on this thread, cancelled by another one."""
        canceller = self.cancel_once_entered()
        try:
            self.engine.exec(b"x", {"do": do}, usr_tag="tag")
            raise AssertionError("not interrupted")
        except WrapperFault as error:
            assert error.code == -20030, error
        canceller.join()
        spin(0.01)  # what was left over would come out here
        assert self.engine.exec(b"x").data == b"done"


def interruptions():
    """How many exceptions were sent."""
    return Path("guest.log").read_text().count("it is interrupted")


def own_code():
    """This thread, which is the interpreter's first, goes on unharmed."""
    guest = Guest()
    for _ in range(10):
        guest.interrupted("hang")
    guest.engine.close()
    assert interruptions() >= 10


def read_cancelled(meanwhile):
    """A method that ends before the exception is raised; ``meanwhile`` runs once it was sent."""
    guest = Guest()
    session = guest.engine.create()

    def cancel():
        assert session.cancel()
        while interruptions() == 0:
            time.sleep(0.001)
        meanwhile()
        answers.put(answer("in time"))

    canceller = threading.Thread(target=cancel)
    canceller.start()
    try:
        return session.read()
    finally:
        canceller.join()
        spin(0.05)
        session.close()
        guest.engine.close()


def taken_back():
    """The exception that comes too late is lost, and the result is not."""
    assert read_cancelled(lambda: None).data == b"in time"


def no_room():
    """The same on a thread that is so deep in calls that Python makes no more of them."""
    interruption = importlib.import_module("aiges_native._native.interruption")
    ended = (nothing for nothing in ())
    next(ended, None)
    deep = functools.partial(ended.throw, RecursionError)  # raises it without a step of Python
    assert read_cancelled(lambda: setattr(interruption, "run_some_steps", deep)).data == b"in time"


def signal_meanwhile():
    """The exception of a signal's handler that comes at the same time is the method's, as if it had come before."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this may have it ignored
    try:
        read_cancelled(_thread.interrupt_main)
        raise AssertionError("no exception")
    except WrapperFault as error:
        assert error.code == -20030
    assert "wrapperRead raised" in Path("guest.log").read_text()
    assert Path("guest.log").read_text().rstrip().endswith("KeyboardInterrupt")


def host_function():
    """A function of the host that the wrapper calls is not the wrapper's code."""
    guest = Guest()
    got = []

    def receive(value):
        assert guest.engine.cancel("tag")
        spin(3 * LIMIT)
        got.append(value)

    try:
        guest.engine.exec_async(b"x", on_result=receive, usr_tag="tag")
        raise AssertionError("not interrupted")
    except WrapperFault as error:
        assert error.code == -20030
    assert [value.data for value in got] == [b"piece"]
    guest.engine.close()


def inner_engine(where="wrapper"):
    """The call of another engine inside a call that is over its time is not hit: in this library, or another copy."""
    guest = Guest(inner=os.environ["LIBWRAPPER"] if where == "copy" else __file__)
    canceller = guest.cancel_once_entered()
    try:
        guest.engine.exec(b"x", {"do": "use_inner"}, usr_tag="tag")
        raise AssertionError("not interrupted")
    except WrapperFault as error:
        assert error.code == -20030
    canceller.join()
    assert Path("unharmed").exists()
    guest.engine.close()


def inner_engine_at_any_time():
    """The same where the exception may be sent while the thread is on its way into the inner call."""
    guest = Guest(inner=__file__, **{"aiges.interrupt_after_ms": 10})
    for _ in range(2):  # they make it wait for the GIL
        threading.Thread(target=spin, args=(3600,), daemon=True).start()
    for _ in range(50):
        guest.interrupted("keep_using_inner")
    assert not Path("harmed").exists()


def ends(how):
    """The interpreter ends while an exception is due, or while calls swallow one after the other."""
    guest = Guest(**({"aiges.interrupt_after_ms": 3600000} if how == "due" else {"aiges.interrupt_after_ms": 1}))

    def call(number):
        guest.engine.exec(b"x", {"do": "stubborn"}, usr_tag=f"tag {number}")

    for number in range(4):
        threading.Thread(target=call, args=(number,), daemon=True).start()
    guest.await_(*["entered"] * 4)
    for number in range(4):
        assert guest.engine.cancel(f"tag {number}")
    if how == "swallowed":
        guest.await_(*["entered"] * 40)
    print("ends", time.monotonic(), flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
