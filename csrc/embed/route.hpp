// Where results by callback go: one route per wrapperExecAsync and per session with a callback.
//
// A route is opened before the wrapper's method runs and ended by its final callback, by Destroy, by Fini, or by the
// failure of the call. Callbacks of one route are serialised; one that the same thread makes from inside another is
// delivered. Ending never waits for the host: no callback begins after it, one already inside may end later.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "aiges/wrapper.h"

namespace aiges::embed {

class Route {
public:
    using Clock = std::chrono::steady_clock;

    Route(const void* engine, const char* tag, std::string sid, wrapperCallback callback);

    const void* engine() const { return engine_; }
    const std::string* tag() const { return has_tag_ ? &tag_ : nullptr; }
    const std::string& sid() const { return sid_; }
    bool ended() const { return ended_.load(std::memory_order_acquire); }
    bool end() { return !ended_.exchange(true, std::memory_order_acq_rel); }

    // Calls the host; the caller does not hold the GIL. `final` ends the route first, so that nothing follows it.
    // False: it had ended before.
    bool deliver(pDataList list, int code, bool final, int* host_code);

    std::string handle;       // of the session, once known; written under the index's lock
    Clock::time_point limit;  // of a one-shot request; max(): none
    std::atomic<bool> cancelled{false};

private:
    const void* engine_;
    const bool has_tag_;
    const std::string tag_;
    const std::string sid_;
    const wrapperCallback callback_;
    std::recursive_mutex in_host_;  // held while the host runs
    std::atomic<bool> ended_{false};
};

using RoutePtr = std::shared_ptr<Route>;

// All routes of the process: a callback says only a tag.
namespace routes {

void open(const RoutePtr& route);
void name_handle(const RoutePtr& route, const std::string& handle);
void close(const RoutePtr& route);
void close_all(const void* engine);

// The newest route whose tag is `tag` (NULL: made without one), else whose sid, else whose handle is that text; then
// the same for `third`, if it is not NULL. Ended ones are not found. Hosts name requests per engine, so those of `engine`
// come first; NULL: it is not known.
RoutePtr find(const char* tag, const char* third, const void* engine);
// By the tag of one engine's one-shot request.
RoutePtr find_tag(const void* engine, const char* tag);

}  // namespace routes

// Answers requests that nobody answered in time: AIGES_ERR_TIMEOUT at their limit, from a thread of its own.
namespace route_timer {
void watch(const RoutePtr& route);
}

}  // namespace aiges::embed
