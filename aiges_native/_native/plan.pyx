# cython: language_level=3
"""How one method of a wrapper is called: a plan made once at load, one vectorcall per call."""

from types import MethodType

from cpython.object cimport PyObject

from aiges_native._abi.c_bridge cimport aiges_request, aiges_running
from aiges_native._native.interruption cimport settled
from aiges_native._native.node cimport ViewPolicy

from aiges_native._native.signature import KINDS

cdef extern from "Python.h":
    size_t PY_VECTORCALL_ARGUMENTS_OFFSET

ctypedef object (*settle_function)(aiges_running *running, PyObject *value)

# The method of a request can be interrupted while it runs: neither before nor after, where code of ours would be hit. In C,
# because a `try` costs as much again.
cdef extern from *:
    """
    #include "embed/bridge.h"
    static CYTHON_INLINE PyObject *call_method(aiges_request *request, PyObject *(*settle)(aiges_running *, PyObject *),
                                               PyObject *callable, PyObject **arguments, size_t count,
                                               PyObject *keywords) {
        PyObject *value;
        if (request == NULL) return PyObject_Vectorcall(callable, arguments, count, keywords);
        request->running->request = request;
        value = PyObject_Vectorcall(callable, arguments, count, keywords);
        request->running->request = NULL;
        return __builtin_expect(request->running->interrupted, 0) ? settle(request->running, value) : value;
    }
    """
    object call_method(aiges_request *request, settle_function settle, object callable, PyObject **arguments, size_t count,
                       PyObject *keywords)

assert len(KINDS) == KIND_COUNT


cdef class MethodPlan:
    """A bound method, and which value goes to which of its parameters."""

    def __cinit__(self, callable, str name, arguments, keywords, bint module_style, bint borrow):
        if len(arguments) > MOST_ARGUMENTS:
            raise ValueError(f"'{name}' takes more than {MOST_ARGUMENTS} arguments")
        self.callable = callable
        if type(callable) is MethodType:  # its self goes in front here: one call less on the way
            self.callable = callable.__func__
            self.bound_to = callable.__self__
            self.first = 1
        self.name = name
        self.count = len(arguments)
        for index, kind in enumerate(arguments):
            self.kinds[index] = KINDS.index(kind)
            self.uses |= 1u << self.kinds[index]
        self.keywords = tuple(keywords) or None
        self.module_style = module_style
        self.policy = ViewPolicy(name, borrow)

    cdef bint wants(self, Kind kind) noexcept:
        return self.uses >> <unsigned int>kind & 1

    cdef object call(self, PyObject **values, aiges_request *request):
        """Calls the method; `values` holds a borrowed reference for every kind the plan wants. `request`: whose call it is,
        which may be interrupted; or NULL."""
        cdef PyObject *arguments[MOST_ARGUMENTS + 2]  # the first is scratch space of the vectorcall protocol
        cdef PyObject **given = &arguments[1 + self.first]
        cdef size_t positional = self.count + self.first
        cdef int index
        arguments[1] = <PyObject *>self.bound_to
        for index in range(self.count):
            given[index] = values[self.kinds[index]]
        cdef PyObject *keywords = NULL
        if self.keywords is not None:
            keywords = <PyObject *>self.keywords
            positional -= len(<tuple>self.keywords)
        return call_method(request, settled, self.callable, &arguments[1], positional | PY_VECTORCALL_ARGUMENTS_OFFSET,
                           keywords)
