# Where native threads deliver. See receiver.pyx.

from aiges_native._abi.c_type cimport DataList

ctypedef object (*FailureFunction)(object engine, int code)


cdef class Receiver:
    cdef object engine          # kept until the final result; None: withdrawn
    cdef FailureFunction failure
    cdef object function
    cdef bint held              # by the native side

    cdef int give(self, object value, bint final) except -1
    cdef int withdraw(self) except -1
    cdef void hold(self)
    cdef void drop(self)


cdef Receiver receiver_for(object engine, FailureFunction failure, object function)
cdef int set_hook(Receiver hook, object function) except -1
cdef int deliver_result(void *context, DataList *response, int code) noexcept nogil
cdef int deliver_meter(void *context, const char *tag, const char *key, int count) noexcept nogil
cdef int deliver_trace(void *context, const char *tag, const char *key, const char *value) noexcept nogil
