// Where the results of one session or asynchronous request go.
//
// An engine's thread may still be on its way into a sink when the session is destroyed or the request answered, so
// engines get a number for it, never its address: who comes too late finds nobody under that number.
#include <chrono>
#include <cstdlib>
#include <new>
#include <unordered_map>

#include "aiges/errors.h"
#include "executor/shared.hpp"

using namespace aiges::executor;

namespace {

struct Sink {
    const std::shared_ptr<Shared> shared;
    void* const owner;
    const int most_pieces;
    const uint64_t most_bytes;
    const std::chrono::milliseconds patience;
    std::mutex mutex;
    std::condition_variable room;
    int pieces = 0;
    uint64_t bytes = 0;
    bool closed = false;
    std::atomic<bool> overflowed{false};
};

// The open sinks of the process.
class Sinks {
public:
    uintptr_t add(const std::shared_ptr<Sink>& sink) {
        const std::lock_guard<std::mutex> lock(mutex_);
        open_.emplace(++last_, sink);
        return last_;
    }

    std::shared_ptr<Sink> find(uintptr_t number) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = open_.find(number);
        return found != open_.end() ? found->second : nullptr;
    }

    void remove(uintptr_t number) {
        const std::lock_guard<std::mutex> lock(mutex_);
        open_.erase(number);
    }

private:
    std::mutex mutex_;
    std::unordered_map<uintptr_t, std::shared_ptr<Sink>> open_;
    uintptr_t last_ = 0;
};

Sinks& sinks() {
    static Sinks* instance = new Sinks;  // for good: engines' threads may outlive the process's destructors
    return *instance;
}

uintptr_t number_of(const void* context) { return reinterpret_cast<uintptr_t>(context); }

uint64_t size_of(const DataList* list) {
    uint64_t bytes = 0;
    for (; list != nullptr; list = list->next) bytes += list->len;
    return bytes;
}

// With the sink's mutex held, so that pieces leave in the order they came. False: no memory.
bool push(Sink& sink, void* context, aiges_job_kind kind, pDataList response, int code) {
    auto* piece = static_cast<aiges_job*>(calloc(1, sizeof(aiges_job)));
    if (piece == nullptr) return false;
    piece->kind = kind;
    piece->code = code;
    piece->owner = context;
    piece->began_ns = piece->ended_ns = now_ns();
    if (response != nullptr) {
        piece->response = sink.shared->copy(response);
        if (piece->response == nullptr) piece->code = AIGES_ERR_NO_MEMORY;
    }
    ++sink.pieces;
    sink.bytes += size_of(piece->response);
    sink.shared->ended.push(piece);
    return true;
}

}  // namespace

struct aiges_sink {
    const std::shared_ptr<Sink> sink;
    const uintptr_t number;
};

aiges_sink* aiges_sink_create(aiges_executor* executor, void* owner, int most_pieces, uint64_t most_bytes,
                              int wait_ms) {
    try {
        const std::chrono::milliseconds patience(wait_ms);
        const std::shared_ptr<Sink> sink(new Sink{executor->shared, owner, most_pieces, most_bytes, patience, {}, {}});
        const uintptr_t number = sinks().add(sink);
        auto* made = new (std::nothrow) aiges_sink{sink, number};
        if (made == nullptr) sinks().remove(number);
        return made;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void* aiges_sink_context(const aiges_sink* sink) { return reinterpret_cast<void*>(sink->number); }

void* aiges_piece_owner(const aiges_job* piece) {
    const std::shared_ptr<Sink> sink = sinks().find(number_of(piece->owner));
    return sink != nullptr ? sink->owner : nullptr;
}

int aiges_sink_result(void* context, pDataList response, int code) {
    const std::shared_ptr<Sink> sink = sinks().find(number_of(context));
    if (sink == nullptr) return -1;
    if (code != 0) response = nullptr;
    const uint64_t bytes = size_of(response);
    std::unique_lock<std::mutex> lock(sink->mutex);
    const auto has_room = [&] {
        return sink->closed || sink->pieces == 0 ||
               (sink->pieces < sink->most_pieces && sink->bytes + bytes <= sink->most_bytes);
    };
    const bool found_room = sink->room.wait_for(lock, sink->patience, has_room);
    if (sink->closed) return -1;
    if (found_room && push(*sink, context, AIGES_JOB_PIECE, response, code)) return 0;
    // What is lost ends the stream: nothing that comes later would make sense, and its owner must hear of it.
    sink->overflowed.store(true);
    sink->closed = true;
    sink->room.notify_all();
    push(*sink, context, AIGES_JOB_OVERFLOW, nullptr, AIGES_ERR_BUSY);
    return -1;
}

void aiges_sink_taken(aiges_sink* sink, uint64_t bytes) {
    {
        const std::lock_guard<std::mutex> lock(sink->sink->mutex);
        --sink->sink->pieces;
        sink->sink->bytes -= bytes;
    }
    sink->sink->room.notify_all();
}

int aiges_sink_overflowed(const aiges_sink* sink) { return sink->sink->overflowed.load(); }

void aiges_sink_close(aiges_sink* sink) {
    {
        const std::lock_guard<std::mutex> lock(sink->sink->mutex);
        sink->sink->closed = true;
    }
    sink->sink->room.notify_all();
}

void aiges_sink_detach(aiges_sink* sink) {
    aiges_sink_close(sink);
    sinks().remove(sink->number);
}

void aiges_sink_destroy(aiges_sink* sink) {
    if (!sink->sink->shared->is_forked()) aiges_sink_detach(sink);
    delete sink;
}
