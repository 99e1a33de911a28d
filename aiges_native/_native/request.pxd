# Requests of a Python host: objects -> lists of the ABI. See request.pyx.

from cpython.object cimport PyObject

from aiges_native._abi.c_loader cimport aiges_call
from aiges_native._abi.c_type cimport DataList, ParamList

cdef enum:
    FEW_NODES = 4
    FEW_PARAMS = 8
    FEW_IDS = 4
    MOST_PINS = 32


cdef class Request:
    cdef aiges_call call
    cdef DataList few_nodes[FEW_NODES]
    cdef ParamList few_params[FEW_PARAMS]
    cdef unsigned int few_ids[FEW_IDS]
    cdef void **blocks            # what did not fit above, each with the address of the next; freed with the request
    cdef PyObject *pins[MOST_PINS]  # objects whose memory the lists point at: owned references
    cdef int pin_count
    cdef list more_pins
    cdef Py_buffer *buffers
    cdef int buffer_count
    cdef Py_ssize_t node_count    # places in `buffers`, once it is needed

    cdef int pin(self, object owner) except -1
    cdef void *room(self, size_t size) except NULL
    cdef const char *pin_text(self, object value, str what, Py_ssize_t *size) except NULL
    cdef int pin_data(self, DataList *node, object data) except -1
    cdef int set_node(self, DataList *node, object item, int status) except -1
    cdef ParamList *param_list(self, dict values, ParamList *room) except NULL
    cdef int set_data(self, object data, int status) except -1
    cdef int set_params(self, object params) except -1
    cdef int set_ids(self, object ids) except -1
    cdef int set_tag(self, object tag) except -1
