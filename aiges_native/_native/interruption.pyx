# cython: language_level=3
"""The exception that ends a call which goes on although it was cancelled.

CPython raises it in the thread when that next runs a step of Python, which may be after the call. Nothing but the call's
own method may see it, so whoever leaves the method takes it back. libwrapper.so knows whose time is over; here is what
needs Python. Everything happens with the GIL held.
"""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF
from libc.stdint cimport int64_t

from aiges_native._abi.c_bridge cimport AIGES_LOG_WARNING, aiges_running
from aiges_native._native.callback cimport log_text
from aiges_native._native.node cimport text_from_c
from aiges_native._native.params cimport find_value

from aiges_native._native.interpreted import run_some_steps
from aiges_native.errors import CallInterrupted

cdef extern from "Python.h":
    int PyThreadState_SetAsyncExc(unsigned long thread, PyObject *exception)
    unsigned long PyThread_get_thread_ident()

cdef enum:
    MOST_TRIES = 10

# One for each thread, whichever libwrapper.so it is in.
cdef extern from *:
    """
    #include "embed/bridge.h"
    static __thread aiges_running running_of_thread;
    static aiges_running *own_running(void) { return &running_of_thread; }
    """
    aiges_running *own_running() noexcept


cdef aiges_running *running_here() noexcept:
    return own_running()


cdef void interrupt(aiges_running *running, unsigned long thread, int64_t late_ms) noexcept:
    cdef unsigned int vlen = 0
    cdef const char *name = find_value(running.request.params, "sid", &vlen)
    if PyThreadState_SetAsyncExc(thread, <PyObject *>CallInterrupted) == 0:
        return  # no thread of Python's
    running.interrupted += 1
    if running.interrupted & (running.interrupted - 1):
        return  # a call that is stuck for good is told ever less often
    if name is NULL:
        name = running.request.usr_tag
    log_text(AIGES_LOG_WARNING, f"a call (sid '{text_from_c(name)}') goes on {late_ms} ms after it was cancelled: "
             "it is interrupted")


cdef int take_back(aiges_running *running) except -1:
    """Sends it once more, to be caught here.

    Sending NULL would take it back, too. But up to Python 3.12 only an exception that was raised ends the search for it:
    every thread would look for one after every step, for good. So that is left for a thread that has no room for a call.
    """
    cdef unsigned long thread = PyThread_get_thread_ident()
    cdef object other = None
    running.interrupted = 0
    for _ in range(MOST_TRIES):
        PyThreadState_SetAsyncExc(thread, <PyObject *>CallInterrupted)
        try:
            run_some_steps()
        except CallInterrupted:
            break
        except (RecursionError, MemoryError):
            pass
        except BaseException as error:  # of a signal's handler, which runs between steps, too
            other = error
    else:
        PyThreadState_SetAsyncExc(thread, NULL)
    if other is not None:
        raise other
    return 0


cdef int raise_pending() except -1:
    """Re-raises the exception that is set already."""
    return -1


cdef object settled(aiges_running *running, PyObject *value):
    """What an interrupted method came to: its value, whose reference is taken over, or if NULL the exception it raised."""
    if value is NULL:
        try:
            raise_pending()
        finally:
            take_back(running)
    returned = <object>value
    Py_DECREF(returned)
    take_back(running)
    return returned
