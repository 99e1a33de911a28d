#include "embed/release_queue.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <mutex>
#include <utility>
#include <vector>

#include "common/asymmetric_barrier.hpp"
#include "common/detached_thread.hpp"

namespace aiges::embed::release_queue {
namespace {

constexpr uint64_t kParkedBytes = 64 << 10;  // larger results are not parked with their thread
constexpr uint64_t kBytesPerCall = 1 << 20;
constexpr int kResultsPerCall = 64;
constexpr uint64_t kReaperBytes = 8 << 20;
constexpr uint64_t kReaperEntries = 256;
constexpr int64_t kReaperPeriodNs = 100 * 1000 * 1000;
constexpr int kIdlePeriods = 10;  // without work before the reaper sleeps for good

enum Reaper : uint32_t { kAwake = 0, kAsleep = 1, kNapping = 2 };

const aiges_bridge* the_bridge = nullptr;
std::atomic<aiges_result*> stack{nullptr};
std::atomic<uint64_t> stacked_bytes{0};
std::atomic<uint64_t> stacked_entries{0};
std::atomic<aiges_result*> rest{nullptr};  // popped and not yet dropped; changed with the GIL held
std::atomic<uint32_t> reaper_state{kAwake};

using Job = std::pair<void (*)(void*), void*>;
struct Jobs {
    std::mutex lock;
    std::vector<Job> waiting;
};
Jobs& jobs() {
    static Jobs* instance = new Jobs;
    return *instance;
}

void futex_wait(uint32_t expected, int64_t nanoseconds) {
    const timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    syscall(SYS_futex, &reaper_state, FUTEX_WAIT_PRIVATE, expected, nanoseconds < 0 ? nullptr : &limit, nullptr, 0);
}

void wake_reaper() {
    if (reaper_state.exchange(kAwake, std::memory_order_seq_cst) != kAwake)
        syscall(SYS_futex, &reaper_state, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void push_on_stack(aiges_result* result) {
    const uint64_t bytes = stacked_bytes.fetch_add(result->bytes, std::memory_order_relaxed) + result->bytes;
    const uint64_t entries = stacked_entries.fetch_add(1, std::memory_order_relaxed) + 1;
    result->next = stack.load(std::memory_order_relaxed);
    while (!stack.compare_exchange_weak(result->next, result, std::memory_order_seq_cst)) {
    }
    // A single large one is the next call's, if one comes within the reaper's period.
    if ((bytes > kReaperBytes && entries > 1) || entries > kReaperEntries) wake_reaper();
}

// Drops from the stack up to the limits. GIL held.
void drop(const aiges_bridge& bridge, int results, uint64_t bytes) {
    uint64_t dropped = 0;
    while (results-- > 0 && dropped < bytes) {
        aiges_result* result = rest.load(std::memory_order_relaxed);
        if (result == nullptr) result = stack.exchange(nullptr, std::memory_order_acquire);
        if (result == nullptr) return;
        rest.store(result->next, std::memory_order_relaxed);
        dropped += result->bytes;
        stacked_bytes.fetch_sub(result->bytes, std::memory_order_relaxed);
        stacked_entries.fetch_sub(1, std::memory_order_relaxed);
        bridge.release(result);  // may run Python, which may call in again
    }
}

bool anything_waits() {
    if (rest.load(std::memory_order_relaxed) != nullptr || stack.load(std::memory_order_seq_cst) != nullptr)
        return true;
    for (ThreadRecord* record = all_threads(); record != nullptr; record = record->next)
        if (record->parked_result.load(std::memory_order_seq_cst) != nullptr) return true;
    const std::lock_guard<std::mutex> guard(jobs().lock);
    return !jobs().waiting.empty();
}

void run_jobs() {
    std::vector<Job> ready;
    {
        const std::lock_guard<std::mutex> guard(jobs().lock);
        ready.swap(jobs().waiting);
    }
    for (const Job& job : ready) job.first(job.second);
}

// One round of the reaper; false when Python has stopped.
bool reap() {
    ThreadRecord& own = this_thread();
    if (!announce(own, &reaper_state)) return false;
    const Held held = acquire(own, nullptr);
    run_jobs();
    for (ThreadRecord* record = all_threads(); record != nullptr; record = record->next)
        if (void* parked = record->parked_result.exchange(nullptr))
            the_bridge->release(static_cast<aiges_result*>(parked));
    drop(*the_bridge, INT_MAX, UINT64_MAX);
    release(own, held);
    withdraw(own, true);
    return true;
}

void reaper_main() {
    int idle = 0;
    while (true) {
        // Asleep is announced before looking; who frees something looks at it after putting it down.
        const bool deep = idle >= kIdlePeriods;
        reaper_state.store(deep ? kAsleep : kNapping, std::memory_order_seq_cst);
        if (deep) heavy_barrier();
        if (!deep || !anything_waits()) futex_wait(deep ? kAsleep : kNapping, deep ? -1 : kReaperPeriodNs);
        reaper_state.store(kAwake, std::memory_order_seq_cst);
        if (deep) {
            idle = 0;
            continue;  // what woke it is young: one period later
        }
        idle = anything_waits() ? 0 : idle + 1;
        if (idle == 0 && !reap()) return;
    }
}

}  // namespace

void push(aiges_result* result) {
    if (forked()) return;
    if (result->bytes <= kParkedBytes) {
        // Only this thread parks here, others only take (with the GIL held): a place that is seen empty stays empty.
        std::atomic<void*>& place = this_thread().parked_result;
        if (place.load(std::memory_order_acquire) == nullptr) {
            place.store(result, std::memory_order_release);
            result = nullptr;
        } else {
            result = static_cast<aiges_result*>(place.exchange(result, std::memory_order_acq_rel));
        }
    }
    if (result != nullptr) push_on_stack(result);
    light_barrier();  // the reaper looks again, behind a heavy one, after it said that it sleeps
    if (reaper_state.load(std::memory_order_relaxed) == kAsleep) wake_reaper();
}

void drop_some(ThreadRecord& record, const aiges_bridge& bridge) {
    if (void* parked = record.parked_result.load(std::memory_order_acquire)) {
        record.parked_result.store(nullptr, std::memory_order_relaxed);  // the reaper takes with the GIL held, too
        bridge.release(static_cast<aiges_result*>(parked));
    }
    if (rest.load(std::memory_order_relaxed) != nullptr || stack.load(std::memory_order_relaxed) != nullptr)
        drop(bridge, kResultsPerCall, kBytesPerCall);
}

void start_reaper(const aiges_bridge& bridge) {
    the_bridge = &bridge;
    jobs();
    start_detached(&reaper_main);
}

void post(void (*job)(void*), void* argument) {
    {
        const std::lock_guard<std::mutex> guard(jobs().lock);
        jobs().waiting.emplace_back(job, argument);
    }
    wake_reaper();
}

}  // namespace aiges::embed::release_queue
