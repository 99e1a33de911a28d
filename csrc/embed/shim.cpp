// What the Cython side calls. The GIL is held; host code runs without it.

#include <limits.h>
#include <time.h>

#include <cstring>

#include "aiges/errors.h"
#include "buffers/shared_buffer.hpp"
#include "common/log.hpp"
#include "embed/gil.hpp"
#include "embed/python_engine.hpp"
#include "embed/release_queue.hpp"
#include "embed/route.hpp"
#include "embed/runtime.hpp"

namespace aiges::embed {
namespace {

int64_t monotonic_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int log_enabled(int level) { return log::enabled(static_cast<log::Level>(level)) ? 1 : 0; }

void log_text(int level, const char* text, size_t length) { log::write(static_cast<log::Level>(level), text, length); }

aiges_buffer* announced(const DataList* node) { return announced_buffer(*node); }

// Of the engine whose call this thread is in, if it is in one: a thread that the wrapper started is not.
RoutePtr find_route(const char* tag, const char* third) {
    const CallFrame* frame = this_thread().frame;
    return routes::find(tag, third, frame != nullptr ? frame->engine : nullptr);
}

int route_known(const char* tag, const char* third) { return !forked() && find_route(tag, third) != nullptr ? 1 : 0; }

bool is_final(pDataList list) {
    for (; list != nullptr; list = list->next) {
        int status;  // any value may come, and loading one outside the enumerators is undefined in C++
        memcpy(&status, &list->status, sizeof status);
        if (status == DataEnd || status == DataOnce) return true;
    }
    return false;
}

int route_deliver(const char* tag, const char* third, pDataList list, int code, int* host_code) {
    if (forked()) return -1;
    const RoutePtr route = find_route(tag, third);
    if (route == nullptr) return -1;
    const bool final = code != 0 || is_final(list);
    ThreadRecord& record = this_thread();
    const Away away = leave_python(record);
    const bool delivered = route->deliver(list, code, final, host_code);
    if (delivered && final) routes::close(route);
    return_to_python(record, away);
    return delivered ? 0 : -1;
}

template <typename Function, typename... Arguments>
int call_host(Function function, Arguments... arguments) {
    if (function == nullptr || forked()) return -1;
    ThreadRecord& record = this_thread();
    const Away away = leave_python(record);
    const int code = function(arguments...);
    return_to_python(record, away);
    return code;
}

int meter(const char* tag, const char* key, int count) {
    return call_host(host_functions(tag).meter, static_cast<const void*>(tag), key, count);
}

int trace(const char* tag, const char* key, const char* value) {
    return call_host(host_functions(tag).trace, tag, key, value);
}

int current_call(int* cancelled, int64_t* remaining_ms) {
    ThreadRecord& record = this_thread();
    const CallFrame* frame = record.frame;
    if (frame == nullptr) return 0;
    *cancelled = cancelled_ns(*frame) != 0;
    if (frame->deadline_ns >= 0) {
        const int64_t left = (frame->deadline_ns - monotonic_ns()) / 1000000;
        *remaining_ms = left > 0 ? left : 0;
    }
    return 1;
}

void set_deadline(int64_t milliseconds) {
    if (CallFrame* frame = this_thread().frame) frame->deadline_ns = monotonic_ns() + milliseconds * 1000000;
}

}  // namespace

char shim_library_path[PATH_MAX] = "";

const aiges_shim the_shim = {
    AIGES_BRIDGE_VERSION,
    sizeof(aiges_shim),
    shim_library_path,
    &log_enabled,
    &log_text,
    &release_queue::push,
    &announced,
    &route_known,
    &route_deliver,
    &meter,
    &trace,
    &current_call,
    &set_deadline,
    &drain,
};

}  // namespace aiges::embed
