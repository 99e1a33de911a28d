# Results on their way out: Response -> aiges_result. See result.pyx.

from libc.stdint cimport uint64_t

from aiges_native._abi.c_bridge cimport aiges_result
from aiges_native._abi.c_type cimport DataList


cdef struct ResultRules:
    bint once            # every status becomes DataOnce
    bint sole            # the response object is referenced by the caller alone
    DataList *request    # memory that must not be pointed at after the call
    uint64_t *copied     # counter of copied bytes


cdef aiges_result *build_result(object items, ResultRules *rules) except NULL
cdef void release_result(aiges_result *result) noexcept
