#include "embed/python_engine.hpp"

#include <cstring>
#include <iterator>
#include <memory>

#include "common/log.hpp"
#include "embed/config.hpp"
#include "embed/interruption.hpp"
#include "embed/release_queue.hpp"
#include "embed/runtime.hpp"

namespace aiges::embed {
namespace {

// Of a tag, to be compared with another's: eight bytes at a time, since every call makes one.
uint64_t hash_of(const char* text) {
    constexpr uint64_t kFactor = UINT64_C(0x9e3779b97f4a7c15);
    const size_t length = strlen(text);
    uint64_t hash = length + 1;
    uint64_t word = 0;
    if (length >= 8) {
        const char* last = text + length - 8;
        for (; text < last; text += 8) {
            memcpy(&word, text, 8);
            hash = (hash ^ word) * kFactor;
            hash ^= hash >> 32;
        }
        memcpy(&word, last, 8);
    } else {
        for (; *text != '\0'; ++text) word = word << 8 | static_cast<unsigned char>(*text);
    }
    hash = (hash ^ word) * kFactor;
    return hash ^ hash >> 32;
}

}  // namespace

// ---- A call's way in and out ------------------------------------------------------------------------------------------

int PythonEngine::refusal() const {
    if (forked()) return AIGES_ERR_FORKED;
    switch (state_.load(std::memory_order_seq_cst)) {
        case State::ready:
            return gate_closed() ? AIGES_ERR_STOPPING : 0;
        case State::stopping:
            return AIGES_ERR_STOPPING;
        default:
            return AIGES_ERR_NOT_READY;
    }
}

// From here on cancel_running finds the call, also while it waits for the GIL.
void PythonEngine::give_name(ThreadRecord& record, CallFrame* frame, const char* tag) {
    if (record.named == std::size(record.names)) return;
    CallName* name = &record.names[record.named++];
    frame->name = name;
    frame->number = record.next_number++;
    name->engine.store(this, std::memory_order_relaxed);
    name->tag_hash.store(tag != nullptr ? hash_of(tag) : 0, std::memory_order_relaxed);
    name->number.store(frame->number, std::memory_order_release);
}

// Its time to end begins now. It was cancelled before it could be seen, so that nobody looks at it yet.
void PythonEngine::begin_cancelled(CallFrame* frame) const {
    frame->begun_ns = static_cast<int64_t>(stats::system_ns());
    if (interrupt_after_ns() > 0) interruption::look_at(frame->begun_ns + interrupt_after_ns());
}

// request: of a call that may be interrupted, else NULL.
int PythonEngine::begin(Call* call, aiges_request* request) {
    if (state_.load(std::memory_order_relaxed) != State::ready) {  // there may be no gate yet
        const int code = refusal();
        if (code != 0) return code;  // else it has become ready this moment
    }
    ThreadRecord& record = this_thread();
    call->record = &record;
    call->outermost = record.depth == 0;
    if (!call->outermost) nested_.fetch_add(1, std::memory_order_seq_cst);
    const bool open = announce(record, this);
    if (__builtin_expect(!open || state_.load(std::memory_order_seq_cst) != State::ready, 0)) {
        // Looked at again: now Fini sees us, or we see it. 0: it was stopping and is already another life.
        const int code = open ? refusal() : forked() ? AIGES_ERR_FORKED : AIGES_ERR_STOPPING;
        if (open) withdraw(record, call->outermost);
        if (!call->outermost) nested_.fetch_sub(1, std::memory_order_release);
        return code != 0 ? code : AIGES_ERR_STOPPING;
    }
    ++record.depth;
    CallFrame* frame = &call->frame;
    frame->engine = this;
    frame->request = request;
    if (call->tagged) give_name(record, frame, request->usr_tag);
    if (slot_ != nullptr) {
        uint64_t wait_ns = 0;
        call->held = acquire(record, &wait_ns);
        stats::add(slot_, stats::Counter::gil_wait_ns, wait_ns);
    } else {
        call->held = acquire(record, nullptr);
    }
    frame->outer = record.frame;
    record.frame = frame;
    if (request != nullptr) {
        request->running = record.running;
        if (__builtin_expect(cancelled_ns(*frame) != 0, 0)) begin_cancelled(frame);
    }
    release_queue::drop_some(record, *bridge_);
    return 0;
}

void PythonEngine::end(Call* call, const aiges_request* request) {
    ThreadRecord& record = *call->record;
    record.frame = call->frame.outer;
    release(record, call->held);
    if (call->frame.name != nullptr) {
        call->frame.name->number.store(0, std::memory_order_relaxed);
        --record.named;
    }
    --record.depth;
    withdraw(record, call->outermost);
    if (!call->outermost) nested_.fetch_sub(1, std::memory_order_release);
    if (request != nullptr && request->bytes_copied != 0)
        stats::add(slot_, stats::Counter::bytes_copied, request->bytes_copied);
}

int PythonEngine::begin_session_call(Call* call, const void* handle, SessionPtr* session, aiges_request* request) {
    const int code = refusal();
    if (code != 0) return code;
    *session = sessions_.find(handle);
    if (*session == nullptr) return AIGES_ERR_UNKNOWN_HANDLE;
    request->usr_tag = (*session)->tag_text();
    call->frame.session_cancelled_ns = &(*session)->cancelled_ns;
    return begin(call, request);
}

// ---- One-shot calls ---------------------------------------------------------------------------------------------------

int PythonEngine::exec(const char* tag, pParamList params, pDataList data, pDataList* response, const unsigned int* ids,
                       int count) {
    if (response == nullptr) return AIGES_ERR_INVALID_ARG;
    *response = nullptr;
    if (is_out_of_range(ids, count)) return AIGES_ERR_INVALID_ARG;
    aiges_request request = {tag, params, data, ids, count, 0, nullptr};
    Call call;
    call.tagged = true;
    int code = begin(&call, &request);
    if (code != 0) return code;
    aiges_result* result = nullptr;
    code = bridge_->exec(wrapper_, &request, &result);
    end(&call, &request);
    if (code == 0) *response = result->nodes;
    return code;
}

int PythonEngine::exec_free(pDataList* response) {
    if (response == nullptr) return AIGES_ERR_INVALID_ARG;
    pDataList head = *response;
    *response = nullptr;
    if (head == nullptr) return 0;
    auto* result = reinterpret_cast<aiges_result*>(reinterpret_cast<char*>(head) - offsetof(aiges_result, nodes));
    if (result->magic != AIGES_RESULT_MAGIC) {
        log::write(log::Level::error, "wrapperExecFree: this list is not a result of wrapperExec, or was freed before");
        return AIGES_ERR_INVALID_ARG;
    }
    result->magic = AIGES_RESULT_FREED;
    release_queue::push(result);
    return 0;
}

int PythonEngine::exec_async(const char* tag, pParamList params, pDataList data, wrapperCallback callback,
                             int timeout_ms, const unsigned int* ids, int count) {
    if (callback == nullptr || is_out_of_range(ids, count)) return AIGES_ERR_INVALID_ARG;
    int code = refusal();
    if (code != 0) return code;
    const auto route = std::make_shared<Route>(this, tag, config_text(params, "sid"), callback);
    const long limit_ms = timeout_ms > 0 ? timeout_ms : answer_limit_ms_;
    if (limit_ms > 0) route->limit = Route::Clock::now() + std::chrono::milliseconds(limit_ms);
    aiges_request request = {tag, params, data, ids, count, 0, nullptr};
    Call call;
    call.tagged = true;
    code = begin(&call, &request);
    if (code != 0) return code;
    routes::open(route);
    code = bridge_->exec_async(wrapper_, &request);
    end(&call, &request);
    if (code != 0)
        routes::close(route);
    else if (limit_ms > 0 && !route->ended())
        route_timer::watch(route);
    return code;
}

// ---- Cancel -----------------------------------------------------------------------------------------------------------

namespace {
struct CancelJob {
    void* wrapper;
    const aiges_bridge* bridge;
    SessionPtr session;
};

// A session that is over was told by its Destroy, or is one that Fini dropped, maybe with the wrapper.
void tell_cancel(void* argument) {
    const std::unique_ptr<CancelJob> job(static_cast<CancelJob*>(argument));
    Session& session = *job->session;
    if (!session.retired.load() && session.cancel_untold.exchange(false))
        job->bridge->cancel(job->wrapper, session.handle.get());
}
}  // namespace

// A second cancel finds the call, and leaves the time of the first.
bool PythonEngine::cancel_running(const char* tag, int64_t now_ns) {
    const uint64_t hash = hash_of(tag);
    bool found = false;
    for (ThreadRecord* record = all_threads(); record != nullptr; record = record->next) {
        for (CallName& name : record->names) {
            const uint64_t number = name.number.load(std::memory_order_acquire);
            if (number == 0 || name.tag_hash.load(std::memory_order_relaxed) != hash) continue;
            if (name.engine.load(std::memory_order_relaxed) != this) continue;
            found = true;
            if (name.cancelled_number.load(std::memory_order_relaxed) == number) continue;
            name.cancelled_ns.store(now_ns, std::memory_order_relaxed);
            name.cancelled_number.store(number, std::memory_order_release);
        }
    }
    return found;
}

// Once; a second cancel changes nothing.
void PythonEngine::cancel_session(const SessionPtr& session, int64_t now_ns) {
    int64_t before = 0;
    if (!session->cancelled_ns.compare_exchange_strong(before, now_ns)) return;
    session->cancel_untold.store(true);
    // The wrapper's own wrapperCancel needs the GIL, for which a canceller does not wait.
    release_queue::post(&tell_cancel, new CancelJob{wrapper_, bridge_, session});
}

int PythonEngine::cancel(const void* handle, const char* tag) {
    const int refused = refusal();
    if (refused != 0) return refused;
    const auto now_ns = static_cast<int64_t>(stats::system_ns());
    bool found = false;
    if (handle != nullptr) {
        const SessionPtr session = sessions_.find(handle);
        if (session == nullptr) return AIGES_ERR_UNKNOWN_HANDLE;
        found = true;
        cancel_session(session, now_ns);
    }
    if (tag != nullptr) {
        if (const RoutePtr route = routes::find_tag(this, tag)) found = route->cancelled = true;
        found = cancel_running(tag, now_ns) || found;
    }
    if (!found) return AIGES_ERR_UNKNOWN_HANDLE;
    if (interrupt_after_ns() > 0) interruption::look_at(now_ns + interrupt_after_ns());
    return 0;
}

}  // namespace aiges::embed
