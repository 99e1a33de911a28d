// What surrounds every use of an engine.
#pragma once

#include <cstdio>
#include <utility>

#include "loader/engine.hpp"

namespace aiges {

// One call: exec, write, read. Counts it, measures it, and keeps the engine open meanwhile. The
// destructor is for calls that are left by forced unwinding or an exception.
class CallScope {
public:
    explicit CallScope(Engine& engine)
        : writer_(engine.slot()), refusal_(engine.gate_.enter(writer_, stats::Counter::begun)) {
        if (__builtin_expect(refusal_ == 0, 1)) time_ = writer_.start_timing();
    }
    ~CallScope() {
        if (__builtin_expect(!is_over_ && refusal_ == 0, 0))
            stats::end_call(writer_, time_, AIGES_ERR_WRAPPER_RAISED, 0, 0);
    }
    CallScope(const CallScope&) = delete;
    CallScope& operator=(const CallScope&) = delete;

    int refusal() const { return refusal_; }
    stats::ShardWriter& writer() { return writer_; }

    // After this the engine may be closed at any time: nothing of it is touched any more.
    void end(int code, uint64_t bytes_in, uint64_t bytes_out) {
        is_over_ = true;
        stats::end_call(writer_, time_, code, bytes_in, bytes_out);
    }

private:
    stats::ShardWriter writer_;
    int refusal_;
    bool is_over_ = false;
    stats::CallTime time_;
};

// Any other use that close has to wait for. Whether it is admitted depends on the gate it asks.
class GuardScope {
public:
    GuardScope(Engine& engine, const EngineGate& gate)
        : writer_(engine.slot()), refusal_(gate.enter(writer_, stats::Counter::guards_begun)) {}
    // Asks nobody: for callbacks, which find out themselves whether anybody waits for them.
    explicit GuardScope(Engine& engine) : writer_(engine.slot()) { writer_.add(stats::Counter::guards_begun, 1); }
    ~GuardScope() {
        if (refusal_ == 0) writer_.add(stats::Counter::guards_ended, 1, std::memory_order_release);
    }
    GuardScope(const GuardScope&) = delete;
    GuardScope& operator=(const GuardScope&) = delete;

    int refusal() const { return refusal_; }

private:
    stats::ShardWriter writer_;
    int refusal_ = 0;
};

// A route while the engine is being asked to serve it. Unless kept, it is closed again: the engine
// refused, or the request was left by forced unwinding.
class OpenRoute {
public:
    OpenRoute(Engine& engine, RoutePtr route) : engine_(engine), route_(std::move(route)) {}
    ~OpenRoute() {
        if (route_) close(AIGES_ERR_WRAPPER_RAISED);
    }
    OpenRoute(const OpenRoute&) = delete;
    OpenRoute& operator=(const OpenRoute&) = delete;

    explicit operator bool() const { return route_ != nullptr; }
    const char* tag() const { return route_->tag.c_str(); }
    RoutePtr keep() { return std::move(route_); }

    // False: the final result was delivered already.
    bool close(int code) {
        const RoutePtr route = std::move(route_);
        if (!engine_.routes_.close(route)) return false;
        if (!route->is_session) engine_.count_failed_start(*route, code);
        return true;
    }

private:
    Engine& engine_;
    RoutePtr route_;
};

// The params of a call. A deadline goes in front, from the stack: of equal keys the first one wins
// (type.h), so one that the caller's own list holds is hidden.
class CallParams {
public:
    explicit CallParams(const aiges_call& call) : list_(call.params) {
        if (__builtin_expect(call.deadline_ms > 0, 0)) add_deadline(call.deadline_ms);
    }
    CallParams(const CallParams&) = delete;
    CallParams& operator=(const CallParams&) = delete;

    pParamList list() const { return list_; }

private:
    void add_deadline(int64_t milliseconds) {
        static char key[] = "aiges.deadline_ms";  // the ABI's key is char*; nobody writes to it
        const int length = std::snprintf(text_, sizeof text_, "%lld", static_cast<long long>(milliseconds));
        node_ = {key, text_, static_cast<unsigned int>(length), list_};
        list_ = &node_;
    }

    pParamList list_;
    ParamList node_;  // left uninitialised, as is the text: written only with a deadline
    char text_[24];
};

inline uint64_t data_bytes(const DataList* list) {
    uint64_t bytes = 0;
    for (; list; list = list->next) bytes += list->len;
    return bytes;
}

// Ids are borrowed and not written to; the contract's type forgot the const.
inline unsigned int* psr_ids_of(const aiges_call& call) { return const_cast<unsigned int*>(call.psr_ids); }

}  // namespace aiges
