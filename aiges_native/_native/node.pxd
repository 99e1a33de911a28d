# Request data: nodes over a host's memory, and the list of them. See node.pyx.

from libc.stdint cimport uint64_t

from aiges_native._abi.c_loader cimport aiges_buffer
from aiges_native._abi.c_type cimport DataList


cdef class ViewPolicy:
    cdef readonly str name      # the method it belongs to
    cdef public bint borrow     # a view may show the host's memory
    cdef list pending           # nodes viewed through a copy, to be judged at the next call
    cdef list escaped           # nodes whose borrowed memory is still exported after their call


cdef class BufferHold:
    cdef aiges_buffer *buffer   # retained


cdef class DataListNode:
    cdef public int type
    cdef public int status
    cdef object _key            # str, or None while it is still only in _source
    cdef object _data           # bytes, or None while nobody asked
    cdef object _desc           # dict, or None while nobody asked
    cdef DataList *_source      # borrowed until complete()
    cdef BufferHold _hold       # None unless the bytes are loader-owned
    cdef const char *_address
    cdef Py_ssize_t _length     # -1: completing it ran out of memory
    cdef Py_ssize_t _assigned   # what was assigned to len; -1: nothing
    cdef Py_ssize_t _exports    # live exports, of any kind
    cdef Py_ssize_t _loose      # of these, exports of memory borrowed from the host
    cdef int _filling           # threads that copy from _address without the GIL
    cdef uint64_t *_copied      # the call's counter of copied bytes; NULL outside a call
    cdef ViewPolicy _policy


cdef class DataListCls:
    cdef object _list           # the public list, or None while nobody asked
    cdef object _made           # the nodes made for it: the node itself when there is one, else a list
    cdef DataListNode _spare    # a node that nobody kept, to be used by the next request
    cdef DataList *_head        # borrowed until finish()
    cdef uint64_t *_copied
    cdef ViewPolicy _policy


cdef DataListCls borrow_list(DataList *head, uint64_t *copied, ViewPolicy policy)
cdef int finish_list(DataListCls self) except -1
ctypedef aiges_buffer *(*BufferFinder)(const DataList *node) noexcept
cdef void set_buffer_finder(BufferFinder finder) noexcept
cdef aiges_buffer *announced_buffer(DataList *source) noexcept
cdef bytes node_bytes(DataListNode self)
cdef str node_key(DataListNode self)
cdef dict node_desc(DataListNode self)
cdef object text_from_c(const char *text)
cdef object value_from_c(const char *value, unsigned int vlen)
cdef tuple copying(object self, tuple state)
cdef tuple restoring(object self, tuple state)
cdef bint holds_objects(const char *format) noexcept
