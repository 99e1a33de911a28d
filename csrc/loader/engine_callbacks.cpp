// Engine: what comes back from it through the trampolines.
#include <cstring>

#include "loader/callback_frame.hpp"
#include "loader/engine.hpp"
#include "loader/engine_scopes.hpp"
#include "loader/last_error.hpp"
#include "loader/trampolines.hpp"

namespace aiges {
namespace {

using stats::Counter;

// The rule of wrapperCallback in wrapper.h.
bool is_final(const DataList* response, int code) {
    if (code != 0) return true;
    for (; response; response = response->next) {
        int status;  // any value may come, and loading one outside the enumerators is undefined in C++
        memcpy(&status, &response->status, sizeof status);
        if (status == DataEnd || status == DataOnce) return true;
    }
    return false;
}

}  // namespace

int Engine::deliver_result(const char* tag, pDataList response, int code) {
    const GuardScope guard(*this);  // close waits for the host's function
    note_call();
    const bool ends = is_final(response, code);
    const RoutePtr route = routes_.find(tag, ends);
    if (!route) return kUnknownTag;
    if (code != 0) response = nullptr;
    const uint64_t bytes = data_bytes(response);
    if (ends && !route->is_session)
        stats::end_call(&slot(), route->time, code, 0,
                        bytes);  // what the host does now is its own time
    else
        stats::add(&slot(), Counter::bytes_out, bytes);
    const CallbackFrame frame(this);
    return route->result(route->context, response, code);
}

// The engine was stopped and will answer nobody any more; each was promised exactly one final
// result.
void Engine::end_routes() {
    for (const RoutePtr& route : routes_.close_all()) {
        if (!route->is_session) stats::end_call(&slot(), route->time, AIGES_ERR_STOPPING, 0, 0);
        const CallbackFrame frame(this);
        route->result(route->context, nullptr, AIGES_ERR_STOPPING);
    }
}

int Engine::set_meter(aiges_meter_fn function, void* context) {
    const GuardScope guard(*this, seal_);
    if (guard.refusal()) return refused("set_meter", guard.refusal());
    const std::lock_guard<std::mutex> one(set_mutex_);
    {
        const std::lock_guard<std::mutex> lock(hooks_mutex_);
        meter_ = function;
        meter_context_ = context;
    }
    void* hook = function ? reinterpret_cast<void*>(trampolines_of(place_).meter) : nullptr;
    const int code = binding_.set_ctrl(CTMeterCustom, hook);
    return code ? engine_failed("set_meter", code) : AIGES_OK;
}

int Engine::set_trace(aiges_trace_fn function, void* context) {
    const GuardScope guard(*this, seal_);
    if (guard.refusal()) return refused("set_trace", guard.refusal());
    const std::lock_guard<std::mutex> one(set_mutex_);
    {
        const std::lock_guard<std::mutex> lock(hooks_mutex_);
        trace_ = function;
        trace_context_ = context;
    }
    void* hook = function ? reinterpret_cast<void*>(trampolines_of(place_).trace) : nullptr;
    const int code = binding_.set_ctrl(CTTraceLog, hook);
    return code ? engine_failed("set_trace", code) : AIGES_OK;
}

// On close: the library may stay mapped, and the trampolines get another engine.
void Engine::unset_hooks() {
    const std::lock_guard<std::mutex> one(set_mutex_);
    aiges_meter_fn meter = nullptr;
    aiges_trace_fn trace = nullptr;
    {
        const std::lock_guard<std::mutex> lock(hooks_mutex_);
        std::swap(meter, meter_);
        std::swap(trace, trace_);
    }
    if (meter) binding_.set_ctrl(CTMeterCustom, nullptr);
    if (trace) binding_.set_ctrl(CTTraceLog, nullptr);
}

int Engine::deliver_meter(const char* tag, const char* key, int count) {
    const GuardScope guard(*this);
    note_call();
    aiges_meter_fn function = nullptr;
    void* context = nullptr;
    {
        const std::lock_guard<std::mutex> lock(hooks_mutex_);
        function = meter_;
        context = meter_context_;
    }
    const CallbackFrame frame(this);
    return function ? function(context, tag, key, count) : kUnknownTag;
}

int Engine::deliver_trace(const char* tag, const char* key, const char* value) {
    const GuardScope guard(*this);
    note_call();
    aiges_trace_fn function = nullptr;
    void* context = nullptr;
    {
        const std::lock_guard<std::mutex> lock(hooks_mutex_);
        function = trace_;
        context = trace_context_;
    }
    const CallbackFrame frame(this);
    return function ? function(context, tag, key, value) : kUnknownTag;
}

}  // namespace aiges
