// The same through pybind11, as its documentation teaches it.
#include <dlfcn.h>
#include <pybind11/pybind11.h>

#include <stdexcept>

#include "aiges/wrapper.h"

namespace py = pybind11;

namespace {

wrapperExecPtr engine_exec;
wrapperExecFreePtr engine_free;

void bind(const char* path) {
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(dlerror());
    engine_exec = reinterpret_cast<wrapperExecPtr>(dlsym(library, "wrapperExec"));
    engine_free = reinterpret_cast<wrapperExecFreePtr>(dlsym(library, "wrapperExecFree"));
}

py::bytes exec(const py::bytes& data) {
    DataList node{};
    node.key = const_cast<char*>("data");
    node.data = PyBytes_AS_STRING(data.ptr());
    node.len = static_cast<unsigned int>(PyBytes_GET_SIZE(data.ptr()));
    node.status = DataOnce;
    pDataList result = nullptr;
    int code;
    {
        py::gil_scoped_release released;
        code = engine_exec(nullptr, nullptr, &node, &result, nullptr, 0);
    }
    if (code != 0) throw std::runtime_error("the engine failed");
    py::bytes bytes(static_cast<const char*>(result->data), result->len);
    engine_free(nullptr, &result);
    return bytes;
}

}  // namespace

PYBIND11_MODULE(pybind_bridge, module) {
    module.def("open", &bind);
    module.def("exec", &exec);
}
