# cython: language_level=3
"""Parameter lists as Python dicts: request params (hot) and engine config (cold), and the check of request data."""

from cpython.dict cimport PyDict_SetDefault
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcmp, strcmp

from aiges_native._abi.c_type cimport DataList, ParamList
from aiges_native._native.node cimport text_from_c, value_from_c

from aiges_native._native.config import config_value
from aiges_native._native.faults import InvalidArgument

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL
    object PyUnicode_InternFromString(const char *text)

cdef extern from "stdlib.h" nogil:
    long long strtoll(const char *text, char **end, int base)

cdef enum:
    CACHE_SLOTS = 256
    CACHED_LENGTH = 48

# Key texts are few and come in every request: their str objects are cached by content (never values or dicts, which
# wrappers keep and change). Written under the GIL.
cdef struct KeySlot:
    const char *text   # the UTF-8 of `key`
    Py_ssize_t length
    PyObject *key      # owned

cdef KeySlot key_cache[CACHE_SLOTS]

cdef object SID = PyUnicode_InternFromString("sid")


cdef object key_from_c(const char *text):
    """str of a key."""
    cdef uint32_t hash = 2166136261u
    cdef Py_ssize_t length = 0
    cdef KeySlot *slot
    while text[length]:
        hash = (hash ^ <unsigned char>text[length]) * 16777619u
        length += 1
    if length > CACHED_LENGTH:
        return text_from_c(text)
    slot = &key_cache[(hash ^ (hash >> 16)) % CACHE_SLOTS]
    if slot.key is not NULL and slot.length == length and memcmp(slot.text, text, length) == 0:
        return <object>slot.key
    key = text_from_c(text)
    try:
        slot_text = PyUnicode_AsUTF8AndSize(key, &length)
    except UnicodeEncodeError:  # odd bytes: not cached
        return key
    Py_XDECREF(slot.key)
    Py_INCREF(key)
    slot.key = <PyObject *>key
    slot.text = slot_text
    slot.length = length
    return key


cdef dict build_params(ParamList *head, bint with_sid, int64_t *deadline_ms):
    """A fresh dict of the params; of equal keys the first wins.

    `aiges.deadline_ms` goes into `deadline_ms` and not into the dict: wrappers give their params on to models, which
    know no such word, and have remaining().
    """
    cdef dict params = {}
    while head is not NULL:
        if head.key is not NULL:
            if head.key[0] == c's' and head.key[1] == c'i' and head.key[2] == c'd' and head.key[3] == 0:
                with_sid = False
            if head.key[0] == c'a' and head.value is not NULL and strcmp(head.key, "aiges.deadline_ms") == 0:
                if deadline_ms[0] < 0:
                    deadline_ms[0] = strtoll(head.value, NULL, 10)
                head = head.next
                continue
            PyDict_SetDefault(params, key_from_c(head.key), value_from_c(head.value, head.vlen))
        head = head.next
    if with_sid:
        PyDict_SetDefault(params, SID, "")
    return params


cdef dict build_config(ParamList *head):
    """The config as wrappers get it: decimal values are texts that serve as numbers too."""
    cdef dict config = {}
    while head is not NULL:
        if head.key is not NULL:
            config.setdefault(text_from_c(head.key), config_value(value_from_c(head.value, head.vlen)))
        head = head.next
    return config


cdef const char *find_value(ParamList *head, const char *key, unsigned int *vlen) noexcept:
    """The value of the first entry of that key; NULL if there is none ("" for a NULL value)."""
    while head is not NULL:
        if head.key is not NULL and strcmp(head.key, key) == 0:
            vlen[0] = head.vlen
            if head.value is NULL:
                return ""
            return head.value
        head = head.next
    return NULL


cdef int refuse_data(DataList *node) except -1:
    raise InvalidArgument(f"node '{text_from_c(node.key)}' has {node.len} bytes of data at NULL")
