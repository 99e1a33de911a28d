// aiges_instance_functions: the same functions for any number of Python engines in one process.

#include "aiges/instance.h"

#include <new>

#include "aiges/version.h"
#include "embed/barrier.hpp"
#include "embed/python_engine.hpp"

using namespace aiges::embed;

namespace {

PythonEngine& of(aiges_instance* self) { return *reinterpret_cast<PythonEngine*>(self); }

aiges_instance* create_instance() { return reinterpret_cast<aiges_instance*>(new (std::nothrow) PythonEngine); }

int destroy_instance(aiges_instance* self) {
    if (!of(self).is_idle()) return AIGES_ERR_BUSY;
    delete &of(self);
    return 0;
}

const void* create_session(aiges_instance* self, const char* tag, pParamList params, wrapperCallback callback,
                           unsigned int ids[], int count, int* error) {
    const void* handle = nullptr;
    int code = 0;
    const int caught = guarded([&] { return handle = of(self).create(tag, params, callback, ids, count, &code), 0; });
    if (error != nullptr) *error = caught != 0 ? caught : code;
    return handle;
}

const char* error_text_of(aiges_instance* self, int code) {
    const char* text = "no text for this code";
    guarded([&] { return text = of(self).error(code), 0; });
    return text;
}

const char* debug_info_of(aiges_instance* self, const void* handle) {
    const char* text = "";
    guarded([&] { return text = of(self).debug_info(handle), 0; });
    return text;
}

const aiges_instance_api functions = {
    1,
    sizeof(aiges_instance_api),
    &create_instance,
    &destroy_instance,
    [](aiges_instance* self, void* slot, uint32_t layout) { return of(self).attach_stats(slot, layout); },
    [](aiges_instance* self, CtrlType type, void* function) { return of(self).set_ctrl(type, function); },
    [](aiges_instance* self, pConfig config) { return guarded([&] { return of(self).init(config); }); },
    [](aiges_instance* self) { return guarded([&] { return of(self).fini(); }); },
    &error_text_of,
    [](aiges_instance*) { return AIGES_VERSION_STRING " (aiges_native)"; },
    [](aiges_instance* self, pDataList data, unsigned int id) {
        return guarded([&] { return of(self).load_res(data, id); });
    },
    [](aiges_instance* self, unsigned int id) { return guarded([&] { return of(self).unload_res(id); }); },
    &create_session,
    [](aiges_instance* self, const void* handle, pDataList data) {
        return guarded([&] { return of(self).write(handle, data); });
    },
    [](aiges_instance* self, const void* handle, pDataList* response) {
        return guarded([&] { return of(self).read(handle, response); });
    },
    [](aiges_instance* self, const void* handle) { return guarded([&] { return of(self).destroy(handle); }); },
    [](aiges_instance* self, const char* tag, pParamList params, pDataList data, pDataList* response,
       unsigned int ids[],
       int count) { return guarded([&] { return of(self).exec(tag, params, data, response, ids, count); }); },
    [](aiges_instance*, const char*, pDataList* response) {
        return guarded([&] { return PythonEngine::exec_free(response); });
    },
    [](aiges_instance* self, const char* tag, pParamList params, pDataList data, wrapperCallback callback,
       int timeout_ms, unsigned int ids[], int count) {
        return guarded([&] { return of(self).exec_async(tag, params, data, callback, timeout_ms, ids, count); });
    },
    &debug_info_of,
    [](aiges_instance* self, const void* handle, const char* tag) {
        return guarded([&] { return of(self).cancel(handle, tag); });
    },
};

}  // namespace

extern "C" WrapperAPI const aiges_instance_api* aiges_instance_functions(void) { return &functions; }
