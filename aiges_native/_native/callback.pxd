# Results by callback, meters and traces. See callback.pyx.

from aiges_native._abi.c_bridge cimport aiges_shim


cdef int add_shim(const aiges_shim *shim) except -1
cdef bint log_wanted(int level) noexcept
cdef int log_text(int level, str text) except -1
