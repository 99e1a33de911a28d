# Parameter lists as dicts. See params.pyx.

from libc.stdint cimport int64_t

from aiges_native._abi.c_type cimport DataList, ParamList


cdef dict build_params(ParamList *head, bint with_sid, int64_t *deadline_ms)
cdef dict build_config(ParamList *head)
cdef const char *find_value(ParamList *head, const char *key, unsigned int *vlen) noexcept
cdef int refuse_data(DataList *node) except -1


cdef inline int check_data(DataList *head) except -1:
    """InvalidArgument for a node whose data is NULL although it has a length."""
    while head is not NULL:
        if head.data is NULL and head.len != 0:
            return refuse_data(head)
        head = head.next
    return 0
