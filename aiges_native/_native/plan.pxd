# How one method of a wrapper is called. See plan.pyx.

from cpython.object cimport PyObject

from aiges_native._abi.c_bridge cimport aiges_request
from aiges_native._native.node cimport ViewPolicy

# What a parameter of a method receives; the names are those of signature.py.
cdef enum Kind:
    KIND_PARAMS
    KIND_DATA
    KIND_TAG
    KIND_PERS_ID
    KIND_SID
    KIND_HANDLE
    KIND_PATCH_ID
    KIND_ERROR
    KIND_CONFIG
    KIND_CODE
    KIND_RESULTS     # convention A: the list to fill
    KIND_PSR_IDS
    KIND_PSR_COUNT
    KIND_COUNT

cdef enum:
    MOST_ARGUMENTS = 16


cdef class MethodPlan:
    cdef object callable                 # the function of a bound method, else the callable itself
    cdef object bound_to                 # its self
    cdef int first                       # where the arguments begin: 1 behind a self, else 0
    cdef readonly str name
    cdef int count                       # arguments, keyword ones last
    cdef unsigned char kinds[MOST_ARGUMENTS]
    cdef unsigned int uses               # bit set of kinds
    cdef object keywords                 # tuple of the keyword names, or None
    cdef readonly bint module_style      # convention A
    cdef readonly ViewPolicy policy

    cdef object call(self, PyObject **values, aiges_request *request)
    cdef bint wants(self, Kind kind) noexcept
