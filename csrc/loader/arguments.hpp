// Checks of what C callers hand over.
#pragma once

#include <cstring>

#include "aiges/loader.h"
#include "loader/engine.hpp"
#include "loader/last_error.hpp"
#include "loader/session.hpp"

namespace aiges {

inline Engine* engine_of(aiges_engine* engine) { return reinterpret_cast<Engine*>(engine); }
inline aiges_engine* handle_of(Engine* engine) { return reinterpret_cast<aiges_engine*>(engine); }
inline Session* session_of(aiges_session* session) { return reinterpret_cast<Session*>(session); }
inline aiges_session* handle_of(Session* session) { return reinterpret_cast<aiges_session*>(session); }

inline int missing_argument(const char* function, const char* parameter) {
    return fail(AIGES_ERR_INVALID_ARG, "%s: parameter '%s' is NULL", function, parameter);
}

// All members of version 1 must be there; those of later versions would be asked for one by one.
inline bool is_complete(const aiges_call& call) {
    return call.version >= 1 && call.size >= sizeof(aiges_call) && (call.psr_count <= 0 || call.psr_ids);
}

inline int bad_call(const char* function, const aiges_call* call) {
    if (!call) return missing_argument(function, "call");
    if (call->version < 1 || call->size < sizeof(aiges_call))
        return fail(AIGES_ERR_INVALID_ARG,
                    "%s: 'call' has version %u and %u bytes, expected version 1 and %zu bytes: "
                    "fill it with "
                    "AIGES_CALL_INIT",
                    function, call->version, call->size, sizeof(aiges_call));
    return fail(AIGES_ERR_INVALID_ARG, "%s: 'call' has psr_count %d and psr_ids NULL", function, call->psr_count);
}

// A structure of the caller's size as one of ours: members that the caller does not know are 0.
template <typename Structure>
Structure known_part(const Structure* given) {
    Structure whole{};
    if (given) std::memcpy(&whole, given, given->size < sizeof whole ? given->size : sizeof whole);
    return whole;
}

}  // namespace aiges
