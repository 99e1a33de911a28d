#include "embed/session.hpp"

#include <cstdlib>

namespace aiges::embed {
namespace {
constexpr size_t kAddressesKept = 1024;
}

const void* SessionTable::add(const SessionPtr& session) {
    const std::lock_guard<std::mutex> guard(lock_);
    open_.emplace(session->handle.get(), session);
    return session->handle.get();
}

SessionPtr SessionTable::find(const void* handle) const {
    const std::lock_guard<std::mutex> guard(lock_);
    const auto entry = open_.find(handle);
    return entry != open_.end() ? entry->second : nullptr;
}

SessionPtr SessionTable::retire(const void* handle) {
    const std::lock_guard<std::mutex> guard(lock_);
    const auto entry = open_.find(handle);
    if (entry == open_.end()) return nullptr;
    SessionPtr session = entry->second;
    open_.erase(entry);
    session->retired.store(true, std::memory_order_release);
    keep_address(session);
    return session;
}

std::vector<SessionPtr> SessionTable::retire_all() {
    const std::lock_guard<std::mutex> guard(lock_);
    std::vector<SessionPtr> all;
    for (auto& entry : open_) {
        entry.second->retired.store(true, std::memory_order_release);
        all.push_back(entry.second);
        keep_address(entry.second);
    }
    open_.clear();
    return all;
}

void SessionTable::keep_address(const SessionPtr& session) {
    if (past_.size() < kAddressesKept) {
        past_.push_back(session);
        return;
    }
    past_[oldest_] = session;
    oldest_ = (oldest_ + 1) % kAddressesKept;
}

}  // namespace aiges::embed
