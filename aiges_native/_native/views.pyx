# cython: language_level=3
"""Views of request data are earned.

A view over memory that a host lent dangles when the wrapper keeps it past the call, and nothing in the contract can tell
beforehand. So the first 16 calls of a method that use a view get it over a copy; if one of these is still alive when the
next call begins, the method keeps copies for good and the log names it. Otherwise its views show the host's memory.
"""

import gc

from cpython.object cimport PyObject

from aiges_native._abi.c_bridge cimport AIGES_LOG_ERROR, AIGES_LOG_WARNING
from aiges_native._native.callback cimport log_text
from aiges_native._native.node cimport DataListNode, ViewPolicy

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *o)
    void Py_FatalError(const char *message)

cdef enum:
    CALLS_TO_EARN = 16


cdef ViewMode view_mode(str text) except *:
    """The config value ``aiges.view``."""
    modes = {"earn": VIEW_EARN, "copy": VIEW_COPY, "borrow": VIEW_BORROW, "strict": VIEW_STRICT}
    if text not in modes:
        raise ValueError(f"aiges.view is '{text}', expected one of {', '.join(modes)}")
    return modes[text]


cdef bint is_kept(list nodes):
    """Whether somebody else refers to one of the nodes or views it; the list holds the only other reference."""
    cdef PyObject *node
    for index in range(len(nodes)):
        node = <PyObject *>nodes[index]
        if Py_REFCNT(node) > 1 or (<DataListNode>node)._exports:
            return True
    return False


cdef class ViewJudge:
    """Watches the views of one method."""

    def __cinit__(self, ViewPolicy policy, ViewMode mode):
        self.policy = policy
        self.mode = mode
        self.settled = mode != VIEW_EARN
        policy.borrow = mode == VIEW_BORROW or mode == VIEW_STRICT

    cdef int before_call(self) except -1:
        """Judges the views that former calls got over copies. Called when there are any."""
        cdef ViewPolicy policy = self.policy
        cdef list waiting, done
        if self.settled:
            policy.pending = []
            return 0
        waiting = policy.pending
        done = [node for node in waiting if (<DataListNode>node)._source is NULL]
        policy.pending = [node for node in waiting if (<DataListNode>node)._source is not NULL]
        waiting = None
        node = None
        if is_kept(done):
            gc.collect(0)
            if is_kept(done):
                self.settled = True
                log_text(AIGES_LOG_WARNING, f"'{policy.name}' keeps views of request data past its call; it gets copies "
                         "from now on (keep node.data instead of node.view)")
                return 0
        self.clean += bool(done)  # calls, not nodes
        if self.clean >= CALLS_TO_EARN:
            policy.borrow = True
            self.settled = True
        return 0

    cdef int after_call(self) except -1:
        """Deals with views of the host's memory that outlived their call. Called when there are any."""
        cdef ViewPolicy policy = self.policy
        cdef list escaped = policy.escaped
        policy.escaped = []
        gc.collect(0)
        if not any([(<DataListNode>node)._loose for node in escaped]):
            return 0
        text = (f"'{policy.name}' kept a view of request data past its call: the memory behind it belongs to the host "
                "and is gone; it gets copies from now on (keep node.data, or set aiges.view = copy)")
        if self.mode == VIEW_STRICT:
            Py_FatalError(text.encode())
        if self.mode == VIEW_EARN:
            policy.borrow = False
        log_text(AIGES_LOG_ERROR, text)
        return 0
