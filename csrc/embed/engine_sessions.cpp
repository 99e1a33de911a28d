#include "embed/python_engine.hpp"

#include "embed/config.hpp"
#include "embed/release_queue.hpp"
#include "embed/runtime.hpp"

namespace aiges::embed {
const void* PythonEngine::create(const char* tag, pParamList params, wrapperCallback callback, const unsigned int* ids,
                                 int count, int* code) {
    *code = is_out_of_range(ids, count) ? AIGES_ERR_INVALID_ARG : refusal();
    if (*code != 0) return nullptr;
    const auto session = std::make_shared<Session>();
    session->sid = config_text(params, "sid");
    session->has_tag = tag != nullptr;
    session->tag = tag != nullptr ? tag : "";
    if (callback != nullptr) session->route = std::make_shared<Route>(this, tag, session->sid, callback);
    aiges_request request = {tag, params, nullptr, ids, count, 0, nullptr};
    Call call;
    call.tagged = true;  // there is no handle yet
    call.frame.session_cancelled_ns = &session->cancelled_ns;
    *code = begin(&call, &request);
    if (*code != 0) return nullptr;
    if (session->route != nullptr) routes::open(session->route);
    char* handle = nullptr;
    *code = bridge_->create(wrapper_, &request, &handle);
    if (*code == 0) {
        // Before the call ends: a Fini that waits for it must find the session.
        session->handle = {handle, &free};
        if (session->route != nullptr) routes::name_handle(session->route, handle);
        sessions_.add(session);
    }
    end(&call, &request);
    if (*code == 0) return handle;
    if (session->route != nullptr) routes::close(session->route);
    return nullptr;
}

int PythonEngine::write(const void* handle, pDataList data) {
    aiges_request request = {nullptr, nullptr, data, nullptr, 0, 0, nullptr};
    Call call;
    SessionPtr session;
    int code = begin_session_call(&call, handle, &session, &request);
    if (code != 0) return code;
    code = bridge_->write(wrapper_, session->handle.get(), session->sid.c_str(), &request);
    end(&call, &request);
    return code;
}

void PythonEngine::forget_result(Session* session) {
    if (session->last_read == nullptr) return;
    session->last_read->magic = AIGES_RESULT_FREED;
    release_queue::push(session->last_read);
    session->last_read = nullptr;
}

int PythonEngine::read(const void* handle, pDataList* response) {
    if (response == nullptr) return AIGES_ERR_INVALID_ARG;
    *response = nullptr;
    aiges_request request = {nullptr, nullptr, nullptr, nullptr, 0, 0, nullptr};
    Call call;
    SessionPtr session;
    int code = begin_session_call(&call, handle, &session, &request);
    if (code != 0) return code;
    if (session->reading.exchange(true, std::memory_order_acquire)) {
        end(&call, nullptr);
        return session->retired.load(std::memory_order_seq_cst) ? AIGES_ERR_UNKNOWN_HANDLE : AIGES_ERR_BUSY;
    }
    aiges_result* result = nullptr;
    code = bridge_->read(wrapper_, session->handle.get(), session->sid.c_str(), &request, &result);
    end(&call, &request);
    forget_result(session.get());
    session->last_read = result;
    if (result != nullptr) *response = result->nodes;
    // A Destroy that came meanwhile left the result to us; one that comes from here on sees that nobody reads.
    session->reading.store(false, std::memory_order_seq_cst);
    if (session->retired.load(std::memory_order_seq_cst) && !session->reading.exchange(true)) {
        forget_result(session.get());
        *response = nullptr;
        return AIGES_ERR_UNKNOWN_HANDLE;
    }
    return code;
}

int PythonEngine::destroy(const void* handle) {
    if (forked()) return AIGES_ERR_FORKED;
    const SessionPtr session = sessions_.retire(handle);
    if (session == nullptr) return AIGES_ERR_UNKNOWN_HANDLE;
    if (session->route != nullptr) routes::close(session->route);
    int64_t before = 0;
    session->cancelled_ns.compare_exchange_strong(before, kDestroyed, std::memory_order_relaxed);
    if (!session->reading.exchange(true, std::memory_order_seq_cst)) forget_result(session.get());
    Call call;
    call.frame.session_cancelled_ns = &session->cancelled_ns;
    if (begin(&call) != 0) return 0;  // Fini is under way: it drops sessions without asking the wrapper
    if (session->cancel_untold.exchange(false)) bridge_->cancel(wrapper_, session->handle.get());
    const int code = bridge_->destroy(wrapper_, session->handle.get());
    end(&call, nullptr);
    return code;
}

const char* PythonEngine::debug_info(const void* handle) {
    const SessionPtr session = forked() ? nullptr : sessions_.find(handle);
    if (session == nullptr) return "";
    session->debug_info = "handle=" + std::string(session->handle.get()) + " sid=" + session->sid +
                          (session->route != nullptr ? " callback" : " read") +
                          (session->cancelled_ns.load() != 0 ? " cancelled" : "");
    return session->debug_info.c_str();
}

}  // namespace aiges::embed
