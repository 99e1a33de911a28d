# cython: language_level=3
"""Results as a Python host gets them: nodes over the engine's own memory.

A result of one small node is copied into the object and given back to the engine at once: that is cheaper than giving
the GIL away a second time when it is freed. Everything else keeps the engine's list, which is released, without the GIL,
when the result and the last view of it are gone. What a session's read or a callback shows belongs to the engine, so it
is copied, once, into one block.
"""

cimport cython
from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_FillInfo
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, strlen

from aiges_native._abi.c_loader cimport aiges_engine_release
from aiges_native._abi.c_type cimport DataList, ParamList
from aiges_native._native.node cimport text_from_c, value_from_c

cdef extern from "Python.h":
    object PyMemoryView_FromObject(object o)

cdef enum:
    STATUS_END = 2
    STATUS_ONCE = 3


cdef size_t aligned(size_t size) noexcept nogil:
    return (size + 7) & ~<size_t>7


cdef size_t list_size(DataList *list) noexcept nogil:
    """Bytes of a copy of the whole list."""
    cdef size_t size = 0
    cdef ParamList *desc
    while list is not NULL:
        size += sizeof(DataList) + aligned(list.len)
        if list.key is not NULL:
            size += aligned(strlen(list.key) + 1)
        desc = list.desc
        while desc is not NULL:
            size += sizeof(ParamList)
            if desc.key is not NULL:
                size += aligned(strlen(desc.key) + 1)
            size += aligned(value_size(desc) + 1)
            desc = desc.next
        list = list.next
    return size


cdef size_t value_size(ParamList *entry) noexcept nogil:
    if entry.value is NULL:
        return 0
    return entry.vlen if entry.vlen else strlen(entry.value)


cdef char *put(char **room, const void *data, size_t size, size_t taken) noexcept nogil:
    cdef char *at = room[0]
    if size:
        memcpy(at, data, size)
    if taken > size:
        at[size] = 0
    room[0] += aligned(taken)
    return at


cdef DataList *copy_list(DataList *list) noexcept nogil:
    """The list in one allocation; NULL without memory."""
    cdef char *room = <char *>malloc(list_size(list))
    cdef DataList *first = NULL
    cdef DataList *last = NULL
    cdef DataList *node
    cdef ParamList *desc
    cdef ParamList *entry
    cdef ParamList *previous
    if room is NULL:
        return NULL
    while list is not NULL:
        node = <DataList *>room
        room += sizeof(DataList)
        node[0] = list[0]
        node.next = NULL
        node.desc = NULL
        if list.key is not NULL:
            node.key = put(&room, list.key, strlen(list.key), strlen(list.key) + 1)
        node.data = put(&room, list.data, list.len, list.len)
        previous = NULL
        desc = list.desc
        while desc is not NULL:
            entry = <ParamList *>room
            room += sizeof(ParamList)
            entry.vlen = <unsigned int>value_size(desc)
            entry.next = NULL
            entry.key = put(&room, desc.key, strlen(desc.key), strlen(desc.key) + 1) if desc.key is not NULL else NULL
            entry.value = put(&room, desc.value, entry.vlen, entry.vlen + 1)
            if previous is NULL:
                node.desc = entry
            else:
                previous.next = entry
            previous = entry
            desc = desc.next
        if last is NULL:
            first = node
        else:
            last.next = node
        last = node
        list = list.next
    return first


@cython.final
@cython.no_gc_clear  # __dealloc__ gives the list back, for which the engine must be open
cdef class ListHold:
    """Owns a list: the engine's own, or a copy."""

    def __dealloc__(self):
        if self.engine is None:
            free(self.list)
            return
        # An engine may take locks of its own here: never with the GIL held.
        with nogil:
            aiges_engine_release(self.handle, &self.list)
        self.on_release(self.engine)


cdef int hold_list(Result result, DataList *list, object engine, aiges_engine *handle,
                   void (*on_release)(object engine) noexcept) except -1:
    """Makes the result the owner of a list; `engine` None: of a copy. The list is given back also without memory."""
    cdef ListHold hold
    try:
        hold = ListHold.__new__(ListHold)
    except MemoryError:
        if engine is None:
            free(list)
        else:
            aiges_engine_release(handle, &list)
            on_release(engine)
        raise
    hold.list = list
    hold.engine = engine
    hold.handle = handle
    hold.on_release = on_release
    result.head = list
    result.hold = hold
    return 0


@cython.final
@cython.freelist(32)
cdef class Result:
    """What an engine answered: a sequence of :class:`ResultNode`.

    ``result[0]``, ``result["key"]`` (KeyError if there is none), iteration, ``len()``; empty means "nothing ready yet"
    in ``Session.read``. ``data`` is the first node's bytes, ``view`` its memoryview.
    """

    cdef bint take_small(self, DataList *list) noexcept nogil:
        """Copies a list of one small node into the object; False when it is not one."""
        cdef size_t key_size
        if list.next is not NULL or list.desc is not NULL or list.len > SMALL_DATA or list.key is NULL:
            return False
        key_size = strlen(list.key) + 1
        if key_size > SMALL_KEY:
            return False
        self.small = list[0]
        memcpy(self.small_key, list.key, key_size)
        if list.len:
            memcpy(self.small_data, list.data, list.len)
        self.small.key = self.small_key
        self.small.data = self.small_data
        self.head = &self.small
        return True

    cdef list all_nodes(self):
        # Made anew each time: nodes refer to the result, and a cycle would keep the engine's memory until a collection.
        cdef DataList *node = self.head
        cdef list made = []
        while node is not NULL:
            if node.key is not NULL or node.data is not NULL or node.len:
                made.append(new_node(self, node))
            node = node.next
        return made

    @property
    def final(self):
        """Whether it ends its request or session (bool): a node has the status end or once."""
        cdef DataList *node = self.head
        while node is not NULL:
            if <int>node.status == STATUS_END or <int>node.status == STATUS_ONCE:
                return True
            node = node.next
        return False

    def __len__(self):
        return len(self.all_nodes())

    def __iter__(self):
        return iter(self.all_nodes())

    def __getitem__(self, index):
        if isinstance(index, str):
            node = self.get(index)
            if node is None:
                raise KeyError(index)
            return node
        return self.all_nodes()[index]

    def get(self, str key, default=None):
        """The first node of that key, or ``default``."""
        for node in self.all_nodes():
            if node.key == key:
                return node
        return default

    @property
    def data(self):
        """Bytes of the first node (one copy); ValueError when the result is empty."""
        if self.head is NULL:
            raise ValueError("the result is empty")
        return PyBytes_FromStringAndSize(<const char *>self.head.data, self.head.len)

    @property
    def view(self):
        """Memoryview of the first node's bytes; ValueError when the result is empty."""
        if self.head is NULL:
            raise ValueError("the result is empty")
        return PyMemoryView_FromObject(self.all_nodes()[0])

    def __repr__(self):
        return f"<Result {self.all_nodes()!r}>"


cdef ResultNode new_node(Result result, DataList *source):
    cdef ResultNode node = ResultNode.__new__(ResultNode)
    node.result = result
    node.node = source
    return node


cdef Result copied_result(DataList *list):
    """A result over a copy of a list that the engine keeps."""
    cdef Result result = Result.__new__(Result)
    cdef DataList *copy
    if list is NULL or result.take_small(list):
        return result
    with nogil:
        copy = copy_list(list)
    if copy is NULL:
        raise MemoryError("no memory for a result")
    hold_list(result, copy, None, NULL, NULL)
    return result


cdef Result owned_result(DataList *copy):
    """A result over a copy in one allocation, which becomes its own, also when this raises."""
    cdef Result result
    try:
        result = Result.__new__(Result)
    except MemoryError:
        free(copy)
        raise
    if copy is NULL:
        return result
    if result.take_small(copy):
        free(copy)
        return result
    hold_list(result, copy, None, NULL, NULL)
    return result


@cython.final
cdef class ResultNode:
    """One node of a result. Has the buffer protocol (read-only bytes), so ``numpy.asarray(node)`` is ``uint8``."""

    def __init__(self):
        raise TypeError("ResultNode is made by Result")

    @property
    def key(self):
        """Name of the node (str)."""
        return text_from_c(self.node.key)

    @property
    def type(self):
        """DataType (int): 0 text, 1 audio, 2 image, 3 video."""
        return <int>self.node.type  # the C enum is unsigned

    @property
    def status(self):
        """DataStatus (int): 0 begin, 1 continue, 2 end, 3 once."""
        return <int>self.node.status

    @property
    def desc(self):
        """Attributes (a fresh dict of str)."""
        desc = {}
        cdef ParamList *entry = self.node.desc
        while entry is not NULL:
            if entry.key is not NULL:
                desc.setdefault(text_from_c(entry.key), value_from_c(entry.value, entry.vlen))
            entry = entry.next
        return desc

    @property
    def data(self):
        """The bytes (one copy, made once)."""
        if self.made is None:
            self.made = PyBytes_FromStringAndSize(<const char *>self.node.data, self.node.len)
        return self.made

    @property
    def view(self):
        """Read-only memoryview over the engine's memory, to be kept at will."""
        return PyMemoryView_FromObject(self)

    def numpy(self, dtype="uint8", shape=None):
        """NumPy array over the engine's memory (read-only, no copy); ``shape`` or one dimension.

        ValueError when the number of bytes does not fit the dtype and shape.
        """
        import numpy
        array = numpy.frombuffer(self, dtype=dtype) if self.node.len else numpy.empty(0, dtype=dtype)
        return array if shape is None else array.reshape(shape)

    def text(self, encoding="utf-8"):
        """The bytes as str."""
        return self.data.decode(encoding)

    def __len__(self):
        return self.node.len

    def __bytes__(self):
        return self.data

    def __repr__(self):
        return f"<ResultNode key={self.key!r} type={self.type} status={self.status} len={self.node.len}>"

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        if flags & PyBUF_WRITABLE == PyBUF_WRITABLE:
            raise BufferError("a result is read-only; copy it to change it")
        PyBuffer_FillInfo(buffer, self, self.node.data if self.node.len else <void *>b"", self.node.len, 1, flags)

    def __releasebuffer__(self, Py_buffer *buffer):
        pass
