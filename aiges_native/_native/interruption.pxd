# How a wrapper's method is interrupted. See interruption.pyx.

from cpython.object cimport PyObject
from libc.stdint cimport int64_t

from aiges_native._abi.c_bridge cimport aiges_running

cdef aiges_running *running_here() noexcept
cdef void interrupt(aiges_running *running, unsigned long thread, int64_t late_ms) noexcept
cdef int take_back(aiges_running *running) except -1
cdef int raise_pending() except -1
cdef object settled(aiges_running *running, PyObject *value)
