# Engines and sessions of a Python host. See engine.pyx.

from aiges_native._abi.c_loader cimport aiges_engine, aiges_session
from aiges_native._native.request cimport Request


cdef class Engine:
    cdef aiges_engine *handle
    cdef aiges_engine *late      # closed for callers, to be released with the last result
    cdef int users               # calls in progress; changed with the GIL held
    cdef int sessions            # open ones
    cdef int results             # those that hold the engine's own list
    cdef readonly str path
    cdef object meter, trace     # keep the host's functions alive
    cdef object __weakref__

    cdef aiges_engine *enter(self) except NULL
    cdef object failure(self, int code)


cdef class Session:
    cdef readonly Engine engine
    cdef aiges_session *handle
    cdef int users
    cdef bint started
    cdef bint reading
    cdef object on_result
    cdef object __weakref__

    cdef aiges_session *enter(self) except NULL


cdef Request new_request(object data, object params, object tag, object ids, object deadline)
cdef void result_released(object owner) noexcept
