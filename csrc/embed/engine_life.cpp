#include "embed/python_engine.hpp"

#include <time.h>

#include <algorithm>

#include "common/asymmetric_barrier.hpp"
#include "common/error_text.hpp"
#include "common/log.hpp"
#include "embed/config.hpp"
#include "embed/error_text.hpp"
#include "embed/runtime.hpp"

namespace aiges::embed {
namespace {

constexpr size_t kErrorTextSize = 4096;
constexpr long kLongestMs = 1000L * 3600 * 24 * 365;

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
    const RoutePtr route = routes::find(tag, nullptr, nullptr);
    if (route != nullptr) return static_cast<const PythonEngine*>(route->engine())->host_functions();
    return latest != nullptr ? latest->host_functions() : default_engine().host_functions();
}

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
    release(record, held);
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
    interrupt_after_ns_.store(std::clamp(config_number(config, "aiges.interrupt_after_ms", 0), 0L, kLongestMs) *
                              INT64_C(1000000));
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
        release(record, held);
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
    release(record, held);
    --record.depth;
    withdraw(record, outermost);
    return text[0] != '\0' ? intern_text(text, generic) : generic;
}

int PythonEngine::attach_stats(void* slot, uint32_t layout) {
    slot_ = stats::attach(slot, layout);
    return slot_ != nullptr ? 0 : AIGES_ERR_INVALID_ARG;
}

}  // namespace aiges::embed
