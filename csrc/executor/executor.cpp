#include "executor/executor.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <thread>

#include "aiges/errors.h"

namespace {

int64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

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
    EndedJobs ended;
    aiges_list_copy_fn copy = nullptr;
};

int read_copy(const Shared& shared, aiges_job* job) {
    pDataList list = nullptr;
    const int code = aiges_session_read(job->session, &list);
    if (code != 0 || list == nullptr) return code;
    job->response = shared.copy(list);  // the engine's own lives until the next read only
    return job->response != nullptr ? 0 : AIGES_ERR_NO_MEMORY;
}

int call(const Shared& shared, aiges_job* job) {
    const aiges_result_fn on_result = job->sink != nullptr ? &aiges_sink_result : nullptr;
    switch (job->kind) {
        case AIGES_JOB_EXEC:
            return aiges_engine_exec(job->engine, job->call, &job->response);
        case AIGES_JOB_EXEC_ASYNC:
            return aiges_engine_exec_async(job->engine, job->call, on_result, job->sink);
        case AIGES_JOB_CREATE:
            return aiges_session_create(job->engine, job->call, on_result, job->sink, &job->session);
        case AIGES_JOB_WRITE:
            return aiges_session_write(job->session, job->data);
        case AIGES_JOB_READ:
            return read_copy(shared, job);
        case AIGES_JOB_DESTROY:
            return aiges_session_destroy(job->session);
        case AIGES_JOB_PIECE:
            break;
    }
    return AIGES_ERR_INVALID_ARG;
}

aiges_job* next_job(Shared& shared) {
    std::unique_lock<std::mutex> lock(shared.mutex);
    ++shared.idle;
    shared.work.wait(lock, [&] { return shared.first != nullptr || shared.closed; });
    --shared.idle;
    aiges_job* job = shared.first;
    if (job == nullptr) {
        --shared.threads;
        return nullptr;
    }
    shared.first = job->next;
    if (shared.first == nullptr) shared.end = &shared.first;
    --shared.waiting;
    ++shared.running;
    return job;
}

void run_thread(const std::shared_ptr<Shared>& shared) {
    while (aiges_job* job = next_job(*shared)) {
        job->began_ns = now_ns();
        job->code = call(*shared, job);
        job->ended_ns = now_ns();
        {
            const std::lock_guard<std::mutex> lock(shared->mutex);
            --shared->running;
        }
        shared->ended.push(job);
    }
}

// With the mutex held.
void start_thread(const std::shared_ptr<Shared>& shared) {
    try {
        std::thread(run_thread, shared).detach();
        ++shared->threads;
    } catch (const std::system_error&) {  // those that there are must do
    }
}

}  // namespace

struct aiges_executor {
    std::shared_ptr<Shared> shared;
};

struct aiges_sink {
    std::shared_ptr<Shared> shared;
    void* owner;
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

aiges_executor* aiges_executor_create(int threads, aiges_list_copy_fn copy) {
    try {
        auto executor = std::make_unique<aiges_executor>(aiges_executor{std::make_shared<Shared>()});
        executor->shared->most = threads;
        executor->shared->copy = copy;
        return executor->shared->ended.descriptor() >= 0 ? executor.release() : nullptr;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

int aiges_executor_fd(const aiges_executor* executor) { return executor->shared->ended.descriptor(); }

void aiges_executor_submit(aiges_executor* executor, aiges_job* job) {
    Shared& shared = *executor->shared;
    job->next = nullptr;
    job->code = 0;
    job->response = nullptr;
    job->began_ns = job->ended_ns = 0;
    {
        const std::lock_guard<std::mutex> lock(shared.mutex);
        if (!shared.closed) {
            *shared.end = job;
            shared.end = &job->next;
            ++shared.waiting;
            if (shared.idle < shared.waiting && shared.threads < shared.most) start_thread(executor->shared);
            job = nullptr;
        }
    }
    if (job == nullptr) return shared.work.notify_one();
    job->code = AIGES_ERR_STOPPING;
    shared.ended.push(job);
}

aiges_job* aiges_executor_take(aiges_executor* executor) { return executor->shared->ended.take(); }

void aiges_executor_grow(aiges_executor* executor) {
    Shared& shared = *executor->shared;
    const std::lock_guard<std::mutex> lock(shared.mutex);
    ++shared.most;
    if (!shared.closed && shared.idle < shared.waiting) start_thread(executor->shared);
}

void aiges_executor_load(aiges_executor* executor, int* running, int* waiting) {
    Shared& shared = *executor->shared;
    const std::lock_guard<std::mutex> lock(shared.mutex);
    *running = shared.running;
    *waiting = shared.waiting;
}

void aiges_executor_close(aiges_executor* executor) {
    Shared& shared = *executor->shared;
    aiges_job* refused = nullptr;
    {
        const std::lock_guard<std::mutex> lock(shared.mutex);
        shared.closed = true;
        refused = shared.first;
        shared.first = nullptr;
        shared.end = &shared.first;
        shared.waiting = 0;
    }
    shared.work.notify_all();
    while (refused != nullptr) {
        aiges_job* next = refused->next;
        refused->code = AIGES_ERR_STOPPING;
        shared.ended.push(refused);
        refused = next;
    }
}

void aiges_executor_destroy(aiges_executor* executor) {
    aiges_executor_close(executor);
    delete executor;
}

aiges_sink* aiges_sink_create(aiges_executor* executor, void* owner, int most_pieces, uint64_t most_bytes,
                              int wait_ms) {
    const std::chrono::milliseconds patience(wait_ms);
    return new (std::nothrow) aiges_sink{executor->shared, owner, most_pieces, most_bytes, patience, {}, {}};
}

int aiges_sink_result(void* context, pDataList response, int code) {
    aiges_sink* sink = static_cast<aiges_sink*>(context);
    uint64_t bytes = 0;
    for (const DataList* node = response; code == 0 && node != nullptr; node = node->next) bytes += node->len;
    std::unique_lock<std::mutex> lock(sink->mutex);
    const auto has_room = [&] {
        return sink->closed || sink->pieces == 0 ||
               (sink->pieces < sink->most_pieces && sink->bytes + bytes <= sink->most_bytes);
    };
    if (!sink->room.wait_for(lock, sink->patience, has_room)) sink->overflowed.store(true);
    if (sink->closed || sink->overflowed.load()) return -1;
    auto* piece = static_cast<aiges_job*>(calloc(1, sizeof(aiges_job)));
    if (piece == nullptr) return -1;
    piece->kind = AIGES_JOB_PIECE;
    piece->code = code;
    piece->sink = sink;
    piece->owner = sink->owner;
    piece->began_ns = piece->ended_ns = now_ns();
    if (code == 0 && response != nullptr) piece->response = sink->shared->copy(response);
    if (code == 0 && response != nullptr && piece->response == nullptr) piece->code = AIGES_ERR_NO_MEMORY;
    ++sink->pieces;
    sink->bytes += bytes;
    sink->shared->ended.push(piece);  // with the lock held: pieces leave in the order they came
    return 0;
}

void aiges_sink_taken(aiges_sink* sink, uint64_t bytes) {
    {
        const std::lock_guard<std::mutex> lock(sink->mutex);
        --sink->pieces;
        sink->bytes -= bytes;
    }
    sink->room.notify_one();
}

int aiges_sink_overflowed(const aiges_sink* sink) { return sink->overflowed.load(); }

void aiges_sink_close(aiges_sink* sink) {
    {
        const std::lock_guard<std::mutex> lock(sink->mutex);
        sink->closed = true;
    }
    sink->room.notify_all();
}

void aiges_sink_destroy(aiges_sink* sink) { delete sink; }
