#include "loader/route_table.hpp"

#include <utility>

namespace aiges {

RoutePtr RouteTable::open(const char* tag, aiges_result_fn result, void* context, bool is_session,
                          stats::CallTime time) {
    auto route = std::make_shared<Route>(Route{tag ? tag : "", result, context, is_session, time});
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!tag) route->tag = "aiges-request-" + std::to_string(++made_tags_);
    const std::string_view key = route->tag;
    return routes_.emplace(key, route).second ? route : nullptr;
}

RoutePtr RouteTable::find(const char* tag, bool is_final) {
    if (!tag) return nullptr;  // no request of this table has it
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = routes_.find(tag);
    if (found == routes_.end()) return nullptr;
    RoutePtr route = found->second;
    if (is_final) routes_.erase(found);
    return route;
}

bool RouteTable::close(const RoutePtr& route) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = routes_.find(route->tag);
    if (found == routes_.end() || found->second != route) return false;
    routes_.erase(found);
    return true;
}

std::vector<RoutePtr> RouteTable::close_all() {
    std::vector<RoutePtr> closed;
    const std::lock_guard<std::mutex> lock(mutex_);
    closed.reserve(routes_.size());
    for (const auto& entry : routes_) closed.push_back(entry.second);
    routes_.clear();
    return closed;
}

}  // namespace aiges
