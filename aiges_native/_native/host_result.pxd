# Results as a Python host gets them. See host_result.pyx.

from aiges_native._abi.c_loader cimport aiges_engine
from aiges_native._abi.c_type cimport DataList

cdef enum:
    SMALL_KEY = 32
    SMALL_DATA = 128


cdef class ListHold:
    cdef DataList *list
    cdef object engine           # kept open while its list is held; None: the list is a copy of ours
    cdef aiges_engine *handle
    cdef void (*on_release)(object engine) noexcept


cdef class Result:
    cdef DataList *head
    cdef ListHold hold           # None: the result is empty, or one node kept in the object itself
    cdef DataList small
    cdef char small_key[SMALL_KEY]
    cdef char small_data[SMALL_DATA]

    cdef bint take_small(self, DataList *list) noexcept nogil
    cdef list all_nodes(self)


cdef DataList *copy_list(DataList *list) noexcept nogil
cdef Result copied_result(DataList *list)
cdef Result owned_result(DataList *copy)
cdef int hold_list(Result result, DataList *list, object engine, aiges_engine *handle,
                   void (*on_release)(object engine) noexcept) except -1


cdef class ResultNode:
    cdef Result result
    cdef DataList *node
    cdef object made             # the bytes, once asked for
