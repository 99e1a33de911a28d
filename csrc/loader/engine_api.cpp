// The aiges_engine_* functions of loader.h.
#include "loader/arguments.hpp"
#include "loader/exception_barrier.hpp"

#include "common/error_text.hpp"

using namespace aiges;

const char* aiges_loader_version(void) { return AIGES_VERSION_STRING; }

const char* aiges_last_error(void) { return last_error(); }

int aiges_engine_open(const char* name, const aiges_open_options* options, aiges_engine** engine) {
    if (!engine) return missing_argument(__func__, "engine");
    *engine = nullptr;
    if (!name) return missing_argument(__func__, "name");
    if (options && options->size < offsetof(aiges_open_options, search_path))
        return fail(AIGES_ERR_INVALID_ARG, "%s: 'options' has %u bytes: fill it with AIGES_OPEN_OPTIONS_INIT", __func__,
                    options->size);
    return guarded([&] {
        Engine* opened = nullptr;
        const int code = Engine::open(name, known_part(options), &opened);
        *engine = handle_of(opened);
        return code;
    });
}

int aiges_engine_init(aiges_engine* engine, pConfig config) {
    if (!engine) return missing_argument(__func__, "engine");
    return guarded([&] { return engine_of(engine)->init(config); });
}

int aiges_engine_fini(aiges_engine* engine) {
    if (!engine) return missing_argument(__func__, "engine");
    return guarded([&] { return engine_of(engine)->fini(); });
}

int aiges_engine_close(aiges_engine* engine, int timeout_ms) {
    if (!engine) return AIGES_OK;
    return guarded([&] { return engine_of(engine)->close(timeout_ms); });
}

const char* aiges_engine_error(aiges_engine* engine, int code) {
    if (engine) return guarded_text([&] { return engine_of(engine)->error(code); }, "");
    const char* text = error_text(code);
    return text ? text : "not a code of aiges/errors.h: ask the engine it came from";
}

const char* aiges_engine_version(aiges_engine* engine) {
    if (!engine) return "";
    return guarded_text([&] { return engine_of(engine)->version(); }, "");
}

const char* aiges_engine_path(aiges_engine* engine) { return engine ? engine_of(engine)->path() : ""; }

uint32_t aiges_engine_tensor_version(aiges_engine* engine) {
    uint32_t version = 0;
    if (!engine) return version;
    guarded([&] {
        version = engine_of(engine)->tensor_version();
        return AIGES_OK;
    });
    return version;
}

int aiges_engine_exec(aiges_engine* engine, const aiges_call* call, pDataList* response) {
    if (__builtin_expect(!response, 0)) return missing_argument(__func__, "response");
    if (__builtin_expect(!engine || !call || !is_complete(*call), 0)) {
        *response = nullptr;
        return engine ? bad_call(__func__, call) : missing_argument(__func__, "engine");
    }
    return guarded([&] { return engine_of(engine)->exec(*call, response); });
}

int aiges_engine_release(aiges_engine* engine, pDataList* response) {
    if (!engine) return missing_argument(__func__, "engine");
    if (!response) return missing_argument(__func__, "response");
    return guarded([&] { return engine_of(engine)->release(response); });
}

int aiges_engine_exec_async(aiges_engine* engine, const aiges_call* call, aiges_result_fn result, void* context) {
    if (!engine) return missing_argument(__func__, "engine");
    if (!result) return missing_argument(__func__, "result");
    if (!call || !is_complete(*call)) return bad_call(__func__, call);
    return guarded([&] { return engine_of(engine)->exec_async(*call, result, context); });
}

int aiges_engine_cancel(aiges_engine* engine, aiges_session* session, const char* usr_tag) {
    if (!engine) return missing_argument(__func__, "engine");
    return guarded([&] { return engine_of(engine)->cancel(session_of(session), usr_tag); });
}

int aiges_engine_load_resource(aiges_engine* engine, pDataList data, unsigned int id) {
    if (!engine) return missing_argument(__func__, "engine");
    return guarded([&] { return engine_of(engine)->load_resource(data, id); });
}

int aiges_engine_unload_resource(aiges_engine* engine, unsigned int id) {
    if (!engine) return missing_argument(__func__, "engine");
    return guarded([&] { return engine_of(engine)->unload_resource(id); });
}

int aiges_engine_set_meter(aiges_engine* engine, aiges_meter_fn fn, void* context) {
    if (!engine) return missing_argument(__func__, "engine");
    return guarded([&] { return engine_of(engine)->set_meter(fn, context); });
}

int aiges_engine_set_trace(aiges_engine* engine, aiges_trace_fn fn, void* context) {
    if (!engine) return missing_argument(__func__, "engine");
    return guarded([&] { return engine_of(engine)->set_trace(fn, context); });
}
