// A memory barrier that only the rare side pays for.
//
// A call must announce itself before it looks whether the engine is being closed; the closer must shut the gate before it
// looks for calls (Dekker). Both need a full barrier in between, which in every call would cost as much as all the
// counting. Linux can run the callers' half on their behalf: membarrier() interrupts every running thread of the process.
// So a call needs a compiler barrier only, and closing an engine pays some microseconds.
#pragma once

#include <atomic>

namespace aiges {

// Whether there is one. Decided by prepare_barrier, before the first engine is open, and
// never changed.
extern bool has_heavy_barrier;

void prepare_barrier();

// The caller's side: between its store and its load.
inline void light_barrier() {
    if (__builtin_expect(has_heavy_barrier, 1))
        std::atomic_signal_fence(std::memory_order_seq_cst);
    else
        std::atomic_thread_fence(std::memory_order_seq_cst);
}

// The closer's side. Without membarrier it does nothing: then both sides use sequentially
// consistent atomics.
void heavy_barrier();

}  // namespace aiges
