// One engine whose work is done by a wrapper.py: its states, its sessions, and the way of each call into Python.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "aiges/wrapper.h"
#include "embed/bridge.h"
#include "embed/gil.hpp"
#include "embed/session.hpp"
#include "stats/slot.hpp"

namespace aiges::embed {

struct HostFunctions;

// psrIds without ids although there should be some.
inline bool is_out_of_range(const unsigned int* ids, int count) { return count > 0 && ids == nullptr; }

class PythonEngine {
public:
    ~PythonEngine();

    // Each does what its namesake in wrapper.h says.
    int set_ctrl(int kind, void* function);
    int init(pConfig config);
    int fini();
    const char* error(int code);
    int load_res(pDataList data, unsigned int id);
    int unload_res(unsigned int id);
    const void* create(const char* tag, pParamList params, wrapperCallback callback, const unsigned int* ids, int count,
                       int* code);
    int write(const void* handle, pDataList data);
    int read(const void* handle, pDataList* response);
    int destroy(const void* handle);
    int exec(const char* tag, pParamList params, pDataList data, pDataList* response, const unsigned int* ids,
             int count);
    static int exec_free(pDataList* response);
    int exec_async(const char* tag, pParamList params, pDataList data, wrapperCallback callback, int timeout_ms,
                   const unsigned int* ids, int count);
    const char* debug_info(const void* handle);
    int cancel(const void* handle, const char* tag);

    int attach_stats(void* slot, uint32_t layout);
    bool is_idle() const;

    HostFunctions host_functions() const;
    // How long a call may go on after its cancel; 0: as long as it likes.
    int64_t interrupt_after_ns() const { return interrupt_after_ns_.load(std::memory_order_relaxed); }

private:
    enum class State : int { loaded, ready, failed, stopping, stopped };

    // A call's way in: announced, GIL held. Filled by begin, emptied by end.
    struct Call {
        ThreadRecord* record = nullptr;
        CallFrame frame;
        Held held;
        bool outermost = true;
        bool tagged = false;  // may be cancelled by its tag: set before begin
    };

    int refusal() const;
    int begin(Call* call, aiges_request* request = nullptr);
    void end(Call* call, const aiges_request* request);
    int begin_session_call(Call* call, const void* handle, SessionPtr* session, aiges_request* request);
    void give_name(ThreadRecord& record, CallFrame* frame, const char* tag);
    void begin_cancelled(CallFrame* frame) const;
    int fail_init(int code, const std::string& cause);
    int load_and_init(pConfig config);
    bool is_left_to_host() const;
    bool wait_for_calls(long milliseconds) const;
    void stop_sessions();
    bool cancel_running(const char* tag, int64_t now_ns);
    void cancel_session(const SessionPtr& session, int64_t now_ns);
    void forget_result(Session* session);

    std::atomic<State> state_{State::loaded};
    std::atomic<int> nested_{0};  // calls inside other calls of their thread
    void* wrapper_ = nullptr;     // owned reference; set by Init, kept until the next one
    const aiges_bridge* bridge_ = nullptr;
    std::atomic<wrapperMeterCustom> meter_{nullptr};
    std::atomic<wrapperTraceLog> trace_{nullptr};
    stats::Slot* slot_ = nullptr;
    SessionTable sessions_;
    std::mutex life_lock_;  // Init and Fini
    std::mutex resource_lock_;
    std::map<unsigned int, std::string> resources_;  // id -> patch_id
    std::atomic<int> init_code_{0};
    std::atomic<const char*> init_cause_{nullptr};  // interned
    long fini_wait_ms_ = 10000;
    long answer_limit_ms_ = 3600 * 1000;
    std::atomic<int64_t> interrupt_after_ns_{0};
};

// The engine that the fifteen functions act on.
PythonEngine& default_engine();

// The functions that hosts gave for meters and traces.
struct HostFunctions {
    wrapperMeterCustom meter;
    wrapperTraceLog trace;
};

// Those of the engine that a meter or trace is about: the one this thread is in a call of; on the wrapper's own threads
// the one whose request has this tag; else the one that was started last.
HostFunctions host_functions(const char* tag);

}  // namespace aiges::embed
