// The CPython functions this library calls, found by name at run time.
// Python.h is never included: its inline functions and struct layouts belong
// to one version, these functions are the same from 3.10 on.
#pragma once

#include <cstdint>
#include <string>

namespace aiges::embed {

// PyStatus, returned by value by the start functions; this layout since 3.8.
struct PyStatusValue {
    int type;  // 0 fine, 1 error, 2 exit
    const char* function;
    const char* message;
    int exit_code;
};

// One line per function: whether a Python without it is refused, result, name,
// the name it had in older versions (or nullptr), parameters. Objects, thread
// states and interpreters are void*; references follow CPython's manual.
#define AIGES_PYTHON_FUNCTIONS(FUNCTION)                                                                     \
    /* the process and its start */                                                                          \
    FUNCTION(true, const char*, Py_GetVersion, nullptr, (void))                                              \
    FUNCTION(true, int, Py_IsInitialized, nullptr, (void))                                                   \
    FUNCTION(true, int, Py_IsFinalizing, "_Py_IsFinalizing", (void))                                         \
    FUNCTION(true, void, Py_InitializeEx, nullptr, (int install_signal_handlers))                            \
    FUNCTION(true, int, Py_FinalizeEx, nullptr, (void))                                                      \
    FUNCTION(true, int, Py_AtExit, nullptr, (void (*callback)(void)))                                        \
    FUNCTION(false, PyStatusValue, Py_PreInitialize, nullptr, (const int* preconfig))                        \
    FUNCTION(false, void, PyPreConfig_InitPythonConfig, nullptr, (int* preconfig))                           \
    FUNCTION(false, void, Py_SetProgramName, nullptr, (const wchar_t* name))                                 \
    FUNCTION(false, void, PyConfig_InitCompat, "_PyConfig_InitCompatConfig", (void* config))                 \
    FUNCTION(false, void, PyConfig_Clear, nullptr, (void* config))                                           \
    FUNCTION(false, PyStatusValue, Py_InitializeFromConfig, nullptr, (const void* config))                   \
    FUNCTION(false, void*, PyInitConfig_Create, nullptr, (void))                                             \
    FUNCTION(false, void, PyInitConfig_Free, nullptr, (void* config))                                        \
    FUNCTION(false, int, PyInitConfig_SetInt, nullptr, (void* config, const char* name, std::int64_t value)) \
    FUNCTION(false, int, PyInitConfig_SetStr, nullptr, (void* config, const char* name, const char* value))  \
    FUNCTION(false, int, PyInitConfig_GetError, nullptr, (void* config, const char** message))               \
    FUNCTION(false, int, Py_InitializeFromInitConfig, nullptr, (void* config))                               \
    /* thread states and the GIL */                                                                          \
    FUNCTION(true, void*, PyGILState_GetThisThreadState, nullptr, (void))                                    \
    FUNCTION(true, int, PyGILState_Check, nullptr, (void))                                                   \
    FUNCTION(true, int, PyGILState_Ensure, nullptr, (void))                                                  \
    FUNCTION(true, void, PyGILState_Release, nullptr, (int state))                                           \
    FUNCTION(true, void*, PyThreadState_New, nullptr, (void* interpreter))                                   \
    FUNCTION(true, void, PyThreadState_Clear, nullptr, (void* state))                                        \
    FUNCTION(true, void, PyThreadState_DeleteCurrent, nullptr, (void))                                       \
    FUNCTION(true, void*, PyThreadState_Get, nullptr, (void))                                                \
    FUNCTION(true, void*, PyThreadState_GetUnchecked, "_PyThreadState_UncheckedGet", (void))                 \
    FUNCTION(true, void*, PyThreadState_GetInterpreter, nullptr, (void* state))                              \
    FUNCTION(true, void*, PyInterpreterState_Main, nullptr, (void))                                          \
    FUNCTION(true, void*, PyInterpreterState_Get, nullptr, (void))                                           \
    FUNCTION(true, void*, PyEval_SaveThread, nullptr, (void))                                                \
    FUNCTION(true, void, PyEval_RestoreThread, nullptr, (void* state))                                       \
    /* imports and objects */                                                                                \
    FUNCTION(true, void*, PyImport_ImportModule, nullptr, (const char* name))                                \
    FUNCTION(true, void*, PyObject_GetAttrString, nullptr, (void* object, const char* name))                 \
    FUNCTION(true, void*, PyObject_CallNoArgs, nullptr, (void* callable))                                    \
    FUNCTION(true, void*, PyObject_Str, nullptr, (void* object))                                             \
    FUNCTION(true, void*, PyCapsule_GetPointer, nullptr, (void* capsule, const char* name))                  \
    FUNCTION(true, const char*, PyUnicode_AsUTF8, nullptr, (void* text))                                     \
    FUNCTION(true, void*, PyUnicode_FromString, nullptr, (const char* utf8))                                 \
    FUNCTION(true, int, PySys_SetObject, nullptr, (const char* name, void* object))                          \
    FUNCTION(true, void*, PySys_GetObject, nullptr, (const char* name))                                      \
    FUNCTION(true, void, Py_IncRef, nullptr, (void* object))                                                 \
    FUNCTION(true, void, Py_DecRef, nullptr, (void* object))                                                 \
    FUNCTION(true, int, PyRun_SimpleStringFlags, nullptr, (const char* source, void* flags))                 \
    /* errors: 3.12 replaced the fetched triple by one exception */                                          \
    FUNCTION(true, void*, PyErr_Occurred, nullptr, (void))                                                   \
    FUNCTION(true, void, PyErr_Clear, nullptr, (void))                                                       \
    FUNCTION(false, void*, PyErr_GetRaisedException, nullptr, (void))                                        \
    FUNCTION(false, void, PyErr_Fetch, nullptr, (void** type, void** value, void** traceback))               \
    FUNCTION(false, void, PyErr_NormalizeException, nullptr, (void** type, void** value, void** traceback))

// Each member carries the name of the function it points to. Plain data: may
// be copied, needs no Python to be destroyed. Only those marked false above
// may be null.
struct PythonApi {
#define AIGES_DECLARE(required, result, name, old_name, parameters) result(*name) parameters = nullptr;
    AIGES_PYTHON_FUNCTIONS(AIGES_DECLARE)
#undef AIGES_DECLARE
};

// Looks all of them up in `handle` (dlopen's, or RTLD_DEFAULT). Returns the
// required names that are missing, comma separated; `api` is written only if
// there are none.
std::string load_python_api(void* handle, PythonApi& api);

// The pending exception as "ModuleNotFoundError: No module named 'x'", taken
// and cleared; empty if there was none. The GIL is held. Not PyErr_Print: it
// ends the process for a SystemExit and writes to the host's stderr.
std::string take_python_error(const PythonApi& api);

}  // namespace aiges::embed
