// Engine: texts and figures about it.
#include "common/error_text.hpp"
#include "loader/engine.hpp"
#include "loader/engine_scopes.hpp"
#include "loader/last_error.hpp"

namespace aiges {

// Codes of errors.h are known here; the Python engine says more about its own (the cause of a
// failed start).
const char* Engine::text_of(int code) const {
    constexpr int kFirstOfLoader = AIGES_ERR_ENGINE_NOT_FOUND;
    const char* known = error_text(code);
    if (known && (code == AIGES_OK || code <= kFirstOfLoader || !binding_.is_instance())) return known;
    const char* text = binding_.error(code);
    if (text && *text) return text;
    return known ? known : "the engine has no text for this code";
}

int Engine::engine_failed(const char* operation, int code) {
    return fail(code, "cannot %s in engine '%s': %s", operation, name_.c_str(), text_of(code));
}

int Engine::refused(const char* operation, int code) const {
    switch (code) {
        case AIGES_ERR_ENGINE_CLOSED:  // of a late call: the name may be another engine's by now
            return fail(code, "cannot %s: the engine is closed, or being closed", operation);
        case AIGES_ERR_STOPPING:
            return fail(code, "cannot %s in engine '%s': it is being stopped", operation, name_.c_str());
        default:
            return fail(code, "cannot %s in engine '%s': it is not started: call aiges_engine_init first", operation,
                        name_.c_str());
    }
}

const char* Engine::error(int code) {
    const GuardScope guard(*this, seal_);
    if (!guard.refusal()) return text_of(code);
    const char* text = error_text(code);
    return text ? text : "the engine is closed";
}

const char* Engine::version() {
    const GuardScope guard(*this, seal_);
    const char* text = guard.refusal() ? nullptr : binding_.version();
    return text ? text : "";
}

uint32_t Engine::tensor_version() {
    const GuardScope guard(*this, seal_);
    return guard.refusal() ? 0 : binding_.tensor_version();
}

int Engine::statistics(aiges_stats* stats) {
    const GuardScope guard(*this, seal_);
    if (guard.refusal()) return refused("read statistics", guard.refusal());
    return stats::read_slot(slot(), stats::header_of(slot()), stats)
               ? AIGES_OK
               : fail(AIGES_ERR_UNKNOWN_HANDLE, "cannot read statistics of engine '%s'", name_.c_str());
}

}  // namespace aiges
