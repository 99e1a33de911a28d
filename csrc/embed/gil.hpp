// The thread gate: the only place that takes and gives the GIL, and the only one that knows thread states.
//
// A thread keeps one thread state for its life: making one per call costs more than the call. It is ours only if the
// thread had none; a state that exists is borrowed for the call and looked up every time, for its owner may delete it.
// Ours is deleted on its own thread, in a pthread key's destructor: from Python 3.12 deleting another thread's state
// unbinds the deleter's. A state is leaked when Python has stopped.
//
// Before a guest interpreter finalises, `drain` closes the gate and waits until no native thread is between asking for
// the GIL and giving it back. Later callers are turned away; a thread that comes back from the host into Python frames
// that cannot be unwound is parked for ever.
//
// Whoever holds the GIL may see what every other thread is in, and interrupt it: `ThreadRecord::frame` and
// `aiges_running` change with the GIL held only. What a thread was in when it comes in again, or goes out to the host, is
// put aside until it is back there.
//
// Nothing here is noexcept: until Python 3.13 a thread that waits for the GIL of a finalising interpreter is ended by
// forced unwinding, which must pass.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "embed/bridge.h"
#include "embed/python/python_api.hpp"

namespace aiges::embed {

// What a call is cancelled by that no handle names. Written by its thread, but for the last two.
struct CallName {
    std::atomic<const void*> engine{nullptr};
    std::atomic<uint64_t> number{0};    // of the call in progress, else 0
    std::atomic<uint64_t> tag_hash{0};  // of its usrTag
    std::atomic<uint64_t> cancelled_number{0};
    std::atomic<int64_t> cancelled_ns{0};  // when; written before the number
};

// What a call has to say about itself while it runs; lives on the caller's stack, read and changed with the GIL held.
// Times are monotonic.
struct CallFrame {
    CallFrame* outer = nullptr;
    const std::atomic<int64_t>* session_cancelled_ns = nullptr;
    const aiges_request* request = nullptr;  // NULL: a call that nothing interrupts
    const void* engine = nullptr;
    int64_t deadline_ns = -1;  // -1: none
    CallName* name = nullptr;  // NULL: the session's handle names it
    uint64_t number = 0;
    int64_t begun_ns = 0;  // of a call that began when it was cancelled already, else 0
    bool overdue = false;  // to be interrupted as soon as its thread is back in its method
};

// Stands for the time of a cancel when there was none, but nobody waits: the session is being destroyed.
constexpr int64_t kDestroyed = INT64_MAX;

// One per thread that ever called in; never freed, used again by later threads. The first line is read by others.
struct alignas(64) ThreadRecord {
    std::atomic<const void*> engine{nullptr};   // of the outermost call in progress
    std::atomic<uint32_t> in_python{0};         // announcements not withdrawn; 0 while in the host
    std::atomic<void*> parked_result{nullptr};  // last result freed on this thread (release_queue.hpp)
    CallName names[3];                          // of calls one inside the other; those still deeper have none

    // The thread's own.
    alignas(64) void* state = nullptr;  // the thread state that is ours
    CallFrame* frame = nullptr;         // changed with the GIL held
    aiges_running* running = nullptr;   // with the GIL held; NULL before the first call through the bridge
    pthread_t thread{};                 // whose record it is
    uint64_t next_number = 1;
    uint32_t named = 0;            // names in use
    uint32_t depth = 0;            // calls in progress, one inside the other
    uint32_t in_host = 0;          // host functions in progress
    ThreadRecord* next = nullptr;  // all records, fixed once linked
    std::atomic<bool> taken{true};
};

// When the call was cancelled, or kDestroyed; 0: it was not.
inline int64_t cancelled_ns(const CallFrame& frame) {
    const CallName* name = frame.name;
    if (name != nullptr && name->cancelled_number.load(std::memory_order_acquire) == frame.number)
        return name->cancelled_ns.load(std::memory_order_relaxed);
    return frame.session_cancelled_ns != nullptr ? frame.session_cancelled_ns->load(std::memory_order_relaxed) : 0;
}

// How a thread came to hold the GIL.
struct Held {
    bool nested = false;                   // it held it already
    const aiges_request* aside = nullptr;  // whose method the thread was in
};

// Opens the gate: called once, with the interpreter running.
void open_gate(const PythonApi& api);
// From here on threads can be interrupted. The GIL is held.
void use_bridge(const aiges_bridge& bridge);

// The record of this thread, made on first use. Head of the list of all records.
ThreadRecord& this_thread();
ThreadRecord* all_threads();

// Announces that this thread is about to ask for the GIL on behalf of `engine`. Whoever closes the gate, or stops the
// engine, afterwards sees it. False: the gate is closed (nothing was announced).
bool announce(ThreadRecord& record, const void* engine);
void withdraw(ThreadRecord& record, bool outermost);

// Takes the GIL (after announce). *wait_ns, unless NULL, receives how long it took.
Held acquire(ThreadRecord& record, uint64_t* wait_ns);
void release(ThreadRecord& record, const Held& held);

// Interrupts a call of the thread of that record, which was cancelled; one whose thread is not in its method at present is
// interrupted when it is back there. The GIL is held.
void interrupt(const ThreadRecord& record, CallFrame* frame, int64_t now_ns);

// Around host code called from inside Python: gives the GIL away and takes it back. The thread may be one of Python's
// own, which was never announced.
struct Away {
    void* state;
    uint32_t in_python;  // its announcements, to be put back
    const aiges_request* aside;
};
Away leave_python(ThreadRecord& record);
void return_to_python(ThreadRecord& record, const Away& away);

bool gate_closed();
// Whether a guest interpreter has drained its native threads.
bool python_has_ended();
[[noreturn]] void park_for_ever();
// Whether this process is a fork of one where the interpreter ran.
bool forked();
// Closes the gate for good and waits, without the GIL, until the threads are out or the time has passed.
void drain(int milliseconds);

// The state of the thread that started the interpreter: kept, never deleted.
void keep_main_state(void* state);

}  // namespace aiges::embed
