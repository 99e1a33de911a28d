# Results as a Python host gets them. See host_result.pyx.

from aiges_native._abi.c_loader cimport aiges_engine
from aiges_native._abi.c_type cimport DataList

cdef enum:
    SMALL_KEY = 32
    SMALL_DATA = 128

cdef enum Holding:
    HOLDS_NOTHING
    HOLDS_SMALL        # the copy in the object itself
    HOLDS_BLOCK        # a copy in one allocation
    HOLDS_ENGINE_LIST  # the engine's own list, released when the last view goes


cdef class Result:
    cdef DataList *head
    cdef Holding holding
    cdef object engine           # kept open while its list is held
    cdef aiges_engine *handle
    cdef void (*on_release)(object engine) noexcept
    cdef DataList small
    cdef char small_key[SMALL_KEY]
    cdef char small_data[SMALL_DATA]

    cdef bint take_small(self, DataList *list) noexcept nogil
    cdef bint take_copy(self, DataList *list) noexcept nogil
    cdef list all_nodes(self)


cdef class ResultNode:
    cdef Result result
    cdef DataList *node
    cdef object made             # the bytes, once asked for
