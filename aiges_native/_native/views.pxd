# Views of request data are earned. See views.pyx.

from aiges_native._abi.c_bridge cimport aiges_shim
from aiges_native._native.node cimport ViewPolicy


cdef enum ViewMode:
    VIEW_EARN
    VIEW_COPY
    VIEW_BORROW
    VIEW_STRICT


cdef ViewMode view_mode(str text) except *
cdef class ViewJudge:
    cdef ViewPolicy policy
    cdef ViewMode mode
    cdef int clean            # calls that used a view and let it go in time
    cdef bint settled         # copies for good

    cdef int before_call(self) except -1
    cdef int after_call(self) except -1
