# cython: language_level=3
"""Results as a wrapper makes them: ``Response`` of ``ResponseData``, ``SessionCreateResponse``, and ``lend``.

Nothing here copies payload: an item keeps the object it was given. What is held and what is copied is decided when the
call returns (result.pyx).
"""

cimport cython
from cpython.buffer cimport PyObject_CheckBuffer
from cpython.bytes cimport PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.list cimport PyList_Check, PyList_GET_SIZE
from cpython.object cimport PyObject

from aiges_native._native.node cimport copying, holds_objects, restoring

cdef extern from "Python.h":
    ctypedef object (*vectorcallfunc)(object, PyObject *const *, size_t, PyObject *)
    ctypedef struct PyTypeObject:
        vectorcallfunc tp_vectorcall
        object (*tp_call)(object, object, object)
    PyTypeObject PyType_Type
    Py_buffer *PyMemoryView_GET_BUFFER(object view)
    Py_ssize_t PyVectorcall_NARGS(size_t count)

cdef object list_type = list
cdef str NO_KEY = ""
cdef bytes NO_DATA = b""
cdef tuple NO_ITEMS = ()

cdef enum:
    STATUS_ONCE = 3


cdef str type_name(object value):
    return type(value).__name__


@cython.final
cdef class Lent:
    """A buffer with the promise that nobody writes to it until the host has given the result back. See :func:`lend`."""

    def __cinit__(self, owner):
        if not PyObject_CheckBuffer(owner):
            raise TypeError(f"lend() takes an object with the buffer protocol, not {type_name(owner)}")
        self.owner = owner

    def __repr__(self):
        return f"<Lent {type_name(self.owner)}>"


def lend(buffer):
    """Lets a response point at a writable buffer (bytearray, NumPy array) instead of copying it.

    The caller promises not to write to ``buffer`` until the host has freed the result. Returns an object for
    ``ResponseData.data``. TypeError when ``buffer`` has no buffer protocol.
    """
    return Lent(buffer)


cdef Py_ssize_t byte_count(object data) except -1:
    if PyBytes_CheckExact(data):
        return PyBytes_GET_SIZE(data)
    if isinstance(data, (bytes, bytearray)):
        return len(data)
    if type(data) is Lent:
        data = (<Lent>data).owner
    return memoryview(data).nbytes


cdef object check_data(object data):
    """The data if it can be sent, else TypeError."""
    if not PyObject_CheckBuffer(data):
        raise TypeError(f"data must be bytes, str or a buffer, not {type_name(data)}")
    try:
        view = memoryview(data)
    except (ValueError, BufferError) as error:
        raise TypeError(f"data of type {type_name(data)} cannot be sent: {error}") from None
    if holds_objects(PyMemoryView_GET_BUFFER(view).format):
        raise TypeError(f"data of type {type_name(data)} holds Python objects and cannot be sent")
    return data


@cython.no_gc  # made and dropped in every call; it refers to texts, a buffer and a dict of texts
@cython.freelist(64)
cdef class ResponseData:
    """One item of a result.

    ``ResponseData(key="", data=b"", length=None, type=0, status=3)``, ``len`` is accepted for ``length``; with an int
    as second argument the order is ``(key, len, status, type)``. ``data`` is bytes, bytearray, memoryview, str (sent as
    UTF-8), or any buffer (NumPy arrays; a non-contiguous one is copied when the result is sent). ``len`` is the byte
    count of the data; an assigned value matters only if it is smaller. ``type``: 0 text, 1 audio, 2 image, 3 video;
    ``status``: 0 begin, 1 continue, 2 end, 3 once. ``desc``: dict of str.
    """

    def __cinit__(self):
        self._key = NO_KEY
        self._data = NO_DATA
        self._assigned = -1
        self.status = STATUS_ONCE

    def __init__(self, key=NO_KEY, data=NO_DATA, length=None, int type=0, int status=STATUS_ONCE, *, len=None):
        self.key = key
        if isinstance(data, int):
            self._assigned = <int>data
            self.status = 0 if length is None else length
            self.type = type
            return
        self.type = type
        self.status = status
        self.data = data
        if length is not None or len is not None:
            self._assigned = length if length is not None else len

    @property
    def key(self):
        """Name of the item (str)."""
        return self._key

    @key.setter
    def key(self, value):
        if not isinstance(value, str):
            if not isinstance(value, bytes):
                raise TypeError(f"key must be str, not {type_name(value)}")
            value = (<bytes>value).decode("utf-8", "surrogateescape")
        self._key = value

    @property
    def data(self):
        """The object given; bytes for str."""
        return self._data

    @data.setter
    def data(self, value):
        self._text = False
        if PyBytes_CheckExact(value):
            self._data = value
        elif isinstance(value, str):
            self._data = (<str>value).encode("utf-8", "surrogateescape")
            self._text = True
        elif type(value) is Lent:
            self._data = value
        else:
            self._data = check_data(value)

    @property
    def len(self):
        """Bytes that will be sent."""
        cdef Py_ssize_t count = byte_count(self._data)
        if self._assigned < 0 or self._text or self._assigned > count:
            return count
        return self._assigned

    @len.setter
    def len(self, Py_ssize_t value):
        self._assigned = value

    @property
    def assigned_len(self):
        """The ``len`` that was assigned (int), for those who judge it; None: derived from the data."""
        return None if self._assigned < 0 or self._text else self._assigned

    @property
    def desc(self):
        """Attributes of the data (dict of str)."""
        if self._desc is None:
            self._desc = {}
        return self._desc

    @desc.setter
    def desc(self, value):
        if not isinstance(value, dict):
            raise TypeError(f"desc must be a dict of str, not {type_name(value)}")
        self._desc = value

    def setData(self, data):
        """Sets ``data``, and ``len`` with it."""
        self._assigned = -1
        self._text = False
        if PyBytes_CheckExact(data):
            self._data = data
        else:
            self.data = data

    def setDataType(self, int type):
        """Sets ``type``; any int is carried through."""
        self.type = type

    def toJSON(self):
        """Public attributes as JSON text."""
        return to_json(public_item(self))

    def __repr__(self):
        return f"<{type_name(self)} key={self._key!r} type={self.type} status={self.status} len={self.len}>"

    def __reduce__(self):
        data = self._data
        if not isinstance(data, (bytes, bytearray)):
            data = bytes(memoryview(data.owner if type(data) is Lent else data))
        return copying(self, (self._key, data, self._assigned, self._text, self.type, self.status, self._desc))

    def __setstate__(self, state):
        (self._key, self._data, self._assigned, self._text, self.type, self.status,
         self._desc) = restoring(self, state)


cdef class ItemList(list):
    """The list of a :class:`Response`; ``list[0]`` of an empty one makes the default item and keeps it."""

    def __getitem__(self, index):
        if PyList_GET_SIZE(self) == 0 and index == 0:
            list_type.append(self, ResponseData())
        return list_type.__getitem__(self, index)

    def __reduce__(self):
        return ItemList, (list_type(self),)


@cython.freelist(64)
cdef class Response:
    """A result: ``list`` of items and ``error_code`` (0 is success).

    ``Response(list=(), error_code=0)``. ``list`` is live: what is appended is sent.
    """

    def __init__(self, list=NO_ITEMS, int error_code=0):
        if list is not NO_ITEMS:
            self.list = list
        self.error_code = error_code

    @property
    def list(self):
        """The items; assigning a list keeps that list, other iterables become one."""
        if self._list is None:
            self._list = ItemList.__new__(ItemList)
        return self._list

    @list.setter
    def list(self, value):
        self._list = value if PyList_Check(value) else ItemList(value)

    def response_err(self, int code):
        """Sets ``error_code`` and returns self."""
        self.error_code = code
        return self

    def toJSON(self):
        """Public attributes as JSON text."""
        return to_json({"list": [public_item(item) for item in self.list], "error_code": self.error_code})

    def __repr__(self):
        return f"<{type_name(self)} error_code={self.error_code} list={self.list!r}>"

    def __reduce__(self):
        return copying(self, (self._list, self.error_code))

    def __setstate__(self, state):
        self._list, self.error_code = restoring(self, state)


cdef class SessionCreateResponse:
    """What ``wrapperCreate`` returns: ``handle`` (str) and ``error_code`` (0 is success)."""

    def __cinit__(self):
        self._handle = ""

    def __init__(self, handle="", int error_code=0):
        self.handle = handle
        self.error_code = error_code

    @property
    def handle(self):
        """The wrapper's own name of the session (str)."""
        return self._handle

    @handle.setter
    def handle(self, value):
        if isinstance(value, bytes):
            value = (<bytes>value).decode("utf-8", "surrogateescape")
        if value is not None and not isinstance(value, str):
            raise TypeError(f"handle must be str, not {type_name(value)}")
        self._handle = value

    def toJSON(self):
        """Public attributes as JSON text."""
        return to_json({"handle": self._handle, "error_code": self.error_code})

    def __repr__(self):
        return f"<{type_name(self)} handle={self._handle!r} error_code={self.error_code}>"

    def __reduce__(self):
        return copying(self, (self._handle, self.error_code))

    def __setstate__(self, state):
        self._handle, self.error_code = restoring(self, state)


cdef dict public_item(object item):
    """Attributes of an item for JSON; data that is not UTF-8 goes out as Base64."""
    data = item.data
    data = bytes(memoryview(data.owner if type(data) is Lent else data))
    shown = {"key": item.key, "type": item.type, "status": item.status, "len": item.len}
    if item.desc:
        shown["desc"] = item.desc
    try:
        shown["data"] = data.decode("utf-8")
    except UnicodeDecodeError:
        import base64
        shown["data"] = base64.b64encode(data).decode("ascii")
        shown["base64"] = True
    return shown


cdef str to_json(object shown):
    import json
    return json.dumps(shown, sort_keys=True, indent=4, ensure_ascii=False)


# ---- Constructors -----------------------------------------------------------------------------------------------------
#
# Wrappers write `Response()` and fill the attributes in. The general way to call a type packs an empty tuple, then makes
# and initialises in two steps; without arguments what __cinit__ leaves is complete.


cdef object call_type(object type, PyObject *const *arguments, size_t count, PyObject *keywords):
    """What `type.__call__` does, from a vectorcall."""
    cdef Py_ssize_t positional = PyVectorcall_NARGS(count)
    cdef tuple args = tuple([<object>arguments[index] for index in range(positional)])
    cdef dict kwargs = {}
    if keywords is not NULL:
        for index, name in enumerate(<tuple>keywords):
            kwargs[name] = <object>arguments[positional + index]
    return PyType_Type.tp_call(type, args, kwargs)


cdef object new_response(object type, PyObject *const *arguments, size_t count, PyObject *keywords):
    if type is Response and PyVectorcall_NARGS(count) == 0 and keywords is NULL:
        return Response.__new__(Response)
    return call_type(type, arguments, count, keywords)


cdef object new_response_data(object type, PyObject *const *arguments, size_t count, PyObject *keywords):
    if type is ResponseData and PyVectorcall_NARGS(count) == 0 and keywords is NULL:
        return ResponseData.__new__(ResponseData)
    return call_type(type, arguments, count, keywords)


(<PyTypeObject *>Response).tp_vectorcall = new_response
(<PyTypeObject *>ResponseData).tp_vectorcall = new_response_data
