// Engine: one-shot calls and resources. exec and release are the path that must cost next to
// nothing.
#include "loader/engine.hpp"
#include "loader/engine_scopes.hpp"
#include "loader/last_error.hpp"
#include "loader/session.hpp"
#include "loader/trampolines.hpp"

namespace aiges {

using stats::Counter;

int Engine::exec(const aiges_call& call, pDataList* response) {
    *response = nullptr;
    CallScope scope(*this);
    if (__builtin_expect(scope.refusal() != 0, 0)) return refused("exec", scope.refusal());
    const CallParams params(call);
    pDataList result = nullptr;
    const int code =
        binding_.exec(call.usr_tag, params.list(), call.request, &result, psr_ids_of(call), call.psr_count);
    if (__builtin_expect(code != 0, 0)) {
        engine_failed("exec", code);  // while the call still keeps the engine open
        scope.end(code, data_bytes(call.request), 0);
        return code;
    }
    if (__builtin_expect(result != nullptr, 1))
        scope.writer().add(Counter::results_out, 1);
    else
        binding_.exec_free("",
                           &result);  // the contract wants one for every success; the host has nothing to release
    *response = result;
    scope.end(AIGES_OK, data_bytes(call.request), data_bytes(result));
    return AIGES_OK;
}

int Engine::release(pDataList* response) {
    if (!*response) return AIGES_OK;
    // The result itself keeps the engine open, also while it is being closed: no gate.
    if (__builtin_expect(is_closed(), 0)) return refused("release", AIGES_ERR_ENGINE_CLOSED);
    struct Returned {
        stats::ShardWriter writer;
        ~Returned() { writer.add(Counter::results_back, 1, std::memory_order_release); }
    } returned{stats::ShardWriter(slot())};
    pDataList list = *response;
    *response = nullptr;
    const int code = binding_.exec_free("", &list);  // the tag is not read (wrapper.h), but old engines may print it
    return __builtin_expect(code != 0, 0) ? engine_failed("release", code) : AIGES_OK;
}

int Engine::exec_async(const aiges_call& call, aiges_result_fn result, void* context) {
    // Two counts: the guard covers this function's stay in the engine, the call lasts until the
    // final result.
    const GuardScope guard(*this, gate_);
    if (guard.refusal()) return refused("exec_async", guard.refusal());
    OpenRoute route(*this, routes_.open(call.usr_tag, result, context, false, {stats::ticks(), 1}));
    if (!route)
        return fail(AIGES_ERR_BUSY, "cannot call engine '%s': a request with tag '%s' is in flight already",
                    name_.c_str(), call.usr_tag);
    stats::ShardWriter writer(slot());
    writer.add(Counter::begun, 1);
    writer.add(Counter::bytes_in, data_bytes(call.request));
    const CallParams params(call);
    const int code = binding_.exec_async(route.tag(), params.list(), call.request, trampolines_of(place_).result,
                                         call.timeout_ms, psr_ids_of(call), call.psr_count);
    if (code == 0) {
        route.keep();
        return AIGES_OK;
    }
    // An engine that fails after a final result has answered: the host must not hear of the request
    // twice.
    return route.close(code) ? engine_failed("exec_async", code) : AIGES_OK;
}

void Engine::count_failed_start(const Route& route, int code) { stats::end_call(&slot(), route.time, code, 0, 0); }

int Engine::cancel(const Session* session, const char* tag) {
    // Also while the engine is being closed: whoever closes waits for what is cancelled here.
    const GuardScope guard(*this, seal_);
    if (guard.refusal()) return refused("cancel", guard.refusal());
    if (!binding_.can_cancel())
        return fail(AIGES_ERR_NOT_SUPPORTED, "cannot cancel in engine '%s': it has no 'aiges_session_cancel'",
                    name_.c_str());
    if (gate_.code() == AIGES_ERR_NOT_READY || (session && is_stale(*session))) return unknown_session("cancel");
    const int code = binding_.cancel(session ? session->handle : nullptr, tag);
    return code ? engine_failed("cancel", code) : AIGES_OK;
}

int Engine::load_resource(pDataList data, unsigned int id) {
    const GuardScope guard(*this, gate_);
    if (guard.refusal()) return refused("load_resource", guard.refusal());
    const int code = binding_.load_res(data, id);
    return code ? engine_failed("load_resource", code) : AIGES_OK;
}

int Engine::unload_resource(unsigned int id) {
    const GuardScope guard(*this, gate_);
    if (guard.refusal()) return refused("unload_resource", guard.refusal());
    const int code = binding_.unload_res(id);
    return code ? engine_failed("unload_resource", code) : AIGES_OK;
}

}  // namespace aiges
