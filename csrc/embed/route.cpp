#include "embed/route.hpp"

#include <algorithm>
#include <condition_variable>
#include <unordered_map>
#include <vector>

#include "aiges/errors.h"
#include "common/detached_thread.hpp"
#include "embed/gil.hpp"

namespace aiges::embed {

Route::Route(const void* engine, const char* tag, std::string sid, wrapperCallback callback)
    : limit(Clock::time_point::max()),
      engine_(engine),
      has_tag_(tag != nullptr),
      tag_(tag != nullptr ? tag : ""),
      sid_(std::move(sid)),
      callback_(callback) {}

bool Route::deliver(pDataList list, int code, bool final, int* host_code) {
    const std::lock_guard<std::recursive_mutex> guard(in_host_);
    if (final ? !end() : ended()) return false;
    ThreadRecord& record = this_thread();
    ++record.in_host;
    *host_code = callback_(has_tag_ ? tag_.c_str() : nullptr, list, code);
    --record.in_host;
    return true;
}

namespace routes {
namespace {

// Routes by one kind of name; of equal names the newest is last.
class Names {
public:
    void add(const std::string& name, const RoutePtr& route) { map_[name].push_back(route); }

    void remove(const std::string& name, const RoutePtr& route) {
        const auto entry = map_.find(name);
        if (entry == map_.end()) return;
        auto& list = entry->second;
        list.erase(std::remove(list.begin(), list.end(), route), list.end());
        if (list.empty()) map_.erase(entry);
    }

    // Of this engine; NULL: of any.
    RoutePtr find(const std::string& name, const void* engine) const {
        const auto entry = map_.find(name);
        if (entry == map_.end()) return nullptr;
        for (auto route = entry->second.rbegin(); route != entry->second.rend(); ++route)
            if (!(*route)->ended() && (engine == nullptr || (*route)->engine() == engine)) return *route;
        return nullptr;
    }

    std::vector<RoutePtr> of_engine(const void* engine) const {
        std::vector<RoutePtr> found;
        for (const auto& entry : map_)
            for (const RoutePtr& route : entry.second)
                if (route->engine() == engine) found.push_back(route);
        return found;
    }

private:
    std::unordered_map<std::string, std::vector<RoutePtr>> map_;
};

struct Index {
    std::mutex lock;
    Names tags, sids, handles;
};

Index& index() {
    static Index* instance = new Index;
    return *instance;
}

// A request without a tag has a name no text can have.
std::string tag_name(const std::string* tag) { return tag != nullptr ? *tag : std::string(1, '\0'); }

RoutePtr find_text(const Index& i, const char* text, const void* engine) {
    const std::string name = text != nullptr ? text : std::string(1, '\0');
    if (RoutePtr route = i.tags.find(name, engine)) return route;
    if (text == nullptr || *text == '\0') return nullptr;
    if (RoutePtr route = i.sids.find(name, engine)) return route;
    return i.handles.find(name, engine);
}

RoutePtr find_texts(const Index& i, const char* tag, const char* third, const void* engine) {
    RoutePtr route = find_text(i, tag, engine);
    if (route == nullptr && third != nullptr) route = find_text(i, third, engine);
    return route;
}

void remove(Index& i, const RoutePtr& route) {
    i.tags.remove(tag_name(route->tag()), route);
    if (!route->sid().empty()) i.sids.remove(route->sid(), route);
    if (!route->handle.empty()) i.handles.remove(route->handle, route);
}

}  // namespace

void open(const RoutePtr& route) {
    Index& i = index();
    const std::lock_guard<std::mutex> guard(i.lock);
    i.tags.add(tag_name(route->tag()), route);
    if (!route->sid().empty()) i.sids.add(route->sid(), route);
}

void name_handle(const RoutePtr& route, const std::string& handle) {
    Index& i = index();
    const std::lock_guard<std::mutex> guard(i.lock);
    if (!route->handle.empty() || handle.empty()) return;
    route->handle = handle;
    i.handles.add(handle, route);
}

void close(const RoutePtr& route) {
    route->end();
    Index& i = index();
    const std::lock_guard<std::mutex> guard(i.lock);
    remove(i, route);
}

void close_all(const void* engine) {
    Index& i = index();
    const std::lock_guard<std::mutex> guard(i.lock);
    for (const RoutePtr& route : i.tags.of_engine(engine)) {
        route->end();
        remove(i, route);
    }
}

RoutePtr find(const char* tag, const char* third, const void* engine) {
    Index& i = index();
    const std::lock_guard<std::mutex> guard(i.lock);
    RoutePtr route = engine != nullptr ? find_texts(i, tag, third, engine) : nullptr;
    return route != nullptr ? route : find_texts(i, tag, third, nullptr);
}

RoutePtr find_tag(const void* engine, const char* tag) {
    Index& i = index();
    const std::lock_guard<std::mutex> guard(i.lock);
    return i.tags.find(tag, engine);
}

}  // namespace routes

namespace route_timer {
namespace {

struct Later {
    bool operator()(const RoutePtr& a, const RoutePtr& b) const { return a->limit > b->limit; }
};

struct Timer {
    std::mutex lock;
    std::condition_variable changed;
    std::vector<RoutePtr> waiting;  // a heap, the earliest limit first
    size_t sweep_at = 256;          // size at which answered requests are taken out
    bool running = false;

    void pop() {
        std::pop_heap(waiting.begin(), waiting.end(), Later());
        waiting.pop_back();
    }

    // Most requests are answered long before their limit: without this they would stay until it passed.
    void sweep() {
        waiting.erase(
            std::remove_if(waiting.begin(), waiting.end(), [](const RoutePtr& route) { return route->ended(); }),
            waiting.end());
        std::make_heap(waiting.begin(), waiting.end(), Later());
        sweep_at = std::max<size_t>(256, 2 * waiting.size());
    }
};

Timer& timer() {
    static Timer* instance = new Timer;
    return *instance;
}

// The host may block in its callback for ever: each late answer has a thread of its own.
void answer(const RoutePtr& route) {
    start_detached([route] {
        int host_code = 0;
        if (route->deliver(nullptr, AIGES_ERR_TIMEOUT, true, &host_code)) routes::close(route);
    });
}

void run() {
    Timer& t = timer();
    std::unique_lock<std::mutex> guard(t.lock);
    while (true) {
        while (!t.waiting.empty() && t.waiting.front()->ended()) t.pop();
        if (t.waiting.empty()) {
            t.changed.wait(guard);
            continue;
        }
        const RoutePtr first = t.waiting.front();
        if (Route::Clock::now() >= first->limit) {
            t.pop();
            answer(first);
        } else {
            t.changed.wait_until(guard, first->limit);
        }
    }
}

}  // namespace

void watch(const RoutePtr& route) {
    Timer& t = timer();
    const std::lock_guard<std::mutex> guard(t.lock);
    if (!t.running) {
        start_detached(&run);
        t.running = true;
    }
    if (t.waiting.size() >= t.sweep_at) t.sweep();
    const bool first = t.waiting.empty() || route->limit < t.waiting.front()->limit;
    t.waiting.push_back(route);
    std::push_heap(t.waiting.begin(), t.waiting.end(), Later());
    if (first) t.changed.notify_one();
}

}  // namespace route_timer
}  // namespace aiges::embed
