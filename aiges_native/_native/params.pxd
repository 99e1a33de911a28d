# Parameter lists as dicts. See params.pyx.

from libc.stdint cimport int64_t

from aiges_native._abi.c_type cimport DataList, ParamList


cdef dict build_params(ParamList *head, bint with_sid, int64_t *deadline_ms)
cdef dict build_config(ParamList *head)
cdef const char *find_value(ParamList *head, const char *key, unsigned int *vlen) noexcept
cdef int check_data(DataList *head) except -1
