// Open sessions, found by the address the host holds.
//
// The address points at a copy of the wrapper's handle text. It is looked up before anything is read from it, and stays
// unused for the next 1024 Destroys, so that a stale handle is an error and not somebody else's session.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "embed/bridge.h"
#include "embed/route.hpp"

namespace aiges::embed {

struct Session {
    std::string sid;
    std::string tag;
    bool has_tag = false;
    RoutePtr route;  // NULL: read mode
    std::unique_ptr<char, void (*)(void*)> handle{nullptr, nullptr};
    std::atomic<int64_t> cancelled_ns{0};    // when (monotonic), or kDestroyed; 0: not
    std::atomic<bool> cancel_untold{false};  // who takes it, with the GIL held, tells the wrapper
    std::atomic<bool> retired{false};
    std::atomic<bool> reading{false};
    aiges_result* last_read = nullptr;  // kept until the next read or destroy; touched by the reader alone
    std::string debug_info;

    const char* tag_text() const { return has_tag ? tag.c_str() : nullptr; }
};
using SessionPtr = std::shared_ptr<Session>;

class SessionTable {
public:
    const void* add(const SessionPtr& session);
    SessionPtr find(const void* handle) const;
    // Takes the session out; NULL when there is none.
    SessionPtr retire(const void* handle);
    std::vector<SessionPtr> retire_all();

private:
    void keep_address(const SessionPtr& session);

    mutable std::mutex lock_;
    std::unordered_map<const void*, SessionPtr> open_;
    std::vector<SessionPtr> past_;  // ring of retired sessions: their addresses stay taken
    size_t oldest_ = 0;
};

}  // namespace aiges::embed
