# cython: language_level=3
"""Results on their way out: a ``Response``'s items become one ``aiges_result`` that points at the wrapper's own bytes.

What is held: ``bytes`` and read-only buffers always; writable ones when the response is their sole owner, or when they
were lent. Everything else is copied once and counted. The objects stay alive by references in the result until
:c:func:`release_result`.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport strlen

from aiges_native._abi.c_bridge cimport AIGES_RESULT_FREED, AIGES_RESULT_MAGIC, aiges_result
from aiges_native._abi.c_type cimport DataList, ParamList
from aiges_native._native.node cimport announced_buffer, holds_objects
from aiges_native._native.response cimport Lent, ResponseData

from aiges_native._native.faults import BadResponse, TooLarge

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *o)
    void PyErr_SetObject(object type, object value)
    void PyErr_WriteUnraisable(object where)
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL
    object PyMemoryView_FromObject(object o)
    Py_buffer *PyMemoryView_GET_BUFFER(object view)
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    int PyBuffer_IsContiguous(const Py_buffer *view, char order)

cdef enum:
    STATUS_ONCE = 3
cdef uint64_t LENGTH_LIMIT = 0xFFFFFFFFu

cdef object warn_clamped = None  # set by wrapper.pyx, which has the log
cdef object watch = None         # set by watching.py while somebody watches


def set_warn_clamped(function):
    """``function(key, assigned, sent)`` is told of an item whose ``len`` is larger than its data."""
    global warn_clamped
    warn_clamped = function


def set_watch(function):
    """``function(items)`` sees every response before it is sent; None: nobody watches."""
    global watch
    watch = function


cdef int show(object items) except -1:
    try:
        watch(items)
    except Exception as error:
        PyErr_SetObject(type(error), error)
        PyErr_WriteUnraisable(watch)
    return 0


cdef struct Writer:
    # Fills one allocation: nodes first, then desc entries, then the references.
    aiges_result *result
    ParamList *next_desc
    void **objects


cdef inline int keep(Writer *writer, object owner) except -1:
    Py_INCREF(owner)
    writer.objects[writer.result.object_count] = <void *>owner
    writer.result.object_count += 1
    return 0


cdef const char *text_of(Writer *writer, object value, str what, Py_ssize_t *size) except NULL:
    """Pointer to a text's UTF-8, kept alive by the result."""
    cdef const char *data
    if not isinstance(value, str):
        raise BadResponse(f"{what} must be str, not {type(value).__name__}")
    try:
        data = PyUnicode_AsUTF8AndSize(value, size)
    except UnicodeEncodeError:
        value = (<str>value).encode("utf-8", "surrogateescape")
        data = PyBytes_AS_STRING(value)
        size[0] = PyBytes_GET_SIZE(value)
    if <Py_ssize_t>strlen(data) != size[0]:
        raise BadResponse(f"{what} holds a NUL character")
    keep(writer, value)
    return data


cdef int describe(Writer *writer, DataList *node, dict desc) except -1:
    cdef Py_ssize_t size
    cdef ParamList *previous = NULL
    cdef ParamList *entry
    for key, value in desc.items():
        entry = writer.next_desc
        writer.next_desc += 1
        entry.key = <char *>text_of(writer, key, "a desc key", &size)
        entry.value = <char *>text_of(writer, value, "a desc value", &size)
        entry.vlen = <unsigned int>size
        entry.next = NULL
        if previous is NULL:
            node.desc = entry
        else:
            previous.next = entry
        previous = entry
    return 0


cdef bint in_request(const void *address, DataList *request) noexcept:
    """Whether the address lies in memory that the request only borrowed."""
    cdef const char *at = <const char *>address
    while request is not NULL:
        if request.len and <const char *>request.data <= at < <const char *>request.data + request.len:
            return announced_buffer(request) is NULL
        request = request.next
    return False


cdef bint is_sole_owner(ResponseData item):
    """Whether nobody but the item can reach the writable memory behind its data."""
    cdef PyObject *data = <PyObject *>item._data
    if Py_REFCNT(data) != 1:
        return False
    if type(item._data) is bytearray:
        return True
    base = item._data
    if type(base).__module__ != "numpy" or type(base).__name__ != "ndarray":
        return False
    base = base.base
    while base is not None:
        # one reference from the array above it, one from this variable
        if type(base).__name__ != "ndarray" or Py_REFCNT(<PyObject *>base) != 2:
            return False
        base = base.base
    return True


cdef object holdable(ResponseData item, bint item_sole, ResultRules *rules):
    """A bytes or memoryview object over the item's data that may be kept until the host is done."""
    cdef bint lent = type(item._data) is Lent
    cdef bint sole = lent or (item_sole and is_sole_owner(item))
    cdef object view
    cdef Py_buffer *buffer
    try:
        view = PyMemoryView_FromObject((<Lent>item._data).owner if lent else item._data)
    except (ValueError, BufferError, TypeError) as error:
        raise BadResponse(f"data of item '{item._key}' cannot be sent: {error}") from None
    buffer = PyMemoryView_GET_BUFFER(view)
    if holds_objects(buffer.format):
        raise BadResponse(f"data of item '{item._key}' holds Python objects")
    if PyBuffer_IsContiguous(buffer, c'C') and (buffer.readonly or sole) and not in_request(buffer.buf, rules.request):
        return view
    copied = view.tobytes()
    rules.copied[0] += <uint64_t>len(copied)
    return copied


cdef ResponseData real_item(object item):
    """A ResponseData with the attributes of a look-alike."""
    cdef ResponseData made
    if isinstance(item, ResponseData):
        return <ResponseData>item
    try:
        made = ResponseData(item.key, b"", None, getattr(item, "type", 0), getattr(item, "status", STATUS_ONCE))
        made.data = item.data
        length = getattr(item, "len", None)
        if length is not None and not isinstance(item.data, str):
            made._assigned = length
        desc = getattr(item, "desc", None)
        if desc:
            made.desc = desc
    except BaseException as error:
        raise BadResponse(f"a response item of type {type(item).__name__} cannot be sent: {error}") from None
    return made


cdef int write_node(Writer *writer, DataList *node, ResponseData item, bint item_sole, ResultRules *rules) except -1:
    cdef Py_ssize_t size
    cdef Py_ssize_t count
    cdef object owner
    node.key = <char *>text_of(writer, item._key, "a response key", &size)
    if PyBytes_CheckExact(item._data):
        owner = item._data
        node.data = PyBytes_AS_STRING(owner)
        count = PyBytes_GET_SIZE(owner)
    else:
        owner = holdable(item, item_sole, rules)
        if PyBytes_CheckExact(owner):
            node.data = PyBytes_AS_STRING(owner)
            count = PyBytes_GET_SIZE(owner)
        else:
            node.data = PyMemoryView_GET_BUFFER(owner).buf
            count = PyMemoryView_GET_BUFFER(owner).len
    if item._assigned >= 0 and not item._text:
        if item._assigned < count:
            count = item._assigned
        elif item._assigned > count and warn_clamped is not None:
            warn_clamped(item._key, item._assigned, count)
    if <uint64_t>count > LENGTH_LIMIT:
        raise TooLarge(f"item '{item._key}' has {count} bytes; a node holds at most {LENGTH_LIMIT}: send several items")
    keep(writer, owner)
    node.len = <unsigned int>count
    if count == 0:
        node.data = NULL
    node.type = item.type
    node.status = STATUS_ONCE if rules.once else item.status
    node.desc = NULL
    if item._desc is not None and item._desc:
        describe(writer, node, item._desc)
    writer.result.bytes += count
    return 0


cdef aiges_result *plain_result(ResponseData item, bint once) except? NULL:
    """The rule, a result of one item of whole bytes without desc, straight; NULL without an exception: another case."""
    cdef aiges_result *result
    cdef Py_ssize_t size
    cdef const char *key
    cdef object data = item._data
    if item._desc is not None or item._assigned >= 0 or not PyBytes_CheckExact(data):
        return NULL
    if PyBytes_GET_SIZE(data) > <Py_ssize_t>LENGTH_LIMIT or not PyUnicode_IS_COMPACT_ASCII(item._key):
        return NULL
    key = PyUnicode_AsUTF8AndSize(item._key, &size)
    if <Py_ssize_t>strlen(key) != size:
        return NULL
    result = new_result(SPARE_SIZE)
    result.node_count = 1
    result.object_count = 2
    result.objects = <void **>&result.nodes[1]
    Py_INCREF(item._key)
    Py_INCREF(data)
    result.objects[0] = <void *>item._key
    result.objects[1] = <void *>data
    result.bytes = PyBytes_GET_SIZE(data)
    result.nodes[0].key = <char *>key
    result.nodes[0].data = PyBytes_AS_STRING(data) if result.bytes else NULL
    result.nodes[0].len = <unsigned int>result.bytes
    result.nodes[0].type = item.type
    result.nodes[0].status = STATUS_ONCE if once else item.status
    result.nodes[0].desc = NULL
    result.nodes[0].next = NULL
    return result


cdef aiges_result *build_result(object items, ResultRules *rules) except NULL:
    """The items as one result, owned by the caller. Raises BadResponse or TooLarge; MemoryError.

    `items` is a list, or of a subclass, and not empty. References kept: at most two an item and two a desc entry.
    """
    cdef Py_ssize_t count = PyList_GET_SIZE(items)
    cdef Py_ssize_t descs = 0
    cdef Py_ssize_t index
    cdef aiges_result *plain
    if watch is not None:
        show(items)
    if count == 1 and type(<object>PyList_GET_ITEM(items, 0)) is ResponseData:
        plain = plain_result(<ResponseData><object>PyList_GET_ITEM(items, 0), rules.once)
        if plain is not NULL:
            return plain
    # The references of the response and of the caller. Nothing is assigned to `items`: Cython would hold a third.
    cdef bint list_sole = rules.sole and Py_REFCNT(<PyObject *>items) <= 2
    cdef bint item_sole
    cdef object sent = items
    for index in range(count):
        item = <object>PyList_GET_ITEM(items, index)
        if not isinstance(item, ResponseData):
            sent = [real_item(item) for item in items]
            descs = sum([len((<ResponseData>item)._desc or ()) for item in sent])
            list_sole = False
            break
        if (<ResponseData>item)._desc is not None:
            descs += len((<ResponseData>item)._desc)
    cdef size_t size = sizeof(aiges_result) + count * sizeof(DataList) + descs * sizeof(ParamList)
    cdef aiges_result *result = new_result(size + (2 * count + 2 * descs) * sizeof(void *))
    result.node_count = <unsigned int>count
    result.objects = <void **>(<char *>result + size)
    cdef Writer writer
    writer.result = result
    writer.next_desc = <ParamList *>&result.nodes[count]
    writer.objects = result.objects
    try:
        for index in range(count):
            item = None
            item_sole = list_sole and Py_REFCNT(PyList_GET_ITEM(sent, index)) == 1
            item = <object>PyList_GET_ITEM(sent, index)
            write_node(&writer, &result.nodes[index], <ResponseData>item, item_sole, rules)
            result.nodes[index].next = &result.nodes[index + 1] if index + 1 < count else NULL
    except BaseException:
        release_result(result)
        raise
    return result


cdef void release_result(aiges_result *result) noexcept:
    """Drops the references and frees the result. May run Python code, which may come back here."""
    global spare_count
    cdef unsigned int index
    result.magic = AIGES_RESULT_FREED
    for index in range(result.object_count):
        Py_DECREF(<object>result.objects[index])
    if result.reserved == SPARE_SIZE and spare_count < MOST_SPARES:
        spares[spare_count] = result
        spare_count += 1
    else:
        free(result)


# Results of one or two items are used again: the GIL, which everybody here holds, guards them.
cdef enum:
    SPARE_SIZE = 192
    MOST_SPARES = 16

cdef aiges_result *spares[MOST_SPARES]
cdef int spare_count = 0


cdef aiges_result *new_result(size_t size) except NULL:
    """An empty result of at least that many bytes."""
    global spare_count
    cdef aiges_result *result
    if size <= SPARE_SIZE and spare_count:
        spare_count -= 1
        result = spares[spare_count]
    else:
        size = max(size, <size_t>SPARE_SIZE)
        result = <aiges_result *>malloc(size)
        if result is NULL:
            raise MemoryError()
        result.reserved = size
    result.next = NULL
    result.bytes = 0
    result.object_count = 0
    result.magic = AIGES_RESULT_MAGIC
    return result
