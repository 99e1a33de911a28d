// What an executor's threads, its sinks and its owner share.
#pragma once

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "executor/executor.h"

namespace aiges::executor {

inline int64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

// How often this process was forked into being. In a child the threads of its parent's executors are missing, and their
// locks may be held by one of them for ever: nothing of such an executor is touched.
int fork_generation();

// Jobs that have ended, from many threads to one. The descriptor is written when the list stops being empty.
class EndedJobs {
public:
    EndedJobs() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
    ~EndedJobs() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    EndedJobs(const EndedJobs&) = delete;
    EndedJobs& operator=(const EndedJobs&) = delete;

    int descriptor() const { return descriptor_; }

    void push(aiges_job* job) {
        aiges_job* top = top_.load(std::memory_order_relaxed);
        do job->next = top;
        while (!top_.compare_exchange_weak(top, job, std::memory_order_release, std::memory_order_relaxed));
        if (top == nullptr) tell();
    }

    // All of them, the first to end in front.
    aiges_job* take() {
        uint64_t told;
        if (read(descriptor_, &told, sizeof told) < 0) told = 0;  // first: what is pushed later is told anew
        aiges_job* job = top_.exchange(nullptr, std::memory_order_acquire);
        aiges_job* first = nullptr;
        while (job != nullptr) {
            aiges_job* next = job->next;
            job->next = first;
            first = job;
            job = next;
        }
        return first;
    }

private:
    void tell() {
        const uint64_t one = 1;
        while (write(descriptor_, &one, sizeof one) < 0 && errno == EINTR) {
        }
    }

    const int descriptor_;
    std::atomic<aiges_job*> top_{nullptr};
};

// What the threads share with the executor's owner: it outlives both, since a thread may be lost in a call.
struct Shared {
    std::mutex mutex;
    std::condition_variable work;
    aiges_job* first = nullptr;
    aiges_job** end = &first;
    int waiting = 0, idle = 0, running = 0, threads = 0, most = 0;
    bool closed = false;
    bool coming = false;  // a thread was notified and has not come yet
    bool trusts = false;  // the owner looks again at jobs that it leaves to a thread in a call
    bool brisk = false;   // the last call was so short that its thread may be trusted with the next ones, too
    const int generation = fork_generation();
    EndedJobs ended;
    aiges_list_copy_fn copy = nullptr;

    bool is_forked() const { return generation != fork_generation(); }
};

}  // namespace aiges::executor

struct aiges_executor {
    std::shared_ptr<aiges::executor::Shared> shared;
};
