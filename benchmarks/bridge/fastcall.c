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
    Py_BEGIN_ALLOW_THREADS
    code = engine_exec(NULL, NULL, &node, &result, NULL, 0);
    Py_END_ALLOW_THREADS
    if (code) return PyErr_Format(PyExc_RuntimeError, "code %d", code);
    PyObject *bytes = PyBytes_FromStringAndSize(result->data, result->len);
    engine_free(NULL, &result);
    return bytes;
}

static PyMethodDef methods[] = {{"open", bind, METH_O, NULL},
                                {"exec", (PyCFunction)(void (*)(void))exec, METH_FASTCALL, NULL},
                                {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "fastcall", .m_methods = methods};
PyMODINIT_FUNC PyInit_fastcall(void) { return PyModule_Create(&definition); }
