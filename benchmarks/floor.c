/* Floors: what the same work costs when it is written by hand against Python's C API, for one wrapper and one Python.
 *
 * A shared object with the calling form of an engine (exec and exec_free pairs), loaded by host.c into the process where
 * libwrapper.so has started Python, so that both sides share interpreter, allocator and machine state of the moment.
 *
 *   compat     the compatible floor: an unmodified wrapper.py run against static C types with the attributes that it
 *              uses (module `aiges_embed` is these types while its source is executed). Kept thread state, free lists,
 *              cached parameter names, one vectorcall, the item's bytes referenced and released under the GIL of a
 *              later call. Left out: everything that makes it safe to use (statistics, deadlines, state checks,
 *              conventions, logging, error texts, garbage collection of cycles, subclasses).
 *   gil        take and give back the GIL
 *   view       the same + one vectorcall, memoryview in, 8 bytes out
 *   once       the same + one vectorcall, bytes made once, the response points into them
 *   copied     no GIL at all: malloc + memcpy, what a C engine must do */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <structmember.h>

#include "aiges/wrapper.h"

#define EXPORT __attribute__((visibility("default")))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

enum { FREE_LIST = 64, INLINE_NODES = 4, NAMES = 64, FILL_WITHOUT_GIL = 256 * 1024 };

static PyObject *empty_text, *empty_bytes, *zero, *name_sid;

/* ---- The GIL, thread state kept -------------------------------------------------------------------------------- */

static _Thread_local PyThreadState *own_state;

static PyThreadState *find_state(void) {
    own_state = PyGILState_GetThisThreadState(); /* libwrapper.so has made one if it came first */
    if (own_state == NULL) own_state = PyThreadState_New(PyInterpreterState_Main());
    return own_state;
}

static inline void take_gil(void) {
    PyThreadState *state = own_state;
    if (UNLIKELY(state == NULL)) state = find_state();
    PyEval_RestoreThread(state);
}

static inline void give_gil(void) { PyEval_SaveThread(); }

/* ---- Free lists of objects: used under the GIL ------------------------------------------------------------------ */

typedef struct {
    void *kept[FREE_LIST];
    int count;
} FreeList;

static inline void *object_new(FreeList *list, PyTypeObject *type) {
    if (LIKELY(list->count)) {
        PyObject *self = list->kept[--list->count];
        Py_SET_REFCNT(self, 1);
        return self;
    }
    PyObject *self = PyObject_Malloc((size_t)type->tp_basicsize);
    return self != NULL ? PyObject_Init(self, type) : PyErr_NoMemory();
}

static inline void object_free(FreeList *list, void *self) {
    if (LIKELY(list->count < FREE_LIST))
        list->kept[list->count++] = self;
    else
        PyObject_Free(self);
}

/* ---- DataListNode ------------------------------------------------------------------------------------------------ */

typedef struct {
    PyObject_HEAD const struct DataList *source; /* borrowed until the call returns */
    PyObject *key, *data;
    Py_ssize_t len;
    int type, status;
} Node;

static FreeList free_nodes;

static void node_dealloc(Node *self) {
    Py_XDECREF(self->key);
    Py_XDECREF(self->data);
    object_free(&free_nodes, self);
}

static PyObject *node_key(Node *self, void *unused) {
    (void)unused;
    if (self->key == NULL) {
        self->key = PyUnicode_DecodeUTF8(self->source->key, (Py_ssize_t)strlen(self->source->key), "surrogateescape");
        if (self->key == NULL) return NULL;
    }
    return Py_NewRef(self->key);
}

static PyObject *node_data(Node *self, void *unused) {
    (void)unused;
    if (self->data == NULL) {
        const size_t length = self->source->len;
        PyObject *data = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
        if (data == NULL) return NULL;
        if (length < FILL_WITHOUT_GIL) {
            memcpy(PyBytes_AS_STRING(data), self->source->data, length);
        } else {
            const void *from = self->source->data;
            Py_BEGIN_ALLOW_THREADS memcpy(PyBytes_AS_STRING(data), from, length);
            Py_END_ALLOW_THREADS
        }
        self->data = data;
    }
    return Py_NewRef(self->data);
}

static PyObject *node_view(Node *self, void *unused) {
    (void)unused;
    return PyMemoryView_FromMemory(self->source->data, self->source->len, PyBUF_READ);
}

static PyGetSetDef node_getset[] = {{"key", (getter)node_key, NULL, NULL, NULL},
                                    {"data", (getter)node_data, NULL, NULL, NULL},
                                    {"view", (getter)node_view, NULL, NULL, NULL},
                                    {0}};
static PyMemberDef node_members[] = {{"len", T_PYSSIZET, offsetof(Node, len), 0, NULL},
                                     {"type", T_INT, offsetof(Node, type), 0, NULL},
                                     {"status", T_INT, offsetof(Node, status), 0, NULL},
                                     {0}};
static PyTypeObject NodeType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "aiges_embed.DataListNode",
    .tp_basicsize = sizeof(Node),
    .tp_dealloc = (destructor)node_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_getset = node_getset,
    .tp_members = node_members,
};

/* Somebody kept the node beyond its call: it must not point at the host's memory. */
static void node_complete(Node *self) {
    Py_XDECREF(node_key(self, NULL));
    Py_XDECREF(node_data(self, NULL));
    self->source = NULL;
}

/* ---- DataListCls ------------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD PyObject *list; /* made when asked for */
    Py_ssize_t count;
    Node **nodes, *few[INLINE_NODES];
} Data;

static FreeList free_data;

static void data_dealloc(Data *self) {
    Py_XDECREF(self->list);
    for (Py_ssize_t i = 0; i < self->count; ++i) {
        Node *node = self->nodes[i];
        if (Py_REFCNT(node) > 1 && node->source != NULL) node_complete(node);
        Py_DECREF(node);
    }
    if (self->nodes != self->few) PyMem_Free(self->nodes);
    object_free(&free_data, self);
}

static PyObject *data_list(Data *self, void *unused) {
    (void)unused;
    if (self->list == NULL) {
        self->list = PyList_New(self->count);
        if (self->list == NULL) return NULL;
        for (Py_ssize_t i = 0; i < self->count; ++i) PyList_SET_ITEM(self->list, i, Py_NewRef(self->nodes[i]));
    }
    return Py_NewRef(self->list);
}

static PyObject *data_get(Data *self, PyObject *key) {
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(key, &length);
    if (text == NULL) return NULL;
    for (Py_ssize_t i = 0; i < self->count; ++i)
        if (strcmp(self->nodes[i]->source->key, text) == 0) return Py_NewRef(self->nodes[i]);
    Py_RETURN_NONE;
}

static PyGetSetDef data_getset[] = {{"list", (getter)data_list, NULL, NULL, NULL}, {0}};
static PyMethodDef data_methods[] = {{"get", (PyCFunction)data_get, METH_O, NULL}, {0}};
static PyTypeObject DataType_ = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "aiges_embed.DataListCls",
    .tp_basicsize = sizeof(Data),
    .tp_dealloc = (destructor)data_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_getset = data_getset,
    .tp_methods = data_methods,
};

static Data *data_from_c(pDataList head) {
    Data *self = object_new(&free_data, &DataType_);
    if (self == NULL) return NULL;
    Py_ssize_t count = 0;
    for (pDataList node = head; node != NULL; node = node->next) ++count;
    self->list = NULL;
    self->nodes = count <= INLINE_NODES ? self->few : PyMem_New(Node *, (size_t)count);
    self->count = 0;
    for (pDataList source = head; source != NULL; source = source->next) {
        Node *node = object_new(&free_nodes, &NodeType);
        if (node == NULL) {
            Py_DECREF(self);
            return NULL;
        }
        node->source = source;
        node->key = node->data = NULL;
        node->len = source->len;
        node->type = (int)source->type;
        node->status = (int)source->status;
        self->nodes[self->count++] = node;
    }
    return self;
}

/* ---- ResponseData, Response, SessionCreateResponse --------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD PyObject *key, *data;
    Py_ssize_t len;
    int type, status;
} Item;

static FreeList free_items;

static void item_dealloc(Item *self) {
    Py_XDECREF(self->key);
    Py_XDECREF(self->data);
    object_free(&free_items, self);
}

static PyObject *item_new(PyObject *type, PyObject *const *args, size_t count, PyObject *names) {
    (void)args;
    if (PyVectorcall_NARGS(count) || names != NULL)
        return PyErr_Format(PyExc_TypeError, "the floor knows ResponseData() only");
    Item *self = object_new(&free_items, (PyTypeObject *)type);
    if (UNLIKELY(self == NULL)) return NULL;
    self->key = Py_NewRef(empty_text);
    self->data = Py_NewRef(empty_bytes);
    self->len = -1;
    self->type = 0;
    self->status = DataOnce;
    return (PyObject *)self;
}

static PyObject *item_set_data(Item *self, PyObject *data) {
    if (!PyBytes_CheckExact(data)) return PyErr_Format(PyExc_TypeError, "data must be bytes");
    PyObject *old = self->data;
    self->data = Py_NewRef(data);
    self->len = -1;
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

static PyObject *item_set_type(Item *self, PyObject *type) {
    self->type = (int)PyLong_AsLong(type);
    if (self->type == -1 && PyErr_Occurred()) return NULL;
    Py_RETURN_NONE;
}

static PyMemberDef item_members[] = {
    {"key", T_OBJECT_EX, offsetof(Item, key), 0, NULL}, {"data", T_OBJECT_EX, offsetof(Item, data), 0, NULL},
    {"len", T_PYSSIZET, offsetof(Item, len), 0, NULL},  {"type", T_INT, offsetof(Item, type), 0, NULL},
    {"status", T_INT, offsetof(Item, status), 0, NULL}, {0}};
static PyMethodDef item_methods[] = {{"setData", (PyCFunction)item_set_data, METH_O, NULL},
                                     {"setDataType", (PyCFunction)item_set_type, METH_O, NULL},
                                     {0}};
static PyTypeObject ItemType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "aiges_embed.ResponseData",
    .tp_basicsize = sizeof(Item),
    .tp_dealloc = (destructor)item_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_members = item_members,
    .tp_methods = item_methods,
    .tp_vectorcall = item_new,
};

typedef struct {
    PyObject_HEAD PyObject *list;
    int error_code;
} Answer;

static FreeList free_answers;

static void answer_dealloc(Answer *self) {
    Py_XDECREF(self->list);
    object_free(&free_answers, self);
}

static PyObject *answer_new(PyObject *type, PyObject *const *args, size_t count, PyObject *names) {
    if (PyVectorcall_NARGS(count) > 1 || names != NULL)
        return PyErr_Format(PyExc_TypeError, "the floor knows Response() and Response(list) only");
    Answer *self = object_new(&free_answers, (PyTypeObject *)type);
    if (UNLIKELY(self == NULL)) return NULL;
    self->list = PyVectorcall_NARGS(count) ? Py_NewRef(args[0]) : NULL;
    self->error_code = 0;
    return (PyObject *)self;
}

static PyObject *answer_list(Answer *self, void *unused) {
    (void)unused;
    if (self->list == NULL && (self->list = PyList_New(0)) == NULL) return NULL;
    return Py_NewRef(self->list);
}

static int answer_set_list(Answer *self, PyObject *list, void *unused) {
    (void)unused;
    PyObject *old = self->list;
    self->list = Py_XNewRef(list);
    Py_XDECREF(old);
    return 0;
}

static PyGetSetDef answer_getset[] = {{"list", (getter)answer_list, (setter)answer_set_list, NULL, NULL}, {0}};
static PyMemberDef answer_members[] = {{"error_code", T_INT, offsetof(Answer, error_code), 0, NULL}, {0}};
static PyTypeObject AnswerType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "aiges_embed.Response",
    .tp_basicsize = sizeof(Answer),
    .tp_dealloc = (destructor)answer_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_getset = answer_getset,
    .tp_members = answer_members,
    .tp_vectorcall = answer_new,
};

typedef struct {
    PyObject_HEAD PyObject *handle;
    int error_code;
} Created;

static FreeList free_created;

static void created_dealloc(Created *self) {
    Py_XDECREF(self->handle);
    object_free(&free_created, self);
}

static PyObject *created_new(PyObject *type, PyObject *const *args, size_t count, PyObject *names) {
    if (PyVectorcall_NARGS(count) != 1 || names != NULL)
        return PyErr_Format(PyExc_TypeError, "the floor knows SessionCreateResponse(handle) only");
    Created *self = object_new(&free_created, (PyTypeObject *)type);
    if (UNLIKELY(self == NULL)) return NULL;
    self->handle = Py_NewRef(args[0]);
    self->error_code = 0;
    return (PyObject *)self;
}

static PyMemberDef created_members[] = {{"handle", T_OBJECT_EX, offsetof(Created, handle), 0, NULL},
                                        {"error_code", T_INT, offsetof(Created, error_code), 0, NULL},
                                        {0}};
static PyTypeObject CreatedType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "aiges_embed.SessionCreateResponse",
    .tp_basicsize = sizeof(Created),
    .tp_dealloc = (destructor)created_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_members = created_members,
    .tp_vectorcall = created_new,
};

/* ---- Results: one block per response, kept for reuse; references dropped under the GIL of a later call ----------- */

typedef struct Block {
    struct Block *next;
    Py_ssize_t count, room;
    PyObject **held; /* two for each node: key, data */
    struct DataList nodes[];
} Block;

static _Atomic(Block *) returned; /* by exec_free, which never takes the GIL */
static Block *spare;

static void drop_returned(void) {
    if (atomic_load_explicit(&returned, memory_order_relaxed) == NULL) return;
    Block *block = atomic_exchange_explicit(&returned, NULL, memory_order_acquire);
    while (block != NULL) {
        Block *next = block->next;
        for (Py_ssize_t i = 0; i < 2 * block->count; ++i) Py_DECREF(block->held[i]);
        if (block->room == INLINE_NODES) {
            block->next = spare;
            spare = block;
        } else {
            free(block);
        }
        block = next;
    }
}

static Block *new_block(Py_ssize_t count) {
    if (LIKELY(count <= INLINE_NODES && spare != NULL)) {
        Block *block = spare;
        spare = block->next;
        return block;
    }
    const Py_ssize_t room = count <= INLINE_NODES ? INLINE_NODES : count;
    Block *block = malloc(sizeof(Block) + (size_t)room * (sizeof(struct DataList) + 2 * sizeof(PyObject *)));
    if (block == NULL) return NULL;
    block->room = room;
    block->held = (PyObject **)&block->nodes[room];
    return block;
}

static int free_result(const char *tag, pDataList *result) {
    (void)tag;
    if (*result == NULL) return 0;
    Block *block = (Block *)((char *)*result - offsetof(Block, nodes));
    *result = NULL;
    block->next = atomic_load_explicit(&returned, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&returned, &block->next, block, memory_order_release,
                                                  memory_order_relaxed)) {
    }
    return 0;
}

/* The C list of a Response; takes the keys and the bytes by reference. */
static int result_of(PyObject *returned_object, pDataList *result) {
    if (!Py_IS_TYPE(returned_object, &AnswerType)) return -1;
    Answer *answer = (Answer *)returned_object;
    if (answer->error_code) return answer->error_code;
    if (answer->list == NULL || !PyList_CheckExact(answer->list)) return -1;
    const Py_ssize_t count = PyList_GET_SIZE(answer->list);
    if (count == 0) return -1;
    Block *block = new_block(count);
    if (block == NULL) return -1;
    block->count = 0;
    for (Py_ssize_t i = 0; i < count; ++i) {
        Item *item = (Item *)PyList_GET_ITEM(answer->list, i);
        if (!Py_IS_TYPE(item, &ItemType) || item->data == NULL || !PyBytes_CheckExact(item->data)) goto refused;
        const Py_ssize_t length = PyBytes_GET_SIZE(item->data);
        struct DataList *node = &block->nodes[i];
        node->key = (char *)PyUnicode_AsUTF8(item->key);
        if (node->key == NULL || length > UINT_MAX) goto refused;
        node->data = PyBytes_AS_STRING(item->data);
        node->len = (unsigned int)(item->len >= 0 && item->len < length ? item->len : length);
        node->type = (DataType)item->type;
        node->status = DataOnce;
        node->desc = NULL;
        node->next = i + 1 < count ? node + 1 : NULL;
        block->held[2 * i] = Py_NewRef(item->key);
        block->held[2 * i + 1] = Py_NewRef(item->data);
        ++block->count;
    }
    *result = block->nodes;
    return 0;
refused:
    PyErr_Clear();
    *result = block->nodes;
    free_result(NULL, result);
    return -1;
}

/* ---- Parameters --------------------------------------------------------------------------------------------------- */

static struct {
    char text[32];
    PyObject *object;
} names[NAMES];

/* The str of a parameter's name; short ones are cached by content. */
static PyObject *name_of(const char *text) {
    const size_t length = strlen(text);
    if (length >= sizeof names[0].text) return PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "surrogateescape");
    unsigned int hash = (unsigned int)length;
    for (size_t i = 0; i < length; ++i) hash = hash * 31 + (unsigned char)text[i];
    const unsigned int slot = (hash ^ hash >> 6) % NAMES;
    if (LIKELY(names[slot].object != NULL && memcmp(names[slot].text, text, length + 1) == 0))
        return Py_NewRef(names[slot].object);
    PyObject *object = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "surrogateescape");
    if (object == NULL) return NULL;
    PyUnicode_InternInPlace(&object);
    Py_XSETREF(names[slot].object, Py_NewRef(object));
    memcpy(names[slot].text, text, length + 1);
    return object;
}

static PyObject *params_from_c(pParamList head) {
    PyObject *params = PyDict_New();
    for (; params != NULL && head != NULL; head = head->next) {
        PyObject *name = name_of(head->key);
        size_t length = head->vlen;
        if (length == 0)
            length = strlen(head->value);
        else if (head->value[length - 1] == '\0')
            --length;
        PyObject *value = PyUnicode_DecodeUTF8(head->value, (Py_ssize_t)length, "surrogateescape");
        if (name == NULL || value == NULL || PyDict_SetDefault(params, name, value) == NULL) Py_CLEAR(params);
        Py_XDECREF(name);
        Py_XDECREF(value);
    }
    return params;
}

/* ---- compat: the unmodified wrapper ------------------------------------------------------------------------------- */

static PyObject *wrapper, *once_exec, *once_async, *view_function, *bytes_function;

static PyObject *call_wrapper(PyObject *function, const char *tag, pParamList params, pDataList request) {
    PyObject *given[5] = {
        wrapper, params_from_c(params), (PyObject *)data_from_c(request),
        tag != NULL ? PyUnicode_DecodeUTF8(tag, (Py_ssize_t)strlen(tag), "surrogateescape") : Py_NewRef(Py_None), zero};
    PyObject *answer = NULL;
    if (LIKELY(given[1] != NULL && given[2] != NULL && given[3] != NULL))
        answer = PyObject_Vectorcall(function, given, 5, NULL);
    Py_XDECREF(given[1]);
    if (given[2] != NULL) {
        Data *data = (Data *)given[2];
        if (UNLIKELY(Py_REFCNT(data) > 1))
            for (Py_ssize_t i = 0; i < data->count; ++i) node_complete(data->nodes[i]);
        Py_DECREF(data);
    }
    Py_XDECREF(given[3]);
    if (UNLIKELY(answer == NULL)) PyErr_Print();
    return answer;
}

EXPORT int compat_exec(const char *tag, pParamList params, pDataList request, pDataList *result, unsigned int ids[],
                       int count) {
    (void)ids, (void)count;
    int code = -1;
    take_gil();
    drop_returned();
    PyObject *answer = call_wrapper(once_exec, tag, params, request);
    if (LIKELY(answer != NULL)) {
        code = result_of(answer, result);
        Py_DECREF(answer);
    }
    give_gil();
    return code;
}
EXPORT int compat_exec_free(const char *tag, pDataList *result) { return free_result(tag, result); }

/* Asynchronous: callback(response, tag) of the wrapper calls the host straight, the GIL released. One host callback. */
static wrapperCallback host_callback;

EXPORT int compat_exec_async(const char *tag, pParamList params, pDataList request, wrapperCallback callback,
                             int timeout, unsigned int ids[], int count) {
    (void)timeout, (void)ids, (void)count;
    int code = -1;
    take_gil();
    drop_returned();
    host_callback = callback;
    PyObject *answer = call_wrapper(once_async, tag, params, request);
    if (LIKELY(answer != NULL)) {
        code = (int)PyLong_AsLong(answer);
        Py_DECREF(answer);
    }
    give_gil();
    return code;
}

static PyObject *module_callback(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    pDataList result = NULL;
    if (count < 2) return PyErr_Format(PyExc_TypeError, "callback(response, tag)");
    drop_returned();
    const int code = result_of(args[0], &result);
    const char *tag = PyUnicode_AsUTF8(args[1]);
    if (tag == NULL) return NULL;
    int taken;
    Py_BEGIN_ALLOW_THREADS taken = host_callback(tag, result, code);
    Py_END_ALLOW_THREADS free_result(NULL, &result);
    return PyLong_FromLong(taken);
}

/* Sessions: the host's handle is the wrapper's str, referenced. No callbacks, no table of handles. */
static PyObject *session_create, *session_write, *session_destroy;

static int code_of(PyObject *answer) {
    if (UNLIKELY(answer == NULL)) {
        PyErr_Print();
        return -1;
    }
    const int code = (int)PyLong_AsLong(answer);
    Py_DECREF(answer);
    return code;
}

EXPORT const void *compat_create(const char *tag, pParamList params, wrapperCallback callback, unsigned int ids[],
                                 int count, int *code) {
    (void)callback, (void)ids, (void)count;
    take_gil();
    drop_returned();
    PyObject *dict = params_from_c(params);
    PyObject *text = PyUnicode_DecodeUTF8(tag, (Py_ssize_t)strlen(tag), "surrogateescape");
    PyObject *sid = PyDict_GetItemWithError(dict, name_sid);
    PyObject *given[5] = {wrapper, dict, sid, zero, text};
    PyObject *handle = NULL;
    PyObject *answer = PyObject_Vectorcall(session_create, given, 5, NULL);
    if (answer != NULL && Py_IS_TYPE(answer, &CreatedType)) handle = Py_NewRef(((Created *)answer)->handle);
    if (PyErr_Occurred()) PyErr_Print();
    Py_XDECREF(answer);
    Py_DECREF(dict);
    Py_DECREF(text);
    give_gil();
    *code = handle == NULL ? -1 : 0;
    return handle;
}

EXPORT int compat_write(const void *handle, pDataList request) {
    take_gil();
    Data *data = data_from_c(request);
    PyObject *given[3] = {wrapper, (PyObject *)handle, (PyObject *)data};
    const int code = code_of(PyObject_Vectorcall(session_write, given, 3, NULL));
    if (UNLIKELY(Py_REFCNT(data) > 1))
        for (Py_ssize_t i = 0; i < data->count; ++i) node_complete(data->nodes[i]);
    Py_DECREF(data);
    give_gil();
    return code;
}

EXPORT int compat_destroy(const void *handle) {
    take_gil();
    PyObject *given[2] = {wrapper, (PyObject *)handle};
    const int code = code_of(PyObject_Vectorcall(session_destroy, given, 2, NULL));
    Py_DECREF((PyObject *)handle);
    give_gil();
    return code;
}

/* ---- The other floors ---------------------------------------------------------------------------------------------- */

EXPORT int gil_exec(const char *tag, pParamList params, pDataList request, pDataList *result, unsigned int ids[],
                    int count) {
    (void)tag, (void)params, (void)request, (void)ids, (void)count;
    take_gil();
    give_gil();
    *result = NULL;
    return 0;
}

/* Hands one object over by reference. */
static int hold_one(PyObject *bytes, pDataList *result) {
    Block *block = new_block(1);
    if (block == NULL || !PyBytes_Check(bytes)) return -1;
    block->nodes[0] = (struct DataList){.key = "data",
                                        .data = PyBytes_AS_STRING(bytes),
                                        .len = (unsigned int)PyBytes_GET_SIZE(bytes),
                                        .status = DataOnce};
    block->held[0] = Py_NewRef(empty_text);
    block->held[1] = Py_NewRef(bytes);
    block->count = 1;
    *result = block->nodes;
    return 0;
}

static int one_call(PyObject *function, PyObject *given, pDataList *result) {
    PyObject *args[2] = {NULL, given};
    PyObject *answer = PyObject_Vectorcall(function, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    int code = -1;
    if (LIKELY(answer != NULL)) {
        code = hold_one(answer, result);
        Py_DECREF(answer);
    }
    Py_DECREF(given);
    return code;
}

EXPORT int view_exec(const char *tag, pParamList params, pDataList request, pDataList *result, unsigned int ids[],
                     int count) {
    (void)tag, (void)params, (void)ids, (void)count;
    take_gil();
    drop_returned();
    const int code = one_call(view_function, PyMemoryView_FromMemory(request->data, request->len, PyBUF_READ), result);
    give_gil();
    return code;
}

EXPORT int once_exec_bytes(const char *tag, pParamList params, pDataList request, pDataList *result, unsigned int ids[],
                           int count) {
    (void)tag, (void)params, (void)ids, (void)count;
    take_gil();
    drop_returned();
    const int code = one_call(bytes_function, PyBytes_FromStringAndSize(request->data, request->len), result);
    give_gil();
    return code;
}

EXPORT int copied_exec(const char *tag, pParamList params, pDataList request, pDataList *result, unsigned int ids[],
                       int count) {
    (void)tag, (void)params, (void)ids, (void)count;
    pDataList node = malloc(sizeof *node + request->len);
    if (node == NULL) return -1;
    *node = *request;
    node->data = node + 1;
    memcpy(node->data, request->data, request->len);
    *result = node;
    return 0;
}

EXPORT int copied_exec_free(const char *tag, pDataList *result) {
    (void)tag;
    free(*result);
    *result = NULL;
    return 0;
}

/* ---- Start ----------------------------------------------------------------------------------------------------------- */

static PyMethodDef module_methods[] = {{"callback", (PyCFunction)(void (*)(void))module_callback, METH_FASTCALL, NULL},
                                       {0}};
static struct PyModuleDef module_def = {PyModuleDef_HEAD_INIT, .m_name = "aiges_embed", .m_size = -1,
                                        .m_methods = module_methods};

static PyObject *make_module(void) {
    PyObject *module = PyModule_Create(&module_def);
    if (module == NULL || PyModule_AddType(module, &NodeType) || PyModule_AddType(module, &DataType_) ||
        PyModule_AddType(module, &ItemType) || PyModule_AddType(module, &AnswerType) ||
        PyModule_AddType(module, &CreatedType))
        return NULL;
    return module;
}

/* Runs the source of a wrapper with our types as module aiges_embed. */
static const char *source =
    "import sys\n"
    "real = {n: m for n, m in sys.modules.items() if n.split('.')[0] in ('aiges_embed', 'aiges')}\n"
    "for name in real: del sys.modules[name]\n"
    "sys.modules['aiges_embed'] = floor\n"
    "space = {'__name__': 'floor_wrapper', '__file__': path}\n"
    "exec(compile(open(path).read(), path, 'exec'), space)\n"
    "del sys.modules['aiges_embed']\n"
    "sys.modules.update(real)\n"
    "wrapper = space['Wrapper']()\n"
    "wrapper.wrapperInit({})\n"
    "once, once_async, create, write, destroy = (getattr(type(wrapper), 'wrapper' + name, None)\n"
    "    for name in ('OnceExec', 'OnceExecAsync', 'Create', 'Write', 'Destroy'))\n"
    "def view_function(view): return EIGHT\n"
    "EIGHT = bytes(8)\n"
    "def bytes_function(data): return data\n";

EXPORT int floor_init(const char *path) {
    int code = -1;
    take_gil();
    empty_text = PyUnicode_InternFromString("");
    empty_bytes = PyBytes_FromStringAndSize(NULL, 0);
    zero = PyLong_FromLong(0);
    name_sid = PyUnicode_InternFromString("sid");
    PyObject *module = make_module();
    PyObject *space = NULL;
    if (module != NULL && (space = PyDict_New()) != NULL) {
        PyObject *text = PyUnicode_FromString(path);
        PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
        PyDict_SetItemString(space, "floor", module);
        PyDict_SetItemString(space, "path", text);
        PyObject *done = PyRun_String(source, Py_file_input, space, space);
        if (done != NULL) {
            wrapper = PyDict_GetItemString(space, "wrapper");
            once_exec = PyDict_GetItemString(space, "once");
            once_async = PyDict_GetItemString(space, "once_async");
            session_create = PyDict_GetItemString(space, "create");
            session_write = PyDict_GetItemString(space, "write");
            session_destroy = PyDict_GetItemString(space, "destroy");
            view_function = PyDict_GetItemString(space, "view_function");
            bytes_function = PyDict_GetItemString(space, "bytes_function");
            code = 0;
        }
    }
    if (code) PyErr_Print();
    give_gil(); /* the objects stay for the life of the process */
    return code;
}
