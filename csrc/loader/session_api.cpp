// The aiges_session_* functions of loader.h.
#include "loader/arguments.hpp"
#include "loader/exception_barrier.hpp"

using namespace aiges;

int aiges_session_create(aiges_engine* engine, const aiges_call* call, aiges_result_fn result, void* context,
                         aiges_session** session) {
    if (!session) return missing_argument(__func__, "session");
    *session = nullptr;
    if (!engine) return missing_argument(__func__, "engine");
    if (!call || !is_complete(*call)) return bad_call(__func__, call);
    return guarded([&] {
        Session* made = nullptr;
        const int code = engine_of(engine)->create_session(*call, result, context, &made);
        *session = handle_of(made);
        return code;
    });
}

int aiges_session_write(aiges_session* session, pDataList data) {
    if (!session) return missing_argument(__func__, "session");
    const Session& open = *session_of(session);
    return guarded([&] { return open.engine->write(open, data); });
}

int aiges_session_read(aiges_session* session, pDataList* response) {
    if (!response) return missing_argument(__func__, "response");
    *response = nullptr;
    if (!session) return missing_argument(__func__, "session");
    const Session& open = *session_of(session);
    return guarded([&] { return open.engine->read(open, response); });
}

int aiges_session_destroy(aiges_session* session) {
    if (!session) return AIGES_OK;
    return guarded([&] { return session_of(session)->engine->destroy(session_of(session)); });
}

const char* aiges_session_debug_info(aiges_session* session) {
    if (!session) return "";
    const Session& open = *session_of(session);
    return guarded_text([&] { return open.engine->debug_info(open); }, "");
}
