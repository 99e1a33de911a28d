// Engine: sessions.
#include "loader/session.hpp"

#include <memory>

#include "loader/engine.hpp"
#include "loader/engine_scopes.hpp"
#include "loader/last_error.hpp"
#include "loader/trampolines.hpp"

namespace aiges {

using stats::Counter;

// The engine was stopped since: the handle means nothing to it any more, perhaps not even an error.
bool Engine::is_stale(const Session& session) const { return session.start != starts_.load(std::memory_order_relaxed); }

int Engine::unknown_session(const char* operation) const {
    return fail(AIGES_ERR_UNKNOWN_HANDLE,
                "cannot %s in engine '%s': it was stopped since, or runs nothing of this name", operation,
                name_.c_str());
}

int Engine::create_session(const aiges_call& call, aiges_result_fn result, void* context, Session** session) {
    *session = nullptr;
    const GuardScope guard(*this, gate_);
    if (guard.refusal()) return refused("create a session", guard.refusal());
    auto made = std::make_unique<Session>(Session{this, nullptr, starts_.load(std::memory_order_relaxed), nullptr});
    OpenRoute route(*this, result ? routes_.open(call.usr_tag, result, context, true, {}) : nullptr);
    if (result && !route)
        return fail(AIGES_ERR_BUSY, "cannot create a session in engine '%s': a request with tag '%s' is in flight",
                    name_.c_str(), call.usr_tag);
    const CallParams params(call);
    const wrapperCallback callback = result ? trampolines_of(place_).result : nullptr;
    int code = AIGES_OK;
    made->handle = binding_.create(result ? route.tag() : call.usr_tag, params.list(), callback, psr_ids_of(call),
                                   call.psr_count, &code);
    if (!made->handle) {
        if (code == AIGES_OK) code = AIGES_ERR_BAD_RETURN;
        if (route) route.close(code);
        return engine_failed("create a session", code);
    }
    if (route) made->route = route.keep();
    stats::add(&slot(), Counter::sessions_opened, 1);
    *session = made.release();
    return AIGES_OK;
}

int Engine::write(const Session& session, pDataList data) {
    CallScope scope(*this);
    if (scope.refusal()) return refused("write", scope.refusal());
    int code = is_stale(session) ? unknown_session("write") : AIGES_OK;
    if (code == AIGES_OK) {
        code = binding_.write(session.handle, data);
        if (code) engine_failed("write", code);
    }
    scope.end(code, data_bytes(data), 0);
    return code;
}

int Engine::read(const Session& session, pDataList* response) {
    *response = nullptr;
    CallScope scope(*this);
    if (scope.refusal()) return refused("read", scope.refusal());
    pDataList list = nullptr;
    int code = is_stale(session) ? unknown_session("read") : AIGES_OK;
    if (code == AIGES_OK) {
        code = binding_.read(session.handle, &list);
        if (code) engine_failed("read", code);
    }
    if (code == AIGES_OK) *response = list;
    scope.end(code, 0, data_bytes(*response));
    return code;
}

int Engine::destroy(Session* destroyed) {
    const std::unique_ptr<Session> session(destroyed);
    // Last of all, also when left by unwinding: until then the session keeps the engine open.
    struct Closed {
        stats::ShardWriter writer;
        ~Closed() { writer.add(Counter::sessions_closed, 1, std::memory_order_release); }
    } closed{stats::ShardWriter(slot())};
    int code = AIGES_OK;
    if (is_stale(*session)) {
        code = unknown_session("destroy a session");
    } else {
        code = binding_.destroy(session->handle);
        if (code) engine_failed("destroy a session", code);
    }
    // After the engine: it may still deliver a last result while it destroys. Who looked the route
    // up before this line is "already inside" the host's function.
    if (session->route) routes_.close(session->route);
    return code;
}

const char* Engine::debug_info(const Session& session) {
    const GuardScope guard(*this, seal_);
    const char* text = guard.refusal() || is_stale(session) ? nullptr : binding_.debug_info(session.handle);
    return text ? text : "";
}

}  // namespace aiges
