// Where the results of asynchronous requests and callback sessions go.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aiges/loader.h"
#include "stats/slot.hpp"

namespace aiges {

// One request that waits for results. wrapperCallback tells nothing but the tag, so the tag is its
// name.
struct Route {
    std::string tag;
    aiges_result_fn result;
    void* context;
    bool is_session;       // else a one-shot request, which is a call until its final result
    stats::CallTime time;  // of a one-shot
};
using RoutePtr = std::shared_ptr<Route>;

// All functions may be called on any thread. Nobody's code runs under the lock: whoever finds a
// route calls it outside, and holds it, so that it may end meanwhile.
class RouteTable {
public:
    // NULL: the tag is taken. With tag NULL a unique one is made.
    RoutePtr open(const char* tag, aiges_result_fn result, void* context, bool is_session, stats::CallTime time);

    // The route of a tag; NULL: nobody waits under it. With `is_final` the route is closed before
    // it is returned, so that exactly one final result gets it, and its tag is free again when that
    // is delivered.
    RoutePtr find(const char* tag, bool is_final);

    // False: it was closed already, by its final result. Another route that has the same tag now
    // stays.
    bool close(const RoutePtr& route);

    // Closes all routes and returns them.
    std::vector<RoutePtr> close_all();

private:
    std::mutex mutex_;
    std::unordered_map<std::string_view, RoutePtr> routes_;  // keys lie in the routes
    uint64_t made_tags_ = 0;
};

}  // namespace aiges
