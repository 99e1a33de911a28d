#include "embed/python_engine.hpp"

#include <time.h>

#include <cstring>

#include "common/asymmetric_barrier.hpp"
#include "common/error_text.hpp"
#include "common/log.hpp"
#include "embed/config.hpp"
#include "embed/error_text.hpp"
#include "embed/release_queue.hpp"
#include "embed/runtime.hpp"

namespace aiges::embed {
namespace {

constexpr size_t kErrorTextSize = 4096;

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

std::string param_text(pParamList params, const char* key) { return config_text(params, key); }

// An empty list has two forms: NULL, or one node without key, data and length.
bool is_empty(pDataList list) {
    return list == nullptr ||
           (list->next == nullptr && list->key == nullptr && list->data == nullptr && list->len == 0);
}

bool is_out_of_range(const unsigned int* ids, int count) { return count > 0 && ids == nullptr; }

// The resource's name: desc `patch_id` at any position of the first node, else the id's digits.
std::string patch_id_of(pDataList data, unsigned int id) {
    const std::string named = data != nullptr ? config_text(data->desc, "patch_id") : "";
    return named.empty() ? std::to_string(id) : named;
}

void sleep_a_millisecond() {
    const timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, nullptr);
}

}  // namespace

PythonEngine& default_engine() {
    static PythonEngine* engine = new PythonEngine;  // never destroyed: threads may be in it while the process exits
    return *engine;
}

// Engines may be destroyed while a wrapper's thread looks for one.
namespace {
std::mutex& engines_lock() {
    static std::mutex* lock = new std::mutex;
    return *lock;
}
PythonEngine* latest = nullptr;  // started last and not destroyed
}  // namespace

PythonEngine::~PythonEngine() {
    const std::lock_guard<std::mutex> guard(engines_lock());
    if (latest == this) latest = nullptr;
}

HostFunctions PythonEngine::host_functions() const {
    return {meter_.load(std::memory_order_acquire), trace_.load(std::memory_order_acquire)};
}

HostFunctions host_functions(const char* tag) {
    if (const CallFrame* frame = this_thread().frame)
        return static_cast<const PythonEngine*>(frame->engine)->host_functions();
    const std::lock_guard<std::mutex> guard(engines_lock());
    // A route that has not ended belongs to an engine that runs; it cannot be destroyed before the lock is free.
    const RoutePtr route = routes::find(tag, nullptr);
    if (route != nullptr) return static_cast<const PythonEngine*>(route->engine())->host_functions();
    return latest != nullptr ? latest->host_functions() : default_engine().host_functions();
}

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

int PythonEngine::begin(Call* call) {
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
    call->frame.outer = record.frame;
    call->frame.engine = this;
    record.frame = &call->frame;
    if (slot_ != nullptr) {
        uint64_t wait_ns = 0;
        call->held = acquire(record, &wait_ns);
        stats::add(slot_, stats::Counter::gil_wait_ns, wait_ns);
    } else {
        call->held = acquire(record, nullptr);
    }
    release_queue::drop_some(record, *bridge_);
    return 0;
}

void PythonEngine::end(Call* call, const aiges_request* request) {
    ThreadRecord& record = *call->record;
    release(call->held);
    record.frame = call->frame.outer;
    record.call_number.store(record.frame != nullptr ? record.frame->number : 0, std::memory_order_relaxed);
    --record.depth;
    withdraw(record, call->outermost);
    if (!call->outermost) nested_.fetch_sub(1, std::memory_order_release);
    if (request != nullptr && request->bytes_copied != 0)
        stats::add(slot_, stats::Counter::bytes_copied, request->bytes_copied);
}

void PythonEngine::begin_one_shot(Call* call, const char* tag) {
    ThreadRecord& record = *call->record;
    call->frame.number = record.next_number++;
    record.tag_hash.store(tag != nullptr ? hash_of(tag) : 0, std::memory_order_relaxed);
    record.call_number.store(call->frame.number, std::memory_order_release);
}

int PythonEngine::begin_session_call(Call* call, const void* handle, SessionPtr* session) {
    int code = refusal();
    if (code != 0) return code;
    *session = sessions_.find(handle);
    if (*session == nullptr) return AIGES_ERR_UNKNOWN_HANDLE;
    code = begin(call);
    if (code == 0) call->frame.session_cancelled = &(*session)->cancelled;
    return code;
}

// ---- Life -------------------------------------------------------------------------------------------------------------

int PythonEngine::set_ctrl(int kind, void* function) {
    if (kind == CTMeterCustom) meter_.store(reinterpret_cast<wrapperMeterCustom>(function), std::memory_order_release);
    if (kind == CTTraceLog) trace_.store(reinterpret_cast<wrapperTraceLog>(function), std::memory_order_release);
    return 0;
}

int PythonEngine::fail_init(int code, const std::string& cause) {
    init_code_.store(code);
    init_cause_.store(cause.empty() ? nullptr : intern_text(cause, error_text(code)));
    state_.store(State::failed);
    log::write(log::Level::error, "wrapperInit failed with code " + std::to_string(code) + ": " +
                                      (cause.empty() ? "the wrapper returned it" : cause));
    return code;
}

int PythonEngine::load_and_init(pConfig config) {
    ThreadRecord& record = this_thread();
    const bool outermost = record.depth == 0;
    if (!announce(record, this)) return fail_init(AIGES_ERR_STOPPING, "");
    ++record.depth;
    const Held held = acquire(record, nullptr);
    char cause[kErrorTextSize] = "";
    if (wrapper_ != nullptr) bridge_->unload(wrapper_);
    wrapper_ = nullptr;
    int code = bridge_->load(&the_shim, config, &wrapper_, cause, sizeof cause);
    if (code == 0) code = bridge_->init(wrapper_, config, cause, sizeof cause);
    release(held);
    --record.depth;
    withdraw(record, outermost);
    return code == 0 ? 0 : fail_init(code, cause);
}

int PythonEngine::init(pConfig config) {
    if (forked()) return AIGES_ERR_FORKED;
    const std::unique_lock<std::mutex> guard(life_lock_, std::try_to_lock);
    if (!guard.owns_lock()) return AIGES_ERR_BUSY;
    if (state_.load() == State::ready) return AIGES_ERR_ALREADY_INIT;
    configure_log(config);
    init_code_.store(0);
    init_cause_.store(nullptr);
    const Runtime runtime = start_runtime(config);
    if (runtime.bridge == nullptr) return fail_init(AIGES_ERR_INTERPRETER, runtime.error);
    bridge_ = runtime.bridge;
    fini_wait_ms_ = config_number(config, "aiges.fini_wait_ms", 10000);
    answer_limit_ms_ = config_number(config, "aiges.answer_limit_ms", 3600 * 1000);
    const int code = load_and_init(config);
    if (code != 0) return code;
    {
        const std::lock_guard<std::mutex> lock(engines_lock());
        latest = this;
    }
    state_.store(State::ready);
    return 0;
}

bool PythonEngine::is_idle() const {
    if (nested_.load(std::memory_order_seq_cst) != 0) return false;
    for (ThreadRecord* record = all_threads(); record != nullptr; record = record->next)
        if (record->engine.load(std::memory_order_seq_cst) == this) return false;
    return state_.load() != State::ready;
}

// Whether only the host, which may block in a callback for ever, keeps calls from ending.
bool PythonEngine::is_left_to_host() const {
    if (nested_.load(std::memory_order_seq_cst) != 0) return false;
    for (ThreadRecord* record = all_threads(); record != nullptr; record = record->next)
        if (record->engine.load(std::memory_order_seq_cst) == this &&
            record->in_python.load(std::memory_order_seq_cst) != 0)
            return false;
    return true;
}

// False: calls are still on their way, in the wrapper or in a callback of the host.
bool PythonEngine::wait_for_calls(long milliseconds) const {
    while (milliseconds-- > 0 && !python_has_ended() && !is_left_to_host()) sleep_a_millisecond();
    return is_idle();
}

void PythonEngine::stop_sessions() {
    routes::close_all(this);
    for (const SessionPtr& session : sessions_.retire_all())
        if (!session->reading.exchange(true, std::memory_order_seq_cst)) forget_result(session.get());
}

int PythonEngine::fini() {
    if (forked()) return AIGES_ERR_FORKED;
    if (state_.load() != State::ready) return 0;
    ThreadRecord& record = this_thread();
    if (record.depth != 0 || record.in_host != 0) return AIGES_ERR_BUSY;
    const std::unique_lock<std::mutex> guard(life_lock_, std::try_to_lock);
    if (!guard.owns_lock()) return AIGES_ERR_BUSY;
    State expected = State::ready;
    if (!state_.compare_exchange_strong(expected, State::stopping)) return 0;
    heavy_barrier();  // now every call has seen it, or is seen below
    const bool quiet = wait_for_calls(fini_wait_ms_);
    if (!quiet) log::write(log::Level::warning, "wrapperFini: calls are still running; their objects are kept");
    stop_sessions();
    int code = AIGES_ERR_STOPPING;
    if (announce(record, &life_lock_)) {
        ++record.depth;
        const Held held = acquire(record, nullptr);
        code = bridge_->fini(wrapper_);
        if (!quiet) wrapper_ = nullptr;  // leaked: a call still uses it
        release(held);
        --record.depth;
        withdraw(record, true);
    }
    state_.store(State::stopped);
    return code;
}

const char* PythonEngine::error(int code) {
    if (code != 0 && code == init_code_.load() && init_cause_.load() != nullptr) return init_cause_.load();
    if (const char* text = error_text(code)) return text;
    const char* generic = "the wrapper gave no text for this code";
    const aiges_bridge* bridge = the_bridge();  // not ours, which Init on another thread may be writing
    if (bridge == nullptr || forked()) return generic;
    ThreadRecord& record = this_thread();
    const bool outermost = record.depth == 0;
    if (!announce(record, &life_lock_)) return generic;
    ++record.depth;  // a Fini from inside the wrapper's method is refused
    char text[kErrorTextSize] = "";
    const Held held = acquire(record, nullptr);
    if (wrapper_ != nullptr)
        bridge->error_text(wrapper_, code, text, sizeof text);  // it changes with the GIL held only
    release(held);
    --record.depth;
    withdraw(record, outermost);
    return text[0] != '\0' ? intern_text(text, generic) : generic;
}

// ---- One-shot calls ---------------------------------------------------------------------------------------------------

int PythonEngine::exec(const char* tag, pParamList params, pDataList data, pDataList* response, const unsigned int* ids,
                       int count) {
    if (response == nullptr) return AIGES_ERR_INVALID_ARG;
    *response = nullptr;
    if (is_out_of_range(ids, count)) return AIGES_ERR_INVALID_ARG;
    Call call;
    int code = begin(&call);
    if (code != 0) return code;
    begin_one_shot(&call, tag);
    aiges_request request = {tag, params, data, ids, count, 0};
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
    const auto route = std::make_shared<Route>(this, tag, param_text(params, "sid"), callback);
    const long limit_ms = timeout_ms > 0 ? timeout_ms : answer_limit_ms_;
    if (limit_ms > 0) route->limit = Route::Clock::now() + std::chrono::milliseconds(limit_ms);
    Call call;
    code = begin(&call);
    if (code != 0) return code;
    routes::open(route);
    begin_one_shot(&call, tag);
    aiges_request request = {tag, params, data, ids, count, 0};
    code = bridge_->exec_async(wrapper_, &request);
    end(&call, &request);
    if (code != 0)
        routes::close(route);
    else if (limit_ms > 0 && !route->ended())
        route_timer::watch(route);
    return code;
}

// ---- Sessions ---------------------------------------------------------------------------------------------------------

const void* PythonEngine::create(const char* tag, pParamList params, wrapperCallback callback, const unsigned int* ids,
                                 int count, int* code) {
    *code = is_out_of_range(ids, count) ? AIGES_ERR_INVALID_ARG : refusal();
    if (*code != 0) return nullptr;
    const auto session = std::make_shared<Session>();
    session->sid = param_text(params, "sid");
    session->has_tag = tag != nullptr;
    session->tag = tag != nullptr ? tag : "";
    if (callback != nullptr) session->route = std::make_shared<Route>(this, tag, session->sid, callback);
    Call call;
    *code = begin(&call);
    if (*code != 0) return nullptr;
    if (session->route != nullptr) routes::open(session->route);
    call.frame.session_cancelled = &session->cancelled;
    aiges_request request = {tag, params, nullptr, ids, count, 0};
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
    Call call;
    SessionPtr session;
    int code = begin_session_call(&call, handle, &session);
    if (code != 0) return code;
    aiges_request request = {session->tag_text(), nullptr, data, nullptr, 0, 0};
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
    Call call;
    SessionPtr session;
    int code = begin_session_call(&call, handle, &session);
    if (code != 0) return code;
    if (session->reading.exchange(true, std::memory_order_acquire)) {
        end(&call, nullptr);
        return session->retired.load(std::memory_order_seq_cst) ? AIGES_ERR_UNKNOWN_HANDLE : AIGES_ERR_BUSY;
    }
    aiges_request request = {session->tag_text(), nullptr, nullptr, nullptr, 0, 0};
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
    session->cancelled.store(true, std::memory_order_relaxed);
    if (!session->reading.exchange(true, std::memory_order_seq_cst)) forget_result(session.get());
    Call call;
    if (begin(&call) != 0) return 0;  // Fini is under way: it drops sessions without asking the wrapper
    call.frame.session_cancelled = &session->cancelled;
    const int code = bridge_->destroy(wrapper_, session->handle.get());
    end(&call, nullptr);
    return code;
}

const char* PythonEngine::debug_info(const void* handle) {
    const SessionPtr session = forked() ? nullptr : sessions_.find(handle);
    if (session == nullptr) return "";
    session->debug_info = "handle=" + std::string(session->handle.get()) + " sid=" + session->sid +
                          (session->route != nullptr ? " callback" : " read") +
                          (session->cancelled.load() ? " cancelled" : "");
    return session->debug_info.c_str();
}

// ---- Cancel -----------------------------------------------------------------------------------------------------------

namespace {
struct CancelJob {
    void* wrapper;
    const aiges_bridge* bridge;
    SessionPtr session;
};
}  // namespace

bool PythonEngine::cancel_running(const char* tag) {
    const uint64_t hash = hash_of(tag);
    bool found = false;
    for (ThreadRecord* record = all_threads(); record != nullptr; record = record->next) {
        const uint64_t number = record->call_number.load(std::memory_order_acquire);
        if (number == 0 || record->tag_hash.load(std::memory_order_relaxed) != hash) continue;
        if (record->engine.load(std::memory_order_relaxed) != this) continue;
        record->cancelled_number.store(number, std::memory_order_relaxed);
        found = true;
    }
    return found;
}

int PythonEngine::cancel(const void* handle, const char* tag) {
    const int refused = refusal();
    if (refused != 0) return refused;
    bool found = false;
    if (handle != nullptr) {
        const SessionPtr session = sessions_.find(handle);
        if (session == nullptr) return AIGES_ERR_UNKNOWN_HANDLE;
        found = true;
        if (!session->cancelled.exchange(true)) {
            // The wrapper's own wrapperCancel needs the GIL, for which a canceller does not wait.
            release_queue::post(
                [](void* argument) {
                    auto* job = static_cast<CancelJob*>(argument);
                    job->bridge->cancel(job->wrapper, job->session->handle.get());
                    delete job;
                },
                new CancelJob{wrapper_, bridge_, session});
        }
    }
    if (tag != nullptr) {
        if (const RoutePtr route = routes::find_tag(this, tag)) found = route->cancelled = true;
        found = cancel_running(tag) || found;
    }
    return found ? 0 : AIGES_ERR_UNKNOWN_HANDLE;
}

// ---- Resources --------------------------------------------------------------------------------------------------------

int PythonEngine::load_res(pDataList data, unsigned int id) {
    int code = refusal();
    if (code != 0) return code;
    if (is_empty(data)) return AIGES_ERR_INVALID_ARG;
    const std::string patch_id = patch_id_of(data, id);
    Call call;
    code = begin(&call);
    if (code != 0) return code;
    aiges_request request = {nullptr, nullptr, data, nullptr, 0, 0};
    code = bridge_->load_resource(wrapper_, patch_id.c_str(), &request);
    end(&call, &request);
    if (code == 0) {
        const std::lock_guard<std::mutex> guard(resource_lock_);
        resources_[id] = patch_id;
    }
    return code;
}

int PythonEngine::unload_res(unsigned int id) {
    int code = refusal();
    if (code != 0) return code;
    std::string patch_id;
    {
        const std::lock_guard<std::mutex> guard(resource_lock_);
        const auto entry = resources_.find(id);
        if (entry == resources_.end()) return AIGES_ERR_UNKNOWN_RESOURCE;
        patch_id = entry->second;
        resources_.erase(entry);
    }
    Call call;
    code = begin(&call);
    if (code != 0) return code;
    code = bridge_->unload_resource(wrapper_, patch_id.c_str());
    end(&call, nullptr);
    return code;
}

int PythonEngine::attach_stats(void* slot, uint32_t layout) {
    slot_ = stats::attach(slot, layout);
    return slot_ != nullptr ? 0 : AIGES_ERR_INVALID_ARG;
}

}  // namespace aiges::embed
