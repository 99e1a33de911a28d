// Who may enter an engine, and how its closer learns that everybody has left.
//
// Entering:  count yourself in (a plain store to your own shard), then look at the gate; if it is
//            shut, count yourself out again. Leaving: count yourself out, with release.
// Closing:   shut the gate, heavy_barrier(), then wait until as many have left as have come.
//
// Why that is safe. The barrier stands between "counted in" and "looked at the gate" of every
// thread: whoever saw the gate open was counted in before the closer sums up, and nobody else
// stays. From then on the number of entries is fixed, but for visitors who find the gate shut and
// go at once, which can only make it look larger. Ends are summed before beginnings (reader.hpp),
// so "as many ends as beginnings" means that all have left; and as they left with release, what
// they did has happened before the closer goes on.
#pragma once

#include <atomic>

#include "aiges/errors.h"
#include "common/asymmetric_barrier.hpp"
#include "stats/slot.hpp"

namespace aiges {

class EngineGate {
public:
    // 0 and counted in as `begun`, or the code that the gate is shut with.
    int enter(stats::ShardWriter writer, stats::Counter begun) const {
        // Asked first as well: late users of a closed engine leave no trace in the counters of its
        // place.
        if (const int code = code_.load(std::memory_order_relaxed); __builtin_expect(code != 0, 0)) return code;
        if (__builtin_expect(has_heavy_barrier, 1)) {
            writer.add(begun, 1);
            std::atomic_signal_fence(std::memory_order_seq_cst);
        } else {
            writer.add(begun, 1, std::memory_order_seq_cst);
        }
        const int code = code_.load(std::memory_order_seq_cst);
        if (__builtin_expect(code != 0, 0)) writer.add(begun, static_cast<uint64_t>(-1));
        return code;
    }

    int code() const { return code_.load(std::memory_order_acquire); }

    // 0 opens the gate.
    void set(int code) { code_.store(code, std::memory_order_seq_cst); }

private:
    std::atomic<int> code_{AIGES_ERR_ENGINE_CLOSED};
};

}  // namespace aiges
