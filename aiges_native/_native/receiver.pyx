# cython: language_level=3
"""Where native threads deliver: results of requests and sessions, meters and traces, to functions of the Python host."""

import atexit
import time
from collections import deque

from cpython.ref cimport Py_DECREF, Py_INCREF

from aiges_native._abi.c_type cimport DataList
from aiges_native._native.host_result cimport copied_result
from aiges_native._native.node cimport text_from_c

cdef extern from "Python.h":
    void PyErr_SetObject(object type, object value)
    void PyErr_WriteUnraisable(object where)

cdef enum:
    END = 2
    ONCE = 3

# A native thread must not ask for the GIL of an interpreter that finalises: it would be ended on the way. The gate is
# closed by atexit, which waits for those inside.
cdef extern from *:
    """
    #include <pthread.h>
    #include <stdatomic.h>
    #include <time.h>
    static atomic_int callback_inside;
    static atomic_int callback_closed;
    static int callback_enter(void) {
        atomic_fetch_add(&callback_inside, 1);
        if (!atomic_load(&callback_closed)) return 1;
        atomic_fetch_sub(&callback_inside, 1);
        return 0;
    }
    static int callback_idle(void) { return atomic_load(&callback_inside) == 0; }
    static void callback_leave(void) { atomic_fetch_sub(&callback_inside, 1); }
    /* A forked child has none of the threads that were inside. */
    static void callback_forked(void) { atomic_store(&callback_inside, 0); }
    static int callback_watch_forks(void) { return pthread_atfork(NULL, NULL, callback_forked); }
    static void callback_close(void) {
        const struct timespec pause = {0, 1000000};
        atomic_store(&callback_closed, 1);
        for (int left = 2000; left > 0 && atomic_load(&callback_inside); --left) nanosleep(&pause, NULL);
    }
    """
    bint callback_enter() noexcept nogil
    bint callback_idle() noexcept nogil
    void callback_leave() noexcept nogil
    void callback_close() noexcept nogil
    int callback_watch_forks() noexcept nogil


def _close_callbacks():
    with nogil:
        callback_close()


callback_watch_forks()
atexit.register(_close_callbacks)


cdef int deliver_result(void *context, DataList *response, int code) noexcept nogil:
    cdef int taken = -1
    if callback_enter():
        with gil:
            taken = give_result(<object>context, response, code)
        callback_leave()
    return taken


cdef int give_result(object receiver, DataList *response, int code) noexcept:
    """Hands a result, or the exception for a code, to a Receiver."""
    cdef object function = (<Receiver>receiver).function
    cdef object engine = (<Receiver>receiver).engine
    if engine is None:  # withdrawn meanwhile
        return -1
    try:
        if code:
            value = (<Receiver>receiver).failure(engine, code)
        else:
            try:
                value = copied_result(response)
            except MemoryError as error:
                value = error
        return (<Receiver>receiver).give(value, code != 0 or is_final(response))
    except BaseException as error:
        return ignore(error, function)


cdef int ignore(object error, object function) noexcept:
    """Reports an exception of the host's own callback to ``sys.unraisablehook``: it has nowhere else to go."""
    PyErr_SetObject(type(error), error)
    PyErr_WriteUnraisable(function)
    return -1


cdef bint is_final(DataList *response) noexcept:
    while response is not NULL:
        if response.status == END or response.status == ONCE:
            return True
        response = response.next
    return False


cdef class Receiver:
    """Where the results of one request or session go. The native side holds one reference until the final result."""

    cdef int give(self, object value, bint final) except -1:
        cdef bint was_held = self.held
        if final:
            self.held = False
        try:
            self.function(value)
        finally:
            if final and was_held:
                Py_DECREF(self)
        return 0

    cdef int withdraw(self) except -1:
        """Nothing is given any more; a call that had begun may still look at the object itself for a while."""
        self.function = None
        self.engine = None
        return retire(self)

    cdef void hold(self):
        self.held = True
        Py_INCREF(self)

    cdef void drop(self):
        """Takes the reference back, from a native side that begins no call any more but may be about to enter one."""
        if self.held:
            self.held = False
            self.withdraw()
            Py_DECREF(self)


cdef object retired = deque()  # (time, Receiver): kept for as long as a call that had begun may still need to enter
cdef double RETIRED_FOR = 5.0


cdef int retire(Receiver receiver) except -1:
    now = time.monotonic()
    retired.append((now, receiver))
    while retired[0][0] < now - RETIRED_FOR and callback_idle():
        retired.popleft()
    return 0


cdef Receiver receiver_for(object engine, FailureFunction failure, object function):
    """A receiver of `function`, which keeps the engine; `failure` makes the exception for a code of it."""
    cdef Receiver receiver = Receiver.__new__(Receiver)
    if not callable(function):
        raise TypeError(f"on_result must be callable, not {type(function).__name__}")
    receiver.engine = engine
    receiver.failure = failure
    receiver.function = function
    return receiver


cdef int set_hook(Receiver hook, object function) except -1:
    """Puts the host's function into the hook, one object for the engine's life: a call may always be on its way to it."""
    if function is not None and not callable(function):
        raise TypeError(f"a meter or trace function must be callable or None, not {type(function).__name__}")
    hook.function = function
    return 0


cdef int deliver_meter(void *context, const char *tag, const char *key, int count) noexcept nogil:
    cdef int code = -1
    if callback_enter():
        with gil:
            code = call_host_function(<object>context, tag, key, NULL, count)
        callback_leave()
    return code


cdef int deliver_trace(void *context, const char *tag, const char *key, const char *value) noexcept nogil:
    cdef int code = -1
    if callback_enter():
        with gil:
            code = call_host_function(<object>context, tag, key, value, 0)
        callback_leave()
    return code


cdef int call_host_function(object hook, const char *tag, const char *key, const char *value, int count) noexcept:
    cdef object function = (<Receiver>hook).function
    if function is None:  # unset meanwhile
        return -1
    try:
        tag_text = None if tag is NULL else text_from_c(tag)
        function(tag_text, text_from_c(key), count if value is NULL else text_from_c(value))
        return 0
    except BaseException as error:
        return ignore(error, function)
