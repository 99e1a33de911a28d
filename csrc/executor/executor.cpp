#include "executor/executor.h"

#include <pthread.h>

#include <exception>
#include <memory>
#include <new>

#include "aiges/errors.h"
#include "common/detached_thread.hpp"
#include "executor/shared.hpp"

namespace aiges::executor {

namespace {

std::atomic<int> generation{0};

constexpr int64_t kBrisk = 50000;  // ns: a call that is shorter costs less than to wake a thread for the next one

int read_copy(const Shared& shared, aiges_job* job) {
    pDataList list = nullptr;
    const int code = aiges_session_read(job->session, &list);
    if (code != 0 || list == nullptr) return code;
    job->response = shared.copy(list);  // the engine's own lives until the next read only
    return job->response != nullptr ? 0 : AIGES_ERR_NO_MEMORY;
}

int call(const Shared& shared, aiges_job* job) {
    const aiges_result_fn on_result = job->sink != nullptr ? &aiges_sink_result : nullptr;
    void* context = job->sink != nullptr ? aiges_sink_context(job->sink) : nullptr;
    switch (job->kind) {
        case AIGES_JOB_EXEC:
            return aiges_engine_exec(job->engine, job->call, &job->response);
        case AIGES_JOB_EXEC_ASYNC:
            return aiges_engine_exec_async(job->engine, job->call, on_result, context);
        case AIGES_JOB_CREATE:
            return aiges_session_create(job->engine, job->call, on_result, context, &job->session);
        case AIGES_JOB_WRITE:
            return aiges_session_write(job->session, job->data);
        case AIGES_JOB_READ:
            return read_copy(shared, job);
        case AIGES_JOB_DESTROY:
            return aiges_session_destroy(job->session);
        case AIGES_JOB_PIECE:
        case AIGES_JOB_OVERFLOW:
            break;
    }
    return AIGES_ERR_INVALID_ARG;
}

// With the mutex held. Whether an idle thread is to be notified of the jobs that wait; one is on its way at a time.
bool calls_thread(Shared& shared) {
    const bool calls = shared.first != nullptr && shared.idle > 0 && !shared.coming;
    shared.coming = shared.coming || calls;
    return calls;
}

aiges_job* next_job(Shared& shared) {
    std::unique_lock<std::mutex> lock(shared.mutex);
    ++shared.idle;
    while (shared.first == nullptr && !shared.closed) {
        shared.work.wait(lock);
        shared.coming = false;
    }
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
    if (!shared.brisk && calls_thread(shared)) shared.work.notify_one();  // each thread calls the next
    return job;
}

void run_thread(const std::shared_ptr<Shared>& shared) {
    while (aiges_job* job = next_job(*shared)) {
        __atomic_store_n(&job->began_ns, now_ns(), __ATOMIC_RELAXED);
        job->code = call(*shared, job);
        __atomic_store_n(&job->ended_ns, now_ns(), __ATOMIC_RELAXED);
        {
            const std::lock_guard<std::mutex> lock(shared->mutex);
            --shared->running;
            shared->brisk = shared->trusts && job->ended_ns - job->began_ns < kBrisk;
        }
        shared->ended.push(job);
    }
}

// With the mutex held. False: there is no thread at all.
bool start_thread(const std::shared_ptr<Shared>& shared) {
    try {
        start_detached(run_thread, shared);
        ++shared->threads;
    } catch (const std::exception&) {  // those that there are must do
    }
    return shared->threads > 0;
}

void append(Shared& shared, aiges_job* job) {
    job->next = nullptr;
    *shared.end = job;
    shared.end = &job->next;
    ++shared.waiting;
}

// With the mutex held: what the job is refused with, or 0 and it is on its way.
int accept(const std::shared_ptr<Shared>& shared, aiges_job* job) {
    // A session that is open must be destroyed, also when nothing else begins any more.
    if (shared->closed && job->kind != AIGES_JOB_DESTROY) return AIGES_ERR_STOPPING;
    const bool wants_thread = shared->idle <= shared->waiting && shared->threads < shared->most;
    if (wants_thread && !start_thread(shared)) return AIGES_ERR_NO_MEMORY;
    append(*shared, job);
    return 0;
}

void refuse(Shared& shared, aiges_job* job, int code) {
    job->code = code;
    shared.ended.push(job);
}

}  // namespace

int fork_generation() {
    static const int watched = pthread_atfork(nullptr, nullptr, [] { ++generation; });
    return watched == 0 ? generation.load(std::memory_order_relaxed) : 0;
}

}  // namespace aiges::executor

using namespace aiges::executor;

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

int aiges_executor_is_forked(const aiges_executor* executor) { return executor->shared->is_forked(); }

int aiges_executor_wake(aiges_executor* executor, int all) {
    Shared& shared = *executor->shared;
    bool calls = false, left = false;
    {
        const std::lock_guard<std::mutex> lock(shared.mutex);
        shared.trusts = !all;
        shared.brisk = shared.brisk && !all;
        const bool trusted = shared.brisk && shared.running > 0;
        calls = !trusted && calls_thread(shared);
        left = shared.first != nullptr && shared.idle > 0;
    }
    if (calls) shared.work.notify_one();
    return left;
}

void aiges_executor_submit(aiges_executor* executor, aiges_job* job) {
    Shared& shared = *executor->shared;
    job->code = 0;
    job->response = nullptr;
    job->began_ns = job->ended_ns = 0;
    int refusal = 0;
    {
        const std::lock_guard<std::mutex> lock(shared.mutex);
        refusal = accept(executor->shared, job);
    }
    if (refusal != 0) refuse(shared, job, refusal);
}

aiges_job* aiges_executor_take(aiges_executor* executor) { return executor->shared->ended.take(); }

void aiges_executor_grow(aiges_executor* executor) {
    Shared& shared = *executor->shared;
    const std::lock_guard<std::mutex> lock(shared.mutex);
    ++shared.most;
    if (shared.idle < shared.waiting) start_thread(executor->shared);
}

void aiges_executor_load(aiges_executor* executor, int* running, int* waiting) {
    Shared& shared = *executor->shared;
    const std::lock_guard<std::mutex> lock(shared.mutex);
    *running = shared.running;
    *waiting = shared.waiting;
}

void aiges_executor_close(aiges_executor* executor) {
    Shared& shared = *executor->shared;
    aiges_job* job = nullptr;
    aiges_job* refused = nullptr;
    {
        const std::lock_guard<std::mutex> lock(shared.mutex);
        shared.closed = true;
        job = shared.first;
        shared.first = nullptr;
        shared.end = &shared.first;
        shared.waiting = 0;
        aiges_job** last = &refused;
        while (job != nullptr) {
            aiges_job* next = job->next;
            if (job->kind == AIGES_JOB_DESTROY) {
                append(shared, job);
            } else {
                *last = job;
                last = &job->next;
                *last = nullptr;
            }
            job = next;
        }
    }
    shared.work.notify_all();
    while ((job = refused) != nullptr) {
        refused = job->next;
        refuse(shared, job, AIGES_ERR_STOPPING);
    }
}

void aiges_executor_destroy(aiges_executor* executor) {
    aiges_executor_close(executor);
    delete executor;
}
