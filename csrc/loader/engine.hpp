// An engine: opened, started, called, stopped, closed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "aiges/loader.h"
#include "loader/engine_gate.hpp"
#include "loader/engine_library.hpp"
#include "loader/route_table.hpp"
#include "stats/reader.hpp"
#include "stats/slot.hpp"

namespace aiges {

struct Session;

// A point in time to give up at.
class Patience {
public:
    explicit Patience(int timeout_ms)
        : is_endless_(timeout_ms < 0), end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms)) {}
    bool is_over() const { return !is_endless_ && std::chrono::steady_clock::now() >= end_; }

private:
    bool is_endless_;
    std::chrono::steady_clock::time_point end_;
};

// A place of the engine table, and the engine that is open in it. All functions return codes and
// have told failures to last_error. Calls may come on any thread, also late: each asks the gate
// first.
class Engine {
public:
    explicit Engine(uint32_t place) : place_(place) {}
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Life (engine_life.cpp)
    static int open(const char* name, const aiges_open_options& options, Engine** engine);
    int init(pConfig config);
    int fini();
    int close(int timeout_ms);

    // Calls (engine_calls.cpp)
    int exec(const aiges_call& call, pDataList* response);
    int release(pDataList* response);
    int exec_async(const aiges_call& call, aiges_result_fn result, void* context);
    int cancel(const Session* session, const char* tag);
    int load_resource(pDataList data, unsigned int id);
    int unload_resource(unsigned int id);

    // Sessions (session.cpp)
    int create_session(const aiges_call& call, aiges_result_fn result, void* context, Session** session);
    int write(const Session& session, pDataList data);
    int read(const Session& session, pDataList* response);
    int destroy(Session* session);
    const char* debug_info(const Session& session);

    // Functions of the host, and what comes back from the engine through the trampolines
    // (engine_callbacks.cpp)
    int set_meter(aiges_meter_fn function, void* context);
    int set_trace(aiges_trace_fn function, void* context);
    int deliver_result(const char* tag, pDataList response, int code);
    int deliver_meter(const char* tag, const char* key, int count);
    int deliver_trace(const char* tag, const char* key, const char* value);

    // Texts (engine_texts.cpp)
    const char* error(int code);
    const char* version();
    const char* path() const { return path_.c_str(); }
    uint32_t tensor_version();
    int statistics(aiges_stats* stats);

    uint32_t place() const { return place_; }

private:
    friend class CallScope;
    friend class GuardScope;
    friend class OpenRoute;

    // Life
    bool acquire_life() { return !life_busy_.exchange(true, std::memory_order_acquire); }
    void release_life() { life_busy_.store(false, std::memory_order_release); }
    bool is_closed() const { return seal_.code() != 0; }
    void shut_or_open(int code) { gate_.set(is_closing_ ? AIGES_ERR_ENGINE_CLOSED : code); }
    void move_in(const EngineLocation& location, stats::Slot* slot);
    int start(pConfig config);
    int stop();
    int shut_down(const Patience& patience);
    int still_in_use(const char* what) const;
    bool wait_until_idle(const Patience& patience) const;
    void move_out(bool is_clean);

    // Failures: of the engine, with its own text; of the gate.
    int engine_failed(const char* operation, int code);
    int refused(const char* operation, int code) const;

    stats::Slot& slot() const { return *slot_.load(std::memory_order_relaxed); }
    const char* text_of(int code) const;
    int unknown_session(const char* operation) const;
    bool is_stale(const Session& session) const;
    void note_call() {  // asks first, so that callbacks on many threads do not fight for the line
        if (!has_called_.load(std::memory_order_relaxed)) has_called_.store(true, std::memory_order_relaxed);
    }
    void count_failed_start(const Route& route, int code);
    void end_routes();
    void unset_hooks();

    // Read by every call, changed only by open and close.
    EngineGate gate_;  // of calls: open while the engine is ready
    EngineGate seal_;  // of everything else: open from open to close
    // Atomic for late users only, to whom it stays that of the place's last engine.
    std::atomic<stats::Slot*> slot_{nullptr};
    EngineBinding binding_;

    const uint32_t place_;
    std::string name_;
    std::string path_;
    EngineLibrary library_;

    alignas(64) std::atomic<bool> life_busy_{false};  // init, fini or close is running
    bool is_ready_ = false;                           // guarded by life_busy_, as is the next
    bool is_closing_ = false;
    std::atomic<uint32_t> starts_{0};      // counts inits: a session belongs to one of them
    std::atomic<bool> has_called_{false};  // it may have a thread in our trampolines

    RouteTable routes_;
    std::mutex set_mutex_;    // one change of hooks at a time; never taken by a callback
    std::mutex hooks_mutex_;  // guards the four below; never held while anybody's code runs
    aiges_meter_fn meter_ = nullptr;
    void* meter_context_ = nullptr;
    aiges_trace_fn trace_ = nullptr;
    void* trace_context_ = nullptr;
};

}  // namespace aiges
