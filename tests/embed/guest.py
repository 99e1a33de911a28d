"""Python programs that host engines in their own interpreter: one function per promise, run by test_guest.py.

guest.py NAME [ARGUMENT...]        with LIBWRAPPER, CROWD, ECHO (paths) in the environment, wrapper.py in the cwd
"""

import atexit
import ctypes
import linecache
import os
import sys
import threading
import time
import traceback

import aiges_native
from aiges_native.errors import AigesError

ENGINES = {"wrapper": "wrapper.py", "echo": os.environ["ECHO"]}
STOPPING, FORKED = -20008, -20009
PATIENCE = 600_000
PATIENT = {"aiges.drain_ms": PATIENCE}  # an end that waits for somebody does not come
kept = []  # alive until the interpreter clears its modules


def say(*words):
    print(*words, flush=True)


def ends_now():
    """The parent measures from here to the end of the process."""
    say("ends", time.monotonic())


def load_crowd(drain_ms=2000):
    crowd = ctypes.CDLL(os.environ["CROWD"])
    crowd.crowd_load.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    crowd.crowd_begin.argtypes = [ctypes.c_int, ctypes.c_char_p]
    crowd.crowd_load(os.environ["LIBWRAPPER"].encode(), str(drain_ms).encode())
    return crowd


def crowd(how, members="8"):
    """Native threads call while the interpreter ends."""
    load_crowd().crowd_begin(int(members), how.encode())


def crowd_and_engines(how):
    """The same, with engines of aiges_native.open in the same process, in use by daemon threads."""
    busy("wrapper")
    busy("echo")
    crowd(how)


def busy(name, threads=4, **config):
    """Daemon threads are in Engine.exec when the interpreter ends."""
    engine = aiges_native.open(ENGINES[name], config)
    running = threading.Barrier(threads + 1)

    def call():
        engine.exec(b"x")
        running.wait()
        while True:
            try:
                engine.exec(b"x", {"do": "compute"})
            except AigesError as error:
                assert error.code == STOPPING, error

    for _ in range(threads):
        threading.Thread(target=call, daemon=True).start()
    running.wait()
    return engine


def held_gil():
    """Calls with the GIL held, and calls inside other code's PyGILState pair, on Python's and on native threads."""
    released = load_crowd(PATIENCE)
    native = ctypes.PyDLL(os.environ["CROWD"])
    native.crowd_echo()
    released.crowd_echo()
    called = []

    @ctypes.CFUNCTYPE(None)
    def in_a_pair():
        native.crowd_echo()
        released.crowd_echo()
        called.append(threading.get_ident())

    released.crowd_run(in_a_pair, 20)
    thread = threading.Thread(target=in_a_pair)
    thread.start()
    thread.join()
    assert len(called) == 21
    released.crowd_run(released.crowd_echo, 20)
    assert released.crowd_fini() == 0
    ends_now()


def quiet(name, how):
    """Nothing runs: the interpreter ends at once, whatever was done before."""
    engine = aiges_native.open(ENGINES[name], PATIENT)
    assert engine.exec(b"x")[0].data == b"x"
    if how == "async":
        answered = threading.Event()
        for word in ("inline", "thread", "daemon"):
            answered.clear()
            engine.exec_async(b"x", {"do": word}, on_result=lambda value: answered.set())
            assert answered.wait(10)
    elif how == "session":
        got = threading.Event()
        session = engine.create(on_result=lambda value: got.set())
        session.write(b"x")
        assert got.wait(10)
        kept.append(session)
    elif how == "results":
        kept.extend(engine.exec(b"x" * 100000) for _ in range(5))
        kept.extend(memoryview(result[0].data) for result in list(kept))
    elif how == "failed":
        try:
            engine.exec(b"x", {"do": "raise", "echo.fail": 7})
            raise AssertionError("no error")
        except AigesError:
            pass
    kept.append(engine)
    ends_now()


def pending(name):
    """Results by callback are on their way, and pieces come without end, when the interpreter ends."""
    engine = aiges_native.open(ENGINES[name])
    pieces = threading.Semaphore(0)
    for number in range(4):
        engine.exec_async(
            b"x", {"do": "endless"}, on_result=lambda value: pieces.release(), usr_tag=f"endless {number}"
        )
    for number in range(200):
        params = {"do": "daemon", "echo.sleep_ms": number % 20}
        engine.exec_async(b"x", params, on_result=lambda value: pieces.release(), usr_tag=f"late {number}")
    engine.exec_async(b"x", {"do": "later", "echo.sleep_ms": 60000}, on_result=print, usr_tag="never")
    for _ in range(50):
        assert pieces.acquire(timeout=20)
    ends_now()


def session_in_flight():
    """A session's writes, made by a daemon thread, call back while the interpreter ends."""
    engine = aiges_native.open(ENGINES["wrapper"])
    pieces = threading.Semaphore(0)
    session = engine.create(on_result=lambda value: pieces.release())

    def write():
        while True:
            try:
                session.write(b"x")
            except AigesError as error:
                assert error.code == STOPPING, error

    threading.Thread(target=write, daemon=True).start()
    for _ in range(50):
        assert pieces.acquire(timeout=20)
    ends_now()


def order():
    """Handlers registered after open still have a working engine; those before find it stopped, and nothing hangs."""

    def early():
        for call in (
            lambda: engine.exec(b"x"),
            lambda: engine.create(),
            lambda: engine.exec_async(b"x", on_result=print),
        ):
            try:
                call()
                say("early: worked")
            except AigesError as error:
                say("early:", error.code)
        import aiges_embed

        say(
            "early: callback",
            aiges_embed.callback(aiges_embed.Response([aiges_embed.ResponseData("k", b"x")]), "later"),
        )
        say("early: metric", aiges_embed.callback_metric("tag", "key", 1))

    def late():
        say("late:", engine.exec(b"x")[0].data)

    atexit.register(early)
    engine = aiges_native.open(ENGINES["wrapper"])
    engine.set_meter(lambda *given: None)
    engine.exec_async(b"x", {"do": "later"}, on_result=lambda value: say("early: host called"), usr_tag="later")
    atexit.register(late)
    kept.append(engine)


def close_at_exit():
    """The usual clean end."""
    engine = aiges_native.open(ENGINES["wrapper"], {**PATIENT, "fini": "print"})
    atexit.register(engine.close)
    engine.exec(b"x")
    ends_now()


def wrapper_exits(how):
    """A wrapper that wants to end the process does not."""
    engine = aiges_native.open(ENGINES["wrapper"], PATIENT)
    try:
        engine.exec(b"x", {"do": how})
    except AigesError as error:
        say(error.code)
    assert engine.exec(b"x")[0].data == b"x"
    ends_now()


def forks(name):
    """A forked child is refused, and ends well and soon, by sys.exit as by os._exit."""
    # A drain that waited would take ten minutes; the parent itself may wait seconds for the GIL among its busy threads.
    engine = busy(name, **PATIENT)
    for how in (sys.exit, os._exit):
        child = os.fork()
        if child == 0:
            try:
                engine.exec(b"x")
                say("the child was served")
            except AigesError as error:
                assert error.code == FORKED, error
            how(9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert engine.exec(b"x")[0].data == b"x"


def processes():
    """multiprocessing with fork, in the program and inside a wrapper method."""
    import multiprocessing

    engine = aiges_native.open(ENGINES["wrapper"], PATIENT)
    assert engine.exec(b"x", {"do": "fork"})[0].data == b"7"
    assert engine.exec(b"x", {"do": "processes"})[0].data == b"45"
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(abs, range(-3, 0)) == [3, 2, 1]
    assert engine.exec(b"x")[0].data == b"x"
    ends_now()


def raising_host(name):
    """Exceptions in the host's own functions end in sys.unraisablehook; the engine works on."""
    seen = []
    sys.unraisablehook = lambda unraisable: seen.append(type(unraisable.exc_value).__name__)
    engine = aiges_native.open(ENGINES[name], PATIENT)
    done = threading.Event()

    def raises(*given):
        done.set()
        raise KeyError("host")

    engine.set_meter(raises)
    engine.set_trace(raises)
    for word in ("inline", "thread"):
        done.clear()
        engine.exec_async(b"x", {"do": word}, on_result=raises)
        assert done.wait(10)
    engine.exec(b"x", {"do": "enter"})
    engine.set_meter(None)
    engine.set_trace(None)
    engine.exec(b"x", {"do": "enter"})
    engine.close()
    assert seen and set(seen) == {"KeyError"}, seen
    ends_now()


def bad_exit():
    """The code of sys.exit is the process's, with engines in use."""
    busy("wrapper")
    sys.exit(23)


def raised():
    """An exception at the top level, with engines in use."""
    # To show one, Python imports a dozen modules, and each file it opens is a turn to wait for the GIL.
    traceback.format_exception(RuntimeError("warm"))
    linecache.getlines(__file__)
    busy("wrapper", threads=2)
    raise RuntimeError("top level")


globals()[sys.argv[1]](*sys.argv[2:])
