# cython: language_level=3
"""Request data as a wrapper sees it: ``DataListNode`` and ``DataListCls``.

Nodes are read lazily: key, bytes and desc stay in the host's memory until somebody asks. The host's memory is borrowed
until the call returns, so at its end :c:func:`finish_list` completes every node that somebody kept; nodes that nobody
kept cost nothing more. Nodes over loader-owned buffers keep a reference of the buffer instead of a copy.

Source of the structures and their rules: include/aiges/type.h.
"""

import copyreg

cimport cython
from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_FillInfo, PyObject_CheckBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_SetDefault
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_CheckExact, PyUnicode_DecodeUTF8
from libc.stdint cimport uint64_t
from libc.string cimport memcpy, strcmp, strlen, strncmp

from aiges_native._abi.c_loader cimport aiges_buffer
from aiges_native._abi.c_type cimport DataList, ParamList

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *o)
    const char *PyUnicode_AsUTF8(object text) except NULL
    object PyMemoryView_FromObject(object o)
    Py_buffer *PyMemoryView_GET_BUFFER(object view)
    object PyUnicode_New(Py_ssize_t size, unsigned int maxchar)
    void *PyUnicode_DATA(object text)
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)

cdef extern from "sched.h" nogil:
    int sched_yield()

# From this size on, bytes are filled with the GIL released: the copy takes longer than giving it away and back.
cdef enum:
    FILL_WITHOUT_GIL = 262144
    SHORT_TEXT = 64


cdef object decoded(const char *text, Py_ssize_t length):
    """str of UTF-8; odd bytes survive as surrogates. Short ASCII, the rule, skips the decoder's set-up."""
    cdef Py_ssize_t at = 0
    cdef uint64_t word = 0
    cdef uint64_t high = 0
    cdef object made
    if 1 < length <= SHORT_TEXT:
        while at + 8 <= length:
            memcpy(&word, text + at, 8)
            high |= word
            at += 8
        while at < length:
            high |= <unsigned char>text[at]
            at += 1
        if not high & <uint64_t>0x8080808080808080u:
            made = PyUnicode_New(length, 0x7F)
            memcpy(PyUnicode_DATA(made), text, length)
            return made
    return PyUnicode_DecodeUTF8(text, length, "surrogateescape")


cdef object text_from_c(const char *text):
    """str of a NUL-terminated text."""
    if text is NULL:
        return ""
    return decoded(text, strlen(text))


cdef object value_from_c(const char *value, unsigned int vlen):
    """str of a ParamList value: vlen bytes less one trailing NUL, or up to the NUL when vlen is 0."""
    if value is NULL:
        return ""
    if vlen == 0:
        return decoded(value, strlen(value))
    if value[vlen - 1] == 0:
        vlen -= 1
    return decoded(value, vlen)


# The buffer that a node's desc announces: told by libwrapper.so, which shares the check with libaiges.so.
cdef BufferFinder find_buffer = NULL


cdef void set_buffer_finder(BufferFinder finder) noexcept:
    global find_buffer
    find_buffer = finder


cdef aiges_buffer *announced_buffer(DataList *source) noexcept:
    """The loader-owned buffer that the node's bytes lie in; NULL if there is none."""
    return NULL if source.desc is NULL or find_buffer is NULL else find_buffer(source)


@cython.final
cdef class BufferHold:
    """One reference of a loader-owned buffer."""

    def __dealloc__(self):
        self.buffer.release(self.buffer)


cdef BufferHold hold_buffer(aiges_buffer *buffer):
    cdef BufferHold hold = BufferHold.__new__(BufferHold)
    hold.buffer = buffer
    buffer.retain(buffer)
    return hold


cdef bint holds_objects(const char *format) noexcept:
    """Whether a buffer's format (PEP 3118) has Python objects among its items; the names of fields do not count."""
    cdef bint in_name = False
    while format is not NULL and format[0]:
        if format[0] == c':':
            in_name = not in_name
        elif format[0] == c'O' and not in_name:
            return True
        format += 1
    return False


@cython.final
cdef class ViewPolicy:
    """How views of request data are given out by one method: copied, or over the host's own memory."""

    def __cinit__(self, str name, bint borrow=False):
        self.name = name
        self.borrow = borrow
        self.pending = []
        self.escaped = []


@cython.no_gc  # made and dropped in every call; it refers to texts, bytes and a dict of texts
@cython.freelist(64)
cdef class DataListNode:
    """One named piece of data.

    ``DataListNode(key="", data=b"", type=0, status=3)``; ``data`` is bytes (str is encoded as UTF-8, other buffers are
    copied). Attributes ``key``, ``data``, ``len``, ``type``, ``status`` and ``desc`` may be read and written.

    In a request the bytes lie in the host's memory: ``data`` makes a ``bytes`` object once, on first use, to be kept at
    will; ``view`` is a read-only ``memoryview`` without a copy, valid until the call returns (a method whose views
    outlive their call is given copies). The node itself has the buffer protocol: ``numpy.asarray(node)`` gives
    ``uint8``, shape ``(len,)``; ``node.numpy(dtype, shape)`` typed arrays.
    """

    def __cinit__(self):
        self.status = 3
        self._assigned = -1

    def __init__(self, key="", data=b"", int type=0, int status=3):
        self.type = type
        self.status = status
        self.key = key
        self.data = data

    @property
    def key(self):
        """Name of the node (str)."""
        return node_key(self)

    @key.setter
    def key(self, value):
        if isinstance(value, bytes):
            value = (<bytes>value).decode("utf-8", "surrogateescape")
        if not isinstance(value, str):
            raise TypeError(f"key must be str, not {type_name(value)}")
        self._key = value

    @property
    def data(self):
        """The bytes; made on first use when they lie in the host's memory (one copy)."""
        return node_bytes(self)

    @data.setter
    def data(self, value):
        if self._exports:
            raise BufferError(f"data of node '{node_key(self)}' is still viewed; release the views before assigning")
        if isinstance(value, str):
            value = (<str>value).encode("utf-8", "surrogateescape")
        elif not PyBytes_CheckExact(value):
            if isinstance(value, int) or not PyObject_CheckBuffer(value):
                raise TypeError(f"data must be bytes, str or a buffer, not {type_name(value)}")
            try:
                view = memoryview(value)
            except (ValueError, BufferError) as error:
                raise TypeError(f"data of type {type_name(value)} cannot be sent: {error}") from None
            if holds_objects(PyMemoryView_GET_BUFFER(view).format):
                raise TypeError(f"data of type {type_name(value)} holds Python objects and cannot be sent")
            value = view.tobytes()
        self._data = value
        self._length = PyBytes_GET_SIZE(value)

    @property
    def len(self):
        """Number of bytes."""
        return self._length if self._assigned < 0 else self._assigned

    @len.setter
    def len(self, Py_ssize_t value):
        self._assigned = value

    @property
    def desc(self):
        """Attributes of the data (dict of str)."""
        return node_desc(self)

    @desc.setter
    def desc(self, value):
        if not isinstance(value, dict):
            raise TypeError(f"desc must be a dict of str, not {type_name(value)}")
        self._desc = value

    @property
    def view(self):
        """Read-only memoryview of the bytes, without a copy once the method has earned it."""
        return PyMemoryView_FromObject(self)

    def get_data(self):
        """The same as ``data``."""
        return node_bytes(self)

    def numpy(self, dtype="uint8", shape=None):
        """NumPy array over the bytes (read-only, no copy): ``dtype`` as NumPy takes it, ``shape`` or one dimension.

        ValueError when the number of bytes does not fit the dtype and shape. Lifetime as ``view``.
        """
        import numpy
        array = numpy.frombuffer(self, dtype=dtype) if self._length else numpy.empty(0, dtype=dtype)
        return array if shape is None else array.reshape(shape)

    def __len__(self):
        return self.len

    def __bool__(self):
        return True  # wrappers ask `if node:` whether get() found one; an empty node is one

    def __bytes__(self):
        return node_bytes(self)

    def __repr__(self):
        return f"<{type(self).__name__} key={node_key(self)!r} type={self.type} status={self.status} len={self.len}>"

    def __reduce__(self):
        state = (node_key(self), node_bytes(self), self.type, self.status, node_desc(self), self._assigned)
        return copying(self, state)

    def __setstate__(self, state):
        self._key, self.data, self.type, self.status, self._desc, self._assigned = restoring(self, state)

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        cdef void *memory
        if flags & PyBUF_WRITABLE == PyBUF_WRITABLE:
            raise BufferError("request data is read-only; copy it to change it")
        cdef bint loose = False
        if self._data is None and self._length > 0:
            if self._hold is not None:
                pass
            elif self._policy is None or not self._policy.borrow:
                node_bytes(self)
                if self._policy is not None and self not in self._policy.pending:
                    self._policy.pending.append(self)
            else:
                loose = True
        if self._data is not None:
            memory = PyBytes_AS_STRING(self._data)
        else:
            memory = <void *>self._address if self._length > 0 else <void *>b""
        PyBuffer_FillInfo(buffer, self, memory, self._length, 1, flags)
        buffer.internal = <void *>1 if loose else NULL
        self._exports += 1
        self._loose += loose

    def __releasebuffer__(self, Py_buffer *buffer):
        self._exports -= 1
        if buffer.internal is not NULL:
            self._loose -= 1


cdef str type_name(object value):
    return type(value).__name__


cdef tuple copying(object self, tuple state):
    """What ``__reduce__`` returns: made by ``__new__`` alone, so that a subclass may have a constructor of its own."""
    return copyreg.__newobj__, (type(self),), (state, getattr(self, "__dict__", None))


cdef tuple restoring(object self, tuple state):
    """The state of the base class; a subclass's own attributes are set."""
    if state[1]:
        self.__dict__.update(state[1])
    return state[0]


cdef bytes node_bytes(DataListNode self):
    """The node's bytes, made once."""
    cdef Py_ssize_t length = self._length
    cdef char *target
    cdef bytes made
    if self._data is not None:
        return self._data
    if length < 0:
        raise MemoryError("the bytes of this node could not be kept when its call returned")
    if length == 0:
        self._data = b""
        return b""
    made = PyBytes_FromStringAndSize(NULL, length)
    target = PyBytes_AS_STRING(made)
    if length < FILL_WITHOUT_GIL:
        memcpy(target, self._address, length)
    else:
        self._filling += 1  # finish_list waits for it
        with nogil:
            memcpy(target, self._address, length)
        self._filling -= 1
    if self._data is None:  # another thread may have been first
        self._data = made
        if self._copied is not NULL:
            self._copied[0] += length
    return self._data


cdef str node_key(DataListNode self):
    if self._key is None:
        self._key = text_from_c(self._source.key) if self._source is not NULL else ""
    return self._key


cdef dict node_desc(DataListNode self):
    cdef dict desc
    cdef ParamList *entry
    if self._desc is None:
        desc = {}
        entry = self._source.desc if self._source is not NULL else NULL
        while entry is not NULL:
            if entry.key is not NULL:
                PyDict_SetDefault(desc, text_from_c(entry.key), value_from_c(entry.value, entry.vlen))
            entry = entry.next
        self._desc = desc
    return self._desc


cdef DataListNode borrow_node(DataList *source, uint64_t *copied, ViewPolicy policy, DataListNode spare):
    """A node over the host's memory: `spare` used again, or a new one."""
    cdef DataListNode node = spare if spare is not None else DataListNode.__new__(DataListNode)
    node._source = source
    node._address = <const char *>source.data
    node._length = source.len
    node.type = source.type
    node.status = source.status
    node._copied = copied
    node._policy = policy
    if source.desc is not NULL and source.len:
        buffer = announced_buffer(source)
        if buffer is not NULL:
            node._hold = hold_buffer(buffer)
    return node


cdef int complete(DataListNode self) except -1:
    """Makes the node independent of the host's memory."""
    if self._source is NULL:
        return 0
    while self._filling:
        with nogil:
            sched_yield()
    if self._source is NULL:
        return 0
    try:
        node_key(self)
        node_desc(self)
        if self._hold is None and self._data is None:
            node_bytes(self)
    except MemoryError:
        self._length = -1
    if self._loose and self._policy is not None:
        self._policy.escaped.append(self)
    self._source = NULL
    self._copied = NULL
    self._policy = None
    return 0


@cython.freelist(16)
cdef class DataListCls:
    """The data of a request: ``list`` of :class:`DataListNode`, ``get(key)`` gives the first node of that key or None.

    ``DataListCls(list=())``; supports ``len()``, iteration and ``[i]``.
    """

    def __init__(self, list=()):
        self.list = list

    @property
    def list(self):
        """The nodes (a fresh list per request; changing it changes nothing outside)."""
        return nodes_of(self)

    @list.setter
    def list(self, value):
        nodes_of(self)
        self._list = value if isinstance(value, list_type) else list_type(value)

    def get(self, key):
        """The first node whose key is ``key``, or None."""
        if self._list is None and type(made_nodes(self)) is DataListNode:
            return self._made if has_key(self._made, key) else None
        for item in nodes_of(self):
            if has_key(item, key):
                return item
        return None

    def __len__(self):
        return len(nodes_of(self))

    def __iter__(self):
        return iter(nodes_of(self))

    def __getitem__(self, index):
        return nodes_of(self)[index]

    def __repr__(self):
        return f"<{type(self).__name__} {nodes_of(self)!r}>"

    def __reduce__(self):
        return copying(self, (nodes_of(self),))

    def __setstate__(self, state):
        self._list, = restoring(self, state)


cdef object list_type = list


cdef bint key_equals(object key, const char *text) except -1:
    cdef Py_ssize_t length
    if PyUnicode_IS_COMPACT_ASCII(key):
        length = PyUnicode_GET_LENGTH(key)
        return strncmp(<const char *>PyUnicode_DATA(key), text, length) == 0 and text[length] == 0
    try:
        return strcmp(PyUnicode_AsUTF8(key), text) == 0
    except UnicodeEncodeError:  # surrogates: compare as Python texts
        return text_from_c(text) == key


cdef bint has_key(object item, object key) except -1:
    cdef DataListNode node
    if type(item) is not DataListNode:
        return item.key == key
    node = <DataListNode>item
    if node._key is None and node._source is not NULL and PyUnicode_CheckExact(key):
        return node._source.key is not NULL and key_equals(key, node._source.key)
    return node_key(node) == key


cdef object made_nodes(DataListCls self):
    """The nodes of the request, made on first use: the node itself when there is one, else a list."""
    cdef DataList *source = self._head
    cdef list nodes
    if self._made is None and source is not NULL:
        if source.next is NULL and (source.key is not NULL or source.data is not NULL or source.len):
            self._made = borrow_node(source, self._copied, self._policy, self._spare)
            self._spare = None
            return self._made
        nodes = []
        while source is not NULL:
            if source.key is not NULL or source.data is not NULL or source.len:
                nodes.append(borrow_node(source, self._copied, self._policy, None))
            source = source.next
        self._made = nodes
    return self._made


cdef object nodes_of(DataListCls self):
    """The public list, made on first use."""
    if self._list is None:
        made = made_nodes(self)
        if made is None:
            self._list = []
        elif type(made) is DataListNode:
            self._list = [made]
        else:
            self._list = (<list>made)[:]
    return self._list


# The list of the last request, and in it its node, if nobody kept them: most requests make and drop just these two.
cdef DataListCls spare_list = None


cdef DataListCls borrow_list(DataList *head, uint64_t *copied, ViewPolicy policy):
    """A request's list over the host's memory; finish_list ends the borrow."""
    global spare_list
    cdef DataListCls self = spare_list
    if self is None:
        self = DataListCls.__new__(DataListCls)
    else:
        spare_list = None
    self._head = head
    self._copied = copied
    self._policy = policy
    return self


cdef int finish_list(DataListCls self) except -1:
    """Ends the borrow at the end of a call; the caller holds the only reference of its own to `self`.

    Nodes that somebody kept are completed: they are found by their reference counts, which are exact under the GIL.
    """
    global spare_list
    cdef bint kept = Py_REFCNT(<PyObject *>self) > 1
    cdef PyObject *node
    if kept:
        nodes_of(self)
    elif self._list is not None:
        kept = Py_REFCNT(<PyObject *>self._list) > 1
        if not kept:
            self._list = None  # its references to the nodes go with it
    if type(self._made) is DataListNode:
        if kept or Py_REFCNT(<PyObject *>self._made) > 1:
            complete(<DataListNode>self._made)
        else:
            self._spare = forget(<DataListNode>self._made)
    elif self._made is not None:
        for index in range(len(<list>self._made)):
            node = <PyObject *>(<list>self._made)[index]
            if kept or Py_REFCNT(node) > 1:
                complete(<DataListNode>node)
    self._made = None
    self._head = NULL
    self._copied = NULL
    self._policy = None
    if not kept:
        spare_list = self
    return 0


cdef DataListNode forget(DataListNode self):
    """Empties a node that nobody else refers to, for its next use."""
    self._key = None
    self._data = None
    self._desc = None
    self._hold = None
    self._policy = None
    self._source = NULL
    self._copied = NULL
    self._assigned = -1
    return self
