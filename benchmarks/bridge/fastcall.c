/* The floor of bench_bridge: a C engine called through Python's C API by hand. One function, METH_FASTCALL, bytes in,
 * bytes out; the GIL is released around wrapperExec, the result copied once, wrapperExecFree called.
 *
 * bound to the engine with `open(path)`, once per process. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <dlfcn.h>

#include "aiges/wrapper.h"

static wrapperExecPtr engine_exec;
static wrapperExecFreePtr engine_free;

static PyObject *bind(PyObject *module, PyObject *path) {
    (void)module;
    void *library = dlopen(PyUnicode_AsUTF8(path), RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return PyErr_Format(PyExc_OSError, "%s", dlerror());
    engine_exec = (wrapperExecPtr)dlsym(library, "wrapperExec");
    engine_free = (wrapperExecFreePtr)dlsym(library, "wrapperExecFree");
    Py_RETURN_NONE;
}

/* exec(data: bytes) -> bytes */
static PyObject *exec(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count != 1 || !PyBytes_CheckExact(args[0])) return PyErr_Format(PyExc_TypeError, "exec(bytes)");
    struct DataList node = {.key = "data",
                            .data = PyBytes_AS_STRING(args[0]),
                            .len = (unsigned int)PyBytes_GET_SIZE(args[0]),
                            .status = DataOnce};
    pDataList result = NULL;
    int code;
    Py_BEGIN_ALLOW_THREADS code = engine_exec(NULL, NULL, &node, &result, NULL, 0);
    Py_END_ALLOW_THREADS if (code) return PyErr_Format(PyExc_RuntimeError, "code %d", code);
    PyObject *bytes = PyBytes_FromStringAndSize(result->data, result->len);
    engine_free(NULL, &result);
    return bytes;
}

enum { FULL = 16 };

/* exec_full(request: dict[str, bytes], params: dict[str, str], tag: str) -> tuple[bytes, ...] */
static PyObject *exec_full(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    struct DataList nodes[FULL];
    struct ParamList params[FULL];
    PyObject *key, *value;
    Py_ssize_t at = 0, length = 0;
    int used = 0, named = 0;
    if (count != 3 || !PyDict_CheckExact(args[0]) || !PyDict_CheckExact(args[1]) || PyDict_GET_SIZE(args[0]) > FULL ||
        PyDict_GET_SIZE(args[1]) > FULL)
        return PyErr_Format(PyExc_TypeError, "exec_full(dict, dict, str)");
    for (; PyDict_Next(args[0], &at, &key, &value); ++used) {
        nodes[used] =
            (struct DataList){.key = (char *)PyUnicode_AsUTF8(key), .status = DataOnce, .next = &nodes[used + 1]};
        if (nodes[used].key == NULL || !PyBytes_CheckExact(value)) return PyErr_Format(PyExc_TypeError, "not bytes");
        nodes[used].data = PyBytes_AS_STRING(value);
        nodes[used].len = (unsigned int)PyBytes_GET_SIZE(value);
    }
    for (at = 0; PyDict_Next(args[1], &at, &key, &value); ++named) {
        params[named] = (struct ParamList){.key = (char *)PyUnicode_AsUTF8(key), .next = &params[named + 1]};
        params[named].value = (char *)PyUnicode_AsUTF8AndSize(value, &length);
        params[named].vlen = (unsigned int)length;
        if (params[named].key == NULL || params[named].value == NULL) return NULL;
    }
    const char *tag = PyUnicode_AsUTF8(args[2]);
    if (tag == NULL || used == 0 || named == 0) return PyErr_Format(PyExc_TypeError, "nothing given");
    nodes[used - 1].next = NULL;
    params[named - 1].next = NULL;
    pDataList result = NULL;
    int code;
    Py_BEGIN_ALLOW_THREADS code = engine_exec(tag, params, nodes, &result, NULL, 0);
    Py_END_ALLOW_THREADS if (code) return PyErr_Format(PyExc_RuntimeError, "code %d", code);
    PyObject *made = PyTuple_New(used);
    int index = 0;
    for (pDataList node = result; made != NULL && node != NULL && index < used; node = node->next)
        PyTuple_SET_ITEM(made, index++, PyBytes_FromStringAndSize(node->data, node->len));
    engine_free(tag, &result);
    return made;
}

/* call_full(): the engine alone, with what exec_full would give it; ns that are not the bridge's. */
static PyObject *call_full(PyObject *module, PyObject *data) {
    (void)module;
    struct DataList nodes[3] = {{.key = "data",
                                 .data = PyBytes_AS_STRING(data),
                                 .len = (unsigned int)PyBytes_GET_SIZE(data),
                                 .status = DataOnce},
                                {.key = "text", .data = "a short text", .len = 12, .status = DataOnce},
                                {.key = "options", .data = "{}", .len = 2, .status = DataOnce}};
    struct ParamList params[4] = {{.key = "sid", .value = "bench0001@sid", .vlen = 13},
                                  {.key = "language", .value = "en", .vlen = 2},
                                  {.key = "rate", .value = "16000", .vlen = 5},
                                  {.key = "channels", .value = "1", .vlen = 1}};
    for (int i = 0; i < 2; ++i) nodes[i].next = &nodes[i + 1];
    for (int i = 0; i < 3; ++i) params[i].next = &params[i + 1];
    pDataList result = NULL;
    engine_exec("bench", params, nodes, &result, NULL, 0);
    engine_free("bench", &result);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"open", bind, METH_O, NULL},
                                {"exec", (PyCFunction)(void (*)(void))exec, METH_FASTCALL, NULL},
                                {"exec_full", (PyCFunction)(void (*)(void))exec_full, METH_FASTCALL, NULL},
                                {"call_full", call_full, METH_O, NULL},
                                {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "fastcall", .m_methods = methods};
PyMODINIT_FUNC PyInit_fastcall(void) { return PyModule_Create(&definition); }
