#include "embed/gil.hpp"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <mutex>
#include <new>

#include "common/asymmetric_barrier.hpp"
#include "stats/clock.hpp"

namespace aiges::embed {
namespace {

// Plain data and leaked objects only: nothing here may run at exit.
PythonApi api;
void* interpreter = nullptr;
void* main_state = nullptr;
const aiges_bridge* bridge = nullptr;  // with the GIL held
std::atomic<bool> closed{true};
std::atomic<bool> is_fork{false};
std::atomic<ThreadRecord*> drainer{nullptr};  // of the thread that finalises Python
std::atomic<ThreadRecord*> records{nullptr};
pthread_key_t exit_key;
// initial-exec: one instruction instead of a call, for 8 bytes of the linker's reserve.
[[gnu::tls_model("initial-exec")]] thread_local ThreadRecord* own_record = nullptr;

std::mutex& records_lock() {
    static std::mutex* lock = new std::mutex;
    return *lock;
}

// Clears and deletes this thread's own state. Waits for the GIL: a wrapper that hogs it delays the thread's end.
void delete_own_state(ThreadRecord& record) {
    void* state = record.state;
    record.state = nullptr;
    if (state == nullptr || state == main_state) return;
    if (!announce(record, &record)) return;  // Python has stopped: leaked
    api.PyEval_RestoreThread(state);
    api.PyThreadState_Clear(state);
    api.PyThreadState_DeleteCurrent();
    withdraw(record, true);
}

void thread_exits(void* pointer) {
    ThreadRecord& record = *static_cast<ThreadRecord*>(pointer);
    delete_own_state(record);
    own_record = nullptr;
    record.taken.store(false, std::memory_order_release);
}

ThreadRecord* take_record() {
    const std::lock_guard<std::mutex> guard(records_lock());
    for (ThreadRecord* record = records.load(std::memory_order_relaxed); record != nullptr; record = record->next) {
        if (!record->taken.load(std::memory_order_acquire)) {
            record->taken.store(true, std::memory_order_relaxed);
            return record;
        }
    }
    auto* record = new ThreadRecord;
    record->next = records.load(std::memory_order_relaxed);
    records.store(record, std::memory_order_release);
    return record;
}

void forked_child() {
    is_fork.store(true, std::memory_order_relaxed);
    closed.store(true);
    own_record = nullptr;              // a fresh record, if anything is called at all
    new (&records_lock()) std::mutex;  // its owner may not exist here
}

}  // namespace

void open_gate(const PythonApi& python) {
    api = python;
    interpreter = api.PyInterpreterState_Main();
    prepare_barrier();
    pthread_key_create(&exit_key, &thread_exits);
    pthread_atfork(nullptr, nullptr, &forked_child);
    records_lock();
    closed.store(false);
}

void keep_main_state(void* state) {
    main_state = state;
    this_thread().state = state;
}

ThreadRecord& this_thread() {
    if (__builtin_expect(own_record != nullptr, 1)) return *own_record;
    own_record = take_record();
    own_record->thread = pthread_self();
    own_record->running = nullptr;  // that of an earlier thread, which is gone
    pthread_setspecific(exit_key, own_record);
    return *own_record;
}

ThreadRecord* all_threads() { return records.load(std::memory_order_acquire); }

bool announce(ThreadRecord& record, const void* engine) {
    // Dekker: our mark is visible before we look at the flag; `drain` and Fini set the flag before they look at marks.
    // Their heavy_barrier() pays for both. Counted, because an inner call must not withdraw the mark of an outer one that is still inside Python.
    const uint32_t before = record.in_python.load(std::memory_order_relaxed);
    record.in_python.store(before + 1, std::memory_order_relaxed);
    if (record.depth == 0) record.engine.store(engine, std::memory_order_relaxed);
    light_barrier();
    if (__builtin_expect(!closed.load(std::memory_order_acquire), 1)) return true;
    record.in_python.store(before, std::memory_order_release);
    if (record.depth == 0) record.engine.store(nullptr, std::memory_order_release);
    return false;
}

void withdraw(ThreadRecord& record, bool outermost) {
    record.in_python.store(record.in_python.load(std::memory_order_relaxed) - 1, std::memory_order_release);
    if (outermost) record.engine.store(nullptr, std::memory_order_release);
}

namespace {

// Whatever this thread was in cannot be interrupted until it is put back: an exception that was sent for it must not
// come out of other code.
const aiges_request* put_aside(ThreadRecord& record) {
    if (__builtin_expect(record.running == nullptr, 0)) {
        if (bridge == nullptr) return nullptr;
        record.running = bridge->running();
    }
    aiges_running* running = record.running;
    const aiges_request* request = running->request;
    running->request = nullptr;
    if (__builtin_expect(running->interrupted, 0)) bridge->take_back(running);
    return request;
}

[[gnu::cold, gnu::noinline]] void put_back(ThreadRecord& record, const aiges_request* request) {
    record.running->request = request;
    CallFrame* frame = record.frame;  // of this library; the request may be another's
    if (frame == nullptr || frame->request != request || !frame->overdue) return;
    interrupt(record, frame, static_cast<int64_t>(stats::system_ns()));
}

Held take_gil(ThreadRecord& record, uint64_t* wait_ns) {
    Held held;
    void* state = api.PyGILState_GetThisThreadState();
    if (state == nullptr) {
        // From 3.12 on a bound state is not seen any more after its thread's slot was cleared; ours is then gone too.
        state = api.PyThreadState_New(interpreter);
        record.state = state;
    } else if (api.PyThreadState_GetUnchecked() == state) {
        held.nested = true;
        return held;
    }
    const uint64_t begin = wait_ns != nullptr ? stats::ticks() : 0;
    api.PyEval_RestoreThread(state);
    if (wait_ns != nullptr) *wait_ns = stats::duration_ns(stats::ticks() - begin);
    return held;
}

}  // namespace

void use_bridge(const aiges_bridge& table) { bridge = &table; }

void interrupt(const ThreadRecord& record, CallFrame* frame, int64_t now_ns) {
    frame->overdue = frame->request->running->request != frame->request;
    if (frame->overdue) return;
    const int64_t late_ns = now_ns - cancelled_ns(*frame);
    bridge->interrupt(frame->request->running, record.thread, late_ns / 1000000);
}

Held acquire(ThreadRecord& record, uint64_t* wait_ns) {
    Held held = take_gil(record, wait_ns);
    held.aside = put_aside(record);
    return held;
}

void release(ThreadRecord& record, const Held& held) {
    if (__builtin_expect(held.aside != nullptr, 0)) put_back(record, held.aside);
    if (!held.nested) api.PyEval_SaveThread();
}

Away leave_python(ThreadRecord& record) {
    const aiges_request* aside = put_aside(record);
    Away away = {api.PyEval_SaveThread(), record.in_python.load(std::memory_order_relaxed), aside};
    record.in_python.store(0, std::memory_order_release);
    ++record.in_host;
    return away;
}

void return_to_python(ThreadRecord& record, const Away& away) {
    --record.in_host;
    record.in_python.store(away.in_python + 1, std::memory_order_relaxed);  // + 1: while it asks for the GIL
    light_barrier();
    if (closed.load(std::memory_order_seq_cst) && drainer.load(std::memory_order_relaxed) != &record) {
        record.in_python.store(0, std::memory_order_release);
        park_for_ever();  // the frames above are Python's: they can be neither run nor unwound
    }
    api.PyEval_RestoreThread(away.state);
    if (away.aside != nullptr) put_back(record, away.aside);
    record.in_python.store(away.in_python, std::memory_order_release);
}

[[noreturn]] void park_for_ever() {
    while (true) pause();
}

bool gate_closed() { return closed.load(std::memory_order_seq_cst); }

bool python_has_ended() { return drainer.load(std::memory_order_relaxed) != nullptr; }

bool forked() { return is_fork.load(std::memory_order_relaxed); }

void drain(int milliseconds) {
    if (forked()) return;  // the other threads' marks are a copy of the parent's
    ThreadRecord& own = this_thread();
    drainer.store(&own, std::memory_order_relaxed);  // it goes on in later atexit callbacks and must not be parked
    closed.store(true, std::memory_order_seq_cst);
    heavy_barrier();
    void* state = api.PyEval_SaveThread();
    const timespec pause_time = {0, 200000};
    for (int64_t left = milliseconds * INT64_C(5); left > 0; --left) {
        bool busy = false;
        for (ThreadRecord* record = all_threads(); record != nullptr; record = record->next)
            busy = busy || (record != &own && record->in_python.load(std::memory_order_seq_cst) != 0);
        if (!busy) break;
        nanosleep(&pause_time, nullptr);
    }
    api.PyEval_RestoreThread(state);
}

}  // namespace aiges::embed
