# Results as a wrapper makes them. See response.pyx.

cdef class Lent:
    cdef readonly object owner


cdef class ResponseData:
    cdef object _key
    cdef object _data
    cdef Py_ssize_t _assigned   # what was assigned to len; -1: nothing, the whole data
    cdef bint _text             # data was given as str: an assigned len counted characters
    cdef public int type
    cdef public int status
    cdef object _desc           # dict or None


cdef class Response:
    cdef object _list           # a list, or None while nobody asked
    cdef public int error_code


cdef class SessionCreateResponse:
    cdef object _handle
    cdef public int error_code
