#include "embed/interruption.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "common/detached_thread.hpp"
#include "embed/gil.hpp"
#include "embed/python_engine.hpp"
#include "stats/clock.hpp"

namespace aiges::embed::interruption {
namespace {

constexpr int64_t kNever = INT64_MAX;

struct Watch {
    std::mutex lock;
    std::condition_variable changed;
    int64_t next_ns = kNever;
    bool running = false;
};

Watch& watch() {
    static Watch* instance = new Watch;
    return *instance;
}

int64_t clock_ns() { return static_cast<int64_t>(stats::system_ns()); }

// Interrupts the call if its time is over; when it is to be looked at again.
int64_t look(const ThreadRecord& record, CallFrame* frame, int64_t now_ns) {
    if (frame->request == nullptr) return kNever;
    const int64_t since_ns = cancelled_ns(*frame);
    const int64_t after_ns = static_cast<const PythonEngine*>(frame->engine)->interrupt_after_ns();
    if (since_ns == 0 || since_ns == kDestroyed || after_ns == 0) return kNever;
    const int64_t due_ns = std::max(since_ns, frame->begun_ns) + after_ns;
    if (now_ns < due_ns) return due_ns;
    interrupt(record, frame, now_ns);
    return now_ns + after_ns;
}

// One round; when the next is due. False: Python has stopped.
bool look_at_all(int64_t* next_ns) {
    ThreadRecord& own = this_thread();
    if (!announce(own, &watch())) return false;
    const Held held = acquire(own, nullptr);
    const int64_t now_ns = clock_ns();
    for (ThreadRecord* record = all_threads(); record != nullptr; record = record->next)
        for (CallFrame* frame = record->frame; frame != nullptr; frame = frame->outer)
            *next_ns = std::min(*next_ns, look(*record, frame, now_ns));
    release(own, held);
    withdraw(own, true);
    return true;
}

void watch_main() {
    Watch& w = watch();
    std::unique_lock<std::mutex> guard(w.lock);
    while (true) {
        if (w.next_ns == kNever) {
            w.changed.wait(guard);
            continue;
        }
        const int64_t left_ns = w.next_ns - clock_ns();
        if (left_ns > 0) {
            w.changed.wait_for(guard, std::chrono::nanoseconds(left_ns));
            continue;
        }
        w.next_ns = kNever;
        guard.unlock();
        int64_t next_ns = kNever;
        if (!look_at_all(&next_ns)) return;
        guard.lock();
        w.next_ns = std::min(w.next_ns, next_ns);
    }
}

}  // namespace

void look_at(int64_t when_ns) {
    Watch& w = watch();
    const std::lock_guard<std::mutex> guard(w.lock);
    if (when_ns >= w.next_ns) return;
    w.next_ns = when_ns;
    w.changed.notify_one();
    if (w.running) return;
    start_detached(&watch_main);
    w.running = true;
}

}  // namespace aiges::embed::interruption
