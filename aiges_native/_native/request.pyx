# cython: language_level=3
"""Requests of a Python host as lists of the ABI.

Nothing is copied: the nodes point at the memory of the objects given, which stays pinned (referenced, or exported
through the buffer protocol) until the request is dropped. NUL-terminated texts point at Python's own UTF-8.
"""

cimport cython
from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBuffer_Release, PyObject_CheckBuffer, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset, strlen

from aiges_native._abi.c_loader cimport aiges_call
from aiges_native._abi.c_type cimport DataList, ParamList
from aiges_native._native.node cimport DataListNode, holds_objects, node_desc, node_key

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL
    bint PyUnicode_CheckExact(object value)
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    void *PyUnicode_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)

cdef enum:
    STATUS_ONCE = 3
    TYPE_TEXT = 0
cdef uint64_t LENGTH_LIMIT = 0xFFFFFFFFu
cdef char *DEFAULT_KEY = b"data"


cdef str type_name(object value):
    return type(value).__name__


cdef str param_text(object value, object key):
    """A parameter's text as the service sends it: ``true``, ``5``, ``0.5``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    raise TypeError(f"params['{key}'] must be str, bytes, int, float or bool, not {type_name(value)}")


cdef bytes utf8_of(object value, str what):
    """The bytes of a text; odd characters that stand for bytes become these again."""
    if isinstance(value, bytes):
        return bytes(value)
    if not isinstance(value, str):
        raise TypeError(f"{what} must be str, not {type_name(value)}")
    return (<str>value).encode("utf-8", "surrogateescape")


@cython.final
@cython.freelist(16)
cdef class Request:
    """One request; made, used for one call, and dropped."""

    def __cinit__(self):
        self.call.version = 1
        self.call.size = sizeof(aiges_call)

    def __dealloc__(self):
        cdef int index
        cdef void **block
        for index in range(self.pin_count):
            Py_DECREF(<object>self.pins[index])
        for index in range(self.buffer_count):
            PyBuffer_Release(&self.buffers[index])
        while self.blocks is not NULL:
            block = self.blocks
            self.blocks = <void **>block[0]
            free(block)

    cdef int pin(self, object owner) except -1:
        """Keeps an object until the request is dropped: somebody may change the dict or list it came in meanwhile."""
        if self.pin_count < MOST_PINS:
            Py_INCREF(owner)
            self.pins[self.pin_count] = <PyObject *>owner
            self.pin_count += 1
            return 0
        if self.more_pins is None:
            self.more_pins = []
        self.more_pins.append(owner)
        return 0

    cdef void *room(self, size_t size) except NULL:
        """Zeroed memory that lives as long as the request."""
        cdef void **block = <void **>calloc(1, 2 * sizeof(void *) + size)  # two: what follows stays aligned to 16
        if block is NULL:
            raise MemoryError()
        block[0] = self.blocks
        self.blocks = block
        return block + 2

    cdef const char *pin_text(self, object value, str what, Py_ssize_t *size) except NULL:
        """NUL-terminated UTF-8 of a str or bytes."""
        cdef const char *text
        if PyUnicode_CheckExact(value) and PyUnicode_IS_COMPACT_ASCII(value):  # the rule: its memory is the UTF-8
            text = <const char *>PyUnicode_DATA(value)
            size[0] = PyUnicode_GET_LENGTH(value)
        else:
            value = utf8_of(value, what)
            text = PyBytes_AS_STRING(value)
            size[0] = PyBytes_GET_SIZE(value)
        if <Py_ssize_t>strlen(text) != size[0]:
            raise ValueError(f"{what} holds a NUL character")
        self.pin(value)
        return text

    cdef int pin_data(self, DataList *node, object data) except -1:
        """Points the node at the memory of bytes, str or a buffer."""
        cdef Py_buffer *buffer
        cdef Py_ssize_t size
        if PyBytes_CheckExact(data):
            node.data = PyBytes_AS_STRING(data)
            size = PyBytes_GET_SIZE(data)
            self.pin(data)
        elif isinstance(data, str):
            try:
                node.data = <void *>PyUnicode_AsUTF8AndSize(data, &size)
                self.pin(data)
            except UnicodeEncodeError:
                return self.pin_data(node, (<str>data).encode("utf-8", "surrogateescape"))
        else:
            if not PyObject_CheckBuffer(data):
                raise TypeError(f"data must be bytes, str, a buffer or a DataListNode, not {type_name(data)}")
            if self.buffers is NULL:
                self.buffers = <Py_buffer *>self.room(self.node_count * sizeof(Py_buffer))
            buffer = &self.buffers[self.buffer_count]
            PyObject_GetBuffer(data, buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)
            self.buffer_count += 1
            if holds_objects(buffer.format):
                raise TypeError(f"data of type {type_name(data)} holds Python objects and cannot be sent")
            node.data = buffer.buf
            size = buffer.len
        if <uint64_t>size > LENGTH_LIMIT:
            raise ValueError(f"data has {size} bytes; a node holds at most {LENGTH_LIMIT}: send several nodes")
        node.len = <unsigned int>size
        if size == 0:
            node.data = NULL
        return 0

    cdef int set_node(self, DataList *node, object item, int status) except -1:
        """One node from a DataListNode, bytes, str or buffer."""
        cdef Py_ssize_t size
        cdef DataListNode given
        if isinstance(item, DataListNode):
            given = <DataListNode>item
            node.key = <char *>self.pin_text(node_key(given), "a node's key", &size)
            node.type = given.type
            node.status = given.status
            desc = node_desc(given)
            if desc:
                node.desc = self.param_list(desc, NULL)
        else:
            node.key = DEFAULT_KEY
            node.type = TYPE_TEXT
            node.status = status
        return self.pin_data(node, item)

    cdef int set_data(self, object data, int status) except -1:
        """The request's nodes: None, one item, a dict of key to bytes, str or buffer, or a list or tuple of items."""
        cdef DataList *nodes
        cdef Py_ssize_t count
        cdef Py_ssize_t size
        cdef Py_ssize_t index = 0
        if data is None:
            return 0
        if isinstance(data, list):
            data = tuple(data)  # an item's own buffer function might change the list
        count = len(data) if isinstance(data, (tuple, dict)) else 1
        if count == 0:
            return 0
        if count <= FEW_NODES:
            nodes = self.few_nodes
            memset(nodes, 0, count * sizeof(DataList))
        else:
            nodes = <DataList *>self.room(count * sizeof(DataList))
        self.node_count = count
        if isinstance(data, dict):
            for key, item in (<dict>data).items():
                self.set_node(&nodes[index], item, status)
                nodes[index].key = <char *>self.pin_text(key, "a data key", &size)
                index += 1
        elif isinstance(data, tuple):
            for item in data:
                self.set_node(&nodes[index], item, status)
                index += 1
        else:
            self.set_node(&nodes[0], data, status)
        for index in range(count - 1):
            nodes[index].next = &nodes[index + 1]
        self.call.request = nodes
        return 0

    cdef ParamList *param_list(self, dict values, ParamList *room) except NULL:
        cdef Py_ssize_t size
        cdef Py_ssize_t index = 0
        cdef ParamList *entry
        if room is NULL:
            room = <ParamList *>self.room(len(values) * sizeof(ParamList))
        for key, value in values.items():
            entry = &room[index]
            entry.key = <char *>self.pin_text(key, "a key of params or desc", &size)
            if not isinstance(value, (str, bytes)):
                value = param_text(value, key)
            entry.value = <char *>self.pin_text(value, "a value of params or desc", &size)
            entry.vlen = <unsigned int>size
            entry.next = &room[index + 1] if index + 1 < len(values) else NULL
            index += 1
        return room

    cdef int set_params(self, object params) except -1:
        """The request's params: a dict of str to str, bytes, int, float or bool."""
        if params is None:
            return 0
        if not isinstance(params, dict):
            raise TypeError(f"params must be a dict, not {type_name(params)}")
        if params:
            self.call.params = self.param_list(params, self.few_params if len(params) <= FEW_PARAMS else NULL)
        return 0

    cdef int set_ids(self, object ids) except -1:
        """The resources the request uses."""
        cdef unsigned int *room = self.few_ids
        cdef int count = len(ids)
        if count > FEW_IDS:
            room = <unsigned int *>self.room(count * sizeof(unsigned int))
        for index, value in enumerate(ids):
            room[index] = value
        self.call.psr_ids = room
        self.call.psr_count = count
        return 0

    cdef int set_tag(self, object tag) except -1:
        cdef Py_ssize_t size
        if tag is not None:
            self.call.usr_tag = self.pin_text(tag, "usr_tag", &size)
        return 0
